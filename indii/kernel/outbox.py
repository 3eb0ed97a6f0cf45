"""Outbox and inbox: an event leaves in the commit that made it true, and arrives at least once.

A handler runs inside the transaction that records `(event_id, handler)`, so what reaches it twice
changes nothing the second time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, CursorResult, Index, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from indii.kernel.db import ReadSession, UtcTime
from indii.kernel.events import Event
from indii.kernel.ids import new_id

MAX_TRIES = 12


class OutboxEvent(SQLModel, table=True):
    """An event waiting for, or done with, its handlers."""

    __tablename__ = "outbox_event"
    __table_args__ = (
        Index(
            "ix_outbox_event_waiting",
            "due_at",
            postgresql_where=text("delivered_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    name: str = Field(max_length=80)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: UtcTime = Field(sa_column_kwargs={"server_default": text("now()")})
    due_at: UtcTime = Field(sa_column_kwargs={"server_default": text("now()")})
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    last_error: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    delivered_at: UtcTime | None = None
    dead_at: UtcTime | None = None


class DeliveryReceipt(SQLModel, table=True):
    """The proof that a handler has taken an event."""

    __tablename__ = "inbox_receipt"

    event_id: UUID = Field(primary_key=True)
    handler: str = Field(primary_key=True, max_length=120)
    at: UtcTime


def append(db: Session, event: Event, *, now: datetime) -> UUID:
    """Insert the event in the open transaction and return its id."""
    row = OutboxEvent(
        id=new_id(), name=event.name(), payload=event.to_json(), created_at=now, due_at=now
    )
    db.add(row)
    return row.id


def claim(db: Session, *, now: datetime, limit: int = 50) -> Sequence[OutboxEvent]:
    """Lock waiting events, oldest first, skipping those another worker holds."""
    return db.scalars(
        select(OutboxEvent)
        .where(
            col(OutboxEvent.delivered_at).is_(None),
            col(OutboxEvent.dead_at).is_(None),
            col(OutboxEvent.due_at) <= now,
        )
        .order_by(col(OutboxEvent.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def record_receipt(db: Session, *, event_id: UUID, handler: str, now: datetime) -> bool:
    """Record that the handler takes the event; False if it had already."""
    statement = (
        insert(DeliveryReceipt)
        .values(event_id=event_id, handler=handler, at=now)
        .on_conflict_do_nothing()
        .returning(col(DeliveryReceipt.event_id))
    )
    return db.execute(statement).first() is not None


def mark_delivered(db: Session, event_id: UUID, *, now: datetime) -> None:
    """Mark that every handler has taken the event."""
    db.execute(update(OutboxEvent).where(col(OutboxEvent.id) == event_id).values(delivered_at=now))


def reschedule(db: Session, event_id: UUID, *, error: str, now: datetime) -> None:
    """Try again later with growing pauses; after the last try keep the event as a dead letter."""
    row = db.get(OutboxEvent, event_id, with_for_update=True)
    if row is None or row.delivered_at is not None:
        return
    row.tries += 1
    row.last_error = error[:500]
    row.due_at = now + timedelta(seconds=min(2**row.tries, 600))
    if row.tries >= MAX_TRIES:
        row.dead_at = now


def delete_delivered(db: Session, *, before: datetime) -> int:
    """Delete delivered events and their receipts older than `before`; return how many."""
    old = select(col(OutboxEvent.id)).where(col(OutboxEvent.delivered_at) < before)
    db.execute(delete(DeliveryReceipt).where(col(DeliveryReceipt.event_id).in_(old)))
    gone = db.execute(delete(OutboxEvent).where(col(OutboxEvent.delivered_at) < before))
    return cast("CursorResult[Any]", gone).rowcount


def waiting_count(db: Session | ReadSession) -> int:
    """Return how many events have not reached all their handlers."""
    return (
        db.scalar(
            select(func.count())
            .select_from(OutboxEvent)
            .where(col(OutboxEvent.delivered_at).is_(None), col(OutboxEvent.dead_at).is_(None))
        )
        or 0
    )
