"""How a buyer pays a session: payment intent, charge, and what each card number does to them.

Nothing of a card is kept but its brand, its last four digits and its expiry.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.stripe import cards, sessions
from sandbox.stripe.buyer import Buyer
from sandbox.stripe.cards import Refusal, TestNumber
from sandbox.stripe.charges import new_charge, new_method
from sandbox.stripe.customers import new_customer
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.store import Doc, Record

DEBIT_JOB = "settle_debit"
FEE_JOB = "book_fee"


class Ending(StrEnum):
    """How an attempt to pay ended."""

    PAID = "paid"
    PROCESSING = "processing"
    DECLINED = "declined"
    MUST_AUTHENTICATE = "must_authenticate"
    NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class Result:
    """What the page has to show next."""

    ending: Ending
    session: Record
    refusal: Refusal | None = None


async def pay(tx: Transaction, session_id: str, buyer: Buyer) -> Result:
    """Try to pay; a decline leaves the session open for another try."""
    session = await tx.get(sessions.KIND, session_id, lock=True)
    await sessions.close_if_over(tx, session)
    if session.body["status"] != "open":
        return Result(Ending.NOT_OPEN, session)
    await _note_buyer(tx, session, buyer)
    if session.body["amount_total"] == 0:
        return await _complete(tx, session, "no_payment_required")
    intent = await _intent_of(tx, session)
    method = tx.put(Record(new_method(tx, buyer), owner=intent.id))
    intent.body["payment_method"] = method.id
    session.hidden["buyer"] = {"name": buyer.name, "email": buyer.email, "country": buyer.country}
    instrument = buyer.instrument
    intent.hidden["refund"] = instrument.refund
    if buyer.method == "debit":
        return await _begin_debit(tx, session, intent, method, instrument)
    if instrument.needs_authentication:
        return _ask_authentication(tx, session, intent)
    if instrument.refusal is not None:
        return _decline(tx, session, intent, method, instrument.refusal)
    return await _charge(tx, session, intent, method)


async def authenticate(tx: Transaction, session_id: str, *, succeeded: bool) -> Result:
    """End 3-D Secure: charge, or refuse and leave the session open."""
    session = await tx.get(sessions.KIND, session_id, lock=True)
    await sessions.close_if_over(tx, session)
    intent_id = session.body["payment_intent"]
    if session.body["status"] != "open" or intent_id is None:
        return Result(Ending.NOT_OPEN, session)
    intent = await tx.get("payment_intent", intent_id, lock=True)
    if intent.body["status"] != "requires_action":
        return Result(Ending.NOT_OPEN, session)
    intent.body["next_action"] = None
    method = await tx.get("payment_method", intent.body["payment_method"])
    if succeeded:
        return await _charge(tx, session, intent, method, authenticated=True)
    return _refuse(tx, session, intent, method, cards.UNAUTHENTICATED, charge_id=None)


async def settle_debit(tx: Transaction, session_id: str, *, succeeds: bool | None = None) -> bool:
    """End a delayed debit; by default as its test account says. False when none is under way."""
    session = await tx.get(sessions.KIND, session_id, lock=True)
    intent_id = session.body["payment_intent"]
    if intent_id is None:
        return False
    intent = await tx.get("payment_intent", intent_id, lock=True)
    if intent.body["status"] != "processing":
        return False
    charge = await tx.get("charge", intent.body["latest_charge"], lock=True)
    if succeeds is None:
        succeeds = bool(charge.hidden["succeeds"])
    if succeeds:
        charge.body |= {"status": "succeeded", "paid": True, "captured": True}
        charge.body["amount_captured"] = charge.body["amount"]
        _book(tx, intent, charge)
        session.body["payment_status"] = "paid"
        tx.put(session)
        tx.emit("checkout.session.async_payment_succeeded", session.body)
        return True
    method = await tx.get("payment_method", intent.body["payment_method"])
    _fail_charge(tx, charge, cards.DEBIT_FUNDS)
    _refuse(tx, session, intent, method, cards.DEBIT_FUNDS, charge_id=charge.id)
    tx.emit("checkout.session.async_payment_failed", session.body)
    return True


# ------------------------------------------------------------------ pieces


async def _note_buyer(tx: Transaction, session: Record, buyer: Buyer) -> None:
    body = session.body
    email = body["customer_email"] or buyer.email or None
    if body["customer"]:
        known = await tx.get("customer", body["customer"])
        email = known.body["email"] or email
    details = {**sessions.NOBODY, "email": email, "name": buyer.name or None}
    details["address"] = {**NO_ADDRESS, "country": buyer.country}
    body["customer_details"] = details
    tx.put(session)


async def _intent_of(tx: Transaction, session: Record) -> Record:
    """Return the session's payment intent; it is made by the first attempt."""
    if known := session.body["payment_intent"]:
        return tx.put(await tx.get("payment_intent", known, lock=True))
    asked = session.hidden["payment_intent_data"]
    intent_id = new_id("payment_intent")
    body = {
        **EMPTY_INTENT,
        "id": intent_id,
        "amount": session.body["amount_total"],
        "client_secret": f"{intent_id}_secret_{letters(25)}",
        "created": tx.now,
        "currency": session.body["currency"],
        "customer": session.body["customer"],
        "metadata": dict(asked.get("metadata") or {}),
    }
    for name in ASKED_FOR:
        body[name] = asked.get(name)
    intent = tx.put(Record(body, owner=session.id))
    session.body["payment_intent"] = intent.id
    tx.emit("payment_intent.created", body)
    return intent


async def _charge(
    tx: Transaction,
    session: Record,
    intent: Record,
    method: Record,
    *,
    authenticated: bool = False,
) -> Result:
    charge = new_charge(tx, session, intent, method, authenticated=authenticated)
    _book(tx, intent, charge)
    return await _complete(tx, session, "paid")


def _book(tx: Transaction, intent: Record, charge: Record) -> None:
    """Note that the money came; the network says what it takes a moment later."""
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "last_payment_error": None,
        "latest_charge": charge.id,
        "next_action": None,
        "processing": None,
    }
    tx.put(charge)
    tx.put(intent)
    tx.emit("charge.succeeded", charge.body)
    tx.emit("payment_intent.succeeded", intent.body)
    tx.after(tx.knobs.fee_delay_s, FEE_JOB, charge.id)


async def _complete(
    tx: Transaction, session: Record, payment_status: str, ending: Ending = Ending.PAID
) -> Result:
    body = session.body
    if body["customer_creation"] == "always" and body["customer"] is None:
        details = body["customer_details"]
        customer = new_customer(tx, {"email": details["email"], "name": details["name"]})
        body["customer"] = customer.id
    body |= {"status": "complete", "payment_status": payment_status, "url": None}
    tx.put(session)
    tx.emit("checkout.session.completed", body)
    return Result(ending, session)


async def _begin_debit(
    tx: Transaction, session: Record, intent: Record, method: Record, account: TestNumber
) -> Result:
    if "us_bank_account" not in session.body["payment_method_types"]:
        return _refuse(tx, session, intent, method, cards.NOT_OFFERED, charge_id=None)
    charge = new_charge(tx, session, intent, method)
    charge.body |= {"status": "pending", "paid": True, "captured": True}
    charge.hidden["succeeds"] = account.refusal is None
    intent.body |= {
        "status": "processing",
        "latest_charge": charge.id,
        "last_payment_error": None,
        "next_action": None,
    }
    tx.put(charge)
    tx.put(intent)
    tx.emit("charge.pending", charge.body)
    tx.emit("payment_intent.processing", intent.body)
    tx.after(tx.knobs.debit_delay_s, DEBIT_JOB, session.id)
    return await _complete(tx, session, "unpaid", Ending.PROCESSING)


def _ask_authentication(tx: Transaction, session: Record, intent: Record) -> Result:
    page = f"{tx.instance.settings.public_url}/c/pay/{session.id}/authenticate"
    intent.body |= {
        "status": "requires_action",
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": page, "return_url": session.body["url"]},
        },
    }
    tx.put(intent)
    tx.emit("payment_intent.requires_action", intent.body)
    return Result(Ending.MUST_AUTHENTICATE, session)


def _decline(
    tx: Transaction, session: Record, intent: Record, method: Record, refusal: Refusal
) -> Result:
    """Refuse a card: the charge was tried, so it stays as a failed one."""
    charge = new_charge(tx, session, intent, method)
    _fail_charge(tx, charge, refusal)
    intent.body["latest_charge"] = charge.id
    return _refuse(tx, session, intent, method, refusal, charge_id=charge.id)


def _fail_charge(tx: Transaction, charge: Record, refusal: Refusal) -> None:
    charge.body |= {
        "status": "failed",
        "paid": False,
        "captured": False,
        "amount_captured": 0,
        "failure_code": refusal.code,
        "failure_message": refusal.message,
    }
    charge.body["outcome"] |= {
        "network_status": refusal.network_status,
        "reason": refusal.decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    tx.put(charge)
    tx.emit("charge.failed", charge.body)


def _refuse(
    tx: Transaction,
    session: Record,
    intent: Record,
    method: Record,
    refusal: Refusal,
    *,
    charge_id: str | None,
) -> Result:
    error: Doc = {
        "type": "card_error" if method.body["type"] == "card" else "invalid_request_error",
        "code": refusal.code,
        "message": refusal.message,
        "payment_method": method.body,
    }
    if charge_id:
        error["charge"] = charge_id
    if refusal.decline_code:
        error["decline_code"] = refusal.decline_code
    intent.body |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
        "processing": None,
    }
    tx.put(intent)
    tx.put(session)
    tx.emit("payment_intent.payment_failed", intent.body)
    return Result(Ending.DECLINED, session, refusal)


ASKED_FOR = (
    "application_fee_amount",
    "description",
    "on_behalf_of",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
NO_ADDRESS: dict[str, Any] = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}
EMPTY_INTENT: dict[str, Any] = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    # what hosted pages use: the balance transaction comes later
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "customer_account": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "managed_payments": None,
    "next_action": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "payment_method_options": {},
    "payment_method_types": ["card", "us_bank_account"],
    "processing": None,
    "review": None,
    "shipping": None,
    "source": None,
    "status": "requires_payment_method",
    "transfer_data": None,
}
