"""Small parts: money, cards, shapes, knobs, settings, signatures."""

import datetime as dt

import pytest
import stripe

from sandbox.stripe import cards, idempotency, money, shapes
from sandbox.stripe.errors import WireError
from sandbox.stripe.knobs import Fault, Faults, Knobs, UnknownKnob
from sandbox.stripe.payform import PayForm
from sandbox.stripe.settings import Settings
from sandbox.stripe.webhook_sender import signature


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1200, "usd", "$12.00"),
        (123456789, "eur", "€1,234,567.89"),
        (500, "jpy", "¥500"),
        (1250, "kwd", "KWD 1.250"),
        (-5, "gbp", "-£0.05"),
    ],
)
def test_amounts_are_written_by_their_currency(amount: int, currency: str, text: str) -> None:
    assert money.written(amount, currency) == text


def test_the_fee_is_2_9_percent_and_30_cents_and_never_more_than_the_amount() -> None:
    assert money.fee_of(1200, "usd", bps=290, fixed_minor=30) == 65
    assert money.fee_of(1200, "jpy", bps=290, fixed_minor=30) == 35
    assert money.fee_of(1200, "kwd", bps=290, fixed_minor=30) == 335
    assert money.fee_of(20, "usd", bps=290, fixed_minor=30) == 20


def test_the_shape_of_an_object_is_what_the_sdk_says() -> None:
    good = {
        "id": "re_1",
        "object": "refund",
        "amount": 1,
        "created": 1,
        "currency": "usd",
        "status": "succeeded",
        "reason": None,
        "metadata": {"a": "b"},
        "charge": "ch_1",
    }
    shapes.check(good)
    shapes.check({"object": "list", "data": [good], "has_more": False, "url": "/v1/refunds"})
    for wrong in (
        {"nope": 1},
        {"amount": "1"},
        {"amount": True},
        {"amount": None},
        {"reason": "because"},
        {"metadata": {"a": 1}},
        {"charge": 5},
        {"charge": {"object": "charge"}},
        {"destination_details": {"nope": 1}},
        {"object": "refundz"},
    ):
        with pytest.raises(shapes.WrongShapeError):
            shapes.check({**good, **wrong})
    with pytest.raises(shapes.WrongShapeError, match=r"amount: missing"):
        shapes.check({k: v for k, v in good.items() if k != "amount"})
    with pytest.raises(shapes.WrongShapeError):
        shapes.check({"object": "list", "data": [], "total": 1, "has_more": False, "url": "/"})


def test_signatures_are_the_sdks() -> None:
    header = signature('{"a": "é"}', "whsec_x", 1_800_000_000)
    made = stripe.WebhookSignature.generate_signature_header(
        '{"a": "é"}', "whsec_x", timestamp=1_800_000_000
    )
    assert header == made


def test_cards_do_what_their_numbers_say() -> None:
    assert cards.card_of("4242 4242-4242 4242").refusal is None
    assert cards.card_of("4000000000000002").refusal is cards.GENERIC
    unknown = cards.card_of("4111111111111111")
    assert (unknown.refusal, unknown.number[-4:]) == (cards.NOT_A_TEST_CARD, "0000")
    assert cards.card_of("4242424242424241").refusal is cards.WRONG_NUMBER
    assert cards.card_of("hello").refusal is cards.WRONG_NUMBER
    assert all(cards.passes_luhn(number) for number in cards.CARDS)


def test_the_form_says_what_is_wrong() -> None:
    today = dt.date(2026, 11, 20)
    typed = PayForm.read(
        {"email": "a@b.de", "number": "4242424242424242", "expiry": "11/26", "cvc": "1234"}
        | {"name": "A", "method": ["x"]}
    )
    assert typed.check(today, is_free=False)
    assert (typed.buyer().exp_month, typed.buyer().exp_year) == (11, 2026)
    assert not typed.check(dt.date(2026, 12, 1), is_free=False)
    assert set(typed.errors) == {"expiry"}
    assert PayForm.read({"email": "a@b.de"}).check(today, is_free=True)


def test_faults_wait_for_their_call() -> None:
    faults = Faults()
    faults.add(Fault("error_500", "POST", "/v1/refunds", times=2))
    faults.add(Fault("hang", path="/v1/checkout/sessions/*", seconds=1.0))
    assert faults.take("GET", "/v1/refunds") is None
    assert faults.take("GET", "/v1/checkout/sessions/cs_1") is not None
    assert [faults.take("POST", "/v1/refunds") is None for _ in range(3)] == [False, False, True]
    for wrong in (
        {"kind": "fire"},
        {"kind": "hang", "seconds": -1.0},
        {"kind": "hang", "times": 0},
    ):
        with pytest.raises(UnknownKnob):
            Fault(**wrong)


def test_knobs_turn_only_where_they_can() -> None:
    knobs = Knobs()
    knobs.turn({"fee_delay_s": 2, "hold": True, "only_types": ["charge.updated"]})
    assert Knobs.kept(knobs.as_dict() | {"of_an_older_version": 1}) == knobs
    assert knobs.concern("charge.updated")
    assert not knobs.concern("charge.failed")
    for wrong in ({"x": 1}, {"drop": True}, {"hold": 1}, {"refund_outcome": "maybe"}):
        with pytest.raises(UnknownKnob):
            knobs.turn(wrong)


def test_settings_refuse_live_keys_and_half_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_DATABASE_URL", "postgresql://x/y")
    assert Settings.from_environment(9).public_url == "http://localhost:9"
    assert "postgresql" not in repr(Settings.from_environment())
    monkeypatch.setenv("SANDBOX_API_KEY", "rk_test_x")
    assert Settings.from_environment().api_key == "rk_test_x"
    monkeypatch.setenv("SANDBOX_API_KEY", "sk_live_x")
    with pytest.raises(ValueError, match="sk_test_"):
        Settings.from_environment()
    monkeypatch.delenv("SANDBOX_API_KEY")
    monkeypatch.setenv("SANDBOX_WEBHOOK_URL", "http://shop.test")
    with pytest.raises(ValueError, match="belong together"):
        Settings.from_environment()
    monkeypatch.delenv("SANDBOX_DATABASE_URL")
    with pytest.raises(ValueError, match="must name a Postgres"):
        Settings.from_environment()


def test_keys_of_idempotency_are_at_most_255_characters_long() -> None:
    assert idempotency.checked(None) is None
    assert idempotency.checked("") is None
    assert idempotency.checked("k" * 255) == "k" * 255
    with pytest.raises(WireError):
        idempotency.checked("k" * 256)
    one, other = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    assert idempotency.fingerprint("POST", "/x", one) == idempotency.fingerprint(
        "POST", "/x", other
    )
