"""From a tip to the payment page, past the cart."""

from dataclasses import dataclass, replace
from uuid import UUID

from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from indii.store.orders import flows as orders
from indii.store.tips import commands
from indii.store.tips.commands import NewTip
from indii.store.tips.rules import TIPS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Redirect:
    """The order, and the address where it is paid."""

    order_id: UUID
    url: str


def start_tip(rt: Runtime, actor: Actor, *, tip: NewTip, buyer_hash: str) -> Redirect:
    """Place a tip and return where it is paid; safe to repeat.

    Raises:
        TooManyAttempts: that was often for an hour.
        IndiiError: whatever stands in the way, worded; nothing was charged.
        PaymentError: the network did not answer; trying again is safe.
    """
    who = str(actor.account_id or actor.network or buyer_hash)
    if actor.account_id is None:
        # The cookie that will name this browser travels with the answer.
        actor = replace(actor, buyer=buyer_hash)
    rt.limiter.hit(f"tip:{who}", limit=TIPS_PER_HOUR, per_s=3600)
    with rt.write(actor) as ctx:
        order_id = commands.give_tip(ctx, tip=tip, buyer_hash=buyer_hash)
    return Redirect(order_id, orders.open_checkout(rt, actor, order_id=order_id))
