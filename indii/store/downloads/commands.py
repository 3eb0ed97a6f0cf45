"""Bringing what a guest bought into an account; noting that a receipt is written."""

from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from indii.business.licensing.commands import transfer_grants
from indii.catalog.access.commands import transfer
from indii.identity.accounts.models import Account
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import JobKind, declare
from indii.store.orders.models import Order, OrderItem

ORDER_EMAILS = declare(JobKind("order_emails", queue="default", max_tries=8, priority=15))


def claim_purchases(ctx: WriteCtx) -> int:
    """Put what was bought as a guest with the actor's confirmed address into the account.

    Returns how many orders came in. An address that is not confirmed proves nothing.
    """
    account_id = ctx.actor.require_account()
    if not ctx.actor.is_verified:
        return 0
    email = ctx.db.get_one(Account, account_id).email
    orders: list[UUID] = list(
        ctx.db.scalars(
            select(col(Order.id))
            .where(col(Order.email) == email, col(Order.account_id).is_(None))
            .with_for_update()
        )
    )
    if not orders:
        return 0
    ctx.db.execute(update(Order).where(col(Order.id).in_(orders)).values(account_id=account_id))
    items = list(
        ctx.db.scalars(select(col(OrderItem.id)).where(col(OrderItem.order_id).in_(orders)))
    )
    transfer(ctx, granted_for=items, account_id=account_id)
    transfer_grants(ctx, order_item_ids=items, account_id=account_id)
    return len(orders)


def mark_emailed(ctx: WriteCtx, *, order_id: UUID) -> bool:
    """Note that the letters about an order are written; False if they were before."""
    found = ctx.db.execute(
        update(Order)
        .where(col(Order.id) == order_id, col(Order.emailed_at).is_(None))
        .values(emailed_at=ctx.now)
        .returning(col(Order.id))
    ).first()
    return found is not None
