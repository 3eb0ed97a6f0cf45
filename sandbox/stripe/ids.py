"""Identifiers in Stripe's manner: a prefix that says what it is, then letters and digits."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
STEMS = {
    "checkout.session": ("cs_test_a1", 56),
    "payment_intent": ("pi_3", 23),
    "payment_method": ("pm_1", 23),
    "charge": ("ch_3", 23),
    "refund": ("re_3", 23),
    "balance_transaction": ("txn_3", 23),
    "event": ("evt_1", 23),
    "customer": ("cus_", 14),
    "product": ("prod_", 14),
    "price": ("price_1", 23),
    "item": ("li_1", 23),
    "webhook_endpoint": ("we_1", 23),
    "request": ("req_", 14),
}


def letters(length: int) -> str:
    """Return that many unguessable letters and digits."""
    # 62 is no power of two: the bias of a modulo is of no matter for names in a sandbox.
    return "".join(ALPHABET[byte % 62] for byte in secrets.token_bytes(length))


def new_id(kind: str) -> str:
    """Return a new identifier of this kind of object."""
    prefix, length = STEMS[kind]
    return prefix + letters(length)


def signing_secret() -> str:
    """Return a new secret of a webhook endpoint."""
    return f"whsec_{letters(32)}"
