"""Reads of the backoffice: jobs, events of both directions, emails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from indii.kernel import inbox
from indii.kernel.context import ReadCtx
from indii.kernel.events import EVENTS
from indii.kernel.format import ago, whole_number
from indii.kernel.inbox import InboundEvent, InboundStatus, Standing
from indii.kernel.jobs import Job, JobStatus, open_count
from indii.kernel.mail_queue import EmailStatus, QueuedEmail
from indii.kernel.paging import newest_first

PAGE = 50
# Several lists share the page of the jobs; each is known in the address by its own name.
SHORT_PAGE = 25
LISTS = ("trying", "jobs")


def _address(place: str, **asked: str) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/admin/{place}?{query}" if query else f"/admin/{place}"


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much work of one kind stands where."""

    kind: str
    queued: int
    running: int
    dead: int
    oldest: str


@dataclass(frozen=True, slots=True)
class FailingJob:
    """A job that failed: it gave up, or will be tried again; `about` says what it works on."""

    id: str
    kind: str
    about: str
    tries: int
    error: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything the page shows; `older_*` are the addresses that continue each list."""

    kinds: tuple[KindCount, ...] = ()
    jobs: tuple[FailingJob, ...] = ()
    trying: tuple[FailingJob, ...] = ()
    older_jobs: str = ""
    older_trying: str = ""
    open_jobs: int = 0
    dead_jobs: int = 0
    waiting_events: int = 0
    waiting_emails: int = 0


def work(
    ctx: ReadCtx,
    *,
    jobs: UUID | None = None,
    trying: UUID | None = None,
) -> WorkPage:
    """Return what the machinery is doing; each list from behind the row that it is given.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    kinds = _kinds(ctx)
    dead, shaky = _troubled(ctx, JobStatus.DEAD, jobs), _troubled(ctx, JobStatus.QUEUED, trying)
    now = {name: str(at) for name, at in zip(LISTS, (trying, jobs), strict=True) if at}
    return WorkPage(
        kinds=kinds,
        jobs=dead[0],
        trying=shaky[0],
        older_jobs=_on(now, "jobs", dead[1]),
        older_trying=_on(now, "trying", shaky[1]),
        open_jobs=sum(k.queued + k.running for k in kinds),
        dead_jobs=sum(k.dead for k in kinds),
        waiting_events=open_count(ctx.db, EVENTS),
        waiting_emails=ctx.db.scalar(
            select(func.count())
            .select_from(QueuedEmail)
            .where(col(QueuedEmail.state) != EmailStatus.SENT)
        )
        or 0,
    )


def _kinds(ctx: ReadCtx) -> tuple[KindCount, ...]:
    def standing(state: JobStatus) -> object:
        return func.count().filter(col(Job.state) == state)

    found = ctx.db.execute(
        select(
            col(Job.kind),
            standing(JobStatus.QUEUED),  # type: ignore[call-overload]
            standing(JobStatus.RUNNING),
            standing(JobStatus.DEAD),
            func.min(col(Job.created_at)),
        )
        .where(col(Job.state) != JobStatus.DONE)
        .group_by(col(Job.kind))
        .order_by(col(Job.kind))
    )
    return tuple(KindCount(row[0], row[1], row[2], row[3], ago(row[4], ctx.now)) for row in found)


def _on(now: Mapping[str, str], name: str, after: str) -> str:
    """Return the address where one list goes on and the others stay where they are."""
    return _address("work", **{**now, name: after}) + f"#{name}" if after else ""


def _troubled(
    ctx: ReadCtx, state: JobStatus, after: UUID | None
) -> tuple[tuple[FailingJob, ...], str]:
    """Return jobs that failed and gave up, or wait for their next try; and where they go on."""
    page = newest_first(
        ctx.db,
        select(Job).where(col(Job.state) == state, col(Job.last_error) != ""),
        # What the page says: its end, or when it began; the next try would change with every one.
        by=func.coalesce(col(Job.finished_at), col(Job.created_at)),
        key=col(Job.id),
        size=SHORT_PAGE,
        after=after,
    )
    rows = tuple(
        FailingJob(
            id=str(job.id),
            kind=job.kind,
            about=_pairs(job.payload) or job.key,
            tries=job.tries,
            error=job.last_error,
            when=ago(job.finished_at or job.created_at, ctx.now),
            at=(job.finished_at or job.created_at).isoformat(),
        )
        for job in page.rows
    )
    return rows, page.next_after


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
            count=whole_number(counted[key]) if counted.get(key) else "",
            href=_address(place, state=key),
            is_on=key == on,
        )
        for key, label in labels.items()
    ]


@dataclass(frozen=True, slots=True)
class InboundRow:
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
class InboundPage:
    """What we were told, newest first; `older` is the address that continues the list."""

    rows: list[InboundRow] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    older: str = ""


INBOUND_LABELS = {
    "": "All",
    "waiting": "Waiting",
    "dead": "Gave up",
    "not_handled": "Not handled",
    "done": "Done",
}


def inbound_page(ctx: ReadCtx, *, state: str = "", after: UUID | None = None) -> InboundPage:
    """Return what the outside world told us, in one state or in all.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    state = state if state in INBOUND_LABELS else ""
    page = newest_first(
        ctx.db,
        select(InboundEvent),
        by=col(InboundEvent.received_at),
        key=col(InboundEvent.id),
        size=PAGE,
        after=after,
        only=_in_state(state),
    )
    standing = inbox.standing_of(ctx.db, page.rows)
    return InboundPage(
        rows=[_inbound_row(ctx, event, standing[event.id]) for event in page.rows],
        tabs=_tabs("events", INBOUND_LABELS, inbox.counts(ctx.db), state),
        older=_address("events", state=state, after=page.next_after) if page.next_after else "",
    )


def _in_state(state: str) -> ColumnElement[bool] | None:
    match state:
        case "":
            return None
        case "waiting":
            return inbox.is_waiting()
        case "dead":
            return (col(InboundEvent.state) == InboundStatus.WAITING) & inbox.gave_up()
    return col(InboundEvent.state) == state


def _inbound_row(ctx: ReadCtx, event: InboundEvent, standing: Standing) -> InboundRow:
    return InboundRow(
        id=str(event.id),
        kind=event.kind,
        sender=event.provider,
        about=_pairs({k: v for k, v in event.payload.items() if v}),
        tries=standing.tries,
        error=standing.error,
        state=standing.state,
        when=ago(event.received_at, ctx.now),
        at=event.received_at.isoformat(),
    )


@dataclass(frozen=True, slots=True)
class EmailRow:
    """A email without what is in it."""

    id: str
    recipient: str
    subject: str
    state: str
    when: str
    at: str
    sent: str
    href: str


@dataclass(frozen=True, slots=True)
class EmailsPage:
    """Letters, newest first; `older` is the address that continues the list."""

    rows: list[EmailRow] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    older: str = ""


EMAIL_LABELS = {"": "All", "waiting": "Waiting", "refused": "Refused", "sent": "Sent"}


def emails(
    ctx: ReadCtx, *, state: str = "", after: UUID | None = None, has_mailbox: bool = False
) -> EmailsPage:
    """Return emails in one state or in all, without their text, which may carry a link.

    With a mailbox (a developer's installation has one) each leads to its text there.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    state = state if state in EMAIL_LABELS else ""
    page = newest_first(
        ctx.db,
        select(QueuedEmail),
        by=col(QueuedEmail.created_at),
        key=col(QueuedEmail.id),
        size=PAGE,
        after=after,
        only=col(QueuedEmail.state) == state if state else None,
    )
    counted = ctx.db.execute(
        select(col(QueuedEmail.state), func.count())
        .where(col(QueuedEmail.state) != EmailStatus.SENT)
        .group_by(col(QueuedEmail.state))
    )
    return EmailsPage(
        rows=[
            EmailRow(
                id=str(email.id),
                recipient=_masked(email.to),
                subject=email.subject,
                state=email.state,
                when=ago(email.created_at, ctx.now),
                at=email.created_at.isoformat(),
                sent=ago(email.sent_at, ctx.now) if email.sent_at else "",
                href=f"/dev/mailbox/{email.id}" if has_mailbox else "",
            )
            for email in page.rows
        ],
        tabs=_tabs("mail", EMAIL_LABELS, {str(k): int(n) for k, n in counted}, state),
        older=_address("mail", state=state, after=page.next_after) if page.next_after else "",
    )


def _masked(email: str) -> str:
    """Return an address that its owner would recognise and nobody else could write to."""
    local, _, domain = email.partition("@")
    return f"{local[:2]}…@{domain}"
