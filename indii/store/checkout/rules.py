"""Decisions about carts of whatever lies in them."""

import re
from datetime import timedelta

# A guest's; scripts read it too, so that a second tab finds the cart that the first one began.
CART_COOKIE = "indii_cart"
_TOKEN = re.compile(r"[\w-]{20,100}", re.ASCII)
CART_LIFE = timedelta(days=60)


def cart_token(said: object) -> str:
    """Return a cart's token as a browser gave it, "" for anything else."""
    return said if isinstance(said, str) and _TOKEN.fullmatch(said) else ""


def left_words(payment: str) -> str:
    """Return what to say to a buyer whose address tells how a payment ended, "" for nothing."""
    return "You left the payment page; nothing was charged." if payment == "left" else ""
