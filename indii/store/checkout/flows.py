"""From the cart to the payment page, and nothing lost on the way."""

from dataclasses import dataclass, replace
from uuid import UUID

from indii.kernel.context import SYSTEM, Actor
from indii.kernel.runtime import Runtime
from indii.store.checkout import commands, queries
from indii.store.checkout.errors import CheckoutOpen
from indii.store.orders import flows as orders
from indii.store.orders.enums import PAID_STATUSES, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.queries import (
    done_path,
    left_path,
    order_of_session,
    require_own,
    session_state,
)

# Card testers open checkouts by the hundred.
CHECKOUTS_PER_HOUR = 30


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the buyer goes next: an address of the payment network, or "" for the own page."""

    order_id: UUID
    url: str


def start_checkout(
    rt: Runtime, actor: Actor, *, token: str, email: str, buyer_hash: str
) -> Redirect:
    """Place the cart as an order and return where it is paid; free orders are done at once.

    Safe to repeat: the same cart leads to the same payment page. A changed cart ends the checkout
    that was open for the old one before a new order is placed.

    Raises:
        IndiiError: whatever stands in the way, worded; nothing was charged.
        PaymentError: the network did not answer; the order waits, and trying again is safe.
    """
    who = str(actor.account_id or actor.network or buyer_hash)
    if actor.account_id is None:
        # The cookie that will name this browser travels with the answer.
        actor = replace(actor, buyer=buyer_hash)
    rt.limiter.hit(f"checkout:{who}", limit=CHECKOUTS_PER_HOUR, per_s=3600)
    placed = _place(rt, actor, token=token, email=email, buyer_hash=buyer_hash)
    if placed.is_free:
        orders.finish_free(rt, order_id=placed.order_id)
        with rt.write(SYSTEM) as ctx:
            commands.remove_bought(ctx, order_id=placed.order_id)
        return Redirect(placed.order_id, "")
    return Redirect(placed.order_id, orders.open_checkout(rt, actor, order_id=placed.order_id))


def _place(
    rt: Runtime, actor: Actor, *, token: str, email: str, buyer_hash: str
) -> commands.PlacedOrder:
    def place() -> commands.PlacedOrder:
        with rt.write(actor) as ctx:
            return commands.place_order(ctx, token=token, email=email, buyer_hash=buyer_hash)

    try:
        return place()
    except CheckoutOpen:
        with rt.read(actor) as ctx:
            old = queries.open_order_id(ctx, token)
        if old is None or orders.abandon(rt, actor, order_id=old) in PAID_STATUSES:
            raise
        return place()


def abandon_checkout(rt: Runtime, actor: Actor, *, token: str) -> str:
    """End the checkout that is open for the cart, so that what it holds is free again.

    Returns what to say: whoever paid a moment before has paid.
    """
    with rt.read(actor) as ctx:
        order_id = queries.open_order_id(ctx, token)
    if order_id is None:
        return "No payment is open for this cart."
    state = orders.abandon(rt, actor, order_id=order_id)
    return _SAID.get(state, _LEFT) if state else _LEFT


_LEFT = "The payment was canceled. Nothing was charged."
_SAID = {
    OrderStatus.PAID: "Thank you. Your purchase is here, and a receipt is on its way.",
    OrderStatus.PARTIALLY_REFUNDED: "Part of this order was refunded. The rest of it is here.",
    OrderStatus.REFUNDED: "This order was refunded. Banks take some days to show the money.",
    OrderStatus.AWAITING_PAYMENT: (
        "Thank you. Your bank is still processing the payment; your files appear when it arrives,"
        " and we send you an e-mail."
    ),
    OrderStatus.NEEDS_REVIEW: (
        "Your payment arrived, but it does not match the order. We check it and send you an e-mail."
    ),
}


@dataclass(frozen=True, slots=True)
class Return:
    """Where a buyer who comes from the payment page goes, and what to say there, "" for nothing."""

    path: str
    said: str


def finish_checkout(rt: Runtime, actor: Actor, *, session_ref: str) -> Return:
    """Fulfil what was paid for; return where the buyer goes and what to say.

    Only whoever placed the order may bring news of it; the network is asked, never believed.

    Raises:
        OrderNotFound: not this person's order.
        PaymentError: the network did not answer; the webhook or the sweep will do it.
    """
    with rt.read(SYSTEM) as ctx:
        order_id = order_of_session(ctx, session_ref) if session_ref else None
    with rt.read(actor) as ctx:
        if order_id is None:
            raise OrderNotFound
        require_own(ctx, order_id)
        done, left = done_path(ctx, session_ref), left_path(ctx, session_ref)
    state = orders.sync_checkout(rt, session_ref=session_ref)
    with rt.read(SYSTEM) as ctx:
        is_open = session_state(ctx, session_ref) == SessionStatus.OPEN
    if state in {None, OrderStatus.CANCELED} or is_open:
        return Return(left.partition("?")[0], "")
    with rt.write(SYSTEM) as write:
        commands.remove_bought(write, order_id=order_id)
    return Return(done, _SAID[state])
