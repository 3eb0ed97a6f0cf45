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
from indii.store.checkout.flows import abandon_checkout
from indii.store.licenses import commands as licenses
from indii.store.licenses.errors import NotForSale
from indii.store.offers.commands import set_offers
from indii.store.offers.enums import HoldStatus
from indii.store.offers.errors import ExclusiveTaken, HoldRefused, SoldExclusively
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.offers.queries import sold_notice
from indii.store.offers.rules import COOL_DOWN, MAX_HOLD
from indii.store.orders import flows
from indii.store.orders.commands import cancel_order
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.trust.refunds.commands import request_refund
from indii.trust.refunds.enums import RefundStatus
from tests.paying import Buyer, Sale, Storefront

PRICES = {"mp3_lease": 2995, "exclusive": 50_000}
CROWD = 20


def holds(storefront: Storefront, recording: UUID) -> list[str]:
    """What became of every hold of a recording."""
    return list(
        storefront.rows(
            select(col(ExclusiveHold.state))
            .where(col(ExclusiveHold.recording_id) == recording)
            .order_by(col(ExclusiveHold.created_at), col(ExclusiveHold.id))
        )
    )


def ready(storefront: Storefront, recording: UUID, tier: str = "exclusive") -> Buyer:
    """Somebody whose finger is on the button."""
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, recording, tier)
    storefront.accept_contracts(buyer)
    return buyer


def test_it_is_sold_and_nothing_else_of_it_is_offered(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    sale = storefront.bought(storefront.guest(), (recording, "exclusive"))
    assert storefront.state(sale) == OrderStatus.PAID
    assert holds(storefront, recording) == [HoldStatus.SOLD]
    offers = storefront.rows(select(Offer).where(col(Offer.recording_id) == recording))
    assert {offer.is_open for offer in offers} == {False}
    for tier in PRICES:
        with pytest.raises(NotForSale):
            storefront.add_to_cart(storefront.guest(), recording, tier)
    assert storefront.jobs("close_checkouts") == [str(recording)]


def test_its_producer_offers_nothing_more_and_may_still_edit(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    sale = storefront.bought(storefront.guest(), (recording, "exclusive"))
    with storefront.rt.write(storefront.producer) as ctx:
        with pytest.raises(SoldExclusively) as refused:
            set_offers(ctx, recording_id=recording, prices={LicenseTier.MP3_LEASE: 2995})
        assert refused.value.field == "prices"
        set_offers(ctx, recording_id=recording, prices={})
    with storefront.rt.read(storefront.producer) as read:
        assert sold_notice(read, recording) == "Sold exclusively. No earlier leases."
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=sale.order_id, reason="Sold by mistake")
    storefront.drain()
    with storefront.rt.write(storefront.producer) as ctx:
        set_offers(ctx, recording_id=recording, prices={LicenseTier.MP3_LEASE: 2995})
    storefront.add_to_cart(storefront.guest(), recording)


def test_earlier_leases_live_on(storefront: Storefront) -> None:
    recording, first = storefront.recording(prices=PRICES), storefront.guest()
    lease = storefront.bought(first, recording)
    storefront.bought(storefront.guest(), (recording, "exclusive"))
    assert [i.state for i in storefront.items(lease.order_id)] == [ItemStatus.GRANTED]


def test_whoever_pays_first_keeps_it_from_others(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    one, two = ready(storefront, recording), ready(storefront, recording)
    way = storefront.start(one)
    with pytest.raises(ExclusiveTaken):
        storefront.start(two)
    assert storefront.start(one).url == way.url
    assert holds(storefront, recording) == [HoldStatus.HELD]
    session = storefront.net.client.v1.checkout.sessions.retrieve(storefront.ref_of(way.order_id))
    assert session.payment_method_types == ["card"]


def test_a_hold_ends_with_its_checkout_and_the_next_may_try(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    one, two = ready(storefront, recording), ready(storefront, recording)
    way = storefront.start(one)
    storefront.pass_time(minutes=32)
    storefront.process_webhooks()
    assert storefront.the_order(way.order_id).state == OrderStatus.CANCELED
    with pytest.raises(HoldRefused, match="half an hour today"):
        storefront.start(one)
    bought = storefront.start(two)
    storefront.pay(storefront.ref_of(bought.order_id))
    storefront.drain()
    assert holds(storefront, recording) == [HoldStatus.RELEASED, HoldStatus.SOLD]


def test_after_a_pause_one_may_hold_it_again(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    one = ready(storefront, recording)
    storefront.start(one)
    storefront.pass_time(minutes=32)
    storefront.process_webhooks()
    with pytest.raises(HoldRefused, match="fifteen minutes"):
        storefront.start(one)
    storefront.pass_time(seconds=COOL_DOWN.total_seconds() + 1)
    assert storefront.start(one).url


def test_whoever_changes_the_cart_or_comes_back_holds_it_again_at_once(
    storefront: Storefront,
) -> None:
    recording, other = storefront.recording(prices=PRICES), storefront.recording("Other")
    one = ready(storefront, recording)
    first = storefront.start(one)
    storefront.pass_time(minutes=2)
    give_up(storefront, one)
    second = storefront.start(one)
    storefront.add_to_cart(one, other)
    storefront.accept_contracts(one)
    third = storefront.start(one)
    assert len({first.order_id, second.order_id, third.order_id}) == 3
    assert holds(storefront, recording) == [
        HoldStatus.RELEASED,
        HoldStatus.RELEASED,
        HoldStatus.HELD,
    ]
    storefront.pay(storefront.ref_of(third.order_id))
    storefront.drain()
    assert holds(storefront, recording)[-1] == HoldStatus.SOLD


def test_many_short_holds_are_one_long_one(storefront: Storefront) -> None:
    """Whoever takes it again and again keeps it from others as well."""
    recording = storefront.recording(prices=PRICES)
    one, two = ready(storefront, recording), ready(storefront, recording)
    for _ in range(3):
        storefront.start(one)
        storefront.pass_time(seconds=MAX_HOLD.total_seconds() / 3)
        give_up(storefront, one)
    with pytest.raises(HoldRefused, match="half an hour today"):
        storefront.start(one)
    assert storefront.start(two).url
    give_up(storefront, two)
    storefront.pass_time(days=1)
    for _ in range(2):
        assert storefront.start(one).url
        give_up(storefront, one)


def test_one_recording_has_nothing_to_do_with_another(storefront: Storefront) -> None:
    one = storefront.recording("One", prices=PRICES)
    buyer = ready(storefront, one)
    storefront.start(buyer)
    storefront.pass_time(minutes=32)
    storefront.process_webhooks()
    elsewhere = storefront.guest(buyer.email)
    storefront.add_to_cart(elsewhere, storefront.recording("Two", prices=PRICES), "exclusive")
    storefront.accept_contracts(elsewhere)
    assert storefront.start(elsewhere).url


def give_up(storefront: Storefront, buyer: Buyer) -> None:
    """Give the payment up."""
    abandon_checkout(storefront.rt, buyer.actor, token=buyer.cart_token)


def test_nobody_holds_two(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    one, two = (
        storefront.recording("One", prices=PRICES),
        storefront.recording("Two", prices=PRICES),
    )
    storefront.order(buyer, (one, "exclusive"))
    elsewhere = storefront.guest("jo@example.com")
    storefront.add_to_cart(elsewhere, two, "exclusive")
    storefront.accept_contracts(elsewhere)
    with pytest.raises(HoldRefused, match="another"):
        storefront.start(elsewhere)


def test_paid_after_the_hold_lapsed_is_sold_if_nobody_else_has_it(storefront: Storefront) -> None:
    """The sweep gave up on it, and then the news of the payment came."""
    recording = storefront.recording(prices=PRICES)
    buyer = ready(storefront, recording)
    way = storefront.start(buyer)
    ref = storefront.ref_of(way.order_id)
    with storefront.rt.write(SYSTEM) as ctx:
        cancel_order(ctx, order_id=way.order_id)
    storefront.pay(ref)
    storefront.drain()
    assert storefront.the_order(way.order_id).state == OrderStatus.PAID
    assert holds(storefront, recording) == [HoldStatus.RELEASED, HoldStatus.SOLD]


def test_paid_after_the_hold_lapsed_goes_back_if_somebody_else_has_it(
    storefront: Storefront,
) -> None:
    recording = storefront.recording(prices=PRICES)
    slow = ready(storefront, recording)
    way = storefront.start(slow)
    with storefront.rt.write(SYSTEM) as ctx:
        cancel_order(ctx, order_id=way.order_id)
    quick = storefront.bought(storefront.guest(), (recording, "exclusive"))
    storefront.pay(storefront.ref_of(way.order_id))
    storefront.drain()
    lost = Sale(way.order_id, storefront.ref_of(way.order_id), way.url)
    goes_back(storefront, lost)
    assert storefront.state(quick) == OrderStatus.PAID
    assert storefront.books() == {
        "stripe_pending": 50_000, "platform_fee": -5000, "seller_payable:producer": -45_000,
    }  # fmt: skip


def goes_back(storefront: Storefront, sale: Sale) -> None:
    """It was paid in vain, and every cent of it was given back by itself."""
    assert storefront.state(sale) == OrderStatus.REFUNDED
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.REFUNDED}
    [refund] = storefront.refunds(sale.order_id)
    assert refund.state == RefundStatus.DONE
    assert refund.amount_minor == storefront.the_order(sale.order_id).total_minor
    assert "exclusively" in refund.reason
    made = storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref)
    assert [(m.amount_minor, m.refund_id) for m in made] == [(refund.amount_minor, str(refund.id))]


def test_a_lease_paid_while_the_exclusive_is_sold_goes_back(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    leaser = storefront.guest()
    lease = storefront.order(leaser, recording)
    storefront.bought(storefront.guest(), (recording, "exclusive"))
    # its open payment page was ended by the sale
    assert storefront.state(lease) == OrderStatus.CANCELED
    assert storefront.pay(lease) == "not_open"


def test_a_lease_paid_in_the_same_moment_goes_back_by_itself(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    leaser, buyer = storefront.guest(), ready(storefront, recording)
    lease = storefront.order(leaser, recording)
    way = storefront.start(buyer)
    storefront.pay(lease)
    storefront.pay(storefront.ref_of(way.order_id))
    flows.sync_checkout(storefront.rt, session_ref=storefront.ref_of(way.order_id))
    assert storefront.return_from_payment(leaser, lease)
    assert [i.state for i in storefront.items(lease.order_id)] == [ItemStatus.CANCELED]
    storefront.drain()
    goes_back(storefront, lease)
    assert storefront.the_order(way.order_id).state == OrderStatus.PAID


def test_a_lease_waits_while_the_exclusive_is_being_sold(
    real_storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    storefront = real_storefront
    recording = storefront.recording(prices=PRICES)
    lease, exclusive = (storefront.order(storefront.guest(), (recording, tier)) for tier in PRICES)
    storefront.pay(lease)
    storefront.pay(exclusive)
    learn = partial(flows.sync_checkout, storefront.rt, session_ref=lease.ref)
    rival, grant = threading.Thread(target=learn), licenses.grant_licenses

    def overtaken(*args: object, **kwargs: object) -> None:
        if threading.current_thread() is threading.main_thread():
            rival.start()
            rival.join(1)
            assert rival.is_alive()
        grant(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(licenses, "grant_licenses", overtaken)
    flows.sync_checkout(storefront.rt, session_ref=exclusive.ref)
    rival.join(20)
    assert [i.state for i in storefront.items(exclusive.order_id)] == [ItemStatus.GRANTED]
    assert [i.state for i in storefront.items(lease.order_id)] == [ItemStatus.CANCELED]


def test_only_the_line_that_was_lost_goes_back(storefront: Storefront) -> None:
    recording, other = storefront.recording("Lost", prices=PRICES), storefront.recording("Kept")
    leaser, buyer = storefront.guest(), ready(storefront, recording)
    mixed = storefront.order(leaser, recording, other)
    way = storefront.start(buyer)
    storefront.pay(mixed)
    flows.sync_checkout(storefront.rt, session_ref=pay(storefront, way.order_id))
    storefront.drain()
    assert storefront.state(mixed) == OrderStatus.PARTIALLY_REFUNDED
    assert {i.title: i.state for i in storefront.items(mixed.order_id)} == {
        "Lost": ItemStatus.REFUNDED, "Kept": ItemStatus.GRANTED,
    }  # fmt: skip
    assert [r.amount_minor for r in storefront.refunds(mixed.order_id)] == [2995]


def pay(storefront: Storefront, order_id: UUID) -> str:
    """Pay an order's checkout; its reference."""
    ref = storefront.ref_of(order_id)
    assert storefront.pay(ref) == "paid"
    return ref


def test_a_debit_under_way_is_given_back_when_it_comes(storefront: Storefront) -> None:
    recording = storefront.recording(prices=PRICES)
    slow = storefront.order(storefront.guest(), recording)
    assert storefront.pay(slow, account="000123456789") == "processing"
    storefront.process_webhooks()
    storefront.bought(storefront.guest(), (recording, "exclusive"))
    assert [s.state for s in storefront.sessions(slow.order_id)] == [SessionStatus.PENDING]
    storefront.net.control(f"debits/{slow.ref}", outcome="succeeded")
    storefront.drain()
    goes_back(storefront, slow)


def test_a_refund_in_vain_that_the_network_refuses_is_left_to_a_person(
    storefront: Storefront,
) -> None:
    recording = storefront.recording(prices=PRICES)
    leaser, buyer = storefront.guest(), ready(storefront, recording)
    lease = storefront.order(leaser, recording)
    way = storefront.start(buyer)
    storefront.pay(lease)
    flows.sync_checkout(storefront.rt, session_ref=pay(storefront, way.order_id))
    storefront.net.control("knobs", refund_outcome="pending")
    storefront.drain()
    [refund] = storefront.refunds(lease.order_id)
    assert refund.state == RefundStatus.PENDING
    storefront.net.control(f"refunds/{refund.ref}", outcome="failed")
    storefront.drain()
    [item] = storefront.items(lease.order_id)
    assert item.state == ItemStatus.CANCELED
    order = storefront.the_order(lease.order_id)
    assert (order.state, "cannot be delivered" in order.review_note) == (OrderStatus.PAID, True)
    # a person tries once more
    storefront.net.control("knobs", refund_outcome="succeeded")
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=lease.order_id, reason="Once more")
    storefront.drain()
    assert storefront.state(lease) == OrderStatus.REFUNDED


# ------------------------------------------------------------------ a crowd


def test_of_twenty_at_once_one_gets_the_payment_page(real_storefront: Storefront) -> None:
    storefront = real_storefront
    recording = storefront.recording(prices=PRICES)
    buyers = [ready(storefront, recording) for _ in range(CROWD)]
    barrier = threading.Barrier(CROWD)
    outcomes: list[object] = []

    def press(buyer: Buyer) -> None:
        barrier.wait(20)
        try:
            outcomes.append(storefront.start(buyer))
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
    assert len(storefront.net.client.v1.checkout.sessions.list().data) == 1
    [way] = won
    pay(storefront, way.order_id)
    storefront.drain()
    assert holds(storefront, recording) == [HoldStatus.SOLD]
    assert storefront.net.client.v1.refunds.list().data == []


def test_of_twenty_payments_at_once_one_is_sold(real_storefront: Storefront) -> None:
    """Holds that lapsed while everybody paid: one has it, the others have their money back."""
    storefront = real_storefront
    recording = storefront.recording(prices=PRICES)
    crowd = 8
    ways = []
    for _ in range(crowd):
        way = storefront.start(ready(storefront, recording))
        ways.append(way)
        with storefront.rt.write(SYSTEM) as ctx:
            cancel_order(ctx, order_id=way.order_id)
    refs = [pay(storefront, way.order_id) for way in ways]
    barrier = threading.Barrier(crowd)
    outcomes: list[object] = []

    def settle(ref: str) -> None:
        found = storefront.payments.checkout(ref)
        barrier.wait(20)
        try:
            outcomes.append(flows.apply_status(storefront.rt, found))
        except Exception as error:  # noqa: BLE001 - looked at below
            outcomes.append(error)

    threads = [threading.Thread(target=settle, args=(ref,)) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [OrderStatus.PAID] * crowd
    storefront.drain()
    states = sorted(storefront.the_order(way.order_id).state for way in ways)
    assert states == [OrderStatus.PAID] + [OrderStatus.REFUNDED] * (crowd - 1)
    assert holds(storefront, recording).count(HoldStatus.SOLD) == 1
    assert storefront.books()["stripe_pending"] == 50_000


def test_two_windows_of_one_person_hold_one(real_storefront: Storefront) -> None:
    storefront = real_storefront
    recordings = [storefront.recording(f"R{n}", prices=PRICES) for n in range(4)]
    buyers = []
    for recording in recordings:
        buyer = storefront.guest("jo@example.com")
        storefront.add_to_cart(buyer, recording, "exclusive")
        storefront.accept_contracts(buyer)
        buyers.append(buyer)
    barrier = threading.Barrier(len(buyers))
    outcomes: list[object] = []

    def press(buyer: Buyer) -> None:
        barrier.wait(20)
        try:
            outcomes.append(storefront.start(buyer).url)
        except (HoldRefused, PaymentError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=press, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert len(storefront.rows(select(ExclusiveHold))) == 1
