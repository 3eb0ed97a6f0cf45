"""A payment that does not fit its order goes back; a refund that fails is told to a person."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from indii.kernel.audit import AuditEntry
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import IndiiError, NotAllowed, SignInNeeded
from indii.kernel.mail_queue import QueuedEmail
from indii.ports.errors import PaymentError
from indii.store.downloads.queries import downloads_page
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold
from indii.store.orders import flows as orders
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem
from indii.trust.refunds import flows
from indii.trust.refunds.commands import (
    mark_accepted,
    refund_undeliverable,
    request_refund,
    return_payment,
)
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.errors import NotRefundable
from tests.paying import Buyer, Sale, Storefront

EXCLUSIVE = {"exclusive": 50_000}


def amount_mismatch(
    storefront: Storefront, buyer: Buyer | None = None, *, exclusive: bool = False
) -> Sale:
    """An order whose payment is a cent too much."""
    buyer = buyer or storefront.guest("jo@example.com")
    recording = storefront.recording(prices=EXCLUSIVE) if exclusive else storefront.recording()
    sale = storefront.order(buyer, (recording, "exclusive" if exclusive else "mp3_lease"))
    with storefront.rt.write(SYSTEM) as ctx:
        for table, prices in (
            (Order, ("total_minor",)),
            (OrderItem, ("price_minor", "unit_price_minor")),
        ):
            less = {price: getattr(table, price) - 1 for price in prices}
            where = col(table.id if table is Order else table.order_id) == sale.order_id
            ctx.db.execute(update(table).where(where).values(less))
    storefront.pay(sale)
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.NEEDS_REVIEW
    return sale


def give_back(storefront: Storefront, sale: Sale, reason: str = "It did not fit.") -> UUID:
    """Let an administrator give the payment back."""
    with storefront.rt.write(storefront.admin) as ctx:
        return return_payment(ctx, order_id=sale.order_id, reason=reason)


def statuses(storefront: Storefront, sale: Sale) -> list[str]:
    """Where every refund of an order stands."""
    return [refund.state for refund in storefront.refunds(sale.order_id)]


def emails(storefront: Storefront, to: str, about: str = "") -> Sequence[QueuedEmail]:
    """What somebody was written."""
    found = storefront.rows(select(QueuedEmail).where(col(QueuedEmail.to) == to))
    return [email for email in found if about in email.subject]


def is_over(storefront: Storefront, sale: Sale) -> bool:
    """The order is refunded, and nothing of it is left anywhere."""
    assert storefront.books() == {}
    assert {s.state for s in storefront.sessions(sale.order_id)} == {SessionStatus.PAID}
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.CANCELED}
    return storefront.state(sale) == OrderStatus.REFUNDED


# ------------------------------------------------------------------ a payment that did not fit


def test_all_of_it_goes_back_and_nothing_is_left(storefront: Storefront) -> None:
    sale = amount_mismatch(storefront)
    assert storefront.books() == {"stripe_pending": 2995, "suspense": -2995}
    give_back(storefront, sale, "It did not  fit.")
    assert (storefront.state(sale), storefront.books()["suspense"]) == (
        OrderStatus.NEEDS_REVIEW,
        -2995,
    )
    storefront.drain()
    assert is_over(storefront, sale)
    [refund] = storefront.refunds(sale.order_id)
    assert (refund.state, refund.amount_minor, refund.asked_by) == (
        RefundStatus.DONE, 2995, storefront.admin.account_id,
    )  # fmt: skip
    [made] = storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref)
    assert (made.amount_minor, made.refund_id) == (2995, str(refund.id))
    [said] = storefront.rows(select(AuditEntry).where(col(AuditEntry.action) == "refund.asked"))
    assert (said.account_id, said.subject_id) == (storefront.admin.account_id, sale.order_id)
    assert said.details["reason"] == "It did not fit."


def test_the_buyer_reads_what_came_and_that_it_went_back(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    sale = amount_mismatch(storefront, buyer)
    give_back(storefront, sale)
    storefront.drain()
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    storefront.drain()
    [email] = emails(storefront, "jo@example.com")
    for words in ("$29.95 came", "which cost $29.94", "$29.95 is on its way", "It did not fit."):
        assert words in email.text
    with storefront.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state, "did not match" in shown.note) == (OrderStatus.REFUNDED, True)
    assert [line.state_note for line in shown.lines] == [""]


def test_in_another_currency_as_much_goes_back_as_came(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    with storefront.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(Order).values(currency="EUR"))
    storefront.pay(sale)
    storefront.drain()
    give_back(storefront, sale)
    storefront.drain()
    assert is_over(storefront, sale)
    assert [r.currency for r in storefront.refunds(sale.order_id)] == ["USD"]


def test_asked_twice_it_goes_back_once(storefront: Storefront) -> None:
    sale = amount_mismatch(storefront)
    give_back(storefront, sale)
    for _ in range(2):
        with pytest.raises(NotRefundable):
            give_back(storefront, sale)
        with storefront.rt.write(storefront.admin) as ctx, pytest.raises(NotRefundable):
            request_refund(ctx, order_id=sale.order_id, reason="By its lines")
        with storefront.rt.write(SYSTEM) as ctx:
            assert refund_undeliverable(ctx, order_id=sale.order_id) is None
        storefront.drain()
        flows.sweep_refunds(storefront.rt)
        storefront.work()
        flows.reconcile(storefront.rt, order_id=sale.order_id)
    made = storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref)
    assert [m.amount_minor for m in made] == [2995]
    assert is_over(storefront, sale)
    # what is told of the payment again changes nothing
    orders.sync_checkout(storefront.rt, session_ref=sale.ref)
    assert is_over(storefront, sale)


def test_only_an_administrator_gives_it_back_and_says_why(storefront: Storefront) -> None:
    buyer = storefront.fan()
    sale = amount_mismatch(storefront, buyer)
    for actor, refusal in (
        (buyer.actor, NotAllowed), (storefront.producer, NotAllowed), (NOBODY, SignInNeeded),
    ):  # fmt: skip
        with storefront.rt.write(actor) as ctx, pytest.raises(refusal):
            return_payment(ctx, order_id=sale.order_id, reason="For me.")
    with pytest.raises(IndiiError) as refused:
        give_back(storefront, sale, " ")
    assert refused.value.field == "reason"
    assert storefront.refunds(sale.order_id) == []


def test_what_fits_or_is_unknown_has_nothing_set_aside(storefront: Storefront) -> None:
    fits, waits = (
        storefront.bought(storefront.guest(), storefront.recording()),
        storefront.order(storefront.guest(), storefront.recording()),
    )
    for sale in (fits, waits):
        with pytest.raises(NotRefundable):
            give_back(storefront, sale)
    with pytest.raises(OrderNotFound):
        give_back(storefront, Sale(UUID(int=7), "", ""))


def test_its_exclusive_license_is_free_again(storefront: Storefront) -> None:
    buyer = storefront.guest("jo@example.com")
    sale = amount_mismatch(storefront, buyer, exclusive=True)
    [recording] = [line.recording_id for _, line in storefront.licenses(sale.order_id)]
    storefront.pass_time(hours=5)
    give_back(storefront, sale)
    storefront.drain()
    holds = select(col(ExclusiveHold.state)).order_by(col(ExclusiveHold.created_at))
    assert storefront.rows(holds) == [HoldStatus.RELEASED]
    # the buyer did not keep it from others: nobody makes them wait
    again = storefront.bought(buyer, (recording, "exclusive"))
    assert storefront.state(again) == OrderStatus.PAID


def test_when_nobody_answers_it_is_asked_again_and_given_once(storefront: Storefront) -> None:
    """The network gave it back, and its answer was lost."""
    sale = amount_mismatch(storefront)
    refund = give_back(storefront, sale)
    storefront.net.control(
        "faults", kind="drop_after_commit", path="/v1/refunds", method="POST", times=9
    )
    with pytest.raises(PaymentError):
        flows.carry_out(storefront.rt, refund_id=refund)
    assert (statuses(storefront, sale), storefront.state(sale)) == (
        [RefundStatus.ASKED], OrderStatus.NEEDS_REVIEW,
    )  # fmt: skip
    storefront.net.control("faults", "DELETE")
    flows.carry_out(storefront.rt, refund_id=refund)
    storefront.drain()
    assert is_over(storefront, sale)
    assert len(storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref)) == 1


def test_what_the_network_refuses_stays_with_a_person(storefront: Storefront) -> None:
    sale = amount_mismatch(storefront)
    payment = storefront.the_order(sale.order_id).payment_ref
    made = storefront.net.client.v1.refunds.create({"payment_intent": payment, "amount": 2000})
    storefront.webhooks()
    give_back(storefront, sale)
    storefront.work()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    # the word of what was given back by hand comes late: the rest can go back
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    assert (storefront.state(sale), storefront.books()["suspense"]) == (
        OrderStatus.NEEDS_REVIEW,
        -995,
    )
    give_back(storefront, sale)
    storefront.drain()
    assert is_over(storefront, sale)
    assert sorted(r.amount_minor for r in storefront.refunds(sale.order_id) if r.ref) == [995, 2000]
    assert made.amount == 2000


def test_given_back_by_hand_at_the_network_it_is_over_too(storefront: Storefront) -> None:
    sale = amount_mismatch(storefront)
    storefront.net.control("knobs", refund_outcome="pending")
    made = storefront.net.client.v1.refunds.create(
        {"payment_intent": storefront.the_order(sale.order_id).payment_ref}
    )
    storefront.drain()
    assert is_over(storefront, sale)
    storefront.net.control(f"refunds/{made.id}", outcome="failed")
    storefront.drain()
    assert (storefront.state(sale), storefront.books()) == (
        OrderStatus.NEEDS_REVIEW, {"stripe_pending": 2995, "suspense": -2995},
    )  # fmt: skip
    [email] = emails(storefront, storefront.as_buyer(storefront.admin).email, "A refund failed")
    assert "was not told anything" in email.text
    assert emails(storefront, "jo@example.com") == []


@pytest.mark.parametrize("first", ["pending", "failed_later"])
def test_it_may_come_back_days_later(storefront: Storefront, first: str) -> None:
    sale = amount_mismatch(storefront, exclusive=True)
    before = storefront.books()
    storefront.net.control("knobs", refund_outcome=first, refund_delay_s=86_400.0)
    refund = give_back(storefront, sale)
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.REFUNDED
    [taken] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{taken.ref}", outcome="failed")
    storefront.drain()
    assert (storefront.state(sale), storefront.books()) == (OrderStatus.NEEDS_REVIEW, before)
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.ORDERED}
    # old news changes nothing
    with storefront.rt.write(SYSTEM) as ctx:
        mark_accepted(ctx, refund_id=refund, ref=taken.ref, is_done=True)
    assert storefront.books() == before
    [email] = emails(storefront, "jo@example.com", "did not go through")
    assert "the money is still with us" in email.text
    storefront.net.control("knobs", refund_outcome="succeeded")
    give_back(storefront, sale)
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.REFUNDED
    assert storefront.books() == {}


# ------------------------------------------------------------------ a refund that failed


def failed(storefront: Storefront, sale: Sale, *, outcome: str = "pending") -> UUID:
    """A refund that the network took on and could not deliver."""
    storefront.net.control("knobs", refund_outcome=outcome)
    with storefront.rt.write(storefront.admin) as ctx:
        refund = request_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    storefront.drain()
    [taken] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{taken.ref}", outcome="failed")
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    return refund


def test_administrators_buyer_and_seller_are_told_once(storefront: Storefront) -> None:
    sale = storefront.bought(storefront.guest("jo@example.com"), storefront.recording())
    number = storefront.the_order(sale.order_id).number
    failed(storefront, sale)
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    storefront.drain()
    [email] = emails(storefront, storefront.as_buyer(storefront.admin).email, "A refund failed")
    for words in (
        "$29.95", number, "The bank returned the money.", f"/admin/order/{number}",
        "on another way", "Cold Harbour", "is now told that it failed",
    ):  # fmt: skip
        assert words in email.text
    [told] = emails(storefront, "jo@example.com", "did not go through")
    assert "yours again: Cold Harbour" in told.text
    [sold] = emails(
        storefront, storefront.as_buyer(storefront.producer).email, "did not go through"
    )
    assert "you are owed your share of it again" in sold.text


def test_the_contact_is_told_where_the_site_has_one(storefront: Storefront) -> None:
    storefront.rt.site = replace(storefront.rt.site, contact="desk@example.com")
    sale = storefront.bought(storefront.guest("jo@example.com"), storefront.recording())
    failed(storefront, sale)
    assert len(emails(storefront, "desk@example.com", "A refund failed")) == 1
    assert emails(storefront, storefront.as_buyer(storefront.admin).email) == []
    [told] = emails(storefront, "jo@example.com", "did not go through")
    assert "write to desk@example.com" in told.text


def test_a_buyer_who_was_not_told_of_it_is_not_told_that_it_failed(storefront: Storefront) -> None:
    """Refused at once: no email said that money is on its way."""
    sale = storefront.bought(storefront.guest("jo@example.com"), storefront.recording())
    storefront.net.client.v1.refunds.create(
        {"payment_intent": storefront.the_order(sale.order_id).payment_ref}
    )
    storefront.webhooks()
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    storefront.work()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    [email] = emails(storefront, storefront.as_buyer(storefront.admin).email, "A refund failed")
    assert "already been refunded" in email.text
    assert "was not told anything" in email.text
    assert emails(storefront, "jo@example.com", "did not go through") == []


def test_nobody_hears_that_money_is_on_its_way_once_it_is_not(storefront: Storefront) -> None:
    """The refund failed before its first emails were written."""
    sale = storefront.bought(storefront.guest("jo@example.com"), storefront.recording())
    storefront.net.control("knobs", refund_outcome="pending")
    with storefront.rt.write(storefront.admin) as ctx:
        refund = request_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    flows.carry_out(storefront.rt, refund_id=refund)
    [taken] = storefront.refunds(sale.order_id)
    storefront.net.control(f"refunds/{taken.ref}", outcome="failed")
    flows.reconcile(storefront.rt, order_id=sale.order_id)
    storefront.drain()
    assert statuses(storefront, sale) == [RefundStatus.FAILED]
    told = [email for email in emails(storefront, "jo@example.com") if "efund" in email.subject]
    assert told == []
    assert (
        len(emails(storefront, storefront.as_buyer(storefront.admin).email, "A refund failed")) == 1
    )
