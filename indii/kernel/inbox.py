"""Inbox: what the outside world told us, stored once and worked off later.

A webhook is verified, stored under the sender's own id and answered; the same event told twice is
one row. What a lost broker forgot, the sweep finds; what keeps failing ends as a dead letter that
an operator can replay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from indii.kernel.db import ReadSession, UtcTime
from indii.kernel.ids import new_id

MAX_TRIES = 10


class InboundStatus(StrEnum):
    """Where an inbound event stands."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class InboundEvent(SQLModel, table=True):
    """One event as its sender told it; `payload` holds ids only, the truth is asked for anew."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        Index("ix_inbound_event_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_inbound_event_received", "received_at"),
    )

    id: UUID = Field(primary_key=True)
    provider: str = Field(max_length=20)
    external_id: str = Field(max_length=120)
    kind: str = Field(max_length=80)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    happened_at: UtcTime
    received_at: UtcTime
    state: str = Field(default=InboundStatus.WAITING, max_length=10)
    due_at: UtcTime
    tries: int = 0
    last_error: str = ""
    handled_at: UtcTime | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """An event worth storing."""

    provider: str
    external_id: str
    kind: str
    payload: dict[str, Any]
    happened_at: datetime


def store(db: Session, told: InboundMessage, *, now: datetime) -> UUID | None:
    """Keep the event; None when it was told before."""
    made = db.execute(
        insert(InboundEvent)
        .values(
            id=new_id(),
            provider=told.provider,
            external_id=told.external_id,
            kind=told.kind,
            payload=told.payload,
            happened_at=told.happened_at,
            received_at=now,
            due_at=now,
            state=InboundStatus.WAITING,
            tries=0,
            last_error="",
        )
        .on_conflict_do_nothing(index_elements=["provider", "external_id"])
        .returning(col(InboundEvent.id))
    ).first()
    return made[0] if made else None


def claim(db: Session, *, now: datetime, lease: timedelta) -> InboundEvent | None:
    """Take the oldest event that is due, for as long as the lease; None if there is none."""
    oldest = (
        select(col(InboundEvent.id))
        .where(col(InboundEvent.state) == InboundStatus.WAITING, col(InboundEvent.due_at) <= now)
        .order_by(col(InboundEvent.received_at), col(InboundEvent.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    # Whoever dies with it gives it back by the clock.
    return db.scalar(
        update(InboundEvent)
        .where(col(InboundEvent.id) == oldest)
        .values(due_at=now + lease, tries=col(InboundEvent.tries) + 1)
        .returning(InboundEvent)
        .execution_options(synchronize_session=False)
    )


def is_due(db: Session, *, now: datetime) -> bool:
    """Whether an event waits for somebody."""
    found = db.scalar(
        select(col(InboundEvent.id))
        .where(col(InboundEvent.state) == InboundStatus.WAITING, col(InboundEvent.due_at) <= now)
        .limit(1)
    )
    return found is not None


def mark_done(db: Session, event_id: UUID, *, now: datetime) -> None:
    """Mark the event as worked off."""
    db.execute(
        update(InboundEvent)
        .where(col(InboundEvent.id) == event_id)
        .values(state=InboundStatus.DONE, handled_at=now, last_error="")
    )


def reschedule(db: Session, event_id: UUID, *, error: str, now: datetime) -> None:
    """Try again later with growing pauses; after the last try keep it as a dead letter."""
    row = db.get(InboundEvent, event_id, with_for_update=True)
    if row is None or row.state == InboundStatus.DONE:
        return
    row.last_error = error[:500]
    row.due_at = now + timedelta(seconds=min(2**row.tries, 900))
    if row.tries >= MAX_TRIES:
        row.state = InboundStatus.DEAD


def replay(db: Session, event_id: UUID, *, now: datetime) -> bool:
    """Let the event be worked again, dead or done; False if there is none."""
    row = db.get(InboundEvent, event_id, with_for_update=True)
    if row is None:
        return False
    row.state, row.due_at, row.tries = InboundStatus.WAITING, now, 0
    return True


def counts(db: Session | ReadSession) -> dict[str, int]:
    """Return how many events wait and how many are dead."""
    found = db.execute(
        select(col(InboundEvent.state), func.count())
        .where(col(InboundEvent.state) != InboundStatus.DONE)
        .group_by(col(InboundEvent.state))
    ).all()
    by_state = {state: number for state, number in found}  # noqa: C416 - rows are no pairs to mypy
    return {InboundStatus.WAITING: 0, InboundStatus.DEAD: 0} | by_state
