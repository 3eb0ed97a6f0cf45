"""Charges and payment methods as the wire shows them."""

from typing import Any

from sandbox.stripe.buyer import Buyer
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.store import Doc, Record


def new_method(tx: Transaction, buyer: Buyer) -> Doc:
    """Return the payment method of this attempt."""
    number = buyer.instrument.number
    body: Doc = {
        "id": new_id("payment_method"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": _billing(buyer.name, buyer.email, buyer.country),
        "created": tx.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
    }
    if buyer.method == "debit":
        return body | {
            "type": "us_bank_account",
            "us_bank_account": {**ACCOUNT, "last4": number[-4:], "fingerprint": letters(16)},
        }
    return body | {
        "type": "card",
        "card": {
            "brand": buyer.instrument.brand,
            "checks": dict(CHECKS),
            "country": buyer.country,
            "display_brand": buyer.instrument.brand,
            "exp_month": buyer.exp_month,
            "exp_year": buyer.exp_year,
            "fingerprint": letters(16),
            "funding": "credit",
            "generated_from": None,
            "last4": number[-4:],
            "networks": {"available": [buyer.instrument.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
    }


def new_charge(
    tx: Transaction,
    session: Record,
    intent: Record,
    method: Record,
    *,
    authenticated: bool = False,
) -> Record:
    """Return a charge that succeeded; not yet written, for it may still be failed."""
    asked = intent.body
    buyer = session.hidden["buyer"]
    charge_id = new_id("charge")
    body = {
        **EMPTY_CHARGE,
        "id": charge_id,
        "amount": asked["amount"],
        "amount_captured": asked["amount"],
        "application_fee_amount": asked["application_fee_amount"],
        "billing_details": _billing(buyer["name"], buyer["email"], buyer["country"]),
        "created": tx.now,
        "currency": asked["currency"],
        "customer": asked["customer"],
        "description": asked["description"],
        "metadata": dict(asked["metadata"]),
        "on_behalf_of": asked["on_behalf_of"],
        "outcome": dict(OUTCOME),
        "payment_intent": intent.id,
        "payment_method": method.id,
        "payment_method_details": _details(method.body, authenticated=authenticated),
        "receipt_email": asked["receipt_email"],
        "statement_descriptor": asked["statement_descriptor"],
        "statement_descriptor_suffix": asked["statement_descriptor_suffix"],
        "transfer_group": asked["transfer_group"],
    }
    return Record(body, owner=intent.id, hidden={"refund": intent.hidden.get("refund")})


def _billing(name: str, email: str, country: str) -> Doc:
    address = {
        "city": None,
        "country": country,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }
    return {
        "address": address,
        "email": email or None,
        "name": name or None,
        "phone": None,
        "tax_id": None,
    }


def _details(method: Doc, *, authenticated: bool) -> Doc:
    if method["type"] != "card":
        account = {key: method["us_bank_account"][key] for key in ACCOUNT_DETAILS}
        return {
            "type": "us_bank_account",
            "us_bank_account": {**account, "mandate": None, "payment_reference": None},
        }
    card = method["card"]
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    return {
        "type": "card",
        "card": {
            **{key: card[key] for key in shown},
            "authorization_code": None,
            "installments": None,
            "last4": card["last4"],
            "mandate": None,
            "network": card["brand"],
            "network_token": {"used": False},
            "regulated_status": card["regulated_status"],
            "three_d_secure": dict(AUTHENTICATED) if authenticated else None,
            "wallet": None,
        },
    }


CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
AUTHENTICATED = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}
ACCOUNT: dict[str, Any] = {
    "account_holder_type": "individual",
    "account_type": "checking",
    "bank_name": "TEST BANK",
    "financial_connections_account": None,
    "networks": {"preferred": "ach", "supported": ["ach"]},
    "routing_number": "110000000",
    "status_details": None,
}
ACCOUNT_DETAILS = (
    "account_holder_type",
    "account_type",
    "bank_name",
    "fingerprint",
    "last4",
    "routing_number",
)
OUTCOME: dict[str, Any] = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 10,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
EMPTY_CHARGE: dict[str, Any] = {
    "object": "charge",
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "balance_transaction": None,
    "calculated_statement_descriptor": "SANDBOX",
    "captured": True,
    "disputed": False,
    "failure_balance_transaction": None,
    "failure_code": None,
    "failure_message": None,
    "fraud_details": {},
    "livemode": False,
    "paid": True,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "shipping": None,
    "source": None,
    "source_transfer": None,
    "status": "succeeded",
    "transfer_data": None,
}
