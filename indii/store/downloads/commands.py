"""Bringing what a guest bought into an account; the e-mails about an order."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from indii.identity.accounts.models import Account
from indii.identity.guests.commands import issue_link
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import JobKind, declare
from indii.kernel.mail_queue import queue_email
from indii.store.downloads import queries
from indii.store.orders import kinds
from indii.store.orders.models import Order, OrderItem

TEMPLATES = Path(__file__).parent / "templates"
SALE_EMAIL = declare(JobKind("sale_email", max_tries=10, priority=15))


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
    items = ctx.db.scalars(select(OrderItem).where(col(OrderItem.order_id).in_(orders))).all()
    for kind, own in kinds.by_kind(items):
        kind.transfer(ctx, [item.id for item in own], account_id)
    return len(orders)


def queue_receipt(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Write the buyer's receipt; a guest's has the link that opens what they bought."""
    ctx.actor.require_role("system")
    order = queries.receipt(ctx.reading, order_id)
    if order is None:
        return
    link = f"{ctx.site.public_url}/downloads"
    if order.is_guest:
        link += f"/open?token={issue_link(ctx, email=order.email)}"
    contact = ctx.site.contact_or_operator
    template = TEMPLATES / "receipt"
    queue_email(ctx, to=order.email, template=template, order=order, link=link, contact=contact)


def ask_for_sale_emails(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Have everybody written to who sold something with an order, each by a job of their own."""
    order = queries.receipt(ctx.reading, order_id)
    for seller in order.sellers if order else ():
        payload = {"order": str(order_id), "seller": str(seller.profile_id)}
        ctx.enqueue(SALE_EMAIL.name, key=f"{order_id}:{seller.profile_id}", payload=payload)


def queue_sale_email(ctx: WriteCtx, *, order_id: UUID, seller_id: UUID) -> None:
    """Write to one seller what of theirs an order bought."""
    order = queries.receipt(ctx.reading, order_id)
    for seller in order.sellers if order else ():
        if seller.profile_id == seller_id:
            queue_email(
                ctx,
                to=seller.email,
                template=TEMPLATES / "sold",
                order=order,
                seller=seller,
                link=f"{ctx.site.public_url}/studio/sales",
            )
