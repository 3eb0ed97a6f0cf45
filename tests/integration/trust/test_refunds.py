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
from indii.kernel.mail_queue import QueuedEmail
from indii.store.downloads import flows as downloads
from indii.store.downloads.errors import FileUnavailable
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.store.orders.errors import OrderNotFound
from indii.trust.refunds import flows
from indii.trust.refunds.commands import mark_accepted, request_refund
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.errors import NotRefundable
from tests.factories.store import make_offers
from tests.paying import Sale, Storefront


def ask(storefront: Storefront, sale: Sale, *titles: str, reason: str = "Asked for") -> UUID:
    """Let an administrator give lines back."""
    ids = [item.id for item in storefront.items(sale.order_id) if item.title in titles]
    with storefront.rt.write(storefront.admin) as ctx:
        return request_refund(ctx, order_id=sale.order_id, item_ids=ids, reason=reason)


def lines(storefront: Storefront, sale: Sale) -> dict[str, str]:
    """Where every line of an order stands."""
    return {item.title: item.state for item in storefront.items(sale.order_id)}


def statuses(storefront: Storefront, sale: Sale) -> list[str]:
    """Where every refund of an order stands."""
    return [refund.state for refund in storefront.refunds(sale.order_id)]


def given_back(storefront: Storefront, sale: Sale) -> int:
    """What the network gave back, and did not see come back again."""
    made = storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref)
    return sum(m.amount_minor for m in made if m.state != "failed")


def test_one_line_goes_back_and_the_rest_stays(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.bought(buyer, storefront.recording("One"), storefront.recording("Two"))
    ask(storefront, sale, "One")
    assert lines(storefront, sale) == {"One": ItemStatus.REFUNDING, "Two": ItemStatus.GRANTED}
    storefront.drain()
    assert lines(storefront, sale) == {"One": ItemStatus.REFUNDED, "Two": ItemStatus.GRANTED}
    assert storefront.state(sale) == OrderStatus.PARTIALLY_REFUNDED
    assert statuses(storefront, sale) == [RefundStatus.DONE]
    assert given_back(storefront, sale) == 2995
    assert storefront.books() == {
        "stripe_pending": 2995, "platform_fee": -299, "seller_payable:producer": -2696,
    }  # fmt: skip
    item = next(i for i in storefront.items(sale.order_id) if i.title == "One")
    [grant] = storefront.rows(
        select(LicenseGrant).where(col(LicenseGrant.order_item_id) == item.id)
    )
    assert grant.void_reason == "refunded"
    for permission in storefront.rows(
        select(DownloadPermission).where(col(DownloadPermission.granted_for) == item.id)
    ):
        with pytest.raises(FileUnavailable, match="refunded"):
            downloads.file_link(storefront.rt, buyer.actor, permission_id=permission.id)


def test_the_whole_order_goes_back_at_once_or_in_parts(storefront: Storefront) -> None:
    whole = storefront.bought(
        storefront.guest(), storefront.recording("One"), storefront.recording("Two")
    )
    ask(storefront, whole)
    parts = storefront.bought(
        storefront.guest(), storefront.recording("One"), storefront.recording("Two")
    )
    ask(storefront, parts, "One")
    storefront.drain()
    ask(storefront, parts, "Two")
    storefront.drain()
    for sale in (whole, parts):
        assert storefront.state(sale) == OrderStatus.REFUNDED
        assert set(lines(storefront, sale).values()) == {ItemStatus.REFUNDED}
        assert given_back(storefront, sale) == 5990
    assert (len(statuses(storefront, whole)), len(statuses(storefront, parts))) == (1, 2)
    assert storefront.books() == {}


def test_whoever_opens_the_way_back_again_learns_of_the_refund(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.bought(buyer, storefront.recording("One"), storefront.recording("Two"))
    assert storefront.return_from_payment(buyer, sale).startswith("Thank you.")
    ask(storefront, sale, "One")
    storefront.drain()
    assert storefront.return_from_payment(buyer, sale).startswith(
        "Part of this order was refunded."
    )
    ask(storefront, sale)
    storefront.drain()
    assert storefront.return_from_payment(buyer, sale).startswith("This order was refunded.")


def test_the_provider_keeps_its_fee_and_the_platform_bears_it(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    storefront.net.control("settle")
    ask(storefront, sale)
    storefront.drain()
    assert storefront.books() == {"stripe_pending": -117, "processor_fee": 117}


def test_what_was_given_back_is_not_given_back_again(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    ask(storefront, sale)
    for _ in range(2):
        with pytest.raises(NotRefundable):
            ask(storefront, sale)
        storefront.drain()
    assert len(storefront.refunds(sale.order_id)) == 1
    assert given_back(storefront, sale) == 2995


def test_free_unpaid_and_unknown_orders_have_nothing_to_give_back(storefront: Storefront) -> None:
    free = storefront.bought(storefront.guest(), storefront.recording(prices={"mp3_lease": 0}))
    waiting = storefront.order(storefront.guest(), storefront.recording())
    for sale in (free, waiting):
        with pytest.raises(NotRefundable):
            ask(storefront, sale)
    with pytest.raises(OrderNotFound):
        ask(storefront, Sale(UUID(int=7), "", ""))


def test_only_an_administrator_decides(storefront: Storefront) -> None:
    buyer = storefront.fan()
    sale = storefront.bought(buyer, storefront.recording())
    for actor, refusal in (
        (buyer.actor, NotAllowed),
        (storefront.producer, NotAllowed),
        (NOBODY, SignInNeeded),
    ):
        with storefront.rt.write(actor) as ctx, pytest.raises(refusal):
            request_refund(ctx, order_id=sale.order_id, reason="For me")
    assert storefront.refunds(sale.order_id) == []


def test_emails_are_written_once(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    sale = storefront.bought(buyer, storefront.recording())
    ask(storefront, sale, reason="Bought twice")
    storefront.drain()
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    storefront.drain()
    texts = storefront.rows(select(QueuedEmail).where(col(QueuedEmail.to) == "jo@example.com"))
    assert sum("Bought twice" in webhook.text for webhook in texts) == 1


# ------------------------------------------------------------------ what the network makes of it


def test_a_refund_may_be_pending_and_then_through(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    storefront.net.control("knobs", refund_outcome="pending")
    ask(storefront, sale)
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.PENDING]
    assert lines(storefront, sale) == {"Cold Harbour": ItemStatus.REFUNDED}
    [refund] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{refund.ref}", outcome="succeeded")
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.DONE]
    assert storefront.books() == {}


@pytest.mark.parametrize("first", ["pending", "failed_later"])
def test_a_refund_that_fails_later_puts_everything_back(storefront: Storefront, first: str) -> None:
    """Also one that the network had called done: the buyer's bank sent the money back."""
    buyer = storefront.guest()
    sale = storefront.bought(buyer, storefront.recording(), storefront.recording("Other"))
    before = storefront.books()
    storefront.net.control("knobs", refund_outcome=first, refund_delay_s=86_400.0)
    ask(storefront, sale, "Cold Harbour")
    storefront.drain()
    [refund] = storefront.refunds(sale.order_id)
    taken = RefundStatus.PENDING if first == "pending" else RefundStatus.DONE
    assert refund.state == taken
    storefront.net.control(f"refunds/{refund.ref}", outcome="failed")
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    assert set(lines(storefront, sale).values()) == {ItemStatus.GRANTED}
    assert storefront.state(sale) == OrderStatus.PAID
    assert storefront.books() == before
    assert given_back(storefront, sale) == 0
    storefront.net.control("knobs", refund_outcome="succeeded")
    ask(storefront, sale)
    storefront.drain()
    assert (storefront.state(sale), storefront.books()) == (OrderStatus.REFUNDED, {})


def test_a_refund_nobody_told_us_about_is_found(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    storefront.net.control("knobs", refund_outcome="pending")
    ask(storefront, sale)
    storefront.work()
    [refund] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{refund.ref}", outcome="succeeded")
    storefront.webhooks()
    flows.sweep_refunds(storefront.rt)
    storefront.work()
    assert statuses(storefront, sale) == [RefundStatus.DONE]


def test_what_the_network_refuses_leaves_the_line_good(storefront: Storefront) -> None:
    """Somebody gave it back by hand before, so there is nothing left to give."""
    sale = storefront.bought(storefront.guest(), storefront.recording())
    storefront.net.client.v1.refunds.create(
        {"payment_intent": storefront.the_order(sale.order_id).payment_ref}
    )
    storefront.webhooks()
    ask(storefront, sale)
    storefront.work()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    [refund] = storefront.refunds(sale.order_id)
    assert "already been refunded" in refund.last_error
    assert lines(storefront, sale) == {"Cold Harbour": ItemStatus.GRANTED}
    assert given_back(storefront, sale) == 2995


def test_a_refund_made_by_hand_is_in_the_books_and_waits_for_a_person(
    storefront: Storefront,
) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    payment = storefront.the_order(sale.order_id).payment_ref
    storefront.net.client.v1.refunds.create({"payment_intent": payment, "amount": 1000})
    storefront.drain()
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    [refund] = storefront.refunds(sale.order_id)
    assert (refund.state, refund.amount_minor) == (RefundStatus.DONE, 1000)
    assert storefront.books() == {
        "stripe_pending": 1995, "suspense": 1000, "platform_fee": -299,
        "seller_payable:producer": -2696,
    }  # fmt: skip
    assert "at the payment provider" in storefront.the_order(sale.order_id).review_note
    assert storefront.state(sale) == OrderStatus.PAID


def test_a_refund_made_by_hand_that_comes_back_leaves_no_suspense(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    before = storefront.books()
    storefront.net.control("knobs", refund_outcome="pending")
    made = storefront.net.client.v1.refunds.create(
        {"payment_intent": storefront.the_order(sale.order_id).payment_ref, "amount": 1000}
    )
    storefront.drain()
    assert storefront.books()["suspense"] == 1000
    storefront.net.control(f"refunds/{made.id}", outcome="failed")
    storefront.drain()
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    assert storefront.books() == before
    assert statuses(storefront, sale) == [RefundStatus.FAILED]


@pytest.mark.parametrize("named", ["", "not-an-id", "01890000-0000-7000-8000-000000000000"])
def test_a_refund_of_a_forgotten_row_is_no_bug(storefront: Storefront, named: str) -> None:
    """After a restored backup the network knows of refunds that our tables do not."""
    sale = storefront.bought(storefront.guest(), storefront.recording())
    storefront.net.client.v1.refunds.create(
        {
            "payment_intent": storefront.the_order(sale.order_id).payment_ref,
            "amount": 500, "metadata": {"refund_id": named},
        }
    )  # fmt: skip
    storefront.drain()
    assert storefront.books()["suspense"] == 500


def test_news_of_a_refund_by_hand_before_that_of_the_payment(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    payment = storefront.net.client.v1.checkout.sessions.retrieve(sale.ref).payment_intent
    storefront.net.client.v1.refunds.create({"payment_intent": payment})
    webhooks = storefront.webhooks()
    for webhook in sorted(webhooks, key=lambda x: x.event["type"], reverse=True):
        storefront.receive_webhooks([webhook])
        storefront.process_inbox()
    assert [webhook.event["type"] for webhook in webhooks] != []
    storefront.work()
    assert storefront.books()["suspense"] == 2995
    assert storefront.books().get("stripe_pending", 0) == 0


def test_stale_news_does_not_undo_a_failure(storefront: Storefront) -> None:
    """One worker looked before the bank sent the money back, and writes after another."""
    sale = storefront.bought(storefront.guest(), storefront.recording())
    before = storefront.books()
    storefront.net.control("knobs", refund_outcome="pending")
    refund = ask(storefront, sale)
    storefront.drain()
    [pending] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{pending.ref}", outcome="failed")
    storefront.drain()
    for is_done in (False, True):
        with storefront.rt.write(SYSTEM) as ctx:
            mark_accepted(ctx, refund_id=refund, ref=pending.ref, is_done=is_done)
        assert statuses(storefront, sale) == [RefundStatus.FAILED]
    assert (storefront.books(), lines(storefront, sale)) == (
        before,
        {"Cold Harbour": ItemStatus.GRANTED},
    )


# ------------------------------------------------------------------ the exclusive license


def holds(storefront: Storefront, recording: UUID) -> list[str]:
    """What became of every hold of a recording."""
    return list(
        storefront.rows(
            select(col(ExclusiveHold.state))
            .where(col(ExclusiveHold.recording_id) == recording)
            .order_by(col(ExclusiveHold.created_at), col(ExclusiveHold.id))
        )
    )


def test_a_refunded_exclusive_is_offered_again_only_by_its_producer(storefront: Storefront) -> None:
    recording = storefront.recording(prices={"mp3_lease": 2995, "exclusive": 50_000})
    sale = storefront.bought(storefront.guest(), (recording, "exclusive"))
    ask(storefront, sale)
    storefront.drain()
    assert holds(storefront, recording) == [HoldStatus.RELEASED]
    offers = storefront.rows(select(Offer).where(col(Offer.recording_id) == recording))
    assert {offer.is_open for offer in offers} == {False}
    make_offers(storefront.rt, storefront.producer, recording, exclusive=60_000)
    again = storefront.bought(storefront.guest(), (recording, "exclusive"))
    assert storefront.state(again) == OrderStatus.PAID
    assert holds(storefront, recording) == [HoldStatus.RELEASED, HoldStatus.SOLD]


def test_an_exclusive_whose_refund_failed_is_sold_still(storefront: Storefront) -> None:
    recording = storefront.recording(prices={"exclusive": 50_000})
    sale = storefront.bought(storefront.guest(), (recording, "exclusive"))
    storefront.net.control("knobs", refund_outcome="pending")
    ask(storefront, sale)
    storefront.drain()
    [refund] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{refund.ref}", outcome="failed")
    storefront.drain()
    assert holds(storefront, recording) == [HoldStatus.RELEASED, HoldStatus.SOLD]
    assert storefront.state(sale) == OrderStatus.PAID


def test_an_exclusive_that_was_sold_meanwhile_does_not_come_back(storefront: Storefront) -> None:
    recording = storefront.recording(prices={"exclusive": 50_000})
    sale = storefront.bought(storefront.guest(), (recording, "exclusive"))
    storefront.net.control("knobs", refund_outcome="pending")
    ask(storefront, sale)
    storefront.drain()
    make_offers(storefront.rt, storefront.producer, recording, exclusive=60_000)
    second = storefront.bought(storefront.guest(), (recording, "exclusive"))
    [refund] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{refund.ref}", outcome="failed")
    storefront.drain()
    assert lines(storefront, second) == {"Cold Harbour": ItemStatus.GRANTED}
    assert lines(storefront, sale) == {"Cold Harbour": ItemStatus.CANCELED}
    assert "cannot be delivered" in storefront.the_order(sale.order_id).review_note


# ------------------------------------------------------------------ at once, and twice


def test_many_workers_give_back_once(real_storefront: Storefront) -> None:
    storefront = real_storefront
    sale = storefront.bought(
        storefront.guest(), storefront.recording(), storefront.recording("Other")
    )
    barrier = threading.Barrier(6)
    outcomes: list[object] = []

    def decide() -> None:
        barrier.wait(20)
        try:
            outcomes.append(ask(storefront, sale))
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
            flows.carry_out(storefront.rt, refund_id=refund)
            flows.reconcile(storefront.rt, order_id=sale.order_id)
        except Exception as error:  # noqa: BLE001 - looked at below
            failed.append(error)

    race(carry_out, 6)
    # the same key at the same moment: the network says that it is being worked on
    assert all("fail" in str(error) or "answer" in str(error) for error in failed)
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.DONE]
    assert given_back(storefront, sale) == 5990
    assert storefront.books() == {}


def test_the_same_news_twice_changes_nothing(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest(), storefront.recording())
    refund = ask(storefront, sale)
    storefront.drain()
    [done] = storefront.refunds(sale.order_id)
    for is_done in (True, False):
        with storefront.rt.write(SYSTEM) as ctx:
            mark_accepted(ctx, refund_id=refund, ref=done.ref, is_done=is_done)
        assert statuses(storefront, sale) == [RefundStatus.DONE]
    for _ in range(2):
        flows.reconcile(storefront.rt, order_id=sale.order_id)
        flows.carry_out(storefront.rt, refund_id=refund)
    assert statuses(storefront, sale) == [RefundStatus.DONE]
    assert storefront.books() == {}
