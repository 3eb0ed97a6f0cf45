"""Money given back: once, of whole lines, whatever the network says about it and when."""

import threading
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.models import LicenseGrant
from indii.catalog.access.models import DownloadPermission
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.mail_queue import QueuedLetter
from indii.store.downloads import flows as downloads
from indii.store.downloads.errors import NotThere
from indii.store.offers.enums import HoldState
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.orders.enums import ItemState, OrderState
from indii.store.orders.errors import OrderNotFound
from indii.trust.refunds import flows
from indii.trust.refunds.commands import ask_refund, take_on
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.errors import NotRefundable
from tests.factories.store import make_offers
from tests.paying import Sale, Till


def ask(till: Till, sale: Sale, *titles: str, reason: str = "Asked for") -> UUID:
    """Let an administrator give lines back."""
    ids = [item.id for item in till.items(sale.order_id) if item.title in titles]
    with till.rt.write(till.admin) as ctx:
        return ask_refund(ctx, order_id=sale.order_id, item_ids=ids, reason=reason)


def lines(till: Till, sale: Sale) -> dict[str, str]:
    """Where every line of an order stands."""
    return {item.title: item.state for item in till.items(sale.order_id)}


def statuses(till: Till, sale: Sale) -> list[str]:
    """Where every refund of an order stands."""
    return [refund.state for refund in till.refunds(sale.order_id)]


def given_back(till: Till, sale: Sale) -> int:
    """What the network gave back, and did not see come back again."""
    made = till.payments.refunds(till.the_order(sale.order_id).payment_ref)
    return sum(m.amount_minor for m in made if m.state != "failed")


def test_one_line_goes_back_and_the_rest_stays(till: Till) -> None:
    buyer = till.guest()
    sale = till.bought(buyer, till.recording("One"), till.recording("Two"))
    ask(till, sale, "One")
    assert lines(till, sale) == {"One": ItemState.REFUNDING, "Two": ItemState.GRANTED}
    till.settle_down()
    assert lines(till, sale) == {"One": ItemState.REFUNDED, "Two": ItemState.GRANTED}
    assert till.state(sale) == OrderState.PARTIALLY_REFUNDED
    assert statuses(till, sale) == [RefundStatus.DONE]
    assert given_back(till, sale) == 2995
    assert till.books() == {
        "stripe_pending": 2995, "platform_fee": -299, "seller_payable:producer": -2696,
    }  # fmt: skip
    item = next(i for i in till.items(sale.order_id) if i.title == "One")
    [grant] = till.rows(select(LicenseGrant).where(col(LicenseGrant.order_item_id) == item.id))
    assert grant.void_reason == "refunded"
    for permission in till.rows(
        select(DownloadPermission).where(col(DownloadPermission.granted_for) == item.id)
    ):
        with pytest.raises(NotThere, match="refunded"):
            downloads.file_link(till.rt, buyer.actor, permission_id=permission.id)


def test_the_whole_order_goes_back_at_once_or_in_parts(till: Till) -> None:
    whole = till.bought(till.guest(), till.recording("One"), till.recording("Two"))
    ask(till, whole)
    parts = till.bought(till.guest(), till.recording("One"), till.recording("Two"))
    ask(till, parts, "One")
    till.settle_down()
    ask(till, parts, "Two")
    till.settle_down()
    for sale in (whole, parts):
        assert till.state(sale) == OrderState.REFUNDED
        assert set(lines(till, sale).values()) == {ItemState.REFUNDED}
        assert given_back(till, sale) == 5990
    assert (len(statuses(till, whole)), len(statuses(till, parts))) == (1, 2)
    assert till.books() == {}


def test_whoever_opens_the_way_back_again_learns_of_the_refund(till: Till) -> None:
    buyer = till.guest()
    sale = till.bought(buyer, till.recording("One"), till.recording("Two"))
    assert till.come_back(buyer, sale).startswith("Thank you.")
    ask(till, sale, "One")
    till.settle_down()
    assert till.come_back(buyer, sale).startswith("Part of this order was refunded.")
    ask(till, sale)
    till.settle_down()
    assert till.come_back(buyer, sale).startswith("This order was refunded.")


def test_the_provider_keeps_its_fee_and_the_platform_bears_it(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    till.net.control("settle")
    ask(till, sale)
    till.settle_down()
    assert till.books() == {"stripe_pending": -117, "processor_fee": 117}


def test_what_was_given_back_is_not_given_back_again(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    ask(till, sale)
    for _ in range(2):
        with pytest.raises(NotRefundable):
            ask(till, sale)
        till.settle_down()
    assert len(till.refunds(sale.order_id)) == 1
    assert given_back(till, sale) == 2995


def test_free_unpaid_and_unknown_orders_have_nothing_to_give_back(till: Till) -> None:
    free = till.bought(till.guest(), till.recording(prices={"mp3_lease": 0}))
    waiting = till.order(till.guest(), till.recording())
    for sale in (free, waiting):
        with pytest.raises(NotRefundable):
            ask(till, sale)
    with pytest.raises(OrderNotFound):
        ask(till, Sale(UUID(int=7), "", ""))


def test_only_an_administrator_decides(till: Till) -> None:
    buyer = till.fan()
    sale = till.bought(buyer, till.recording())
    for actor, refusal in (
        (buyer.actor, NotAllowed),
        (till.producer, NotAllowed),
        (NOBODY, SignInNeeded),
    ):
        with till.rt.write(actor) as ctx, pytest.raises(refusal):
            ask_refund(ctx, order_id=sale.order_id, reason="For me")
    assert till.refunds(sale.order_id) == []


def test_letters_are_written_once(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    sale = till.bought(buyer, till.recording())
    ask(till, sale, reason="Bought twice")
    till.settle_down()
    flows.reconcile(till.rt, order_id=sale.order_id)
    till.settle_down()
    texts = till.rows(select(QueuedLetter).where(col(QueuedLetter.to) == "jo@example.com"))
    assert sum("Bought twice" in letter.text for letter in texts) == 1


# ------------------------------------------------------------------ what the network makes of it


def test_a_refund_may_be_pending_and_then_through(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    till.net.control("knobs", refund_outcome="pending")
    ask(till, sale)
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.PENDING]
    assert lines(till, sale) == {"Cold Harbour": ItemState.REFUNDED}
    [refund] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{refund.ref}", outcome="succeeded")
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.DONE]
    assert till.books() == {}


@pytest.mark.parametrize("first", ["pending", "failed_later"])
def test_a_refund_that_fails_later_puts_everything_back(till: Till, first: str) -> None:
    """Also one that the network had called done: the buyer's bank sent the money back."""
    buyer = till.guest()
    sale = till.bought(buyer, till.recording(), till.recording("Other"))
    before = till.books()
    till.net.control("knobs", refund_outcome=first, refund_delay_s=86_400.0)
    ask(till, sale, "Cold Harbour")
    till.settle_down()
    [refund] = till.refunds(sale.order_id)
    taken = RefundStatus.PENDING if first == "pending" else RefundStatus.DONE
    assert refund.state == taken
    till.net.control(f"refunds/{refund.ref}", outcome="failed")
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    assert set(lines(till, sale).values()) == {ItemState.GRANTED}
    assert till.state(sale) == OrderState.PAID
    assert till.books() == before
    assert given_back(till, sale) == 0
    till.net.control("knobs", refund_outcome="succeeded")
    ask(till, sale)
    till.settle_down()
    assert (till.state(sale), till.books()) == (OrderState.REFUNDED, {})


def test_a_refund_nobody_told_us_about_is_found(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    till.net.control("knobs", refund_outcome="pending")
    ask(till, sale)
    till.work()
    [refund] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{refund.ref}", outcome="succeeded")
    till.letters()
    flows.sweep_refunds(till.rt)
    till.work()
    assert statuses(till, sale) == [RefundStatus.DONE]


def test_what_the_network_refuses_leaves_the_line_good(till: Till) -> None:
    """Somebody gave it back by hand before, so there is nothing left to give."""
    sale = till.bought(till.guest(), till.recording())
    till.net.client.v1.refunds.create({"payment_intent": till.the_order(sale.order_id).payment_ref})
    till.letters()
    ask(till, sale)
    till.work()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    [refund] = till.refunds(sale.order_id)
    assert "already been refunded" in refund.last_error
    assert lines(till, sale) == {"Cold Harbour": ItemState.GRANTED}
    assert given_back(till, sale) == 2995


def test_a_refund_made_by_hand_is_in_the_books_and_waits_for_a_person(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    payment = till.the_order(sale.order_id).payment_ref
    till.net.client.v1.refunds.create({"payment_intent": payment, "amount": 1000})
    till.settle_down()
    flows.reconcile(till.rt, order_id=sale.order_id)
    [refund] = till.refunds(sale.order_id)
    assert (refund.state, refund.amount_minor) == (RefundStatus.DONE, 1000)
    assert till.books() == {
        "stripe_pending": 1995, "suspense": 1000, "platform_fee": -299,
        "seller_payable:producer": -2696,
    }  # fmt: skip
    assert "network itself" in till.the_order(sale.order_id).review_note
    assert till.state(sale) == OrderState.PAID


def test_a_refund_made_by_hand_that_comes_back_leaves_no_suspense(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    before = till.books()
    till.net.control("knobs", refund_outcome="pending")
    made = till.net.client.v1.refunds.create(
        {"payment_intent": till.the_order(sale.order_id).payment_ref, "amount": 1000}
    )
    till.settle_down()
    assert till.books()["suspense"] == 1000
    till.net.control(f"refunds/{made.id}", outcome="failed")
    till.settle_down()
    flows.reconcile(till.rt, order_id=sale.order_id)
    assert till.books() == before
    assert statuses(till, sale) == [RefundStatus.FAILED]


@pytest.mark.parametrize("named", ["", "not-an-id", "01890000-0000-7000-8000-000000000000"])
def test_a_refund_of_a_forgotten_row_is_no_bug(till: Till, named: str) -> None:
    """After a restored backup the network knows of refunds that our tables do not."""
    sale = till.bought(till.guest(), till.recording())
    till.net.client.v1.refunds.create(
        {
            "payment_intent": till.the_order(sale.order_id).payment_ref,
            "amount": 500, "metadata": {"refund_id": named},
        }
    )  # fmt: skip
    till.settle_down()
    assert till.books()["suspense"] == 500


def test_news_of_a_refund_by_hand_before_that_of_the_payment(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    payment = till.net.client.v1.checkout.sessions.retrieve(sale.ref).payment_intent
    till.net.client.v1.refunds.create({"payment_intent": payment})
    letters = till.letters()
    for letter in sorted(letters, key=lambda x: x.event["type"], reverse=True):
        till.take_in([letter])
        till.work_inbox()
    assert [letter.event["type"] for letter in letters] != []
    till.work()
    assert till.books()["suspense"] == 2995
    assert till.books().get("stripe_pending", 0) == 0


def test_stale_news_does_not_undo_a_failure(till: Till) -> None:
    """One worker looked before the bank sent the money back, and writes after another."""
    sale = till.bought(till.guest(), till.recording())
    before = till.books()
    till.net.control("knobs", refund_outcome="pending")
    refund = ask(till, sale)
    till.settle_down()
    [pending] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{pending.ref}", outcome="failed")
    till.settle_down()
    for is_done in (False, True):
        with till.rt.write(SYSTEM) as ctx:
            take_on(ctx, refund_id=refund, ref=pending.ref, is_done=is_done)
        assert statuses(till, sale) == [RefundStatus.FAILED]
    assert (till.books(), lines(till, sale)) == (before, {"Cold Harbour": ItemState.GRANTED})


# ------------------------------------------------------------------ the exclusive license


def holds(till: Till, recording: UUID) -> list[str]:
    """What became of every hold of a recording."""
    return list(
        till.rows(
            select(col(ExclusiveHold.state))
            .where(col(ExclusiveHold.recording_id) == recording)
            .order_by(col(ExclusiveHold.created_at), col(ExclusiveHold.id))
        )
    )


def test_a_refunded_exclusive_is_offered_again_only_by_its_producer(till: Till) -> None:
    recording = till.recording(prices={"mp3_lease": 2995, "exclusive": 50_000})
    sale = till.bought(till.guest(), (recording, "exclusive"))
    ask(till, sale)
    till.settle_down()
    assert holds(till, recording) == [HoldState.RELEASED]
    offers = till.rows(select(Offer).where(col(Offer.recording_id) == recording))
    assert {offer.is_open for offer in offers} == {False}
    make_offers(till.rt, till.producer, recording, exclusive=60_000)
    again = till.bought(till.guest(), (recording, "exclusive"))
    assert till.state(again) == OrderState.PAID
    assert holds(till, recording) == [HoldState.RELEASED, HoldState.SOLD]


def test_an_exclusive_whose_refund_failed_is_sold_still(till: Till) -> None:
    recording = till.recording(prices={"exclusive": 50_000})
    sale = till.bought(till.guest(), (recording, "exclusive"))
    till.net.control("knobs", refund_outcome="pending")
    ask(till, sale)
    till.settle_down()
    [refund] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{refund.ref}", outcome="failed")
    till.settle_down()
    assert holds(till, recording) == [HoldState.RELEASED, HoldState.SOLD]
    assert till.state(sale) == OrderState.PAID


def test_an_exclusive_that_was_sold_meanwhile_does_not_come_back(till: Till) -> None:
    recording = till.recording(prices={"exclusive": 50_000})
    sale = till.bought(till.guest(), (recording, "exclusive"))
    till.net.control("knobs", refund_outcome="pending")
    ask(till, sale)
    till.settle_down()
    make_offers(till.rt, till.producer, recording, exclusive=60_000)
    second = till.bought(till.guest(), (recording, "exclusive"))
    [refund] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{refund.ref}", outcome="failed")
    till.settle_down()
    assert lines(till, second) == {"Cold Harbour": ItemState.GRANTED}
    assert lines(till, sale) == {"Cold Harbour": ItemState.CANCELED}
    assert "cannot be delivered" in till.the_order(sale.order_id).review_note


# ------------------------------------------------------------------ at once, and twice


def test_many_workers_give_back_once(real_till: Till) -> None:
    till = real_till
    sale = till.bought(till.guest(), till.recording(), till.recording("Other"))
    barrier = threading.Barrier(6)
    outcomes: list[object] = []

    def decide() -> None:
        barrier.wait(20)
        try:
            outcomes.append(ask(till, sale))
        except NotRefundable as error:
            outcomes.append(error)

    def race(call: object, times: int) -> None:
        threads = [threading.Thread(target=call) for _ in range(times)]  # type: ignore[arg-type]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    race(decide, 6)
    [refund] = [outcome for outcome in outcomes if isinstance(outcome, UUID)]
    barrier.reset()
    failed: list[Exception] = []

    def carry_out() -> None:
        barrier.wait(20)
        try:
            flows.carry_out(till.rt, refund_id=refund)
            flows.reconcile(till.rt, order_id=sale.order_id)
        except Exception as error:  # noqa: BLE001 - looked at below
            failed.append(error)

    race(carry_out, 6)
    # the same key at the same moment: the network says that it is being worked on
    assert all("fail" in str(error) or "answer" in str(error) for error in failed)
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.DONE]
    assert given_back(till, sale) == 5990
    assert till.books() == {}


def test_the_same_news_twice_changes_nothing(till: Till) -> None:
    sale = till.bought(till.guest(), till.recording())
    refund = ask(till, sale)
    till.settle_down()
    [done] = till.refunds(sale.order_id)
    for is_done in (True, False):
        with till.rt.write(SYSTEM) as ctx:
            take_on(ctx, refund_id=refund, ref=done.ref, is_done=is_done)
        assert statuses(till, sale) == [RefundStatus.DONE]
    for _ in range(2):
        flows.reconcile(till.rt, order_id=sale.order_id)
        flows.carry_out(till.rt, refund_id=refund)
    assert statuses(till, sale) == [RefundStatus.DONE]
    assert till.books() == {}
