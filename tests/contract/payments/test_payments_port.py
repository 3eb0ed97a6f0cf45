"""What every payment network must do for us: checkouts, refunds, fees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from indii.adapters.payments.none import NoPayments
from indii.adapters.payments.stripe import StripeConfig, StripePayments
from indii.ports.errors import PaymentError, WebhookRefused
from indii.ports.payments import CheckoutStatus, ProviderRefundStatus
from tests.contract.payments.conftest import DEBIT_BAD, DEBIT_GOOD, World


def refusal(call: object, *args: object) -> PaymentError:
    """The error that a call ends in."""
    with pytest.raises(PaymentError) as raised:
        call(*args)  # type: ignore[operator]
    return raised.value


# ------------------------------------------------------------------ checkouts


def test_a_checkout_is_open_until_somebody_pays(world: World) -> None:
    request = world.request(1200, 799)
    opened = world.port.open_checkout(request)
    assert (opened.state, opened.is_paid) == (CheckoutStatus.OPEN, False)
    assert (opened.amount_minor, opened.currency) == (1999, "USD")
    assert (opened.order_id, opened.email) == (request.order_id, "ann@example.com")
    assert opened.ref
    assert opened.url.startswith("http")
    assert world.port.checkout(opened.ref) == replace(opened, url=opened.url)


def test_the_same_key_opens_the_same_checkout(world: World) -> None:
    request = world.request()
    assert world.port.open_checkout(request) == world.port.open_checkout(request)
    other = world.port.open_checkout(world.request())
    assert other.ref != world.port.open_checkout(request).ref


def test_the_same_key_for_another_amount_is_refused_for_good(world: World) -> None:
    request = world.request(1200)
    world.port.open_checkout(request)
    changed = replace(request, lines=world.request(9900).lines)
    assert not refusal(world.port.open_checkout, changed).retryable


def test_a_paid_checkout_says_so(world: World) -> None:
    paid = world.paid(1200)
    assert (paid.state, paid.is_paid) == (CheckoutStatus.COMPLETE, True)
    assert (paid.amount_minor, paid.currency) == (1200, "USD")
    assert paid.payment_ref


def test_a_checkout_can_be_ended_once_and_again(world: World) -> None:
    opened = world.opened()
    ended = world.port.expire_checkout(opened.ref)
    assert (ended.state, ended.is_paid) == (CheckoutStatus.EXPIRED, False)
    again = world.port.expire_checkout(opened.ref)
    assert (again.ref, again.state) == (opened.ref, CheckoutStatus.EXPIRED)
    assert world.port.checkout(opened.ref).state is CheckoutStatus.EXPIRED


def test_whoever_paid_before_the_end_has_paid(world: World) -> None:
    paid = world.paid()
    assert world.port.expire_checkout(paid.ref) == paid


def test_a_debit_that_comes_later_is_pending_until_then(world: World) -> None:
    waiting = world.paid(1200, account=DEBIT_GOOD)
    assert (waiting.state, waiting.is_paid) == (CheckoutStatus.COMPLETE, False)
    assert world.control(f"debits/{waiting.ref}", outcome="succeeded")["ended"]
    came = world.port.checkout(waiting.ref)
    assert (came.state, came.is_paid) == (CheckoutStatus.COMPLETE, True)


def test_a_debit_that_fails_says_so(world: World) -> None:
    waiting = world.paid(1200, account=DEBIT_BAD)
    assert waiting.state is CheckoutStatus.COMPLETE
    assert world.control(f"debits/{waiting.ref}", outcome="failed")["ended"]
    failed = world.port.checkout(waiting.ref)
    assert (failed.state, failed.is_paid) == (CheckoutStatus.FAILED, False)
    assert world.port.expire_checkout(waiting.ref) == failed


def test_where_nothing_may_come_later_only_cards_are_taken(world: World) -> None:
    opened = world.opened(allows_delayed=False)
    world.pay(opened, account=DEBIT_GOOD)
    assert world.port.checkout(opened.ref).state is CheckoutStatus.OPEN
    world.pay(opened)
    assert world.port.checkout(opened.ref).is_paid


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", 2995), ("JPY", 500), ("EUR", 199), ("KWD", 12_340)]
)
def test_amounts_come_back_as_they_went(world: World, currency: str, amount: int) -> None:
    opened = world.opened(amount, currency=currency)
    assert (opened.amount_minor, opened.currency) == (amount, currency)


def test_long_names_and_no_address_are_taken(world: World) -> None:
    request = world.request(email="")
    [line] = request.lines
    long = replace(line, title="夜 " * 300, description="x" * 900)
    opened = world.port.open_checkout(replace(request, lines=[long]))
    assert (opened.state, opened.email) == (CheckoutStatus.OPEN, "")


def test_what_cannot_be_charged_is_refused_for_good(world: World) -> None:
    for changes in (
        {"expires_at": datetime.now(UTC) + timedelta(minutes=5)},
        {"currency": "XXX"},
        {"success_url": "not an address"},
    ):
        error = refusal(world.port.open_checkout, world.request(**changes))
        assert not error.retryable, changes
        assert error.message.startswith("Refused: "), changes
    assert not refusal(world.port.open_checkout, world.request(10)).retryable


def test_an_unknown_checkout_is_refused_for_good(world: World) -> None:
    assert not refusal(world.port.checkout, "cs_test_nobody").retryable
    assert not refusal(world.port.expire_checkout, "cs_test_nobody").retryable


# ------------------------------------------------------------------ refunds


def test_a_part_goes_back_and_the_same_key_gives_no_more(world: World) -> None:
    payment = world.payment(1200)
    request = world.refund(payment, 500)
    made = world.port.refund(request)
    assert made.state in {ProviderRefundStatus.SUCCEEDED, ProviderRefundStatus.PENDING}
    assert (made.amount_minor, made.currency) == (500, "USD")
    assert (made.refund_id, made.payment_ref) == (request.refund_id, payment)
    assert world.port.refund(request).ref == made.ref
    assert [found.ref for found in world.port.refunds(payment)] == [made.ref]


def test_all_refunds_of_a_payment_are_listed_newest_first(world: World) -> None:
    payment, other = world.payment(1200), world.payment(900)
    one, two = (world.port.refund(world.refund(payment, amount)) for amount in (500, 700))
    world.port.refund(world.refund(other, 900))
    assert {made.ref for made in world.port.refunds(payment)} == {one.ref, two.ref}
    assert sum(made.amount_minor for made in world.port.refunds(payment)) == 1200


def test_more_than_was_paid_is_refused_for_good(world: World) -> None:
    payment = world.payment(1200)
    assert not refusal(world.port.refund, world.refund(payment, 1201)).retryable
    world.port.refund(world.refund(payment, 1200))
    assert not refusal(world.port.refund, world.refund(payment, 1)).retryable
    assert len(world.port.refunds(payment)) == 1


def test_the_same_refund_key_for_another_amount_is_refused_for_good(world: World) -> None:
    payment = world.payment(1200)
    request = world.refund(payment, 500)
    world.port.refund(request)
    assert not refusal(world.port.refund, replace(request, amount_minor=600)).retryable
    assert [made.amount_minor for made in world.port.refunds(payment)] == [500]


def test_a_payment_without_refunds_has_none(world: World) -> None:
    assert list(world.port.refunds(world.payment())) == []


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        ("succeeded_later", ProviderRefundStatus.PENDING),
        ("failed_later", ProviderRefundStatus.SUCCEEDED),
    ],
)
def test_a_refund_may_end_later(world: World, outcome: str, first: ProviderRefundStatus) -> None:
    payment = world.payment(1200)
    world.control("knobs", refund_outcome=outcome, refund_delay_s=60.0)
    made = world.port.refund(world.refund(payment, 500))
    assert made.state is first
    world.control("clock", advance_s=61)
    last = (
        ProviderRefundStatus.FAILED if outcome == "failed_later" else ProviderRefundStatus.SUCCEEDED
    )
    assert [found.state for found in world.port.refunds(payment)] == [last]


def test_a_refund_made_by_hand_is_listed_without_our_name(world: World) -> None:
    payment = world.payment(1200)
    if world.net is None:
        pytest.skip("nobody clicks in Stripe's own pages here")
    world.net.client.v1.refunds.create({"payment_intent": payment, "amount": 300})
    [made] = world.port.refunds(payment)
    assert (made.refund_id, made.amount_minor) == ("", 300)


# ------------------------------------------------------------------ fees


def test_the_fee_is_known_a_while_later(world: World) -> None:
    payment = world.payment(1200)
    if not world.is_real:
        assert world.port.fee(payment) is None
        world.control("settle")
    fee = world.port.fee(payment)
    if fee is not None:
        assert (fee.payment_ref, fee.currency) == (payment, fee.currency.upper())
        assert 0 < fee.amount_minor < 1200
        assert fee.ref
        assert world.port.fee(payment) == fee


def test_what_was_never_paid_has_no_fee(world: World) -> None:
    assert not refusal(world.port.fee, "pi_nobody").retryable


# ------------------------------------------------------------------ when nobody answers


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit"])
def test_one_failure_is_borne_by_trying_again(world: World, kind: str) -> None:
    world.control("faults", kind=kind, method="POST", path="/v1/checkout/sessions")
    request = world.request()
    opened = world.port.open_checkout(request)
    assert opened == world.port.open_checkout(request)


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit", "drop_after_commit"])
def test_an_unknown_outcome_says_so_and_the_same_key_finds_it(world: World, kind: str) -> None:
    payment = world.payment(1200)
    request = world.refund(payment, 500)
    # whatever breaks in the middle of an answer is not tried again by the SDK
    times = 1 if kind == "drop_after_commit" else 2
    world.control("faults", kind=kind, method="POST", path="/v1/refunds", times=times)
    assert refusal(world.port.refund, request).retryable
    assert len(world.port.refunds(payment)) == (kind == "drop_after_commit")
    made = world.port.refund(request)
    assert [found.ref for found in world.port.refunds(payment)] == [made.ref]


def test_a_network_that_hangs_is_given_up(world: World) -> None:
    world.control("faults", kind="hang", method="POST", path="/v1/refunds", seconds=30, times=2)
    request = world.refund(world.payment(1200), 500)
    started = datetime.now(UTC)
    assert refusal(world.port.refund, request).retryable
    assert datetime.now(UTC) - started < timedelta(seconds=12)


def test_a_network_that_is_not_there_is_unknown_not_refused(world: World) -> None:
    port = StripePayments(StripeConfig("sk_test_x", ("whsec_x",), "http://127.0.0.1:9"))
    assert refusal(port.check).retryable
    port.close()


def test_a_wrong_key_is_named(world: World) -> None:
    base_url = world.net.url if world.net else ""
    port = StripePayments(StripeConfig("sk_test_wrong", ("whsec_x",), base_url))
    error = refusal(port.check)
    assert not error.retryable
    assert "INDII_STRIPE_KEY" in error.message
    port.close()


def test_all_is_well_when_key_and_secret_are_there(world: World) -> None:
    world.port.check()


def test_without_a_secret_payments_are_not_ready() -> None:
    port = StripePayments(StripeConfig("sk_test_x", ("",), "http://127.0.0.1:9"))
    assert "INDII_STRIPE_WEBHOOK_SECRET" in refusal(port.check).message


def test_a_live_key_never_goes_to_a_sandbox() -> None:
    with pytest.raises(ValueError, match="live"):
        StripePayments(StripeConfig("sk_live_x", ("whsec_x",), "http://127.0.0.1:9"))


def test_no_payments_refuse_everything(world: World) -> None:
    none = NoPayments()
    request = world.request()
    for call, args in (
        (none.open_checkout, (request,)), (none.checkout, ("cs_1",)), (none.fee, ("pi_1",)),
        (none.expire_checkout, ("cs_1",)), (none.refunds, ("pi_1",)), (none.check, ()),
        (none.refund, (world.refund("pi_1", 1),)),
    ):  # fmt: skip
        assert not refusal(call, *args).retryable
    assert none.since(datetime.now(UTC), ["charge.updated"]) == ()
    with pytest.raises(WebhookRefused):
        none.read(b"{}", "")
