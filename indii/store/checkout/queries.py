"""The cart: whose it is, what lies in it as an order would have it, which payment is open."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.identity.accounts.rules import hash_token
from indii.kernel.context import ReadCtx
from indii.store.checkout.models import Cart
from indii.store.orders import kinds
from indii.store.orders.enums import OrderStatus, SessionStatus
from indii.store.orders.kinds import PricedLine
from indii.store.orders.models import Order
from indii.store.orders.queries import has_session_in
from indii.store.orders.rules import content_hash


def find_cart(ctx: ReadCtx, token: str, *, locks: bool = False) -> Cart | None:
    """Return the actor's cart: an account's own, else the one behind the token.

    `locks` keeps it for the transaction of a command.
    """
    is_own = col(Cart.account_id) == ctx.actor.account_id
    if ctx.actor.account_id is None:
        if not token:
            return None
        is_own = col(Cart.token_hash) == hash_token(token)
    asked = select(Cart).where(is_own)
    if locks:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found: Cart | None = ctx.db.scalar(asked)
    return found


def lines_in_cart(ctx: ReadCtx, token: str) -> int:
    """Return how many things lie in the actor's cart."""
    cart = find_cart(ctx, token)
    if cart is None:
        return 0
    return sum(kind.cart.count(ctx, cart.id) for kind in kinds.every_kind() if kind.cart)


def priced_lines(ctx: ReadCtx, cart: Cart) -> list[PricedLine]:
    """Return what lies in a cart as an order would have it; no check who asks."""
    return [
        line for kind in kinds.every_kind() if kind.cart for line in kind.cart.lines(ctx, cart.id)
    ]


def hash_of(lines: Sequence[PricedLine], email: str) -> str:
    """Return one hash of what these lines would be as an order."""
    return content_hash([(email,), *(line.identity for line in lines)])


def open_order(ctx: ReadCtx, cart: Cart) -> Order | None:
    """Return the order of this cart that still waits for its payment.

    One whose buyer is done, and whose bank is slow, leaves the cart free for the next.
    """
    order = ctx.db.get(Order, cart.order_id) if cart.order_id else None
    if order is None or order.state != OrderStatus.AWAITING_PAYMENT:
        return None
    return None if has_session_in(ctx, order.id, SessionStatus.PENDING) else order


def open_order_id(ctx: ReadCtx, token: str) -> UUID | None:
    """Return the order of the actor's cart that still waits for its payment."""
    cart = find_cart(ctx, token)
    order = open_order(ctx, cart) if cart else None
    return order.id if order else None
