"""Orders for operators: a list to search, and one order with everything that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from indii.admin.frame.rules import PAGE, StateTab
from indii.admin.ledger.queries import MovementView, act_label, movement
from indii.business.ledger.queries import transactions_page
from indii.catalog.access.models import DownloadAttempt, DownloadPermission
from indii.identity.profiles.models import Profile
from indii.kernel import inbox
from indii.kernel.audit import AuditEntry
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money, whole_number
from indii.kernel.inbox import InboundEvent
from indii.kernel.paging import behind
from indii.store.orders import kinds
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.store.orders.kinds import Description
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.store.orders.queries import STATE_LABELS, items_of, lines_by_kind
from indii.trust.refunds.models import has_failed_refund
from indii.trust.refunds.queries import (
    RefundRow,
    can_refund,
    find_unmatched_payment,
    order_numbered,
    refunds_of,
)

# Not a state of its own: orders of which a refund failed, and none was asked for since.
REFUND_FAILED = "refund_failed"
ITEM_LABELS = {
    ItemStatus.ORDERED: "Ordered",
    ItemStatus.GRANTED: "Granted",
    ItemStatus.REFUNDING: "Refund on its way",
    ItemStatus.REFUNDED: "Refunded",
    ItemStatus.CANCELED: "Not delivered",
}
OUTCOMES = {"given": "Sent", "revoked": "Refused: refunded", "unmade": "Not ready"}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the list."""

    number: str
    email: str
    buyer: str
    state: str
    state_label: str
    what: str
    total_label: str
    when: str
    at: str
    has_failed_refund: bool


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders, newest first; `older` is the address that continues the list."""

    rows: tuple[OrderRow, ...] = ()
    tabs: tuple[StateTab, ...] = ()
    text: str = ""
    state: str = ""
    older: str = ""


def address(*, text: str = "", state: str = "", after: str = "") -> str:
    """Return the address of the list that answers this."""
    asked = (("q", text), ("state", state), ("after", after))
    query = urlencode([(name, value) for name, value in asked if value])
    return f"/admin/orders?{query}" if query else "/admin/orders"


def orders_page(
    ctx: ReadCtx, *, text: str = "", state: str = "", after: UUID | None = None
) -> OrdersPage:
    """Return orders by number, e-mail or payment reference, in one state or in all.

    `REFUND_FAILED` stands beside the states and finds what somebody has to see to.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    text, state = text.strip()[:254], state if state in {*OrderStatus, REFUND_FAILED} else ""
    asked = _search(select(Order, has_failed_refund()), text)
    if state:
        is_so = has_failed_refund() if state == REFUND_FAILED else col(Order.state) == state
        asked = asked.where(is_so)
    asked = behind(ctx.db, asked, key=col(Order.id), after=after)
    found = ctx.db.execute(asked.order_by(col(Order.id).desc()).limit(PAGE + 1)).all()
    last = str(found[PAGE - 1][0].id) if len(found) > PAGE else ""
    numbers = lines_by_kind(ctx, [order.id for order, _ in found[:PAGE]])
    return OrdersPage(
        rows=tuple(
            _row(ctx, order, kinds.counted(numbers.get(order.id, {})), has_failed=has_failed)
            for order, has_failed in found[:PAGE]
        ),
        tabs=_tabs(ctx, text, state),
        text=text,
        state=state,
        older=address(text=text, state=state, after=last) if last else "",
    )


def _search(statement: Any, text: str) -> Any:
    if not text:
        return statement
    return statement.where(
        or_(
            col(Order.number).icontains(text, autoescape=True),
            col(Order.email).contains(text.lower(), autoescape=True),
            col(Order.payment_ref) == text,
        )
    )


def _tabs(ctx: ReadCtx, text: str, state: str) -> tuple[StateTab, ...]:
    counted = _search(select(col(Order.state), func.count()), text).group_by(col(Order.state))
    by_state = {str(name): int(number) for name, number in ctx.db.execute(counted)}
    failed = _search(select(func.count()).select_from(Order), text).where(has_failed_refund())
    total = sum(by_state.values())
    by_state |= {"": total, REFUND_FAILED: ctx.db.scalar(failed) or 0}
    pairs = [
        ("", "All"),
        *((str(known), label) for known, label in STATE_LABELS.items()),
        (REFUND_FAILED, "Refund failed"),
    ]
    return tuple(
        StateTab(
            label=label,
            href=address(text=text, state=name),
            count=whole_number(by_state.get(name, 0)),
            is_on=name == state,
        )
        for name, label in pairs
        if not name or by_state.get(name) or name == state
    )


def _total(order: Order) -> str:
    return money(order.total_minor, order.currency) if order.total_minor else "Free"


def _row(ctx: ReadCtx, order: Order, what: str, *, has_failed: bool) -> OrderRow:
    return OrderRow(
        number=order.number,
        email=order.email,
        buyer="Account" if order.account_id else "Guest",
        state=order.state,
        state_label=STATE_LABELS[OrderStatus(order.state)],
        what=what,
        total_label=_total(order),
        when=ago(order.created_at, ctx.now),
        at=order.created_at.isoformat(),
        has_failed_refund=has_failed,
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about an order."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order with its paper."""

    id: str
    title: str
    payee_name: str
    label: str
    recipient: str
    note: str
    price_label: str
    fee_label: str
    state: str
    state_label: str
    document_label: str
    document_href: str
    page_href: str
    can_refund: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to an order: a session, a download, news, an act."""

    what: str
    about: str
    state: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order; `return_label` is what can go back of a payment that did not match the order."""

    id: str = ""
    number: str = ""
    email: str = ""
    state: str = ""
    state_label: str = ""
    total_label: str = ""
    review_note: str = ""
    needs_look: bool = False
    return_label: str = ""
    facts: tuple[Fact, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    refunds: tuple[RefundRow, ...] = ()
    ledger: tuple[MovementView, ...] = ()
    sessions: tuple[TimelineEntry, ...] = ()
    downloads: tuple[TimelineEntry, ...] = ()
    events: tuple[TimelineEntry, ...] = ()
    history: tuple[TimelineEntry, ...] = ()
    can_refund: bool = False
    is_refunding: bool = False


def order_view(ctx: ReadCtx, number: str) -> OrderView:
    """Return one order by its number.

    Raises:
        NotAllowed: the actor is no administrator.
        OrderNotFound: there is no such order.
    """
    ctx.actor.require_role("admin")
    order = order_numbered(ctx, number)
    items = items_of(ctx, [order.id])
    said = kinds.describe(ctx, items)
    aside = find_unmatched_payment(ctx, order.id)
    left = money(aside.left_minor, aside.currency) if aside and aside.left_minor else ""
    refunds = refunds_of(
        ctx,
        order.id,
        {item.id: item.title for item in items},
        unnamed="a payment that did not match the order" if aside else "items unknown",
    )
    lines = tuple(_line(order, item, said[item.id]) for item in items)
    moved = transactions_page(ctx, order_id=order.id).rows
    sessions = ctx.db.scalars(
        select(PaymentSession)
        .where(col(PaymentSession.order_id) == order.id)
        .order_by(col(PaymentSession.attempt))
    )
    return OrderView(
        id=str(order.id),
        number=order.number,
        email=order.email,
        state=order.state,
        state_label=STATE_LABELS[OrderStatus(order.state)],
        total_label=_total(order),
        review_note=order.review_note,
        needs_look=order.state != OrderStatus.REFUNDED,
        return_label=left,
        facts=_facts(ctx, order),
        lines=lines,
        refunds=refunds,
        ledger=tuple(movement(ctx, row.id) for row in moved),
        sessions=tuple(_session(ctx, session) for session in sessions),
        downloads=_downloads(ctx, [item.id for item in items]),
        events=_events(ctx, order, [session.ref for session in sessions if session.ref]),
        history=_history(ctx, order.id),
        can_refund=any(line.can_refund for line in lines),
        is_refunding=any(refund.is_open for refund in refunds),
    )


def _facts(ctx: ReadCtx, order: Order) -> tuple[Fact, ...]:
    name = ctx.db.scalar(
        select(col(Profile.name)).where(col(Profile.account_id) == order.account_id)
    )
    unpaid = "payment did not match the order" if order.payment_ref else "not paid"
    paid = f"{order.paid_at:%Y-%m-%d %H:%M} UTC" if order.paid_at else unpaid
    pairs = (
        ("Buyer", f"{name or 'a closed account'}, account" if order.account_id else "Guest"),
        ("E-mail", order.email),
        ("Placed", f"{order.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Paid", "nothing to pay" if not order.total_minor and order.paid_at else paid),
        ("Total", _total(order)),
        ("Payment reference", order.payment_ref or "none"),
    )
    return tuple(Fact(name, value) for name, value in pairs)


def _line(order: Order, item: OrderItem, said: Description) -> OrderLine:
    document = said.document
    return OrderLine(
        id=str(item.id),
        title=item.title,
        payee_name=item.payee_name,
        label=item.label,
        recipient=f"{kinds.kind_of(item).words.sold_to} {said.recipient}" if said.recipient else "",
        note=said.note,
        price_label=money(item.price_minor, order.currency) if item.price_minor else "Free",
        fee_label=money(item.fee_minor, order.currency),
        state=item.state,
        state_label=ITEM_LABELS[ItemStatus(item.state)],
        document_label=document.label if document else "",
        document_href=document.seller_href if document and document.is_made else "",
        page_href=document.page_href if document else "",
        can_refund=can_refund(order, item),
    )


def _session(ctx: ReadCtx, session: PaymentSession) -> TimelineEntry:
    return TimelineEntry(
        what=f"Checkout {session.attempt}",
        about=session.ref or "not opened yet",
        state=session.state,
        when=ago(session.created_at, ctx.now),
        at=session.created_at.isoformat(),
    )


def _downloads(ctx: ReadCtx, item_ids: Sequence[UUID]) -> tuple[TimelineEntry, ...]:
    found = ctx.db.execute(
        select(DownloadAttempt, col(DownloadPermission.filename))
        .join(DownloadPermission, col(DownloadPermission.id) == col(DownloadAttempt.permission_id))
        .where(col(DownloadPermission.granted_for).in_(item_ids))
        .order_by(col(DownloadAttempt.at).desc())
        .limit(PAGE)
    )
    return tuple(
        TimelineEntry(
            what=filename,
            about=f"network {attempt.network[:8]}" if attempt.network else "network unknown",
            state=OUTCOMES.get(attempt.outcome, attempt.outcome),
            when=ago(attempt.at, ctx.now),
            at=attempt.at.isoformat(),
        )
        for attempt, filename in found
    )


def _events(ctx: ReadCtx, order: Order, refs: Sequence[str]) -> tuple[TimelineEntry, ...]:
    payload = col(InboundEvent.payload)
    about = [payload["object"].as_string().in_(refs)]
    if order.payment_ref:
        about.append(payload["payment"].as_string() == order.payment_ref)
    found = ctx.db.scalars(
        select(InboundEvent)
        .where(col(InboundEvent.received_at) >= order.created_at, or_(*about))
        .order_by(col(InboundEvent.received_at).desc())
        .limit(PAGE)
    )
    standing = inbox.standing_of(ctx.db, found)
    return tuple(
        TimelineEntry(
            what=event.kind,
            about=standing[event.id].error or event.external_id,
            state=standing[event.id].state,
            when=ago(event.received_at, ctx.now),
            at=event.received_at.isoformat(),
        )
        for event in found
    )


def _history(ctx: ReadCtx, order_id: UUID) -> tuple[TimelineEntry, ...]:
    found = ctx.db.execute(
        select(AuditEntry, col(Profile.name))
        .outerjoin(Profile, col(Profile.account_id) == col(AuditEntry.account_id))
        .where(col(AuditEntry.subject_kind) == "order", col(AuditEntry.subject_id) == order_id)
        .order_by(col(AuditEntry.at).desc())
        .limit(PAGE)
    )
    return tuple(
        TimelineEntry(
            what=act_label(entry.action),
            about=str(entry.details.get("reason") or entry.details.get("why") or ""),
            state=name or ("a closed account" if entry.account_id else "a guest or the system"),
            when=ago(entry.at, ctx.now),
            at=entry.at.isoformat(),
        )
        for entry, name in found
    )
