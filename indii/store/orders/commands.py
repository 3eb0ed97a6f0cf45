"""Orders from placing to the end: frozen lines, and everything that one payment sets off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, select, update
from sqlmodel import col

from indii.business.ledger.commands import post
from indii.business.ledger.enums import Code, TransactionKind
from indii.business.ledger.rules import Leg, fee_legs, sale_legs
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id
from indii.store.orders import kinds, rules
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import MixedCurrencies, OrderNotFound
from indii.store.orders.events import OrderPaid, UndeliverablePaid
from indii.store.orders.kinds import Buyer, PricedLine
from indii.store.orders.models import Allocation, Order, OrderItem, PaymentSession


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came, as the payment network tells it."""

    ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """Where a buyer goes from the payment page: having paid, and having left."""

    done: Callable[[UUID], str] = lambda _order_id: "/downloads"
    left: str = "/cart?payment=left"


def create_order(
    ctx: WriteCtx,
    *,
    email: str,
    buyer_hash: str,
    content_hash: str,
    lines: Sequence[PricedLine],
    paths: ReturnPaths = ReturnPaths(),
) -> Order:
    """Freeze the lines as an order; what others cannot have meanwhile is held from now on.

    Raises:
        IndiiError: whatever the kinds of these lines see in the way, each in its own words.
        MixedCurrencies: one order has one currency.
        AmountTooSmall: more than nothing, less than the network takes.
    """
    account_id = ctx.actor.account_id
    sorts = kinds.by_kind(lines)
    for kind, own in sorts:
        kind.check(ctx, own, Buyer(email, account_id))
    currency = lines[0].currency
    if any(line.currency != currency for line in lines):
        raise MixedCurrencies
    total = rules.check_total(sum(line.price_minor for line in lines), currency)
    order = Order(
        id=new_id(),
        number="",
        account_id=account_id,
        buyer_hash="" if account_id else buyer_hash,
        email=email,
        state=OrderStatus.AWAITING_PAYMENT,
        currency=currency,
        total_minor=total,
        content_hash=content_hash,
        created_at=ctx.now,
    )
    order.number = rules.order_number(order.id)
    ctx.db.add(order)
    ctx.db.flush()
    placed = {new_id(): line for line in lines}
    ctx.db.add_all(
        _item(order.id, item_id, position, line, ctx.site.fee_bps)
        for position, (item_id, line) in enumerate(placed.items())
    )
    if total:
        _add_session(ctx, order.id, paths, allows_delayed=not any(x.is_held for x in lines))
    ctx.db.flush()
    for kind, _ in sorts:
        kind.freeze(ctx, order, {i: line for i, line in placed.items() if line.kind == kind.name})
    return order


def _item(
    order_id: UUID, item_id: UUID, position: int, line: PricedLine, fee_bps: int
) -> OrderItem:
    return OrderItem(
        id=item_id,
        order_id=order_id,
        position=position,
        kind=line.kind,
        payee_id=line.payee_id,
        state=ItemStatus.ORDERED,
        title=line.title,
        label=line.label,
        payee_name=line.payee_name,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        price_minor=line.price_minor,
        fee_minor=rules.fee_of(line.price_minor, fee_bps),
    )


def _add_session(
    ctx: WriteCtx, order_id: UUID, paths: ReturnPaths, *, allows_delayed: bool
) -> None:
    """Write down that a hosted checkout will be asked for, and under which key."""
    ctx.db.add(
        PaymentSession(
            id=new_id(),
            order_id=order_id,
            attempt=1,
            key=f"order:{order_id}:session:1",
            state=SessionStatus.OPENING,
            allows_delayed=allows_delayed,
            done_path=paths.done(order_id),
            left_path=paths.left,
            expires_at=ctx.now + rules.CHECKOUT_LIFE,
            created_at=ctx.now,
        )
    )


def record_session(ctx: WriteCtx, *, session_id: UUID, ref: str, url: str) -> None:
    """Note under which reference the network keeps a checkout, and where it is paid.

    One that was given up while we waited for the answer keeps its state: should it be paid all
    the same, its buyer is recognised.
    """
    is_opening = col(PaymentSession.state) == SessionStatus.OPENING
    ctx.db.execute(
        update(PaymentSession)
        .where(col(PaymentSession.id) == session_id)
        .values(
            ref=ref,
            url=url,
            state=case((is_opening, SessionStatus.OPEN), else_=col(PaymentSession.state)),
        )
    )


def mark_pending(ctx: WriteCtx, *, ref: str) -> None:
    """Note that the buyer is done and the money is on its way."""
    ctx.db.execute(
        update(PaymentSession)
        .where(
            col(PaymentSession.ref) == ref,
            col(PaymentSession.state).in_([SessionStatus.OPENING, SessionStatus.OPEN]),
        )
        .values(state=SessionStatus.PENDING)
    )


def fulfil_order(ctx: WriteCtx, *, order_id: UUID, payment: Payment | None) -> OrderStatus:
    """Do everything that a payment sets off, once, however often and by whom it is told.

    What every kind of line delivers, what is owed, the ledger and the news of it are one commit.
    `payment` is None for an order that costs nothing. Returns where the order now stands.

    Raises:
        OrderNotFound: there is no such order.
    """
    ctx.actor.require_role("system")
    order, items = _locked_with_items(ctx, order_id)
    if order.state in PAID_STATUSES or order.state == OrderStatus.NEEDS_REVIEW:
        return OrderStatus(order.state)
    amount_mismatch = rules.amount_mismatch(
        total_minor=order.total_minor,
        currency=order.currency,
        paid_minor=payment.amount_minor if payment else 0,
        paid_currency=payment.currency if payment else order.currency,
    )
    if amount_mismatch:
        _hold_for_review(ctx, order, payment, why=amount_mismatch)
        return OrderStatus.NEEDS_REVIEW
    order.payment_ref = payment.ref if payment else ""
    order.state, order.paid_at, order.ended_at = OrderStatus.PAID, ctx.now, None
    is_whole = _deliver(ctx, order, items)
    ctx.emit(OrderPaid(order.id))
    if not is_whole:
        ctx.emit(UndeliverablePaid(order.id))
    if order.total_minor:
        _end_sessions(ctx, order.id, SessionStatus.PAID)
    ctx.write_jobs()
    # Last, for from here on others who post wait for this commit.
    _book_sale(ctx, order, items)
    return OrderStatus.PAID


def _locked_with_items(ctx: WriteCtx, order_id: UUID) -> tuple[Order, list[OrderItem]]:
    """Return an order, locked, with its lines, which nobody changes without that lock."""
    found = ctx.db.execute(
        select(Order, OrderItem)
        .join(OrderItem, col(OrderItem.order_id) == col(Order.id))
        .where(col(Order.id) == order_id)
        .order_by(col(OrderItem.position))
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        raise OrderNotFound
    return found[0][0], [item for _, item in found]


def _deliver(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> bool:
    """Let every kind deliver its lines; return whether all of them could be."""
    delivered: set[UUID] = set()
    for kind, own in kinds.by_kind(items):
        delivered.update(kind.fulfil(ctx, order, own))
    for item in items:
        item.state = ItemStatus.GRANTED if item.id in delivered else ItemStatus.CANCELED
    return len(delivered) == len(items)


def _hold_for_review(ctx: WriteCtx, order: Order, payment: Payment | None, *, why: str) -> None:
    """Leave a payment that does not fit to a person; the money is here, so the books show it."""
    order.state, order.review_note = OrderStatus.NEEDS_REVIEW, why
    order.payment_ref = payment.ref if payment else ""
    _end_sessions(ctx, order.id, SessionStatus.PAID)
    ctx.audit("order.needs_review", "order", order.id, why=why)
    if payment is None:
        return
    post(
        ctx,
        kind=TransactionKind.ADJUSTMENT,
        dedupe_key=f"set-aside:{order.id}",
        legs=(
            Leg(Code.STRIPE_PENDING, payment.amount_minor, payment.currency),
            Leg(Code.SUSPENSE, -payment.amount_minor, payment.currency),
        ),
        order_id=order.id,
        provider_ref=payment.ref,
        memo=f"Does not fit order {order.number}",
    )


def _book_sale(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    owed = [(item.payee_id, item.price_minor - item.fee_minor) for item in items]
    for item, (payee, amount) in zip(items, owed, strict=True):
        if amount:
            ctx.db.add(
                Allocation(
                    order_item_id=item.id,
                    payee_id=payee,
                    amount_minor=amount,
                    currency=order.currency,
                    created_at=ctx.now,
                )
            )
    if order.total_minor:
        post(
            ctx,
            kind=TransactionKind.SALE,
            dedupe_key=f"sale:{order.id}",
            legs=sale_legs(order.currency, owed, sum(item.fee_minor for item in items)),
            order_id=order.id,
            provider_ref=order.payment_ref,
            memo=f"Order {order.number}",
        )


def cancel_order(ctx: WriteCtx, *, order_id: UUID) -> OrderStatus:
    """End an order that nobody will pay any more: the network said that its checkout is over.

    Returns where the order now stands: one that was paid stays paid.

    Raises:
        OrderNotFound: there is no such order.
    """
    ctx.actor.require_role("system")
    order, items = _locked_with_items(ctx, order_id)
    if order.state != OrderStatus.AWAITING_PAYMENT:
        return OrderStatus(order.state)
    order.state, order.ended_at = OrderStatus.CANCELED, ctx.now
    for item in items:
        item.state = ItemStatus.CANCELED
    for kind, _ in kinds.by_kind(items):
        kind.release(ctx, order)
    _end_sessions(ctx, order_id, SessionStatus.ENDED)
    return OrderStatus.CANCELED


def _end_sessions(ctx: WriteCtx, order_id: UUID, state: SessionStatus) -> None:
    ctx.db.execute(
        update(PaymentSession)
        .where(
            col(PaymentSession.order_id) == order_id,
            col(PaymentSession.state) != SessionStatus.PAID,
        )
        .values(state=state)
    )


def book_fee(
    ctx: WriteCtx, *, payment_ref: str, fee_ref: str, amount_minor: int, currency: str
) -> None:
    """Book what the payment network kept of an order's payment, once."""
    ctx.actor.require_role("system")
    order = ctx.db.scalar(select(Order).where(col(Order.payment_ref) == payment_ref))
    if order is None or not amount_minor:
        return
    post(
        ctx,
        kind=TransactionKind.PROCESSOR_FEE,
        dedupe_key=f"fee:{fee_ref}",
        legs=fee_legs(currency, amount_minor),
        order_id=order.id,
        provider_ref=fee_ref,
        memo=f"Fee of order {order.number}",
    )
