"""Reads of the events that outside services sent."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.admin.frame.rules import PAGE, StateTab, in_words, list_address, state_tabs
from indii.kernel import inbox
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago
from indii.kernel.inbox import InboundEvent
from indii.kernel.paging import newest_first


@dataclass(frozen=True, slots=True)
class InboundEventRow:
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
class InboundEventsPage:
    """What we were told, newest first; `older` is the address that continues the list."""

    rows: list[InboundEventRow] = field(default_factory=list)
    tabs: list[StateTab] = field(default_factory=list)
    older: str = ""


INBOUND_LABELS = {"": "All", "waiting": "Waiting", "dead": "Gave up", "done": "Done"}


def inbound_events(
    ctx: ReadCtx, *, state: str = "", after: UUID | None = None
) -> InboundEventsPage:
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
        only=col(InboundEvent.state) == state if state else None,
    )
    return InboundEventsPage(
        rows=[
            InboundEventRow(
                id=str(event.id),
                kind=event.kind,
                sender=event.provider,
                about=in_words({k: v for k, v in event.payload.items() if v}),
                tries=event.tries,
                error=event.last_error,
                state=event.state,
                when=ago(event.received_at, ctx.now),
                at=event.received_at.isoformat(),
            )
            for event in page.rows
        ],
        tabs=state_tabs("events", INBOUND_LABELS, inbox.counts(ctx.db), state),
        older=list_address("events", state=state, after=page.next_after) if page.next_after else "",
    )
