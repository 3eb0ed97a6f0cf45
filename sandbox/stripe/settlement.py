"""What the network takes and when money becomes available: balance transactions and the balance."""

from sandbox.stripe.ids import new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.money import fee_of
from sandbox.stripe.store import Doc, Record, fetch

KIND = "balance_transaction"


def new_entry(
    tx: Transaction, source: Doc, *, amount: int, category: str, kind: str, fee: int = 0
) -> Record:
    """Write one movement of the balance."""
    currency = source["currency"]
    detail = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    body = {
        "id": new_id(KIND),
        "object": KIND,
        "amount": amount,
        "available_on": tx.now + (tx.knobs.available_after_s if amount > 0 else 0),
        "balance_type": "payments",
        "created": tx.now,
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "pending" if amount > 0 else "available",
        "type": kind,
    }
    return tx.put(Record(body, owner=source["id"]))


async def book_fee(tx: Transaction, charge_id: str) -> None:
    """Timer: the charge's balance transaction appears, with what the network took."""
    charge = await tx.find("charge", charge_id, lock=True)
    if charge is None or charge.body["balance_transaction"] is not None:
        return
    body, knobs = charge.body, tx.knobs
    fee = fee_of(
        body["amount"],
        body["currency"],
        bps=knobs.fee_bps,
        fixed_minor=knobs.fee_fixed_minor,
    )
    is_card = body["payment_method_details"]["type"] == "card"
    entry = new_entry(
        tx,
        body,
        amount=body["amount"],
        category="charge",
        kind="charge" if is_card else "payment",
        fee=fee,
    )
    body["balance_transaction"] = entry.id
    tx.put(charge)
    tx.emit("charge.updated", body, previous={"balance_transaction": None})


def as_of_now(tx: Transaction, body: Doc) -> Doc:
    """Return a balance transaction with the status it has at this moment."""
    ripe = body["available_on"] <= tx.now
    return body | {"status": "available" if ripe else "pending"}


async def balance(tx: Transaction, _params: Doc, _ids: dict[str, str]) -> Doc:
    """Return the sums of all balance transactions by currency."""
    rows = await fetch(
        tx.connection,
        "SELECT body->>'currency', (body->>'available_on')::bigint <= %s, "
        "sum((body->>'net')::bigint)::bigint "
        "FROM document WHERE kind = 'balance_transaction' GROUP BY 1, 2",
        (tx.now,),
    )
    sums = {(currency, ripe): int(net) for currency, ripe, net in rows}
    currencies = sorted({currency for currency, _ in sums}) or ["usd"]

    def part(ripe: bool) -> list[Doc]:  # noqa: FBT001 - the key of a table
        return [
            {
                "amount": sums.get((currency, ripe), 0),
                "currency": currency,
                "source_types": {"card": sums.get((currency, ripe), 0)},
            }
            for currency in currencies
        ]

    return {
        "object": "balance",
        "available": part(True),
        "connect_reserved": [{"amount": 0, "currency": currency} for currency in currencies],
        "livemode": False,
        "pending": part(False),
    }
