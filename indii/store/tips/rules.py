"""Decisions about tips: which amounts, how long a message, how often."""

from indii.kernel.errors import IndiiError
from indii.kernel.format import exponent, money
from indii.kernel.money import charge_step, min_charge
from indii.kernel.text import clean_line, clean_text
from indii.store.offers.rules import read_price

MAX_MESSAGE = 280
MAX_GIVER = 60
TIPS_PER_HOUR = 20
# In units of about a dollar.
_SUGGESTED = (3, 5, 10)
_MOST = 1000


def _unit(currency: str) -> int:
    """Return about what a dollar is worth: two of the least charges, and a whole unit at least."""
    return int(max(min_charge(currency) * 2, 10 ** exponent(currency)))


def least_tip(currency: str) -> int:
    """Return the smallest tip: of less, next to nothing would arrive."""
    return _unit(currency)


def most_tip(currency: str) -> int:
    """Return the largest tip."""
    return _unit(currency) * _MOST


def suggested_tips(currency: str) -> tuple[int, ...]:
    """Return three amounts to choose from."""
    return tuple(_unit(currency) * times for times in _SUGGESTED)


def check_amount(chosen: str, typed: str, currency: str) -> int:
    """Return the amount in minor units: what was typed, else the one that was chosen.

    Raises:
        IndiiError: on `amount`: it is none, or too little, or too much.
    """
    least, most = least_tip(currency), most_tip(currency)
    bounds = f"between {money(least, currency)} and {money(most, currency)}"
    try:
        amount = read_price(typed[:30], currency) if typed.strip() else _number(chosen)
    except ValueError:
        amount = None
    if not amount:
        raise IndiiError(f"Choose an amount, or enter one {bounds}.", field="amount")
    if not least <= amount <= most:
        raise IndiiError(f"Enter an amount {bounds}.", field="amount")
    if amount % charge_step(currency):
        raise IndiiError(f"Enter an amount whose last digit is 0, {bounds}.", field="amount")
    return amount


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 12
    return int(text) if is_number else None


def check_message(text: str) -> str:
    """Return the message without control characters; it may be empty.

    Raises:
        IndiiError: on `message`: it is too long.
    """
    if len(text) > MAX_MESSAGE * 4 or len(message := clean_text(text)) > MAX_MESSAGE:
        raise IndiiError(f"At most {MAX_MESSAGE} characters, please.", field="message")
    return message


def check_giver(text: str) -> str:
    """Return how the giver wants to be named; it may be empty.

    Raises:
        IndiiError: on `giver`: it is too long.
    """
    if len(text) > MAX_GIVER * 4 or len(name := clean_line(text)) > MAX_GIVER:
        raise IndiiError(f"At most {MAX_GIVER} characters, please.", field="giver")
    return name
