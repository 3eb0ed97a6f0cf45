"""Orders from placing to the end: frozen lines, holds, and everything that one payment sets off."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlmodel import col

from indii.business.ledger.commands import post
from indii.business.ledger.enums import Code, TransactionKind
from indii.business.ledger.rules import Leg, fee_legs, sale_legs
from indii.business.licensing.commands import NewGrant, grant_licenses
from indii.business.licensing.enums import LicenseTier
from indii.catalog.access.commands import NewDownloads, grant_downloads, lock_files
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare
from indii.store.offers.commands import (
    close_offers,
    hold_exclusive,
    release_exclusives,
    sell_exclusive,
    sold_to,
)
from indii.store.offers.rules import DELIVERS
from indii.store.orders import rules
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.events import ExclusiveSold, OrderPaid, RefundUpdated, UndeliverablePaid
from indii.store.orders.models import Allocation, Order, OrderItem, PaymentSession

CLOSE_COMPETING = declare(
    JobKind("close_competing_checkouts", queue="default", max_tries=10, priority=5)
)


@dataclass(frozen=True, slots=True)
class NewLine:
    """One license as it was accepted, ready to be frozen."""

    recording_id: UUID
    producer_id: UUID
    title: str
    producer_name: str
    tier: LicenseTier
    price_minor: int
    fee_minor: int
    licensee_name: str
    licensee_alias: str
    terms: dict[str, Any]
    contract: str
    contract_sha256: str
    accepted_at: datetime
    file_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came, as the payment network tells it."""

    ref: str
    amount_minor: int
    currency: str


def create_order(
    ctx: WriteCtx,
    *,
    email: str,
    buyer_hash: str,
    currency: str,
    cart_hash: str,
    lines: Sequence[NewLine],
) -> UUID:
    """Freeze the lines as an order; exclusive licenses are held for it from now on.

    Raises:
        AmountTooSmall: more than nothing, less than the network takes.
        ExclusiveTaken: somebody else holds or has an exclusive license in it.
        HoldRefused: this person holds another one, or kept this one too long.
    """
    account_id = ctx.actor.account_id
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
        cart_hash=cart_hash,
        created_at=ctx.now,
    )
    order.number = rules.order_number(order.id)
    ctx.db.add(order)
    ctx.db.flush()
    for position, line in enumerate(lines):
        ctx.db.add(_item(order.id, position, line))
    for line in sorted(lines, key=lambda line: line.recording_id):
        if line.tier == LicenseTier.EXCLUSIVE:
            hold_exclusive(
                ctx,
                recording_id=line.recording_id,
                title=line.title,
                order_id=order.id,
                holder=rules.holder_of(order.account_id, order.email),
                until=ctx.now + rules.CHECKOUT_LIFE + rules.HOLD_GRACE,
            )
    if total:
        _add_session(ctx, order.id)
    return order.id


def _item(order_id: UUID, position: int, line: NewLine) -> OrderItem:
    return OrderItem(
        id=new_id(),
        order_id=order_id,
        position=position,
        state=ItemStatus.ORDERED,
        **asdict(line) | {"file_ids": [str(file_id) for file_id in line.file_ids]},
    )


def _add_session(ctx: WriteCtx, order_id: UUID) -> None:
    """Write down that a hosted checkout will be asked for, and under which key."""
    ctx.db.add(
        PaymentSession(
            id=new_id(),
            order_id=order_id,
            attempt=1,
            key=f"order:{order_id}:session:1",
            state=SessionStatus.OPENING,
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

    Licenses, downloads, what is owed, the ledger and the news of it are one commit. `payment` is
    None for an order that costs nothing. Returns where the order now stands.

    Raises:
        OrderNotFound: there is no such order.
    """
    ctx.actor.require_role("system")
    order = _locked(ctx, order_id)
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
    items = _items(ctx, order.id)
    sold = _sold(ctx, order, items)
    _deliver(ctx, order, sold)
    order.payment_ref = payment.ref if payment else ""
    order.state, order.paid_at, order.ended_at = OrderStatus.PAID, ctx.now, None
    ctx.emit(OrderPaid(order.id))
    if len(sold) < len(items):
        ctx.emit(UndeliverablePaid(order.id))
    if order.total_minor:
        _end_sessions(ctx, order.id, SessionStatus.PAID)
    # Last, for from here on others who post wait for this commit.
    _book_sale(ctx, order, items)
    return OrderStatus.PAID


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


def _locked(ctx: WriteCtx, order_id: UUID) -> Order:
    order = ctx.db.get(Order, order_id, with_for_update=True)
    if order is None:
        raise OrderNotFound
    return order


def _items(ctx: WriteCtx, order_id: UUID) -> Sequence[OrderItem]:
    """Return the lines, their recordings locked in one order for all: none is sold twice over."""
    found = ctx.db.scalars(
        select(OrderItem)
        .join(Recording, col(Recording.id) == col(OrderItem.recording_id))
        .where(col(OrderItem.order_id) == order_id)
        .order_by(col(OrderItem.recording_id))
        .with_for_update(of=Recording, key_share=True)
    )
    return sorted(found, key=lambda item: item.position)


def _book_sale(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    owed = [(item.producer_id, item.price_minor - item.fee_minor) for item in items]
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


def _sold(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> list[OrderItem]:
    """Return the lines that the order gets: no recording that went to an exclusive buyer before."""
    holder = rules.holder_of(order.account_id, order.email)
    gone = sold_to(ctx, recording_ids={item.recording_id for item in items})
    sold = []
    for item in items:
        is_there = gone.get(item.recording_id, order.id) == order.id
        if is_there and item.tier == LicenseTier.EXCLUSIVE:
            is_there = sell_exclusive(
                ctx, recording_id=item.recording_id, order_id=order.id, holder=holder
            )
        item.state = ItemStatus.GRANTED if is_there else ItemStatus.CANCELED
        if is_there:
            sold.append(item)
    return sold


def _deliver(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    files = lock_files(ctx, {UUID(file_id) for item in items for file_id in item.file_ids})
    grant_licenses(ctx, [_grant(order, item) for item in items], files=files)
    grant_downloads(ctx, [_downloads(order, item) for item in items], files=files)
    for item in items:
        if item.tier == LicenseTier.EXCLUSIVE:
            close_offers(ctx, recording_id=item.recording_id)
            ctx.emit(ExclusiveSold(item.recording_id, order.id))


def _grant(order: Order, item: OrderItem) -> NewGrant:
    delivers = DELIVERS[LicenseTier(item.tier)]
    return NewGrant(
        order_item_id=item.id,
        order_number=order.number,
        recording_id=item.recording_id,
        producer_id=item.producer_id,
        account_id=order.account_id,
        tier=LicenseTier(item.tier),
        title=item.title,
        producer_name=item.producer_name,
        licensee_name=item.licensee_name,
        licensee_alias=item.licensee_alias,
        terms=item.terms,
        contract=item.contract,
        file_ids=[UUID(file_id) for file_id in item.file_ids],
        effective_on=item.accepted_at.date(),
        makes_mp3=FileKind.MAIN_MP3 in delivers,
        kinds=delivers,
    )


def _downloads(order: Order, item: OrderItem) -> NewDownloads:
    delivers = DELIVERS[LicenseTier(item.tier)]
    return NewDownloads(
        granted_for=item.id,
        recording_id=item.recording_id,
        account_id=order.account_id,
        file_ids=[UUID(file_id) for file_id in item.file_ids],
        title=item.title,
        producer_name=item.producer_name,
        makes_mp3=FileKind.MAIN_MP3 in delivers,
        kinds=delivers,
    )


def cancel_order(ctx: WriteCtx, *, order_id: UUID) -> OrderStatus:
    """End an order that nobody will pay any more: the network said that its checkout is over.

    Returns where the order now stands: one that was paid stays paid.

    Raises:
        OrderNotFound: there is no such order.
    """
    ctx.actor.require_role("system")
    order = _locked(ctx, order_id)
    if order.state != OrderStatus.AWAITING_PAYMENT:
        return OrderStatus(order.state)
    order.state, order.ended_at = OrderStatus.CANCELED, ctx.now
    ctx.db.execute(
        update(OrderItem)
        .where(col(OrderItem.order_id) == order_id)
        .values(state=ItemStatus.CANCELED)
    )
    release_exclusives(ctx, order_id=order_id)
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


def emit_refund_updates(ctx: WriteCtx, *, payment_ref: str) -> None:
    """Let refunds look at a payment of which the network has news."""
    ctx.actor.require_role("system")
    order_id = ctx.db.scalar(select(col(Order.id)).where(col(Order.payment_ref) == payment_ref))
    if order_id is not None:
        ctx.emit(RefundUpdated(order_id))
