"""Reads of the events that outside services sent."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from indii.admin.frame.rules import PAGE, StateTab, in_words, list_address, state_tabs
from indii.kernel import inbox
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago
from indii.kernel.inbox import InboundEvent, InboundStatus, Standing
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


INBOUND_LABELS = {
    "": "All",
    "waiting": "Waiting",
    "dead": "Failed",
    "not_handled": "Unhandled",
    "done": "Done",
}


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
        only=_in_state(state),
    )
    standing = inbox.standing_of(ctx.db, page.rows)
    return InboundEventsPage(
        rows=[_inbound_row(ctx, event, standing[event.id]) for event in page.rows],
        tabs=state_tabs("events", INBOUND_LABELS, inbox.counts(ctx.db), state),
        older=list_address("events", state=state, after=page.next_after) if page.next_after else "",
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


def _inbound_row(ctx: ReadCtx, event: InboundEvent, standing: Standing) -> InboundEventRow:
    return InboundEventRow(
        id=str(event.id),
        kind=event.kind,
        sender=event.provider,
        about=in_words({k: v for k, v in event.payload.items() if v}),
        tries=standing.tries,
        error=standing.error,
        state=standing.state,
        when=ago(event.received_at, ctx.now),
        at=event.received_at.isoformat(),
    )
