"""The grammar read from the SDK: which calls there are, and what they may say."""

import itertools

import pytest

from sandbox.stripe import form, rules_from_sdk
from sandbox.stripe.errors import WireError
from sandbox.stripe.routes import OPERATIONS
from sandbox.stripe.rules_from_sdk import Router, validate


def test_the_sdk_names_every_call_that_is_carried_out() -> None:
    known = rules_from_sdk.routes()
    assert len(known) > 500
    assert set(OPERATIONS) <= set(known)
    assert rules_from_sdk.event_types() >= {"*", "checkout.session.completed", "charge.updated"}
    assert rules_from_sdk.api_version() == "2026-10-28.endive"


def test_every_grammar_can_be_compiled() -> None:
    for route in rules_from_sdk.routes().values():
        # a name that no call has: the whole grammar of the top level is read to find out
        with pytest.raises(WireError, match="unknown parameter: no_such_thing"):
            validate(route, {"no_such_thing": "1"})


def test_fixed_addresses_win_over_open_ones() -> None:
    router = Router()
    route, ids = router.match("GET", "/v1/charges/search")
    assert (route.template, ids) == ("/v1/charges/search", {})
    route, ids = router.match("POST", "/v1/checkout/sessions/cs_1/expire")
    assert ids == {"session": "cs_1"}
    for method, path in (("POST", "/v1/checkout/session"), ("PUT", "/v1/customers"), ("GET", "/")):
        with pytest.raises(WireError) as caught:
            router.match(method, path)
        assert caught.value.status == 404


LINE = "line_items[0][price_data]"


@pytest.mark.parametrize(
    ("call", "body", "code", "param", "message"),
    [
        (
            "POST /v1/checkout/sessions",
            "nope=1&mode=payment&other=2",
            "parameter_unknown",
            "nope",
            "Received unknown parameters: nope, other",
        ),
        (
            "POST /v1/checkout/sessions",
            "payment_intent_data[nope]=1",
            "parameter_unknown",
            "payment_intent_data[nope]",
            "Received unknown parameter: payment_intent_data[nope]",
        ),
        (
            "POST /v1/checkout/sessions",
            f"{LINE}[unit_amount]=9.99&{LINE}[currency]=usd",
            "parameter_invalid_integer",
            f"{LINE}[unit_amount]",
            "Invalid integer: 9.99",
        ),
        (
            "POST /v1/checkout/sessions",
            f"{LINE}[unit_amount]=999",
            "parameter_missing",
            f"{LINE}[currency]",
            f"Missing required param: {LINE}[currency].",
        ),
        (
            "POST /v1/checkout/sessions",
            "mode=paymnt",
            None,
            "mode",
            "Invalid mode: must be one of payment, setup, or subscription",
        ),
        ("POST /v1/checkout/sessions", "line_items=x", None, "line_items", "Invalid array"),
        ("POST /v1/checkout/sessions", "metadata=x", None, "metadata", "Invalid object"),
        (
            "POST /v1/checkout/sessions",
            "automatic_tax[enabled]=yes",
            None,
            "automatic_tax[enabled]",
            "Invalid boolean: yes",
        ),
        (
            "POST /v1/checkout/sessions",
            "success_url[a]=b",
            None,
            "success_url",
            "Invalid string: {'a': 'b'}",
        ),
        (
            "POST /v1/refunds",
            "reason=because",
            None,
            "reason",
            "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer",
        ),
        (
            "POST /v1/webhook_endpoints",
            "url=https://x",
            "parameter_missing",
            "enabled_events",
            "Missing required param: enabled_events.",
        ),
        (
            "GET /v1/events",
            "created[since]=1",
            "parameter_unknown",
            "created[since]",
            "Received unknown parameter: created[since]",
        ),
        (
            "POST /v1/refunds",
            "amount=٣",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: ٣",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_stripes_words(
    call: str, body: str, code: str | None, param: str, message: str
) -> None:
    method, path = call.split()
    route, _ = Router().match(method, path)
    with pytest.raises(WireError) as caught:
        validate(route, form.decode(body))
    error = caught.value
    assert (error.status, error.code, error.param, error.message) == (400, code, param, message)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("GET /v1/events", "types[]=a&types[]=b&created[gte]=1&delivery_success=false&limit=3"),
        ("GET /v1/events", "created=17"),
        ("POST /v1/customers", "metadata=&description="),
        ("POST /v1/customers", "metadata[1]=a&metadata[2]=b"),
        ("POST /v1/refunds", "payment_intent=pi_1&amount=3&metadata[a]=b"),
        ("POST /v1/checkout/sessions/cs_1/expire", "expand[]=line_items"),
    ],
)
def test_what_fits_passes(call: str, body: str) -> None:
    method, path = call.split()
    route, _ = Router().match(method, path)
    validate(route, form.decode(body))


def test_forms_are_decoded_as_nested_values() -> None:
    said = form.decode(b"a[b][0][c]=1&a[b][1][c]=2&d=%20x&e[]=1&e[]=2&f[10]=b&f[2]=a&g[h]=")
    assert said == {
        "a": {"b": [{"c": "1"}, {"c": "2"}]},
        "d": " x",
        "e": ["1", "2"],
        "f": ["a", "b"],
        "g": {"h": ""},
    }
    assert form.decode("") == {}


@pytest.mark.parametrize(
    "wrong", [b"\xff=1", b"a=%ff", b"[a]=1", b"a[b=1", b"a=1&a[b]=2", b"a=%00", b"a" + b"[b]" * 30]
)
def test_what_is_no_form_is_refused(wrong: bytes) -> None:
    with pytest.raises(WireError) as caught:
        form.decode(wrong if b"=" in wrong else wrong + b"=1")
    assert caught.value.status == 400


def test_lists_keep_their_order_however_they_are_sent() -> None:
    for order in itertools.permutations(range(3)):
        assert form.decode("&".join(f"a[{n}]={n}" for n in order)) == {"a": ["0", "1", "2"]}
