"""Orders as their buyers, their sellers and the payment flows see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from indii.business.ledger.enums import TransactionKind
from indii.business.ledger.models import LedgerTransaction
from indii.identity.guests.queries import proven_email
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money, whole_number
from indii.kernel.inbox import InboundEvent
from indii.kernel.paging import behind
from indii.store.orders import kinds, rules
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.kinds import Description, HeldLine
from indii.store.orders.models import Order, OrderItem, PaymentSession

STATE_LABELS = {
    OrderStatus.AWAITING_PAYMENT: "Waiting for payment",
    OrderStatus.PAID: "Paid",
    OrderStatus.PARTIALLY_REFUNDED: "Partly refunded",
    OrderStatus.REFUNDED: "Refunded",
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.NEEDS_REVIEW: "In review",
}
_ALIVE = (SessionStatus.OPENING, SessionStatus.OPEN, SessionStatus.PENDING)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What a hosted checkout says about one line."""

    title: str
    detail: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A hosted checkout that is asked for or open; `url` is "" until the network answered."""

    id: UUID
    order_id: UUID
    key: str
    ref: str
    url: str
    currency: str
    email: str
    lines: tuple[SessionLine, ...]
    expires_at: datetime
    allows_delayed: bool
    left_path: str


def is_buyer(ctx: ReadCtx, order: Order) -> bool:
    """Whether the order is the actor's: by account, by this browser's token, or by e-mail."""
    if ctx.actor.has_role("system"):
        return True
    if ctx.actor.account_id is not None and order.account_id == ctx.actor.account_id:
        return True
    if not ctx.actor.buyer:
        return False
    return order.buyer_hash == ctx.actor.buyer or order.email == proven_email(ctx)


def is_own(ctx: ReadCtx, email: str) -> list[ColumnElement[bool]]:
    """Return what makes an order the actor's: the account, this browser, a proven address."""
    own = []
    if ctx.actor.account_id is not None:
        own.append(col(Order.account_id) == ctx.actor.account_id)
    if ctx.actor.buyer:
        own.append(col(Order.buyer_hash) == ctx.actor.buyer)
    if email:
        own.append(col(Order.email) == email)
    return own


def is_awaited() -> ColumnElement[bool]:
    """Return what says that the money of an order is on its way."""
    pending = select(col(PaymentSession.id)).where(
        col(PaymentSession.order_id) == col(Order.id),
        col(PaymentSession.state) == SessionStatus.PENDING,
    )
    return (col(Order.state) == OrderStatus.AWAITING_PAYMENT) & pending.exists()


def may_have(ctx: ReadCtx, order_item_id: UUID) -> bool:
    """Whether the actor bought this line."""
    item = ctx.db.get(OrderItem, order_item_id)
    order = ctx.db.get(Order, item.order_id) if item else None
    return order is not None and is_buyer(ctx, order)


def require_own(ctx: ReadCtx, order_id: UUID) -> Order:
    """Return the actor's own order.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    order = ctx.db.get(Order, order_id)
    if order is None or not is_buyer(ctx, order):
        raise OrderNotFound
    return order


def order_state(ctx: ReadCtx, order_id: UUID) -> OrderStatus | None:
    """Return where an order stands, None if there is none; no check who asks."""
    found = ctx.db.scalar(select(col(Order.state)).where(col(Order.id) == order_id))
    return OrderStatus(found) if found else None


def _open(ctx: ReadCtx, session: PaymentSession, order: Order) -> OpenSession:
    items = items_of(ctx, [order.id])
    return OpenSession(
        id=session.id,
        order_id=order.id,
        key=session.key,
        ref=session.ref,
        url=session.url,
        currency=order.currency,
        email=order.email,
        lines=tuple(
            SessionLine(i.title, f"{i.label} · {i.payee_name}", i.price_minor)
            for i in items
            if i.price_minor
        ),
        expires_at=session.expires_at,
        allows_delayed=session.allows_delayed,
        left_path=session.left_path,
    )


def open_session(ctx: ReadCtx, order_id: UUID) -> OpenSession:
    """Return the newest checkout of the actor's own order that can still be paid.

    Raises:
        OrderNotFound: not this person's, or nothing is to be paid.
    """
    order = require_own(ctx, order_id)
    found = ctx.db.scalar(
        select(PaymentSession)
        .where(
            col(PaymentSession.order_id) == order_id,
            col(PaymentSession.state).in_([SessionStatus.OPENING, SessionStatus.OPEN]),
        )
        .order_by(col(PaymentSession.attempt).desc())
        .limit(1)
    )
    if found is None:
        raise OrderNotFound
    return _open(ctx, found, order)


def session_refs(ctx: ReadCtx, order_id: UUID) -> Sequence[str]:
    """Return the checkouts of an order that the network knows; no check who asks."""
    return ctx.db.scalars(
        select(col(PaymentSession.ref)).where(
            col(PaymentSession.order_id) == order_id,
            col(PaymentSession.ref) != "",
            col(PaymentSession.state).in_(_ALIVE),
        )
    )


def done_path(ctx: ReadCtx, ref: str) -> str:
    """Return where a buyer goes who has paid this checkout; no check who asks."""
    found: str | None = ctx.db.scalar(
        select(col(PaymentSession.done_path)).where(col(PaymentSession.ref) == ref)
    )
    return found or "/downloads"


def left_path(ctx: ReadCtx, ref: str) -> str:
    """Return where a buyer goes who has not paid this checkout; no check who asks."""
    found: str | None = ctx.db.scalar(
        select(col(PaymentSession.left_path)).where(col(PaymentSession.ref) == ref)
    )
    return found or "/cart"


def order_of_session(ctx: ReadCtx, ref: str) -> UUID | None:
    """Return the order that a checkout was opened for; no check who asks."""
    found: UUID | None = ctx.db.scalar(
        select(col(PaymentSession.order_id)).where(col(PaymentSession.ref) == ref)
    )
    return found


def overdue_sessions(ctx: ReadCtx, *, limit: int = 100) -> tuple[OpenSession, ...]:
    """Return checkouts whose time is over though nobody said how they ended."""
    found = ctx.db.execute(
        select(PaymentSession, Order)
        .join(Order, col(Order.id) == col(PaymentSession.order_id))
        .where(
            col(PaymentSession.state).in_([SessionStatus.OPENING, SessionStatus.OPEN]),
            col(PaymentSession.expires_at) < ctx.now - rules.SWEEP_AFTER,
        )
        .order_by(col(PaymentSession.expires_at))
        .limit(limit)
    ).all()
    return tuple(_open(ctx, session, order) for session, order in found)


def session_state(ctx: ReadCtx, ref: str) -> SessionStatus | None:
    """Return where a checkout stands as far as we know; no check who asks."""
    found = ctx.db.scalar(select(col(PaymentSession.state)).where(col(PaymentSession.ref) == ref))
    return SessionStatus(found) if found else None


def has_session_in(
    ctx: ReadCtx, order_id: UUID, *states: SessionStatus, over_at: datetime | None = None
) -> bool:
    """Whether a checkout of an order stands so, and ends by then if that is given."""
    found = select(col(PaymentSession.id)).where(
        col(PaymentSession.order_id) == order_id, col(PaymentSession.state).in_(states)
    )
    if over_at is not None:
        found = found.where(col(PaymentSession.expires_at) <= over_at)
    return ctx.db.scalar(found.limit(1)) is not None


def pending_refs(ctx: ReadCtx) -> Sequence[str]:
    """Return checkouts whose money is on its way; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(PaymentSession.ref))
        .where(col(PaymentSession.state) == SessionStatus.PENDING, col(PaymentSession.ref) != "")
        .order_by(col(PaymentSession.expires_at))
        .limit(500)
    )


def payments_without_fee(ctx: ReadCtx) -> Sequence[str]:
    """Return payments of which the books do not know the network's fee; for the system."""
    ctx.actor.require_role("system")
    booked = (
        select(col(LedgerTransaction.id))
        .where(
            col(LedgerTransaction.order_id) == col(Order.id),
            col(LedgerTransaction.kind) == TransactionKind.PROCESSOR_FEE,
        )
        .exists()
    )
    return ctx.db.scalars(
        select(col(Order.payment_ref))
        .where(
            col(Order.payment_ref) != "",
            col(Order.state).in_(PAID_STATUSES),
            col(Order.paid_at) < ctx.now - rules.FEE_AFTER,
            col(Order.paid_at) > ctx.now - rules.FEE_WITHIN,
            ~booked,
        )
        .order_by(col(Order.paid_at).desc())
        .limit(200)
    )


def unfinished_free_orders(ctx: ReadCtx) -> Sequence[UUID]:
    """Return free orders that were placed and then left alone; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(Order.id))
        .where(
            col(Order.state) == OrderStatus.AWAITING_PAYMENT,
            col(Order.total_minor) == 0,
            col(Order.created_at) < ctx.now - rules.CHECKOUT_LIFE,
        )
        .limit(200)
    )


def last_event_at(ctx: ReadCtx, provider: str) -> datetime | None:
    """Return when the newest event happened that the network told us of."""
    found: datetime | None = ctx.db.scalar(
        select(func.max(col(InboundEvent.happened_at))).where(
            col(InboundEvent.provider) == provider
        )
    )
    return found


def items_of(ctx: ReadCtx, order_ids: Sequence[UUID]) -> Sequence[OrderItem]:
    """Return the lines of these orders; no check who asks."""
    return ctx.db.scalars(
        select(OrderItem)
        .where(col(OrderItem.order_id).in_(order_ids))
        .order_by(col(OrderItem.order_id), col(OrderItem.position))
    )


def lines_by_kind(ctx: ReadCtx, order_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many lines of which kind these orders have; no check who asks."""
    order_id, kind = col(OrderItem.order_id), col(OrderItem.kind)
    found = ctx.db.execute(
        select(order_id, kind, func.count())
        .where(order_id.in_(order_ids))
        .group_by(order_id, kind)
        .order_by(kind)
    )
    numbers: dict[UUID, dict[str, int]] = {}
    for ident, name, number in found:
        numbers.setdefault(ident, {})[name] = int(number)
    return numbers


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One line that somebody was paid for; the document's address is "" until it is made."""

    id: str
    order_number: str
    when: str
    at: str
    title: str
    cover: str
    label: str
    buyer: str
    note: str
    price_label: str
    receives_label: str
    state: str
    state_label: str
    has_document: bool
    document_href: str


@dataclass(frozen=True, slots=True)
class SalesPage:
    """A producer's sales, newest first; `next_after` continues the list."""

    rows: list[SaleRow] = field(default_factory=list)
    holds: list[HeldLine] = field(default_factory=list)
    next_after: str = ""
    total: str = ""
    total_note: str = ""


_SOLD = (ItemStatus.GRANTED, ItemStatus.REFUNDING, ItemStatus.REFUNDED)
_SALE_LABELS = {ItemStatus.REFUNDING: "Refund on its way", ItemStatus.REFUNDED: "Refunded"}


def sales_page(ctx: ReadCtx, *, after: UUID | None = None, limit: int = 50) -> SalesPage:
    """Return what the actor was paid for; the buyer is named as they want, never by e-mail."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    mine = (col(OrderItem.payee_id) == profile_id) & col(OrderItem.state).in_(_SOLD)
    statement = (
        select(OrderItem, Order)
        .join(Order, col(Order.id) == col(OrderItem.order_id))
        .where(mine)
        .order_by(col(OrderItem.id).desc())
        .limit(limit + 1)
    )
    statement = behind(ctx.db, statement, key=col(OrderItem.id), after=after)
    found = ctx.db.execute(statement).all()
    said = kinds.describe(ctx, [item for item, _ in found[:limit]])
    rows = [_sale(ctx, item, order, said[item.id]) for item, order in found[:limit]]
    counted = ctx.db.execute(
        select(col(OrderItem.kind), func.count())
        .where(mine)
        .group_by(col(OrderItem.kind))
        .order_by(col(OrderItem.kind))
    )
    numbers = {name: int(number) for name, number in counted}
    return SalesPage(
        rows=rows,
        holds=[held for kind in kinds.every_kind() for held in kind.held(ctx, profile_id)],
        next_after=rows[-1].id if len(found) > limit else "",
        total=whole_number(sum(numbers.values())),
        total_note=f"{_summed(numbers)}, free ones included",
    )


def _summed(numbers: dict[str, int]) -> str:
    """Return what was sold beside its number: one kind alone, or each kind with its own."""
    said = kinds.counted(numbers)
    return said if len(numbers) != 1 else said.partition(" ")[2]


def _sale(ctx: ReadCtx, item: OrderItem, order: Order, said: Description) -> SaleRow:
    is_back = item.state == ItemStatus.REFUNDED
    then = order.paid_at or order.created_at
    return SaleRow(
        id=str(item.id),
        order_number=order.number,
        when=ago(then, ctx.now),
        at=then.isoformat(),
        title=item.title,
        cover=said.cover,
        label=item.label,
        buyer=said.recipient,
        note=said.note,
        price_label=money(item.price_minor, order.currency) if item.price_minor else "Free",
        receives_label=money(0 if is_back else item.price_minor - item.fee_minor, order.currency),
        state=item.state,
        state_label=_SALE_LABELS.get(ItemStatus(item.state), ""),
        has_document=said.document is not None,
        document_href=said.document.seller_href if said.document and said.document.is_made else "",
    )
