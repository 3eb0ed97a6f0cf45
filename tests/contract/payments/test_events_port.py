"""What every payment network may tell us, and what nobody may make us believe."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from indii.adapters.payments.stripe import MAX_BODY, StripeConfig, StripePayments
from indii.ports.errors import WebhookRefused
from tests.contract.payments.conftest import KINDS, World

SECRET = "whsec_of_these_tests"


def port_with(*secrets: str, key: str = "sk_test_x") -> StripePayments:
    """A port that never calls anybody."""
    return StripePayments(StripeConfig(key, secrets))


def signed(body: str, secret: str = SECRET, *, age_s: float = 0) -> str:
    """The header with which the network signs."""
    at = int(time.time() - age_s)
    return stripe.WebhookSignature.generate_signature_header(body, secret, at)


def event(**changes: object) -> str:
    """An event as the network writes it."""
    thing = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
    return json.dumps(
        {
            "id": "evt_1", "object": "event", "type": "charge.updated", "livemode": False,
            "created": 1_790_000_000, "data": {"object": thing},
        } | changes
    )  # fmt: skip


def refused(port: StripePayments, body: str | bytes, signature: str) -> str:
    """Why an event is not believed."""
    with pytest.raises(WebhookRefused) as raised:
        port.read(body if isinstance(body, bytes) else body.encode(), signature)
    return raised.value.message


# ------------------------------------------------------------------ as the network tells it


def test_webhooks_say_what_happened_to_what(world: World) -> None:
    paid = world.paid(1200)
    world.control("settle")
    made = world.port.refund(world.refund(paid.payment_ref, 500))
    world.control("webhooks/drain")
    assert world.shop is not None
    told = {}
    for webhook in world.shop.webhooks:
        news = world.port.read(webhook.body.encode(), webhook.signature)
        told[news.kind] = news
    assert set(told) == {"checkout.session.completed", "charge.updated", "refund.created"}
    completed = told["checkout.session.completed"]
    assert completed.object_ref == paid.ref
    assert completed.payment_ref == paid.payment_ref
    fee, refund = told["charge.updated"], told["refund.created"]
    assert fee.payment_ref == paid.payment_ref
    assert refund.object_ref == made.ref
    assert refund.payment_ref == paid.payment_ref
    assert abs(completed.happened_at - datetime.now(UTC)) < timedelta(minutes=2)


def test_events_since_are_what_webhooks_said_oldest_first(world: World) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    ended = world.opened()
    world.port.expire_checkout(ended.ref)
    world.port.refund(world.refund(world.payment(1200), 500))
    found = [news for news in world.news(before) if news.happened_at >= before]
    kinds = [news.kind for news in found]
    assert "checkout.session.expired" in kinds
    assert set(kinds) <= set(KINDS)
    assert [news.happened_at for news in found] == sorted(news.happened_at for news in found)
    if world.shop is not None:
        world.control("webhooks/drain")
        heard = [
            world.port.read(webhook.body.encode(), webhook.signature)
            for webhook in world.shop.webhooks
        ]
        by_id = {news.external_id: news for news in heard}
        assert by_id == {news.external_id: news for news in found}
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(world.port.since(later, KINDS)) == []


def test_events_since_come_in_pages(world: World) -> None:
    if world.net is None:
        pytest.skip("a hundred sessions are too many for a stranger's account")
    refs = [world.opened().ref for _ in range(105)]
    for ref in refs:
        world.port.expire_checkout(ref)
    told = world.port.since(datetime.now(UTC) - timedelta(minutes=10), KINDS)
    assert [news.object_ref for news in told] == refs


# ------------------------------------------------------------------ what is not believed


def test_a_signed_event_is_read() -> None:
    news = port_with(SECRET).read(event().encode(), signed(event()))
    assert (news.external_id, news.kind) == ("evt_1", "charge.updated")
    assert (news.object_ref, news.payment_ref) == ("ch_1", "pi_1")
    assert news.happened_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_an_event_nobody_handles_keeps_its_name() -> None:
    body = event(type="customer.created", data={"object": {"id": "cus_1"}})
    news = port_with(SECRET).read(body.encode(), signed(body))
    assert (news.kind, news.object_ref, news.payment_ref) == ("customer.created", "cus_1", "")


def test_a_forged_or_changed_event_is_refused() -> None:
    port, body = port_with(SECRET), event()
    good = signed(body)
    assert port.read(body.encode(), good)
    for signature in (
        "", "t=1", "v1=abc", "nonsense", "t=abc,v1=def", signed(body, "whsec_other"),
        good.replace("v1=", "v0="), good[:-1], good.replace("t=", "t=1"), "t=,v1=", "\x00",
        f"t={10**40},v1=ab", "t=١٢٣,v1=ab", signed(body + " "),
    ):  # fmt: skip
        assert refused(port, body, signature) == "The signature is not ours."
    for changed in (body + " ", body.replace("evt_1", "evt_2"), "", body[:-1]):
        assert refused(port, changed, good) == "The signature is not ours."
    for at in range(0, len(body), 7):
        flipped = bytearray(body.encode())
        flipped[at] ^= 1
        assert refused(port, bytes(flipped), good) == "The signature is not ours."


@pytest.mark.parametrize(("age_s", "is_read"), [(0, 1), (295, 1), (302, 0), (-500, 1), (-700, 0)])
def test_a_signature_keeps_for_minutes_only(age_s: float, is_read: int) -> None:
    port, body = port_with(SECRET), event()
    signature = signed(body, age_s=age_s)
    if is_read:
        assert port.read(body.encode(), signature)
    else:
        assert refused(port, body, signature) == "The signature is not ours."


def test_an_event_of_a_moved_clock_is_read() -> None:
    """A sandbox whose clock was moved, or our own that goes slow: the signature is what counts."""
    body = event(created=int(time.time()) + 86_400)
    assert port_with(SECRET).read(body.encode(), signed(body))


def test_an_empty_secret_opens_nothing() -> None:
    body = event()
    for secrets in ((), ("",), ("", "")):
        assert "No webhook secret" in refused(port_with(*secrets), body, signed(body, "x"))
        # what anybody could compute
        import hashlib
        import hmac

        at = int(time.time())
        proof = hmac.new(b"", f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        assert refused(port_with(*secrets), body, f"t={at},v1={proof}")
    blank = port_with(" ")
    assert refused(blank, body, signed(body, "x"))


def test_two_secrets_count_while_one_is_replaced() -> None:
    body = event()
    port = port_with("whsec_new", "whsec_old", "")
    for secret in ("whsec_new", "whsec_old"):
        assert port.read(body.encode(), signed(body, secret))
    assert refused(port, body, signed(body, "whsec_gone"))
    # the network signs with both while it rolls them
    new, old = signed(body, "whsec_new"), signed(body, "whsec_old")
    both = f"{new},{old.partition(',')[2]}"
    assert port_with("whsec_old").read(body.encode(), both)
    assert port_with("whsec_new").read(body.encode(), both)


def test_an_event_of_the_other_mode_is_refused() -> None:
    live = event(livemode=True)
    assert "mode" in refused(port_with(SECRET), live, signed(live))
    test = event()
    assert "mode" in refused(port_with(SECRET, key="sk_live_x"), test, signed(test))
    assert port_with(SECRET, key="sk_live_x").read(live.encode(), signed(live))


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[]", "3", '"evt"', "{}", "{", "[" * 100_000, event(livemode=None)[:-9],
        event(data=None), event(data={}), event(data={"object": None}), event(created=None),
        event(created="soon"), event(created=1e300), event(created=99_999_999_999_999),
        '{"livemode": false, "created": NaN, "id": 1, "type": 2, "data": {"object": {}}}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_though_it_is_signed(body: str) -> None:
    assert refused(port_with(SECRET), body, signed(body))


def test_a_thin_event_on_the_wrong_address_is_refused() -> None:
    thin = json.dumps(
        {
            "id": "evt_65", "object": "v2.core.event", "type": "v1.billing.meter.error",
            "livemode": False, "created": "2026-11-20T12:00:00.000Z", "related_object": None,
        }
    )  # fmt: skip
    assert refused(port_with(SECRET), thin, signed(thin)) == "The event cannot be read."


def test_too_much_and_no_text_are_refused() -> None:
    large = event(padding="x" * MAX_BODY)
    assert refused(port_with(SECRET), large, signed(large)) == "The event is too large."
    assert refused(port_with(SECRET), b"\xff\xfe\x00", "t=1,v1=a") == "The event is not text."


def test_what_is_kept_of_an_event_has_a_size() -> None:
    thing = {"id": "c" * 5000, "payment_intent": "p" * 5000}
    body = event(id="e" * 5000, type="t" * 5000, data={"object": thing})
    news = port_with(SECRET).read(body.encode(), signed(body))
    sizes = [len(x) for x in (news.external_id, news.kind, news.object_ref, news.payment_ref)]
    assert sizes == [120, 80, 200, 200]
