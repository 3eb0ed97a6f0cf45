"""Refunds: at once, or pending and decided later."""

from sandbox.stripe import rule_table
from sandbox.stripe.ids import new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.rule import Case
from sandbox.stripe.rules_from_sdk import number
from sandbox.stripe.settlement import new_entry
from sandbox.stripe.store import Doc, Record

KIND = "refund"
DECIDE_JOB = "decide_refund"


async def create(tx: Transaction, params: Doc, _ids: dict[str, str]) -> Doc:
    """Give money back. Raises: WireError for more than there is."""
    charge = await _charge_of(tx, params)
    case = Case(params, tx.now, charge.body if charge else {})
    rule_table.enforce(*rule_table.CREATE_REFUND, "state", case)
    assert charge is not None
    rest = charge.body["amount"] - charge.body["amount_refunded"]
    amount = number(params, "amount") or rest
    outcome = tx.knobs.refund_outcome
    if outcome == "succeeded":
        # the buyer's card may have a mind of its own
        outcome = charge.hidden.get("refund") or "succeeded"
    body = _new_body(tx, params, charge.body, amount)
    body["status"] = "succeeded" if outcome in {"succeeded", "failed_later"} else "pending"
    is_card = charge.body["payment_method_details"]["type"] == "card"
    entry = new_entry(
        tx,
        body,
        amount=-amount,
        category="refund",
        kind="refund" if is_card else "payment_refund",
    )
    body["balance_transaction"] = entry.id
    tx.put(Record(body, owner=charge.id, hidden={"ends": outcome.removesuffix("_later")}))
    _move(tx, charge, amount)
    tx.emit("refund.created", body)
    tx.emit("charge.refunded", charge.body)
    if outcome.endswith("_later"):
        tx.after(tx.knobs.refund_delay_s, DECIDE_JOB, body["id"])
    return body


async def _charge_of(tx: Transaction, params: Doc) -> Record | None:
    charge_id = params.get("charge")
    if intent_id := params.get("payment_intent"):
        intent = await tx.get("payment_intent", intent_id, param="payment_intent", in_url=False)
        if charge_id in (None, intent.body["latest_charge"]):
            charge_id = intent.body["latest_charge"]
        if charge_id is None:
            return None
    charge = await tx.get("charge", str(charge_id), lock=True, param="charge", in_url=False)
    # by intent, only a charge that succeeded can be meant
    return None if intent_id and charge.body["status"] != "succeeded" else charge


def _new_body(tx: Transaction, params: Doc, charge: Doc, amount: int) -> Doc:
    method = charge["payment_method_details"]["type"]
    shown = {"reference": None, "reference_status": "pending"}
    # A debit is given back by a transfer.
    way = "card" if method == "card" else "us_bank_transfer"
    if method == "card":
        shown |= {"reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "id": new_id(KIND),
        "object": KIND,
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": tx.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"type": way, way: shown},
        "metadata": dict(params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _move(tx: Transaction, charge: Record, amount: int) -> None:
    """Count an amount as given back, or as not given back after all when below zero."""
    body = charge.body
    body["amount_refunded"] += amount
    body["refunded"] = body["amount_refunded"] == body["amount"]
    tx.put(charge)


async def decide(tx: Transaction, refund_id: str, outcome: str | None = None) -> bool:
    """Let a refund succeed or fail; by default as was settled when it was made.

    Returns False when it has that ending already; one that failed stays so.
    """
    known = await tx.get(KIND, refund_id)
    charge = await tx.get("charge", known.body["charge"], lock=True)
    refund = await tx.get(KIND, refund_id, lock=True)
    ending = outcome or refund.hidden["ends"]
    before = refund.body["status"]
    if ending not in {"succeeded", "failed"} or before in {"failed", ending}:
        return False
    refund.body["status"] = ending
    tx.put(refund)
    if ending == "failed":
        entry = new_entry(
            tx,
            refund.body,
            amount=refund.body["amount"],
            category="refund_failure",
            kind="refund_failure",
        )
        refund.body |= {
            "failure_reason": "expired_or_canceled_card",
            "failure_balance_transaction": entry.id,
        }
        _move(tx, charge, -refund.body["amount"])
        tx.emit("refund.failed", refund.body)
    tx.emit("refund.updated", refund.body, previous={"status": before})
    tx.emit("charge.refund.updated", refund.body, previous={"status": before})
    return True
