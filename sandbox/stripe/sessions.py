"""Checkout sessions: made, read, expired. How they are paid is in `payments`."""

from typing import Any

from sandbox.stripe.cart import Line, currency_of, lines_of, total_of
from sandbox.stripe.errors import WireError
from sandbox.stripe.ids import new_id
from sandbox.stripe.instance import Transaction
from sandbox.stripe.rules_from_sdk import flag, number
from sandbox.stripe.session_rules import LONGEST_LIFE_S
from sandbox.stripe.store import Doc, Record

KIND = "checkout.session"
EXPIRE_JOB = "expire_session"


async def create(tx: Transaction, params: Doc, _ids: dict[str, str]) -> Doc:
    """Open a session that waits for its buyer."""
    if customer := params.get("customer"):
        await tx.get("customer", customer, param="customer", in_url=False)
    body = _new_body(tx, params)
    items = [_line_item(tx, line, body["currency"]) for line in lines_of(params)]
    for_payment = params.get("payment_intent_data", {})
    hidden = {
        "items": items,
        "payment_intent_data": for_payment,
    }
    tx.put(Record(body, hidden=hidden))
    tx.after(body["expires_at"] - tx.now_exact, EXPIRE_JOB, body["id"])
    return body


def _offered(params: Doc) -> list[str]:
    """Return the ways to pay that the shop lets the page offer."""
    allowed = params.get("allowed_payment_method_types") or METHODS
    return [method for method in METHODS if method in allowed]


def _new_body(tx: Transaction, params: Doc) -> Doc:
    session_id = new_id(KIND)
    total = total_of(params)
    asked = {
        name: params.get(name)
        for name in (
            "allowed_payment_method_types",
            "billing_address_collection",
            "cancel_url",
            "client_reference_id",
            "customer",
            "customer_email",
            "locale",
            "origin_context",
            "success_url",
            "submit_type",
        )
    }
    return {
        **EMPTY,
        **asked,
        "id": session_id,
        "adaptive_pricing": {"enabled": _enabled(params, "adaptive_pricing")},
        "amount_subtotal": total,
        "amount_total": total,
        "payment_method_types": _offered(params),
        "automatic_tax": {
            "enabled": _enabled(params, "automatic_tax"),
            "liability": None,
            "provider": None,
            "status": None,
        },
        "created": tx.now,
        "currency": currency_of(params),
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": _prefilled(params.get("customer_email")),
        "expires_at": number(params, "expires_at") or tx.now + LONGEST_LIFE_S,
        "metadata": dict(params.get("metadata") or {}),
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": _enabled(params, "phone_number_collection")},
        "url": f"{tx.instance.settings.public_url}/c/pay/{session_id}",
    }


def _enabled(params: Doc, name: str) -> bool:
    return flag(params.get(name, {}), "enabled")


def _prefilled(email: str | None) -> Doc | None:
    return {**NOBODY, "email": email} if email else None


def _line_item(tx: Transaction, line: Line, currency: str) -> Doc:
    product_data = line.price_data["product_data"]
    product = {
        **EMPTY_PRODUCT,
        "id": new_id("product"),
        "created": tx.now,
        "updated": tx.now,
        "name": line.name,
        "description": product_data.get("description"),
        "images": product_data.get("images", []),
        "metadata": dict(product_data.get("metadata") or {}),
        "tax_code": product_data.get("tax_code"),
    }
    tx.put(Record(product))
    price = {
        **EMPTY_PRICE,
        "id": new_id("price"),
        "created": tx.now,
        "currency": currency,
        "product": product["id"],
        "tax_behavior": line.price_data.get("tax_behavior", "unspecified"),
        "unit_amount": line.unit_amount,
        "unit_amount_decimal": str(line.unit_amount),
    }
    return {
        "id": new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": line.amount,
        "amount_tax": 0,
        "amount_total": line.amount,
        "currency": currency,
        "description": line.name,
        "metadata": dict(line.params.get("metadata") or {}),
        "price": price,
        "quantity": line.quantity,
    }


async def line_items(tx: Transaction, params: Doc, ids: dict[str, str]) -> Doc:
    """Return the lines of a session, in their order."""
    record = await tx.get(KIND, ids["session"], param="session")
    items = record.hidden["items"]
    limit = number(params, "limit") or 10
    first = 0
    if after := params.get("starting_after"):
        places = [place for place, item in enumerate(items) if item["id"] == after]
        if not places:
            raise WireError(
                f"No such line_item: '{after}'", code="resource_missing", param="starting_after"
            )
        first = places[0] + 1
    shown = items[first : first + limit]
    return as_list(
        shown,
        f"/v1/checkout/sessions/{record.id}/line_items",
        has_more=len(items) > first + limit,
    )


def as_list(data: list[Doc], url: str, *, has_more: bool = False) -> Doc:
    """Return a page of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


async def expire(tx: Transaction, _params: Doc, ids: dict[str, str]) -> Doc:
    """Close a session that nobody paid. Raises: WireError when it is not open."""
    record = await tx.get(KIND, ids["session"], lock=True, param="session")
    await close_if_over(tx, record)
    if record.body["status"] != "open":
        raise WireError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f'Session has a status of "{record.body["status"]}".',
        )
    await close(tx, record)
    return record.body


async def close_if_over(tx: Transaction, record: Record) -> None:
    """Close an open session whose time has come; a payment under way keeps it open."""
    body = record.body
    if body["status"] == "open" and body["expires_at"] <= tx.now_exact:
        await close(tx, record)


async def close(tx: Transaction, record: Record) -> None:
    """Expire an open, locked session and what was begun for it."""
    record.body |= {"status": "expired", "url": None}
    tx.put(record)
    tx.emit("checkout.session.expired", record.body)
    intent_id = record.body["payment_intent"]
    if intent_id is None:
        return
    intent = await tx.get("payment_intent", intent_id, lock=True)
    intent.body |= {
        "status": "canceled",
        "canceled_at": tx.now,
        "cancellation_reason": "automatic",
        "next_action": None,
    }
    tx.put(intent)
    tx.emit("payment_intent.canceled", intent.body)


async def expire_by_clock(tx: Transaction, session_id: str) -> None:
    """Timer: the last moment of a session."""
    record = await tx.find(KIND, session_id, lock=True)
    if record is not None:
        await close_if_over(tx, record)


NOBODY: dict[str, Any] = {
    "address": None,
    "business_name": None,
    "email": None,
    "individual_name": None,
    "name": None,
    "phone": None,
    "tax_exempt": "none",
    "tax_ids": None,
}
METHODS = ("card", "us_bank_account")
EMPTY: dict[str, Any] = {
    "object": KIND,
    "after_expiration": None,
    "allow_promotion_codes": None,
    "client_secret": None,
    "collected_information": None,
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer_account": None,
    "discounts": [],
    "integration_identifier": None,
    "invoice": None,
    "invoice_creation": None,
    "livemode": False,
    "managed_payments": None,
    "mode": "payment",
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": "if_required",
    "payment_method_configuration_details": None,
    "payment_method_options": {},
    "payment_method_types": list(METHODS),
    "permissions": None,
    "recovered_from": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "status": "open",
    "subscription": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
    "wallet_options": None,
}
EMPTY_PRODUCT: dict[str, Any] = {
    "object": "product",
    # made on the fly for one session: not for sale again
    "active": False,
    "default_price": None,
    "livemode": False,
    "marketing_features": [],
    "package_dimensions": None,
    "shippable": None,
    "statement_descriptor": None,
    "type": "service",
    "unit_label": None,
    "url": None,
}
EMPTY_PRICE: dict[str, Any] = {
    "object": "price",
    "active": False,
    "billing_scheme": "per_unit",
    "custom_unit_amount": None,
    "livemode": False,
    "lookup_key": None,
    "metadata": {},
    "nickname": None,
    "recurring": None,
    "tiers_mode": None,
    "transform_quantity": None,
    "type": "one_time",
}
