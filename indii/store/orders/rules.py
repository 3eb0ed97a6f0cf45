"""Decisions about orders: fees, smallest amounts, how long a checkout may take."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from indii.kernel.format import money
from indii.kernel.locale import DEFAULT
from indii.kernel.money import min_charge
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.store.orders.errors import AmountTooSmall

# Stripe's least is 30 minutes; a minute more survives clocks that differ.
CHECKOUT_LIFE = timedelta(minutes=31)
# After the network says a checkout has ended, nothing paid can still be on its way.
SWEEP_AFTER = timedelta(minutes=2)
# The network books its fee within seconds; after this a word of it was lost.
FEE_AFTER = timedelta(minutes=5)
FEE_WITHIN = timedelta(days=14)
_BPS = 10_000
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def fee_of(price_minor: int, fee_bps: int) -> int:
    """Return the platform's part of a price; begun minor units are the seller's."""
    return price_minor * fee_bps // _BPS


def order_number(order_id: UUID) -> str:
    """Return a number that people can read out: `IN-7K2M-9QXD`, from the id's random bits."""
    bits = order_id.int & ((1 << 40) - 1)
    text = "".join(_LETTERS[(bits >> shift) & 31] for shift in range(35, -1, -5))
    return f"IN-{text[:4]}-{text[4:]}"


def check_total(total_minor: int, currency: str) -> int:
    """Return the total; 0 needs no payment at all.

    Raises:
        AmountTooSmall: more than nothing and less than the network takes.
    """
    least = min_charge(currency)
    if 0 < total_minor < least:
        raise AmountTooSmall(
            f"Card payments start at {money(least, currency)}, and this total is"
            f" {money(total_minor, currency)}. Add another item."
        )
    return total_minor


def content_hash(parts: Sequence[Sequence[str]]) -> str:
    """Return one hash of everything that makes an order what it is."""
    text = "\n".join("\t".join(part) for part in parts)
    return sha256(text.encode()).hexdigest()


def amount_mismatch(*, total_minor: int, currency: str, paid_minor: int, paid_currency: str) -> str:
    """Return why the money that came is not the money that was asked for, "" if it is."""
    if paid_currency != currency:
        return f"Paid in {paid_currency}, ordered in {currency}."
    if paid_minor != total_minor:
        # Kept with the order: written the same whoever's visit brought it.
        paid = money(paid_minor, currency, locale=DEFAULT)
        return f"Paid {paid}, ordered for {money(total_minor, currency, locale=DEFAULT)}."
    return ""


def state_after_refund(items: Sequence[ItemStatus]) -> OrderStatus:
    """Return a paid order's state from its lines.

    A canceled line of a paid order was paid in vain, or was free: without a refund it changes
    nothing.
    """
    if ItemStatus.REFUNDED not in items:
        return OrderStatus.PAID
    if all(state in {ItemStatus.REFUNDED, ItemStatus.CANCELED} for state in items):
        return OrderStatus.REFUNDED
    return OrderStatus.PARTIALLY_REFUNDED
