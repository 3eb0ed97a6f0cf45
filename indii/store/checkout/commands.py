"""Placing what lies in a cart as an order, and what becomes of the cart."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.identity.accounts.models import Account
from indii.identity.accounts.rules import clean_email
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.ids import hash_token, new_id
from indii.store.checkout import queries, rules
from indii.store.checkout.errors import CartEmpty, CheckoutOpen
from indii.store.checkout.models import Cart
from indii.store.orders import kinds
from indii.store.orders.commands import create_order
from indii.store.orders.enums import SessionStatus
from indii.store.orders.models import Order
from indii.store.orders.queries import has_session_in


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that waits for its payment, or costs nothing."""

    order_id: UUID
    is_free: bool


def own_cart(ctx: WriteCtx, token: str) -> Cart:
    """Return the actor's cart, made if there is none.

    Raises:
        IndiiError: a guest without a token has nowhere to keep one.
    """
    account_id = ctx.actor.account_id
    if account_id is None and len(token) < 20:
        raise IndiiError(
            "Your browser blocks cookies, so the cart cannot be saved. Allow cookies for this site."
        )
    owner = (
        {"account_id": account_id} if account_id is not None else {"token_hash": hash_token(token)}
    )
    ctx.db.execute(
        insert(Cart)
        .values(
            id=new_id(),
            created_at=ctx.now,
            updated_at=ctx.now,
            email="",
            **owner,
        )
        .on_conflict_do_nothing()
    )
    found = queries.find_cart(ctx.reading, token, locks=True)
    if found is None:
        raise CartEmpty
    return found


def merge_guest_cart(ctx: WriteCtx, *, token: str) -> None:
    """Bring what a guest had chosen into the account that they signed in to."""
    if ctx.actor.account_id is None or not token:
        return
    guest = ctx.db.scalar(
        select(Cart).where(col(Cart.token_hash) == hash_token(token)).with_for_update()
    )
    if guest is None:
        return
    own = own_cart(ctx, token)
    for kind in kinds.every_kind():
        if kind.cart:
            kind.cart.adopt(ctx, from_cart=guest.id, into_cart=own.id)
    own.order_id = own.order_id or guest.order_id
    own.updated_at = ctx.now
    ctx.db.flush()
    ctx.db.execute(delete(Cart).where(col(Cart.id) == guest.id))


def place_order(ctx: WriteCtx, *, token: str, email: str, buyer_hash: str) -> PlacedOrder:
    """Freeze the cart as an order; the same cart placed twice is one order.

    Raises:
        CartEmpty: nothing to buy.
        CheckoutOpen: another order of this cart is being paid.
        IndiiError: on `email`, or as `create_order` says.
    """
    cart = queries.find_cart(ctx.reading, token, locks=True)
    lines = queries.priced_lines(ctx.reading, cart) if cart else []
    if cart is None or not lines:
        raise CartEmpty
    address = _email(ctx, email)
    wanted = queries.hash_of(lines, address)
    order = queries.open_order(ctx.reading, cart)
    if order is not None:
        if order.content_hash != wanted or _is_over(ctx, order):
            raise CheckoutOpen
        return PlacedOrder(order.id, is_free=order.total_minor == 0)
    made = create_order(
        ctx,
        email=address,
        buyer_hash=buyer_hash,
        content_hash=wanted,
        lines=lines,
    )
    cart.email, cart.updated_at, cart.order_id = address, ctx.now, made.id
    ctx.audit("order.placed", "order", made.id, lines=len(lines))
    return PlacedOrder(made.id, is_free=made.total_minor == 0)


def _is_over(ctx: WriteCtx, order: Order) -> bool:
    """Whether the payment page of an order is closed by now, though nobody told us."""
    alive = (SessionStatus.OPENING, SessionStatus.OPEN)
    return has_session_in(ctx.reading, order.id, *alive, over_at=ctx.now)


def _email(ctx: WriteCtx, email: str) -> str:
    if ctx.actor.account_id is not None:
        return ctx.db.get_one(Account, ctx.actor.account_id).email
    return clean_email(email)


def remove_bought(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Take what an order bought out of the cart that it was made of."""
    ctx.actor.require_role("system")
    cart = ctx.db.scalar(select(Cart).where(col(Cart.order_id) == order_id).with_for_update())
    order = ctx.db.get(Order, order_id)
    if cart is None or order is None:
        return
    for kind in kinds.every_kind():
        if kind.cart:
            kind.cart.clear(ctx, cart_id=cart.id, order=order)


def delete_old_carts(ctx: WriteCtx) -> int:
    """Delete guests' carts that nobody touched for two months; return how many."""
    ctx.actor.require_role("system")
    gone = ctx.db.scalars(
        delete(Cart)
        .where(col(Cart.account_id).is_(None), col(Cart.updated_at) < ctx.now - rules.CART_LIFE)
        .returning(col(Cart.id))
    ).all()
    return len(gone)
