"""Customers."""

from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.store import Doc, Record

KIND = "customer"
TEXTS = ("description", "email", "name", "phone")


async def create(tx: Transaction, params: Doc, _ids: dict[str, str]) -> Doc:
    """Make a customer."""
    return new_customer(tx, params).body


def new_customer(tx: Transaction, params: Doc) -> Record:
    """Write a new customer."""
    body: Doc = {
        "id": new_id(KIND),
        "object": KIND,
        "address": None,
        "balance": 0,
        "created": tx.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": letters(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **{name: params.get(name) or None for name in TEXTS},
    }
    customer = tx.put(Record(body))
    tx.emit("customer.created", body)
    return customer


async def update(tx: Transaction, params: Doc, ids: dict[str, str]) -> Doc:
    """Change a customer; an empty text removes it."""
    record = await tx.get(KIND, ids["customer"], lock=True, param="customer")
    record.body |= {name: params[name] or None for name in TEXTS if name in params}
    if "metadata" in params:
        record.body["metadata"] = merged(record.body["metadata"], params["metadata"])
    tx.put(record)
    tx.emit("customer.updated", record.body, previous={})
    return record.body


def merged(known: Doc, given: Doc | str) -> Doc:
    """Return metadata after an update: an empty value removes its key, "" removes all."""
    if isinstance(given, str):
        return {}
    return {key: value for key, value in {**known, **given}.items() if value != ""}
