"""Reads of the backoffice: jobs, dead letters, mail, the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.identity.profiles.models import Profile
from indii.kernel.audit import AuditEntry
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago
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
class DeadJob:
    """A job that gave up."""

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
class WaitingLetter:
    """A letter that has not left."""

    id: str
    recipient: str
    subject: str
    state: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One remembered act."""

    id: str
    action: str
    subject: str
    who: str
    details: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class Work:
    """Everything the page shows."""

    kinds: tuple[KindCount, ...]
    jobs: tuple[DeadJob, ...]
    events: tuple[DeadEvent, ...]
    letters: tuple[WaitingLetter, ...]
    audit: tuple[AuditLine, ...]
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
        jobs=_dead_jobs(ctx),
        events=_dead_events(ctx),
        letters=_letters(ctx),
        audit=_audit(ctx),
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


def _dead_jobs(ctx: ReadCtx) -> tuple[DeadJob, ...]:
    found = ctx.db.scalars(
        select(Job)
        .where(col(Job.state) == JobState.DEAD)
        .order_by(col(Job.finished_at).desc())
        .limit(SHOWN)
    )
    return tuple(
        DeadJob(
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


def _letters(ctx: ReadCtx) -> tuple[WaitingLetter, ...]:
    # Never their text: it may carry somebody's link.
    found = ctx.db.scalars(
        select(QueuedLetter)
        .where(col(QueuedLetter.state) != LetterState.SENT)
        .order_by(col(QueuedLetter.created_at).desc())
        .limit(SHOWN)
    )
    return tuple(
        WaitingLetter(
            id=str(letter.id),
            recipient=_half(letter.to),
            subject=letter.subject,
            state=letter.state,
            when=ago(letter.created_at, ctx.now),
            at=letter.created_at.isoformat(),
        )
        for letter in found
    )


def _half(email: str) -> str:
    """Return an address that its owner would recognise and nobody else could write to."""
    local, _, domain = email.partition("@")
    return f"{local[:2]}…@{domain}"


def _audit(ctx: ReadCtx) -> tuple[AuditLine, ...]:
    found = ctx.db.scalars(
        select(AuditEntry)
        .order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
        .limit(SHOWN)
    )
    names = _names(ctx, [entry.account_id for entry in found if entry.account_id])
    return tuple(
        AuditLine(
            id=str(entry.id),
            action=entry.action.replace("_", " ").replace(".", ": "),
            subject=f"{entry.subject_kind} {str(entry.subject_id)[-12:]}",
            who=names.get(entry.account_id, "a closed account")
            if entry.account_id
            else "the system",
            details=_pairs(entry.details),
            when=ago(entry.at, ctx.now),
            at=entry.at.isoformat(),
        )
        for entry in found
    )


def _names(ctx: ReadCtx, ids: Sequence[UUID]) -> dict[UUID, str]:
    found = ctx.db.execute(
        select(col(Profile.account_id), col(Profile.name)).where(col(Profile.account_id).in_(ids))
    )
    return {row[0]: row[1] for row in found}


def _pairs(values: dict[str, object]) -> str:
    return ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())[:300]
