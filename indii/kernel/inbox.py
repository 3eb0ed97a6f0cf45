"""Inbox: what the outside world tells us, stored once and worked as a job.

A webhook is verified, stored under the sender's own id and answered; the same event told twice is
one row and one job. What nobody here handles is kept and said to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    CursorResult,
    Index,
    Text,
    UniqueConstraint,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session, aliased
from sqlmodel import Field, SQLModel, col

from indii.kernel import jobs
from indii.kernel.context import WriteCtx
from indii.kernel.db import ReadSession, UtcTime
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job, JobKind, JobStatus, declare

INBOUND = "inbound"
# Money hangs on it, so a refusal is asked about again: it may be a mistake of ours.
PROCESS_INBOUND = declare(
    JobKind(
        "process_inbound",
        queue=INBOUND,
        max_tries=10,
        priority=0,
        lease=timedelta(minutes=2),
        retries_refusals=True,
    )
)


class InboundStatus(StrEnum):
    """Where an inbound event stands; one whose job gave up still waits, for a person."""

    WAITING = "waiting"
    DONE = "done"
    NOT_HANDLED = "not_handled"


class InboundEvent(SQLModel, table=True):
    """One event as its sender told it; `payload` holds ids only, the truth is asked for anew."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        Index("ix_inbound_event_open", "state", postgresql_where=text("state <> 'done'")),
        Index("ix_inbound_event_received", "received_at"),
    )

    id: UUID = Field(primary_key=True)
    provider: str = Field(max_length=20)
    external_id: str = Field(max_length=120)
    kind: str = Field(max_length=80)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    happened_at: UtcTime
    received_at: UtcTime
    state: str = Field(default=InboundStatus.WAITING, max_length=12)
    handled_at: UtcTime | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """An event worth storing."""

    provider: str
    external_id: str
    kind: str
    payload: dict[str, Any]
    happened_at: datetime


def store(ctx: WriteCtx, message: InboundMessage) -> UUID | None:
    """Keep the event and ask for its work; None when it was told before."""
    made = ctx.db.execute(
        insert(InboundEvent)
        .values(
            id=new_id(),
            provider=message.provider,
            external_id=message.external_id,
            kind=message.kind,
            payload=message.payload,
            happened_at=message.happened_at,
            received_at=ctx.now,
            state=InboundStatus.WAITING,
        )
        .on_conflict_do_nothing(index_elements=["provider", "external_id"])
        .returning(col(InboundEvent.id))
    ).scalar()
    if made is not None:
        _ask(ctx, made, message.kind, message.payload)
    return made


def _ask(ctx: WriteCtx, event_id: UUID, kind: str, payload: dict[str, Any]) -> None:
    # What the work needs travels with the job, so that nobody reads the event for it.
    ctx.enqueue(PROCESS_INBOUND.name, key=str(event_id), payload={"kind": kind, **payload})


def settle(db: Session, event_id: UUID, state: InboundStatus, *, now: datetime) -> None:
    """Note how the work on an event ended."""
    db.execute(
        update(InboundEvent)
        .where(col(InboundEvent.id) == event_id)
        .values(state=state, handled_at=now)
        .execution_options(synchronize_session=False)
    )


def replay(ctx: WriteCtx, event_id: UUID) -> bool:
    """Have the event worked again, wherever it stands; False if there is none."""
    event = ctx.db.get(InboundEvent, event_id, with_for_update=True)
    if event is None:
        return False
    event.state = InboundStatus.WAITING
    dead = ctx.db.scalar(_job_of(event_id).where(col(Job.state) == JobStatus.DEAD))
    if dead is not None and jobs.retry(ctx.db, dead.id, now=ctx.now):
        ctx.wakes.add(INBOUND)
    else:
        _ask(ctx, event_id, event.kind, event.payload)
    return True


def _job_of(event_id: UUID) -> Any:
    return select(Job).where(col(Job.kind) == PROCESS_INBOUND.name, col(Job.key) == str(event_id))


def gave_up() -> ColumnElement[bool]:
    """Whether the work on the selected event failed for good."""
    job = aliased(Job)
    return exists().where(
        col(job.kind) == PROCESS_INBOUND.name,
        col(job.key) == sql_cast(col(InboundEvent.id), Text),
        col(job.state) == JobStatus.DEAD,
    )


def is_waiting() -> ColumnElement[bool]:
    """Whether the selected event is still to be worked."""
    return (col(InboundEvent.state) == InboundStatus.WAITING) & ~gave_up()


def counts(db: Session | ReadSession) -> dict[str, int]:
    """Return how many events wait, how many gave up and how many nobody handles."""
    waiting = col(InboundEvent.state) == InboundStatus.WAITING
    found = db.execute(
        select(
            func.count().filter(is_waiting()),
            func.count().filter(waiting & gave_up()),
            func.count().filter(col(InboundEvent.state) == InboundStatus.NOT_HANDLED),
        ).where(col(InboundEvent.state) != InboundStatus.DONE)
    ).one()
    return {"waiting": found[0], "dead": found[1], "not_handled": found[2]}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an event and its work stand; `error` is why an open one is not done yet."""

    state: str
    tries: int = 0
    error: str = ""


def standing_of(db: ReadSession, events: Sequence[InboundEvent]) -> dict[UUID, Standing]:
    """Return how these events stand; `dead` says that the work gave up."""
    found = db.scalars(
        select(Job)
        .where(
            col(Job.kind) == PROCESS_INBOUND.name,
            col(Job.key).in_([str(event.id) for event in events]),
        )
        .order_by(col(Job.created_at), col(Job.id))
    )
    newest = {job.key: job for job in found}
    return {event.id: _standing(event, newest.get(str(event.id))) for event in events}


def _standing(event: InboundEvent, work: Job | None) -> Standing:
    if work is None:
        # Done so long ago that the job is forgotten.
        return Standing(event.state)
    if event.state != InboundStatus.WAITING:
        return Standing(event.state, work.tries)
    is_dead = work.state == JobStatus.DEAD
    return Standing("dead" if is_dead else event.state, work.tries, work.last_error)


def delete_handled(db: Session, *, before: datetime) -> int:
    """Delete events done before then, or kept unhandled; return how many.

    The newest of each sender stays: from there on is asked for what it may have forgotten to tell.
    """
    newest = select(func.max(col(InboundEvent.happened_at))).group_by(col(InboundEvent.provider))
    gone = db.execute(
        delete(InboundEvent)
        .where(
            col(InboundEvent.state) != InboundStatus.WAITING,
            col(InboundEvent.received_at) < before,
            col(InboundEvent.happened_at).not_in(newest),
        )
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", gone).rowcount
