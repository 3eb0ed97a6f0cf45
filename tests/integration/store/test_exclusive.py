"""The exclusive license of a recording is sold once, whoever pays for whatever at that moment."""

import threading
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.kernel.context import SYSTEM
from indii.ports.errors import PaymentError
from indii.store.checkout.flows import leave_checkout
from indii.store.licenses import commands as licenses
from indii.store.licenses.errors import NotForSale
from indii.store.offers.commands import set_offers
from indii.store.offers.enums import HoldState
from indii.store.offers.errors import ExclusiveTaken, HoldRefused, SoldExclusively
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.offers.queries import sold_words
from indii.store.offers.rules import COOL_DOWN, PATIENCE
from indii.store.orders import flows
from indii.store.orders.commands import cancel_order
from indii.store.orders.enums import ItemState, OrderState, SessionState
from indii.trust.refunds.commands import ask_refund
from indii.trust.refunds.enums import RefundStatus
from tests.paying import Buyer, Sale, Till

PRICES = {"mp3_lease": 2995, "exclusive": 50_000}
CROWD = 20


def holds(till: Till, recording: UUID) -> list[str]:
    """What became of every hold of a recording."""
    return list(
        till.rows(
            select(col(ExclusiveHold.state))
            .where(col(ExclusiveHold.recording_id) == recording)
            .order_by(col(ExclusiveHold.created_at), col(ExclusiveHold.id))
        )
    )


def ready(till: Till, recording: UUID, tier: str = "exclusive") -> Buyer:
    """Somebody whose finger is on the button."""
    buyer = till.guest()
    till.put(buyer, recording, tier)
    till.sign(buyer)
    return buyer


def test_it_is_sold_and_nothing_else_of_it_is_offered(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    sale = till.bought(till.guest(), (recording, "exclusive"))
    assert till.state(sale) == OrderState.PAID
    assert holds(till, recording) == [HoldState.SOLD]
    offers = till.rows(select(Offer).where(col(Offer.recording_id) == recording))
    assert {offer.is_open for offer in offers} == {False}
    for tier in PRICES:
        with pytest.raises(NotForSale):
            till.put(till.guest(), recording, tier)
    assert till.jobs("close_rivals") == [str(recording)]


def test_its_producer_offers_nothing_more_and_may_still_edit(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    sale = till.bought(till.guest(), (recording, "exclusive"))
    with till.rt.write(till.producer) as ctx:
        with pytest.raises(SoldExclusively) as refused:
            set_offers(ctx, recording_id=recording, prices={LicenseTier.MP3_LEASE: 2995})
        assert refused.value.field == "prices"
        set_offers(ctx, recording_id=recording, prices={})
    with till.rt.read(till.producer) as read:
        assert sold_words(read, recording) == "Sold exclusively. No lease was sold before."
    with till.rt.write(till.admin) as ctx:
        ask_refund(ctx, order_id=sale.order_id, reason="Sold by mistake")
    till.settle_down()
    with till.rt.write(till.producer) as ctx:
        set_offers(ctx, recording_id=recording, prices={LicenseTier.MP3_LEASE: 2995})
    till.put(till.guest(), recording)


def test_earlier_leases_live_on(till: Till) -> None:
    recording, first = till.recording(prices=PRICES), till.guest()
    lease = till.bought(first, recording)
    till.bought(till.guest(), (recording, "exclusive"))
    assert [i.state for i in till.items(lease.order_id)] == [ItemState.GRANTED]


def test_whoever_pays_first_keeps_it_from_others(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    one, two = ready(till, recording), ready(till, recording)
    way = till.start(one)
    with pytest.raises(ExclusiveTaken):
        till.start(two)
    assert till.start(one).url == way.url
    assert holds(till, recording) == [HoldState.HELD]
    session = till.net.client.v1.checkout.sessions.retrieve(till.ref_of(way.order_id))
    assert session.payment_method_types == ["card"]


def test_a_hold_ends_with_its_checkout_and_the_next_may_try(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    one, two = ready(till, recording), ready(till, recording)
    way = till.start(one)
    till.pass_time(minutes=32)
    till.hear()
    assert till.the_order(way.order_id).state == OrderState.CANCELED
    with pytest.raises(HoldRefused, match="half an hour today"):
        till.start(one)
    bought = till.start(two)
    till.pay(till.ref_of(bought.order_id))
    till.settle_down()
    assert holds(till, recording) == [HoldState.RELEASED, HoldState.SOLD]


def test_after_a_pause_one_may_hold_it_again(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    one = ready(till, recording)
    till.start(one)
    till.pass_time(minutes=32)
    till.hear()
    with pytest.raises(HoldRefused, match="fifteen minutes"):
        till.start(one)
    till.pass_time(seconds=COOL_DOWN.total_seconds() + 1)
    assert till.start(one).url


def test_whoever_changes_the_cart_or_comes_back_holds_it_again_at_once(till: Till) -> None:
    recording, other = till.recording(prices=PRICES), till.recording("Other")
    one = ready(till, recording)
    first = till.start(one)
    till.pass_time(minutes=2)
    give_up(till, one)
    second = till.start(one)
    till.put(one, other)
    till.sign(one)
    third = till.start(one)
    assert len({first.order_id, second.order_id, third.order_id}) == 3
    assert holds(till, recording) == [HoldState.RELEASED, HoldState.RELEASED, HoldState.HELD]
    till.pay(till.ref_of(third.order_id))
    till.settle_down()
    assert holds(till, recording)[-1] == HoldState.SOLD


def test_many_short_holds_are_one_long_one(till: Till) -> None:
    """Whoever takes it again and again keeps it from others as well."""
    recording = till.recording(prices=PRICES)
    one, two = ready(till, recording), ready(till, recording)
    for _ in range(3):
        till.start(one)
        till.pass_time(seconds=PATIENCE.total_seconds() / 3)
        give_up(till, one)
    with pytest.raises(HoldRefused, match="half an hour today"):
        till.start(one)
    assert till.start(two).url
    give_up(till, two)
    till.pass_time(days=1)
    for _ in range(2):
        assert till.start(one).url
        give_up(till, one)


def test_one_recording_has_nothing_to_do_with_another(till: Till) -> None:
    one = till.recording("One", prices=PRICES)
    buyer = ready(till, one)
    till.start(buyer)
    till.pass_time(minutes=32)
    till.hear()
    elsewhere = till.guest(buyer.email)
    till.put(elsewhere, till.recording("Two", prices=PRICES), "exclusive")
    till.sign(elsewhere)
    assert till.start(elsewhere).url


def give_up(till: Till, buyer: Buyer) -> None:
    """Give the payment up."""
    leave_checkout(till.rt, buyer.actor, token=buyer.cart_token)


def test_nobody_holds_two(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    one, two = till.recording("One", prices=PRICES), till.recording("Two", prices=PRICES)
    till.order(buyer, (one, "exclusive"))
    elsewhere = till.guest("jo@example.com")
    till.put(elsewhere, two, "exclusive")
    till.sign(elsewhere)
    with pytest.raises(HoldRefused, match="another"):
        till.start(elsewhere)


def test_paid_after_the_hold_lapsed_is_sold_if_nobody_else_has_it(till: Till) -> None:
    """The sweep gave up on it, and then the news of the payment came."""
    recording = till.recording(prices=PRICES)
    buyer = ready(till, recording)
    way = till.start(buyer)
    ref = till.ref_of(way.order_id)
    with till.rt.write(SYSTEM) as ctx:
        cancel_order(ctx, order_id=way.order_id)
    till.pay(ref)
    till.settle_down()
    assert till.the_order(way.order_id).state == OrderState.PAID
    assert holds(till, recording) == [HoldState.RELEASED, HoldState.SOLD]


def test_paid_after_the_hold_lapsed_goes_back_if_somebody_else_has_it(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    slow = ready(till, recording)
    way = till.start(slow)
    with till.rt.write(SYSTEM) as ctx:
        cancel_order(ctx, order_id=way.order_id)
    quick = till.bought(till.guest(), (recording, "exclusive"))
    till.pay(till.ref_of(way.order_id))
    till.settle_down()
    lost = Sale(way.order_id, till.ref_of(way.order_id), way.url)
    goes_back(till, lost)
    assert till.state(quick) == OrderState.PAID
    assert till.books() == {
        "stripe_pending": 50_000, "platform_fee": -5000, "seller_payable:producer": -45_000,
    }  # fmt: skip


def goes_back(till: Till, sale: Sale) -> None:
    """It was paid in vain, and every cent of it was given back by itself."""
    assert till.state(sale) == OrderState.REFUNDED
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.REFUNDED}
    [refund] = till.refunds(sale.order_id)
    assert refund.state == RefundStatus.DONE
    assert refund.amount_minor == till.the_order(sale.order_id).total_minor
    assert "exclusively" in refund.reason
    made = till.payments.refunds(till.the_order(sale.order_id).payment_ref)
    assert [(m.amount_minor, m.refund_id) for m in made] == [(refund.amount_minor, str(refund.id))]


def test_a_lease_paid_while_the_exclusive_is_sold_goes_back(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    leaser = till.guest()
    lease = till.order(leaser, recording)
    till.bought(till.guest(), (recording, "exclusive"))
    # its open payment page was ended by the sale
    assert till.state(lease) == OrderState.CANCELED
    assert till.pay(lease) == "not_open"


def test_a_lease_paid_in_the_same_moment_goes_back_by_itself(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    leaser, buyer = till.guest(), ready(till, recording)
    lease = till.order(leaser, recording)
    way = till.start(buyer)
    till.pay(lease)
    till.pay(till.ref_of(way.order_id))
    flows.learn(till.rt, session_ref=till.ref_of(way.order_id))
    assert till.come_back(leaser, lease)
    assert [i.state for i in till.items(lease.order_id)] == [ItemState.CANCELED]
    till.settle_down()
    goes_back(till, lease)
    assert till.the_order(way.order_id).state == OrderState.PAID


def test_a_lease_waits_while_the_exclusive_is_being_sold(
    real_till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = real_till
    recording = till.recording(prices=PRICES)
    lease, exclusive = (till.order(till.guest(), (recording, tier)) for tier in PRICES)
    till.pay(lease)
    till.pay(exclusive)
    learn = partial(flows.learn, till.rt, session_ref=lease.ref)
    rival, grant = threading.Thread(target=learn), licenses.grant_licenses

    def overtaken(*args: object, **kwargs: object) -> None:
        if threading.current_thread() is threading.main_thread():
            rival.start()
            rival.join(1)
            assert rival.is_alive()
        grant(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(licenses, "grant_licenses", overtaken)
    flows.learn(till.rt, session_ref=exclusive.ref)
    rival.join(20)
    assert [i.state for i in till.items(exclusive.order_id)] == [ItemState.GRANTED]
    assert [i.state for i in till.items(lease.order_id)] == [ItemState.CANCELED]


def test_only_the_line_that_was_lost_goes_back(till: Till) -> None:
    recording, other = till.recording("Lost", prices=PRICES), till.recording("Kept")
    leaser, buyer = till.guest(), ready(till, recording)
    mixed = till.order(leaser, recording, other)
    way = till.start(buyer)
    till.pay(mixed)
    flows.learn(till.rt, session_ref=pay(till, way.order_id))
    till.settle_down()
    assert till.state(mixed) == OrderState.PARTIALLY_REFUNDED
    assert {i.title: i.state for i in till.items(mixed.order_id)} == {
        "Lost": ItemState.REFUNDED, "Kept": ItemState.GRANTED,
    }  # fmt: skip
    assert [r.amount_minor for r in till.refunds(mixed.order_id)] == [2995]


def pay(till: Till, order_id: UUID) -> str:
    """Pay an order's checkout; its reference."""
    ref = till.ref_of(order_id)
    assert till.pay(ref) == "paid"
    return ref


def test_a_debit_under_way_is_given_back_when_it_comes(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    slow = till.order(till.guest(), recording)
    assert till.pay(slow, account="000123456789") == "processing"
    till.hear()
    till.bought(till.guest(), (recording, "exclusive"))
    assert [s.state for s in till.sessions(slow.order_id)] == [SessionState.PENDING]
    till.net.control(f"debits/{slow.ref}", outcome="succeeded")
    till.settle_down()
    goes_back(till, slow)


def test_a_refund_in_vain_that_the_network_refuses_is_left_to_a_person(till: Till) -> None:
    recording = till.recording(prices=PRICES)
    leaser, buyer = till.guest(), ready(till, recording)
    lease = till.order(leaser, recording)
    way = till.start(buyer)
    till.pay(lease)
    flows.learn(till.rt, session_ref=pay(till, way.order_id))
    till.net.control("knobs", refund_outcome="pending")
    till.settle_down()
    [refund] = till.refunds(lease.order_id)
    assert refund.state == RefundStatus.PENDING
    till.net.control(f"refunds/{refund.ref}", outcome="failed")
    till.settle_down()
    [item] = till.items(lease.order_id)
    assert item.state == ItemState.CANCELED
    order = till.the_order(lease.order_id)
    assert (order.state, "cannot be delivered" in order.review_note) == (OrderState.PAID, True)
    # a person tries once more
    till.net.control("knobs", refund_outcome="succeeded")
    with till.rt.write(till.admin) as ctx:
        ask_refund(ctx, order_id=lease.order_id, reason="Once more")
    till.settle_down()
    assert till.state(lease) == OrderState.REFUNDED


# ------------------------------------------------------------------ a crowd


def test_of_twenty_at_once_one_gets_the_payment_page(real_till: Till) -> None:
    till = real_till
    recording = till.recording(prices=PRICES)
    buyers = [ready(till, recording) for _ in range(CROWD)]
    barrier = threading.Barrier(CROWD)
    outcomes: list[object] = []

    def press(buyer: Buyer) -> None:
        barrier.wait(20)
        try:
            outcomes.append(till.start(buyer))
        except Exception as error:  # noqa: BLE001 - looked at below
            outcomes.append(error)

    threads = [threading.Thread(target=press, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = [outcome for outcome in outcomes if isinstance(outcome, ExclusiveTaken)]
    won = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert (len(won), len(refused)) == (1, CROWD - 1), outcomes
    assert len(till.net.client.v1.checkout.sessions.list().data) == 1
    [way] = won
    pay(till, way.order_id)
    till.settle_down()
    assert holds(till, recording) == [HoldState.SOLD]
    assert till.net.client.v1.refunds.list().data == []


def test_of_twenty_payments_at_once_one_is_sold(real_till: Till) -> None:
    """Holds that lapsed while everybody paid: one has it, the others have their money back."""
    till = real_till
    recording = till.recording(prices=PRICES)
    crowd = 8
    ways = []
    for _ in range(crowd):
        way = till.start(ready(till, recording))
        ways.append(way)
        with till.rt.write(SYSTEM) as ctx:
            cancel_order(ctx, order_id=way.order_id)
    refs = [pay(till, way.order_id) for way in ways]
    barrier = threading.Barrier(crowd)
    outcomes: list[object] = []

    def settle(ref: str) -> None:
        found = till.payments.checkout(ref)
        barrier.wait(20)
        try:
            outcomes.append(flows.settle(till.rt, found))
        except Exception as error:  # noqa: BLE001 - looked at below
            outcomes.append(error)

    threads = [threading.Thread(target=settle, args=(ref,)) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [OrderState.PAID] * crowd
    till.settle_down()
    states = sorted(till.the_order(way.order_id).state for way in ways)
    assert states == [OrderState.PAID] + [OrderState.REFUNDED] * (crowd - 1)
    assert holds(till, recording).count(HoldState.SOLD) == 1
    assert till.books()["stripe_pending"] == 50_000


def test_two_windows_of_one_person_hold_one(real_till: Till) -> None:
    till = real_till
    recordings = [till.recording(f"R{n}", prices=PRICES) for n in range(4)]
    buyers = []
    for recording in recordings:
        buyer = till.guest("jo@example.com")
        till.put(buyer, recording, "exclusive")
        till.sign(buyer)
        buyers.append(buyer)
    barrier = threading.Barrier(len(buyers))
    outcomes: list[object] = []

    def press(buyer: Buyer) -> None:
        barrier.wait(20)
        try:
            outcomes.append(till.start(buyer).url)
        except (HoldRefused, PaymentError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=press, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert len(till.rows(select(ExclusiveHold))) == 1
