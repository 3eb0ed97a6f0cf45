"""Giving money back: asked for in one commit, done by the network, settled in another.

From the moment a refund is asked for its lines cannot be refunded again; what they delivered ends
when the network has taken it on, and comes back if it fails in the end. A payment that did not
fit its order has no lines: it was set aside, and goes back from there.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from indii.business.ledger.commands import post
from indii.business.ledger.enums import TransactionKind
from indii.business.ledger.rules import Leg, mirrored, refund_legs
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare
from indii.kernel.text import clean_line
from indii.store.orders import kinds
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.rules import state_after_refund
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.errors import NotRefundable
from indii.trust.refunds.events import RefundFailed, RefundSettled
from indii.trust.refunds.models import Refund, RefundLine
from indii.trust.refunds.queries import find_unmatched_payment
from indii.trust.refunds.rules import check_reason, parts, suspense_legs

REFUND = declare(JobKind("refund", max_tries=14, priority=20))
RECONCILE = declare(JobKind("reconcile_refunds", max_tries=12, priority=20))
CAME_BACK = "The bank returned the money."


def request_refund(
    ctx: WriteCtx, *, order_id: UUID, item_ids: Sequence[UUID] = (), reason: str
) -> UUID:
    """Decide to give back these lines, or all that are left; a worker does it. Return its id.

    Raises:
        NotAllowed: only an administrator or a rule may.
        OrderNotFound: there is no such order.
        NotRefundable: nothing of it is left to give back.
    """
    ctx.actor.require_role("admin")
    order = ctx.db.get(Order, order_id, with_for_update=True)
    if order is None:
        raise OrderNotFound
    if order.state not in PAID_STATUSES or not order.payment_ref or order.paid_at is None:
        raise NotRefundable("Nothing was paid for this order, so there is nothing to refund.")
    left = [i for i in _left(ctx, order_id) if not item_ids or i.id in item_ids]
    if not left:
        raise NotRefundable("These items are already refunded, or a refund is in progress.")
    return _ask(ctx, order, left, reason)


def return_payment(ctx: WriteCtx, *, order_id: UUID, reason: str) -> UUID:
    """Decide to give back all of a payment that does not fit its order; return the refund's id.

    Raises:
        NotAllowed: only an administrator may.
        OrderNotFound: there is no such order.
        NotRefundable: nothing was set aside, or it went back, or is on its way.
        IndiiError: on `reason`.
    """
    ctx.actor.require_role("admin")
    order = ctx.db.get(Order, order_id, with_for_update=True)
    if order is None:
        raise OrderNotFound
    reason = check_reason(reason)
    aside = find_unmatched_payment(ctx.reading, order_id)
    if aside is None or not aside.left_minor:
        raise NotRefundable(
            "No unmatched payment is left here, or its refund is done or in progress."
        )
    return _create_refund(ctx, order, aside.left_minor, aside.currency, reason).id


def refund_undeliverable(ctx: WriteCtx, *, order_id: UUID) -> UUID | None:
    """Give back lines that were paid and could not be delivered; None if none are left."""
    ctx.actor.require_role("system")
    order = ctx.db.get(Order, order_id, with_for_update=True)
    if order is None or order.state not in PAID_STATUSES or order.paid_at is None:
        return None
    left = [item for item in _left(ctx, order_id) if item.state == ItemStatus.CANCELED]
    why = kinds.why_undeliverable(ctx.reading, left)
    return _ask(ctx, order, left, why) if left else None


def _left(ctx: WriteCtx, order_id: UUID) -> list[OrderItem]:
    """Return paid lines of a paid order that no refund has given, or is giving, back."""
    taken = set(
        ctx.db.scalars(
            select(col(RefundLine.order_item_id))
            .join(Refund, col(Refund.id) == col(RefundLine.refund_id))
            .where(col(Refund.order_id) == order_id, col(Refund.state) != RefundStatus.FAILED)
        )
    )
    return [
        item
        for item in _items(ctx, order_id)
        if item.price_minor
        and item.state in {ItemStatus.GRANTED, ItemStatus.CANCELED}
        and item.id not in taken
    ]


def _items(ctx: WriteCtx, order_id: UUID) -> Sequence[OrderItem]:
    return ctx.db.scalars(
        select(OrderItem)
        .where(col(OrderItem.order_id) == order_id)
        .order_by(col(OrderItem.position))
    ).all()


def _ask(ctx: WriteCtx, order: Order, items: Sequence[OrderItem], reason: str) -> UUID:
    refund = _create_refund(
        ctx, order, sum(item.price_minor for item in items), order.currency, reason
    )
    for item in items:
        ctx.db.add(
            RefundLine(refund_id=refund.id, order_item_id=item.id, amount_minor=item.price_minor)
        )
        if item.state == ItemStatus.GRANTED:
            item.state = ItemStatus.REFUNDING
    return refund.id


def _create_refund(
    ctx: WriteCtx, order: Order, amount_minor: int, currency: str, reason: str
) -> Refund:
    refund = Refund(
        id=new_id(),
        order_id=order.id,
        state=RefundStatus.ASKED,
        amount_minor=amount_minor,
        currency=currency,
        reason=clean_line(reason)[:300],
        asked_by=ctx.actor.account_id,
        created_at=ctx.now,
    )
    ctx.db.add(refund)
    ctx.db.flush()
    ctx.audit("refund.asked", "order", order.id, refund=str(refund.id), reason=refund.reason)
    ctx.enqueue(REFUND.name, key=str(refund.id))
    return refund


def mark_accepted(ctx: WriteCtx, *, refund_id: UUID, ref: str, is_done: bool) -> None:
    """Note that the network gives the money back: the books and what was delivered follow, once."""
    ctx.actor.require_role("system")
    refund = ctx.db.get(Refund, refund_id, with_for_update=True)
    if refund is None or refund.state in {RefundStatus.DONE, RefundStatus.FAILED}:
        return
    was_asked = refund.state == RefundStatus.ASKED
    refund.ref, refund.last_error = ref, ""
    refund.state = RefundStatus.DONE if is_done else RefundStatus.PENDING
    refund.ended_at = ctx.now if is_done else None
    if not was_asked:
        return
    order = ctx.db.get_one(Order, refund.order_id, with_for_update=True)
    legs = _void(ctx, refund, order) if order.paid_at else _close_unmatched(ctx, refund, order)
    post(
        ctx,
        kind=TransactionKind.REFUND,
        dedupe_key=f"refund:{refund.id}",
        legs=legs,
        order_id=order.id,
        provider_ref=ref,
        memo=f"Refund of order {order.number}",
    )
    ctx.emit(RefundSettled(refund.id))


def _void(ctx: WriteCtx, refund: Refund, order: Order) -> tuple[Leg, ...]:
    """End what was sold with these lines; return what it does to the books."""
    items = _refunded(ctx, refund.id)
    for item in items:
        item.state = ItemStatus.REFUNDED
    for kind, own in kinds.by_kind(items):
        kind.revoke(ctx, order, own)
    ctx.db.flush()
    order.state = state_after_refund([ItemStatus(i.state) for i in _items(ctx, order.id)])
    return refund_legs(refund.currency, [parts(item) for item in items])


def _close_unmatched(ctx: WriteCtx, refund: Refund, order: Order) -> tuple[Leg, ...]:
    """End an order whose payment did not fit, once all of it went back; return the legs of that."""
    _review(ctx, order)
    return suspense_legs(refund.amount_minor, refund.currency)


def _review(ctx: WriteCtx, order: Order) -> None:
    """Bring an order whose payment did not fit to where its refunds leave it.

    It is over when nothing of the payment is left, and waits for a person before that.
    """
    ctx.db.flush()
    aside = find_unmatched_payment(ctx.reading, order.id)
    if aside is None:
        return
    is_over = aside.here_minor <= 0
    order.state = OrderStatus.REFUNDED if is_over else OrderStatus.NEEDS_REVIEW
    order.ended_at = ctx.now if is_over else None
    items = _items(ctx, order.id)
    for item in items:
        item.state = ItemStatus.CANCELED if is_over else ItemStatus.ORDERED
    for kind, _ in kinds.by_kind(items) if is_over else ():
        kind.release(ctx, order)


def _refunded(ctx: WriteCtx, refund_id: UUID) -> Sequence[OrderItem]:
    return ctx.db.scalars(
        select(OrderItem)
        .join(RefundLine, col(RefundLine.order_item_id) == col(OrderItem.id))
        .where(col(RefundLine.refund_id) == refund_id)
        .order_by(col(OrderItem.id))
    ).all()


def fail_refund(ctx: WriteCtx, *, refund_id: UUID, why: str) -> None:
    """Note that the network could not give the money back: the lines are good again.

    A bank may send money back days after the network called the refund done.
    """
    ctx.actor.require_role("system")
    refund = ctx.db.get(Refund, refund_id, with_for_update=True)
    if refund is None or refund.state == RefundStatus.FAILED:
        return
    was_accepted = refund.state != RefundStatus.ASKED
    refund.state, refund.ended_at, refund.last_error = RefundStatus.FAILED, ctx.now, why[:300]
    order = ctx.db.get_one(Order, refund.order_id, with_for_update=True)
    if order.paid_at:
        legs = _unvoid(ctx, refund, order, was_accepted=was_accepted)
    else:
        legs = _close_unmatched(ctx, refund, order)
    if was_accepted:
        post(
            ctx,
            kind=TransactionKind.REVERSAL,
            dedupe_key=f"refund-failed:{refund.id}",
            legs=mirrored(legs),
            order_id=order.id,
            provider_ref=refund.ref,
            memo=f"Refund of order {order.number} came back",
        )
    ctx.audit("refund.failed", "order", order.id, refund=str(refund.id), why=why[:200])
    ctx.emit(RefundFailed(refund.id))


def _unvoid(ctx: WriteCtx, refund: Refund, order: Order, *, was_accepted: bool) -> tuple[Leg, ...]:
    """Make the lines of a failed refund good again; return the legs that it had."""
    items = _refunded(ctx, refund.id)
    if was_accepted:
        _restore(ctx, order, items)
    for item in items:
        if item.state == ItemStatus.REFUNDING:
            item.state = ItemStatus.GRANTED
    if any(item.state == ItemStatus.CANCELED for item in items):
        order.review_note = "A refund failed, and its items cannot be delivered."
    ctx.db.flush()
    order.state = state_after_refund([ItemStatus(i.state) for i in _items(ctx, order.id)])
    return refund_legs(refund.currency, [parts(item) for item in items])


def _restore(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    """Make refunded lines good again, unless one never was or went to somebody else meanwhile."""
    good: set[UUID] = set()
    for kind, own in kinds.by_kind(items):
        good.update(kind.restore(ctx, order, own))
    for item in items:
        item.state = ItemStatus.GRANTED if item.id in good else ItemStatus.CANCELED


def record_error(ctx: WriteCtx, *, refund_id: UUID, why: str) -> None:
    """Note why a refund is not through yet; it will be tried again."""
    ctx.db.execute(update(Refund).where(col(Refund.id) == refund_id).values(last_error=why[:300]))


def record_external(
    ctx: WriteCtx, *, order_id: UUID, amount_minor: int, currency: str, ref: str
) -> None:
    """Keep a refund that somebody made at the network itself, for a person to look at.

    The money is gone whatever we think of it, so the books show it, as suspense.
    """
    ctx.actor.require_role("system")
    order = ctx.db.get_one(Order, order_id, with_for_update=True)
    if ctx.db.scalar(select(col(Refund.id)).where(col(Refund.ref) == ref)) is not None:
        return
    refund = Refund(
        id=new_id(),
        order_id=order_id,
        state=RefundStatus.DONE,
        amount_minor=amount_minor,
        currency=currency,
        reason="Made at the payment provider, not here.",
        ref=ref,
        created_at=ctx.now,
        ended_at=ctx.now,
    )
    ctx.db.add(refund)
    if order.paid_at:
        order.review_note = "A refund was made at the payment provider; its items are unknown."
    else:
        _review(ctx, order)
    post(
        ctx,
        kind=TransactionKind.ADJUSTMENT,
        dedupe_key=f"foreign-refund:{ref}",
        legs=suspense_legs(amount_minor, currency),
        order_id=order_id,
        provider_ref=ref,
        memo=f"Refund at the network, order {order.number}",
    )
    ctx.audit("refund.foreign", "order", order_id, ref=ref)


def fail_external(ctx: WriteCtx, *, ref: str) -> None:
    """Note that a refund which somebody made at the network itself came back."""
    ctx.actor.require_role("system")
    refund = ctx.db.scalar(select(Refund).where(col(Refund.ref) == ref).with_for_update())
    if refund is None or refund.state == RefundStatus.FAILED:
        return
    refund.state, refund.ended_at = RefundStatus.FAILED, ctx.now
    refund.last_error = CAME_BACK
    order = ctx.db.get_one(Order, refund.order_id, with_for_update=True)
    if not order.paid_at:
        _review(ctx, order)
    post(
        ctx,
        kind=TransactionKind.REVERSAL,
        dedupe_key=f"foreign-refund-failed:{ref}",
        legs=mirrored(suspense_legs(refund.amount_minor, refund.currency)),
        order_id=refund.order_id,
        provider_ref=ref,
        memo="A refund at the network came back",
    )
    ctx.emit(RefundFailed(refund.id))


def ask_to_reconcile(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Have somebody learn what became of an order's refunds."""
    ctx.enqueue(RECONCILE.name, key=str(order_id))


def ask_to_reconcile_payment(ctx: WriteCtx, *, payment_ref: str) -> None:
    """Have somebody learn what became of a payment's refunds; nothing for one that is not ours."""
    order_id = ctx.db.scalar(select(col(Order.id)).where(col(Order.payment_ref) == payment_ref))
    if payment_ref and order_id is not None:
        ask_to_reconcile(ctx, order_id=order_id)
