"""Reads of moderation: what waits for a decision, and what was taken down."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import STATE_LABELS, RecordingRow, playable, rows
from indii.identity.profiles.models import Profile
from indii.identity.profiles.queries import find_public_profile
from indii.identity.reports.enums import ReportKind, ReportReason, ReportStatus
from indii.identity.reports.models import Report
from indii.identity.reports.rules import LABELS
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, count
from indii.store.tips.queries import ReportedMessage, reported_messages
from indii.trust.moderation.errors import AddressUnknown
from indii.trust.moderation.rules import slug_in

PAGE = 30
SHOWN_REPORTS = 5


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report as a moderator reads it."""

    reason: str
    details: str
    by: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class ReportedThing:
    """Something flagged, with everything needed to decide; a recording can be played from it."""

    kind: str
    id: str
    title: str
    by: str
    by_href: str
    href: str
    picture: str
    playable: str
    state: str
    text: str
    reporters: str
    reasons: str
    oldest: str
    oldest_at: str
    reports: tuple[ReportLine, ...]
    more: str
    is_gone: bool
    can_take_down: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue, oldest first, and how much waits beyond this page."""

    things: tuple[ReportedThing, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Takedown:
    """A recording that was taken down."""

    id: str
    title: str
    by: str
    by_href: str
    href: str
    picture: str
    reason: str


def report_queue(ctx: ReadCtx) -> Queue:
    """Return what is flagged and undecided, the longest waiting first.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    is_open = col(Report.state) == ReportStatus.OPEN
    oldest = func.min(col(Report.created_at))
    subjects = ctx.db.execute(
        select(col(Report.kind), col(Report.subject_id), func.count(), oldest)
        .where(is_open)
        .group_by(col(Report.kind), col(Report.subject_id))
        .order_by(oldest, col(Report.subject_id))
    ).all()
    ids = [row[1] for row in subjects[:PAGE]]
    reports: dict[tuple[str, UUID], list[Report]] = defaultdict(list)
    for report in ctx.db.scalars(
        select(Report)
        .where(is_open, col(Report.subject_id).in_(ids))
        .order_by(col(Report.created_at))
    ):
        reports[report.kind, report.subject_id].append(report)
    recordings = {row.id: row for row in rows(ctx, ids)}
    states = _states(ctx, ids)
    messages = reported_messages(ctx, ids)
    names = _names(ctx, [r for group in reports.values() for r in group])
    things = []
    for kind, subject_id, *_ in subjects[:PAGE]:
        lines = _Lines(ctx, reports[kind, subject_id], names)
        if kind == ReportKind.RECORDING:
            row = recordings.get(str(subject_id))
            things.append(_recording(subject_id, row, states.get(subject_id, ""), lines))
        elif kind == ReportKind.TIP_MESSAGE:
            things.append(_tip_message(subject_id, messages.get(subject_id), lines))
        else:
            things.append(_profile(ctx, subject_id, lines))
    return Queue(tuple(things), len(subjects))


class _Lines:
    """The reports of one thing, in the words of the queue."""

    def __init__(self, ctx: ReadCtx, reports: Sequence[Report], names: dict[UUID, str]) -> None:
        self.lines = tuple(
            ReportLine(
                reason=LABELS[ReportReason(report.reason)],
                details=report.details,
                by=names.get(report.account_id, "a member") if report.account_id else "a visitor",
                when=ago(report.created_at, ctx.now),
                at=report.created_at.isoformat(),
            )
            for report in reports[:SHOWN_REPORTS]
        )
        rest = len(reports) - len(self.lines)
        self.more = f"and {count(rest, 'more report')}" if rest > 0 else ""
        self.reporters = count(len(reports), "person", "people")
        tally = Counter(LABELS[ReportReason(report.reason)] for report in reports)
        self.reasons = "; ".join(
            label if times == 1 else f"{label} ({times})" for label, times in tally.most_common()
        )
        self.oldest = ago(reports[0].created_at, ctx.now)
        self.oldest_at = reports[0].created_at.isoformat()


def _thing(kind: str, subject_id: UUID, lines: _Lines, **known: object) -> ReportedThing:
    nothing = dict.fromkeys(
        ("title", "by", "by_href", "href", "picture", "playable", "state", "text"), ""
    )
    values: dict[str, object] = {
        **nothing,
        "is_gone": False,
        "can_take_down": False,
        "reporters": lines.reporters,
        "reasons": lines.reasons,
        "oldest": lines.oldest,
        "oldest_at": lines.oldest_at,
        "reports": lines.lines,
        "more": lines.more,
        **known,
    }
    return ReportedThing(kind=kind, id=str(subject_id), **values)  # type: ignore[arg-type]


def _recording(
    subject_id: UUID, row: RecordingRow | None, state: str, lines: _Lines
) -> ReportedThing:
    if row is None or state == RecordingStatus.DELETED:
        return _thing(
            ReportKind.RECORDING, subject_id, lines, title="A deleted recording", is_gone=True
        )
    return _thing(
        ReportKind.RECORDING,
        subject_id,
        lines,
        title=row.title,
        by=row.producer_name,
        by_href=f"/producer/{row.producer_slug}",
        href=f"/recording/{row.slug}",
        picture=row.cover_url,
        playable=playable(row) if state == RecordingStatus.LIVE else "",
        state=STATE_LABELS[RecordingStatus(state)],
        can_take_down=state in {RecordingStatus.LIVE, RecordingStatus.WITHDRAWN},
    )


def _profile(ctx: ReadCtx, profile_id: UUID, lines: _Lines) -> ReportedThing:
    found = find_public_profile(ctx, profile_id)
    if found is None:
        return _thing(
            ReportKind.PROFILE, profile_id, lines, title="A deleted profile", is_gone=True
        )
    return _thing(
        ReportKind.PROFILE,
        profile_id,
        lines,
        title=found.name,
        href=f"/producer/{found.slug}" if found.is_producer else "",
        picture=found.avatar,
        state="Profile",
        text=found.bio,
    )


def _tip_message(tip_id: UUID, found: ReportedMessage | None, lines: _Lines) -> ReportedThing:
    kind = ReportKind.TIP_MESSAGE
    if found is None:
        return _thing(kind, tip_id, lines, title="A removed message", is_gone=True)
    return _thing(
        kind,
        tip_id,
        lines,
        title=f"Message to {found.name}",
        href=found.href,
        picture=found.picture,
        state="Tip",
        text=f"{found.giver}: {found.message}",
    )


def _states(ctx: ReadCtx, ids: Sequence[UUID]) -> dict[UUID, str]:
    found = ctx.db.execute(
        select(col(Recording.id), col(Recording.state)).where(col(Recording.id).in_(ids))
    )
    return {row[0]: row[1] for row in found}


def _names(ctx: ReadCtx, reports: Sequence[Report]) -> dict[UUID, str]:
    ids = {report.account_id for report in reports if report.account_id}
    found = ctx.db.execute(
        select(col(Profile.account_id), col(Profile.name)).where(col(Profile.account_id).in_(ids))
    )
    return {row[0]: row[1] for row in found}


def takedowns(ctx: ReadCtx) -> tuple[Takedown, ...]:
    """Return the recordings that are taken down.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    found = ctx.db.execute(
        select(col(Recording.id), col(Recording.taken_down_reason))
        .where(col(Recording.state) == RecordingStatus.TAKEN_DOWN)
        .order_by(col(Recording.title), col(Recording.id))
        .limit(100)
    ).all()
    reasons = {str(row[0]): row[1] for row in found}
    return tuple(
        Takedown(
            id=row.id,
            title=row.title,
            by=row.producer_name,
            by_href=f"/producer/{row.producer_slug}",
            href=f"/recording/{row.slug}",
            picture=row.cover_url,
            reason=reasons[row.id],
        )
        for row in rows(ctx, [r[0] for r in found])
    )


def recording_at(ctx: ReadCtx, address: str) -> Takedown:
    """Return the recording behind a pasted address.

    Raises:
        AddressUnknown: there is none.
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    slug = slug_in(address)
    found = ctx.db.scalar(
        select(col(Recording.id)).where(
            col(Recording.slug) == slug, col(Recording.state) != RecordingStatus.DELETED
        )
    )
    shown = rows(ctx, [found]) if found else ()
    if not shown:
        raise AddressUnknown
    row = shown[0]
    return Takedown(
        id=row.id,
        title=row.title,
        by=row.producer_name,
        by_href=f"/producer/{row.producer_slug}",
        href=f"/recording/{row.slug}",
        picture=row.cover_url,
        reason="",
    )
