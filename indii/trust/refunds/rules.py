"""Decisions about giving money back by hand, and what it does to the books."""

from collections.abc import Sequence

from indii.business.ledger.enums import Code
from indii.business.ledger.rules import Leg, Parts
from indii.kernel.errors import IndiiError
from indii.kernel.text import clean_line
from indii.store.orders.models import OrderItem

MAX_REASON = 200


def check_reason(text: str) -> str:
    """Return why money goes back, as buyer and seller will read it.

    Raises:
        IndiiError: on `reason`: it says nothing, or too much for an e-mail.
    """
    line = clean_line(text)
    if len(line) < 3:
        raise IndiiError("Give a reason. The e-mails about this refund show it.", field="reason")
    if len(line) > MAX_REASON:
        raise IndiiError(f"At most {MAX_REASON} characters, please.", field="reason")
    return line


def check_chosen(chosen: Sequence[str], possible: Sequence[str]) -> tuple[str, ...]:
    """Return the chosen lines that can still be given back, in the order of the order.

    Raises:
        IndiiError: on `lines`: there is none.
    """
    found = tuple(line for line in possible if line in chosen)
    if not found:
        raise IndiiError("Choose at least one item.", field="lines")
    return found


def parts(item: OrderItem) -> Parts:
    """Return who gives back what of a whole line: exactly what the sale gave them."""
    return Parts(((item.payee_id, item.price_minor - item.fee_minor),), item.fee_minor)


def suspense_legs(amount_minor: int, currency: str) -> tuple[Leg, ...]:
    """Return the legs of money that leaves without a sale that it could mirror."""
    return (
        Leg(Code.SUSPENSE, amount_minor, currency),
        Leg(Code.STRIPE_PENDING, -amount_minor, currency),
    )
