"""Rules beyond types: what a well-formed request is still refused for, one row each.

`early` rows come before the SDK's types, `params` rows look at the request and the clock only (an
answer to them is never kept under an idempotency key), `state` rows need what is stored.
"""

from collections.abc import Callable
from typing import Any

from sandbox.stripe import money
from sandbox.stripe.rule import DOCS, Case, Rule, Told, has_both, is_no_url, when
from sandbox.stripe.rules_from_sdk import number
from sandbox.stripe.session_rules import SESSION_RULES

CREATE_REFUND = ("POST", "/v1/refunds")
CREATE_ENDPOINT = ("POST", "/v1/webhook_endpoints")
LIST_EVENTS = ("GET", "/v1/events")
ANY_POST = ("POST", "*")
ANY_GET = ("GET", "*")


METADATA = ("metadata", "payment_intent_data[metadata]")


def _metadata(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Return every metadata of a request with its name."""
    inner = case.params.get("payment_intent_data") or {}
    both = zip(METADATA, (case.params.get("metadata"), inner.get("metadata")), strict=True)
    return [(name, given) for name, given in both if isinstance(given, dict)]


def _too_many_keys(case: Case) -> Told:
    crowded = [name for name, given in _metadata(case) if len(given) > 50]
    return {"param": crowded[0]} if crowded else None


def _long_key(case: Case) -> Told:
    for name, given in _metadata(case):
        for key in given:
            if len(key) > 40:
                return {"param": name, "key": key, "length": len(key)}
    return None


def _long_value(case: Case) -> Told:
    for name, given in _metadata(case):
        for key, value in given.items():
            if len(value) > 500:
                return {"param": f"{name}[{key}]", "key": key, "length": len(value)}
    return None


LONGEST = {
    ("client_reference_id",): 200,
    ("customer_email",): 800,
    ("email",): 512,
    ("name",): 256,
    ("phone",): 20,
    ("success_url",): 5000,
    ("cancel_url",): 5000,
    ("payment_intent_data", "description"): 1000,
    ("payment_intent_data", "statement_descriptor"): 22,
    ("payment_intent_data", "statement_descriptor_suffix"): 22,
}


def _too_long(case: Case) -> Told:
    for steps, limit in LONGEST.items():
        value: Any = case.params
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and len(value) > limit:
            name = steps[0] + "".join(f"[{step}]" for step in steps[1:])
            return {"param": name, "limit": limit, "shown": value[:20], "length": len(value)}
    return None


def _wrong_limit(case: Case) -> Told:
    limit = number(case.params, "limit")
    return when(limit is not None and not 1 <= limit <= 100, limit=limit)


def _refund_amount(case: Case) -> Told:
    amount = number(case.params, "amount")
    return when(amount is not None and amount < 1)


def _refund_over_rest(case: Case) -> Told:
    charge, amount = case.charge, number(case.params, "amount")
    rest = charge["amount"] - charge["amount_refunded"]
    if amount is None or amount <= rest:
        return None
    shown = {k: money.written(v, charge["currency"]) for k, v in (("a", amount), ("r", rest))}
    return {"amount": shown["a"], "rest": shown["r"]}


def _of_charge(is_wrong: Callable[[dict[str, Any]], bool]) -> Callable[[Case], Told]:
    return lambda case: when(is_wrong(case.charge), charge=case.charge["id"])


RULES: tuple[Rule, ...] = (
    *SESSION_RULES,
    Rule(
        "metadata-keys",
        ANY_POST,
        _too_many_keys,
        "You can have up to 50 metadata keys.",
        f"{DOCS}/metadata",
        param="{param}",
    ),
    Rule(
        "metadata-key-length",
        ANY_POST,
        _long_key,
        "Metadata keys can be up to 40 characters long. The key '{key}' has {length}.",
        f"{DOCS}/metadata",
        param="{param}",
    ),
    Rule(
        "metadata-value-length",
        ANY_POST,
        _long_value,
        "Metadata values can have up to 500 characters, but you passed in a value that is "
        "{length} characters. Invalid value: {key}",
        f"{DOCS}/metadata",
        param="{param}",
    ),
    Rule(
        "text-length",
        ANY_POST,
        _too_long,
        "Invalid string: {shown}...; must be at most {limit} characters",
        "maxLength in Stripe's OpenAPI description",
        param="{param}",
    ),
    Rule(
        "list-limit",
        ANY_GET,
        _wrong_limit,
        "This value must be between 1 and 100 (it currently is '{limit}').",
        f"{DOCS}/api/pagination",
        code="parameter_invalid_integer",
        param="limit",
    ),
    Rule(
        "list-one-cursor",
        ANY_GET,
        has_both("starting_after", "ending_before"),
        "Received both starting_after and ending_before parameters. Please pass in only one.",
        "recording of the real API",
        code="parameters_exclusive",
    ),
    Rule(
        "events-one-filter",
        LIST_EVENTS,
        has_both("type", "types"),
        "You may only specify one of these parameters: type, types.",
        "docstring of EventListParams.types",
        code="parameters_exclusive",
        param="types",
    ),
    Rule(
        "events-most-types",
        LIST_EVENTS,
        lambda case: when(len(case.params.get("types", [])) > 20),
        "You can only specify up to 20 types.",
        "docstring of EventListParams.types",
        param="types",
    ),
    Rule(
        "refund-needs-payment",
        CREATE_REFUND,
        lambda case: when(not {"charge", "payment_intent"} & set(case.params)),
        "One of the following params should be provided for this request: payment_intent or "
        "charge.",
        f"{DOCS}/api/refunds/create",
        code="parameter_missing",
    ),
    Rule(
        "refund-amount-positive",
        CREATE_REFUND,
        _refund_amount,
        "Invalid positive integer",
        f"{DOCS}/error-codes#parameter-invalid-integer",
        code="parameter_invalid_integer",
        param="amount",
    ),
    Rule(
        "refund-without-charge",
        CREATE_REFUND,
        lambda case: when(not case.charge, intent=case.params.get("payment_intent")),
        "This PaymentIntent ({intent}) does not have a successful charge to refund.",
        f"{DOCS}/refunds",
        param="payment_intent",
        stage="state",
    ),
    Rule(
        "refund-unpaid",
        CREATE_REFUND,
        _of_charge(lambda charge: charge["status"] != "succeeded"),
        "Charge {charge} cannot be refunded because it was not successful.",
        f"{DOCS}/refunds",
        param="charge",
        stage="state",
    ),
    Rule(
        "refund-disputed",
        CREATE_REFUND,
        _of_charge(lambda charge: bool(charge["disputed"])),
        "Charge {charge} has been charged back; cannot issue a refund.",
        "recording of the real API",
        code="charge_disputed",
        stage="state",
    ),
    Rule(
        "refund-twice",
        CREATE_REFUND,
        _of_charge(lambda charge: bool(charge["refunded"])),
        "Charge {charge} has already been refunded.",
        "recording of the real API",
        code="charge_already_refunded",
        stage="state",
    ),
    Rule(
        "refund-over-rest",
        CREATE_REFUND,
        _refund_over_rest,
        "Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})",
        "recording of the real API",
        param="amount",
        stage="state",
    ),
    Rule(
        "endpoint-url",
        CREATE_ENDPOINT,
        is_no_url("url"),
        "Invalid URL: An explicit scheme (such as https) must be provided.",
        f"{DOCS}/api/webhook_endpoints/create",
        code="url_invalid",
        param="url",
    ),
)


def enforce(method: str, template: str, stage: str, case: Case) -> None:
    """Pass when no rule of this stage is broken. Raises: WireError of the first that is."""
    for rule in RULES:
        if rule.stage == stage and rule.concerns(method, template):
            told = rule.broken(case)
            if told is not None:
                raise rule.refuse(told)
