"""Reads of the backoffice: jobs, events of both directions, letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlmodel import col

from indii.kernel.context import ReadCtx
from indii.kernel.format import ago
from indii.kernel.inbox import InboundEvent, InboundState
from indii.kernel.jobs import Job, JobState
from indii.kernel.mail_queue import LetterState, QueuedLetter
from indii.kernel.outbox import OutboxEvent

SHOWN = 50


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much work of one kind stands where."""

    kind: str
    queued: int
    running: int
    dead: int
    oldest: str


@dataclass(frozen=True, slots=True)
class TroubledJob:
    """A job that failed: it gave up, or will be tried again."""

    id: str
    kind: str
    key: str
    tries: int
    error: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event that could not be delivered."""

    id: str
    name: str
    payload: str
    tries: int
    error: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class Work:
    """Everything the page shows."""

    kinds: tuple[KindCount, ...]
    jobs: tuple[TroubledJob, ...]
    trying: tuple[TroubledJob, ...]
    events: tuple[DeadEvent, ...]
    open_jobs: int
    dead_jobs: int
    waiting_events: int
    dead_events: int
    waiting_letters: int


def work(ctx: ReadCtx) -> Work:
    """Return what the machinery is doing.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    kinds = _kinds(ctx)
    return Work(
        kinds=kinds,
        jobs=_troubled(ctx, JobState.DEAD),
        trying=_troubled(ctx, JobState.QUEUED),
        events=_dead_events(ctx),
        open_jobs=sum(k.queued + k.running for k in kinds),
        dead_jobs=sum(k.dead for k in kinds),
        waiting_events=_count(ctx, dead=False),
        dead_events=_count(ctx, dead=True),
        waiting_letters=ctx.db.scalar(
            select(func.count())
            .select_from(QueuedLetter)
            .where(col(QueuedLetter.state) != LetterState.SENT)
        )
        or 0,
    )


def _kinds(ctx: ReadCtx) -> tuple[KindCount, ...]:
    def standing(state: JobState) -> object:
        return func.count().filter(col(Job.state) == state)

    found = ctx.db.execute(
        select(
            col(Job.kind),
            standing(JobState.QUEUED),  # type: ignore[call-overload]
            standing(JobState.RUNNING),
            standing(JobState.DEAD),
            func.min(col(Job.created_at)),
        )
        .where(col(Job.state) != JobState.DONE)
        .group_by(col(Job.kind))
        .order_by(col(Job.kind))
    )
    return tuple(KindCount(row[0], row[1], row[2], row[3], ago(row[4], ctx.now)) for row in found)


def _count(ctx: ReadCtx, *, dead: bool) -> int:
    is_dead = col(OutboxEvent.dead_at).is_not(None) if dead else col(OutboxEvent.dead_at).is_(None)
    waiting = (
        select(func.count())
        .select_from(OutboxEvent)
        .where(col(OutboxEvent.delivered_at).is_(None), is_dead)
    )
    return ctx.db.scalar(waiting) or 0


def _troubled(ctx: ReadCtx, state: JobState) -> tuple[TroubledJob, ...]:
    """Return jobs that failed and gave up, or wait for their next try."""
    found = ctx.db.scalars(
        select(Job)
        .where(col(Job.state) == state, col(Job.last_error) != "")
        .order_by(func.coalesce(col(Job.finished_at), col(Job.run_at)).desc())
        .limit(SHOWN)
    )
    return tuple(
        TroubledJob(
            id=str(job.id),
            kind=job.kind,
            key=job.key,
            tries=job.tries,
            error=job.last_error,
            when=ago(job.finished_at or job.created_at, ctx.now),
            at=(job.finished_at or job.created_at).isoformat(),
        )
        for job in found
    )


def _dead_events(ctx: ReadCtx) -> tuple[DeadEvent, ...]:
    found = ctx.db.scalars(
        select(OutboxEvent)
        .where(col(OutboxEvent.dead_at).is_not(None), col(OutboxEvent.delivered_at).is_(None))
        .order_by(col(OutboxEvent.dead_at).desc())
        .limit(SHOWN)
    )
    return tuple(
        DeadEvent(
            id=str(event.id),
            name=event.name,
            payload=_pairs(event.payload),
            tries=event.tries,
            error=event.last_error,
            when=ago(event.created_at, ctx.now),
            at=event.created_at.isoformat(),
        )
        for event in found
    )


def _pairs(values: dict[str, object]) -> str:
    return ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())[:300]


@dataclass(frozen=True, slots=True)
class Tab:
    """One state with how many there are; `key` is "" for all."""

    key: str
    label: str
    count: str
    href: str
    is_on: bool


def _tabs(place: str, labels: Mapping[str, str], counted: Mapping[str, int], on: str) -> list[Tab]:
    return [
        Tab(
            key=key,
            label=label,
            count=f"{counted[key]:,}" if key in counted else "",
            href=f"/admin/{place}?state={key}" if key else f"/admin/{place}",
            is_on=key == on,
        )
        for key, label in labels.items()
    ]


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """Something that the outside world told us."""

    id: str
    kind: str
    sender: str
    about: str
    tries: int
    error: str
    state: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class ToldEvents:
    """What we were told, newest first, in one state or in all."""

    rows: list[ToldEvent] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)


TOLD_LABELS = {"": "All", "waiting": "Waiting", "dead": "Gave up", "done": "Done"}


def told_events(ctx: ReadCtx, *, state: str = "") -> ToldEvents:
    """Return what the outside world told us.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    state = state if state in TOLD_LABELS else ""
    newest = select(InboundEvent).order_by(col(InboundEvent.received_at).desc()).limit(2 * SHOWN)
    rows = ctx.db.scalars(newest.where(col(InboundEvent.state) == state) if state else newest)
    counted = ctx.db.execute(
        select(col(InboundEvent.state), func.count())
        .where(col(InboundEvent.state) != InboundState.DONE)
        .group_by(col(InboundEvent.state))
    )
    return ToldEvents(
        rows=[
            ToldEvent(
                id=str(event.id),
                kind=event.kind,
                sender=event.provider,
                about=_pairs({k: v for k, v in event.payload.items() if v}),
                tries=event.tries,
                error=event.last_error,
                state=event.state,
                when=ago(event.received_at, ctx.now),
                at=event.received_at.isoformat(),
            )
            for event in rows
        ],
        tabs=_tabs("events", TOLD_LABELS, {str(k): int(n) for k, n in counted}, state),
    )


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter without what is in it."""

    id: str
    recipient: str
    subject: str
    state: str
    when: str
    at: str
    sent: str
    href: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters, newest first, in one state or in all."""

    rows: list[LetterRow] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)


LETTER_LABELS = {"": "All", "waiting": "Waiting", "refused": "Refused", "sent": "Sent"}


def letters(ctx: ReadCtx, *, state: str = "", has_mailbox: bool = False) -> Letters:
    """Return letters without their text, which may carry somebody's link.

    With a mailbox (a developer's installation has one) each leads to its text there.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    state = state if state in LETTER_LABELS else ""
    newest = select(QueuedLetter).order_by(col(QueuedLetter.created_at).desc()).limit(2 * SHOWN)
    found = ctx.db.scalars(newest.where(col(QueuedLetter.state) == state) if state else newest)
    counted = ctx.db.execute(
        select(col(QueuedLetter.state), func.count())
        .where(col(QueuedLetter.state) != LetterState.SENT)
        .group_by(col(QueuedLetter.state))
    )
    return Letters(
        rows=[
            LetterRow(
                id=str(letter.id),
                recipient=_half(letter.to),
                subject=letter.subject,
                state=letter.state,
                when=ago(letter.created_at, ctx.now),
                at=letter.created_at.isoformat(),
                sent=ago(letter.sent_at, ctx.now) if letter.sent_at else "",
                href=f"/dev/mailbox/{letter.id}" if has_mailbox else "",
            )
            for letter in found
        ],
        tabs=_tabs("mail", LETTER_LABELS, {str(k): int(n) for k, n in counted}, state),
    )


def _half(email: str) -> str:
    """Return an address that its owner would recognise and nobody else could write to."""
    local, _, domain = email.partition("@")
    return f"{local[:2]}…@{domain}"
