"""Every row of the rule table is broken by one request and held by a good one."""

import pytest

from sandbox.stripe import rule_table, rules_from_sdk
from sandbox.stripe.errors import WireError
from sandbox.stripe.rule import Case, Rule

NOW = 1_800_000_000
SESSION = {
    "mode": "payment",
    "success_url": "https://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://localhost:3000/cart",
    "expires_at": str(NOW + 1800),
    "customer_email": "ann@example.com",
    "metadata": {"order": "7"},
    "line_items": [
        {
            "quantity": "1",
            "price_data": {
                "currency": "usd",
                "unit_amount": "900",
                "product_data": {"name": "Night Drive"},
            },
        }
    ],
}
CHARGE = {
    "id": "ch_1",
    "status": "succeeded",
    "amount": 500,
    "amount_refunded": 0,
    "currency": "usd",
    "refunded": False,
    "disputed": False,
}


def session(**change: object) -> dict:
    return SESSION | change


def without(name: str) -> dict:
    return {key: value for key, value in SESSION.items() if key != name}


def line(quantity: object = "1", **price: object) -> dict:
    """A session whose only line is changed; None takes a part away."""
    first = SESSION["line_items"][0]
    data = {k: v for k, v in {**first["price_data"], **price}.items() if v is not None}
    item = {"price_data": data} | ({"quantity": quantity} if quantity is not None else {})
    return session(line_items=[item])


def lines(*items: dict) -> dict:
    return session(line_items=list(items))


GOOD_LINE = SESSION["line_items"][0]
YEN_LINE = line(currency="jpy")["line_items"][0]

# rule -> (parameters, what is known of the charge, the parameter that is named)
BROKEN: dict[str, tuple[dict, dict, str | None]] = {
    "session-no-payment-method-types": (
        session(payment_method_types=["card"]),
        {},
        "payment_method_types",
    ),
    "session-needs-mode": (without("mode"), {}, "mode"),
    "session-payment-only": (session(mode="subscription"), {}, "mode"),
    "session-hosted-only": (session(ui_mode="elements"), {}, "ui_mode"),
    "session-needs-success-url": (without("success_url"), {}, "success_url"),
    "session-success-url": (session(success_url="shop.test"), {}, "success_url"),
    "session-cancel-url": (session(cancel_url="javascript:alert(1)"), {}, "cancel_url"),
    "session-needs-lines": (without("line_items"), {}, "line_items"),
    "session-most-lines": (lines(*[GOOD_LINE] * 101), {}, "line_items"),
    "line-needs-price": (lines({"quantity": "1"}), {}, "line_items[0]"),
    "line-one-price": (lines(GOOD_LINE | {"price": "price_1"}), {}, "line_items[0]"),
    "line-unknown-price": (
        lines(GOOD_LINE, {"price": "price_1", "quantity": "1"}),
        {},
        "line_items[1][price]",
    ),
    "line-needs-product": (line(product_data=None), {}, "line_items[0][price_data][product_data]"),
    "line-needs-name": (
        line(product_data={"name": " "}),
        {},
        "line_items[0][price_data][product_data][name]",
    ),
    "line-needs-amount": (line(unit_amount=None), {}, "line_items[0][price_data][unit_amount]"),
    "line-amount-negative": (
        line(unit_amount="-1"),
        {},
        "line_items[0][price_data][unit_amount]",
    ),
    "line-needs-quantity": (line(quantity=None), {}, "line_items[0][quantity]"),
    "line-quantity-positive": (line(quantity="0"), {}, "line_items[0][quantity]"),
    "line-currency": (line(currency="xyz"), {}, "line_items[0][price_data][currency]"),
    "lines-one-currency": (lines(GOOD_LINE, YEN_LINE), {}, "line_items"),
    "line-uneven-amount": (
        line(currency="kwd", unit_amount="1005"),
        {},
        "line_items[0][price_data][unit_amount]",
    ),
    "amount-too-small": (line(unit_amount="49"), {}, "line_items"),
    "amount-too-large": (line(unit_amount="100000000"), {}, "line_items"),
    "session-expires-too-soon": (session(expires_at=str(NOW + 1700)), {}, "expires_at"),
    "session-expires-too-late": (session(expires_at=str(NOW + 86_500)), {}, "expires_at"),
    "session-one-customer": (session(customer="cus_1"), {}, "customer_email"),
    "session-email": (session(customer_email="ann"), {}, "customer_email"),
    "metadata-keys": (session(metadata={str(n): "x" for n in range(51)}), {}, "metadata"),
    "metadata-key-length": (
        session(payment_intent_data={"metadata": {"k" * 41: "x"}}),
        {},
        "payment_intent_data[metadata]",
    ),
    "metadata-value-length": (session(metadata={"a": "x" * 501}), {}, "metadata[a]"),
    "text-length": (session(client_reference_id="x" * 201), {}, "client_reference_id"),
    "list-limit": ({"limit": "101"}, {}, "limit"),
    "list-one-cursor": ({"starting_after": "a", "ending_before": "b"}, {}, None),
    "events-one-filter": ({"type": "a", "types": ["b"]}, {}, "types"),
    "events-most-types": ({"types": ["a"] * 21}, {}, "types"),
    "refund-needs-payment": ({"amount": "5"}, {}, None),
    "refund-amount-positive": ({"charge": "ch_1", "amount": "0"}, {}, "amount"),
    "refund-without-charge": ({"payment_intent": "pi_1"}, {}, "payment_intent"),
    "refund-unpaid": ({"charge": "ch_1"}, CHARGE | {"status": "failed"}, "charge"),
    "refund-disputed": ({"charge": "ch_1"}, CHARGE | {"disputed": True}, None),
    "refund-twice": ({"charge": "ch_1"}, CHARGE | {"refunded": True}, None),
    "refund-over-rest": ({"charge": "ch_1", "amount": "600"}, CHARGE, "amount"),
    "endpoint-url": ({"url": "shop.test", "enabled_events": ["*"]}, {}, "url"),
}
GOOD: dict[tuple[str, str], tuple[dict, dict]] = {
    rule_table.CREATE_REFUND: ({"charge": "ch_1", "amount": "500"}, CHARGE),
    rule_table.CREATE_ENDPOINT: ({"url": "https://shop.test/w", "enabled_events": ["*"]}, {}),
    rule_table.LIST_EVENTS: ({"types": ["a"], "limit": "100"}, {}),
    rule_table.ANY_GET: ({"limit": "1", "starting_after": "a"}, {}),
}


def test_rows_have_a_name_each_and_a_test_each() -> None:
    names = [rule.id for rule in rule_table.RULES]
    assert len(names) == len(set(names))
    assert set(names) == set(BROKEN)


@pytest.mark.parametrize("rule", rule_table.RULES, ids=lambda rule: rule.id)
def test_a_row_refuses_what_breaks_it_and_nothing_else(rule: Rule) -> None:
    params, charge, param = BROKEN[rule.id]
    method, template = rule.call
    if template == "*":
        template = "/v1/checkout/sessions"
    with pytest.raises(WireError) as caught:
        rule_table.enforce(method, template, rule.stage, Case(params, NOW, charge))
    body = caught.value.body()["error"]
    assert (caught.value.status, body.get("code"), body.get("param")) == (400, rule.code, param)
    assert "{" not in body["message"].replace("{CHECKOUT", "")
    known, charge = GOOD.get(rule.call, (SESSION, {}))
    assert rule.broken(Case(known, NOW, charge)) is None


def test_calls_of_the_table_exist_in_the_sdk() -> None:
    calls = {rule.call for rule in rule_table.RULES if rule.call[1] != "*"}
    assert calls <= set(rules_from_sdk.routes())


@pytest.mark.parametrize(
    ("currency", "amount", "fits"),
    [("usd", 50, True), ("jpy", 50, True), ("huf", 17499, False), ("kwd", 500, True)],
)
def test_the_least_amount_depends_on_the_currency(currency: str, amount: int, fits: bool) -> None:
    case = Case(line(currency=currency, unit_amount=str(amount)), NOW)
    rule = next(rule for rule in rule_table.RULES if rule.id == "amount-too-small")
    assert (rule.broken(case) is None) == fits
