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
from indii.kernel.mail_queue import QueuedLetter
from indii.ports.errors import PaymentError
from indii.store.downloads.queries import downloads_page
from indii.store.offers.enums import HoldState
from indii.store.offers.models import ExclusiveHold
from indii.store.orders import flows as orders
from indii.store.orders.enums import ItemState, OrderState, SessionState
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem
from indii.trust.refunds import flows
from indii.trust.refunds.commands import ask_refund, refund_in_vain, return_payment, take_on
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.errors import NotRefundable
from tests.paying import Buyer, Sale, Till

EXCLUSIVE = {"exclusive": 50_000}


def misfit(till: Till, buyer: Buyer | None = None, *, exclusive: bool = False) -> Sale:
    """An order whose payment is a cent too much."""
    buyer = buyer or till.guest("jo@example.com")
    recording = till.recording(prices=EXCLUSIVE) if exclusive else till.recording()
    sale = till.order(buyer, (recording, "exclusive" if exclusive else "mp3_lease"))
    with till.rt.write(SYSTEM) as ctx:
        for table, prices in (
            (Order, ("total_minor",)),
            (OrderItem, ("price_minor", "unit_price_minor")),
        ):
            less = {price: getattr(table, price) - 1 for price in prices}
            where = col(table.id if table is Order else table.order_id) == sale.order_id
            ctx.db.execute(update(table).where(where).values(less))
    till.pay(sale)
    till.settle_down()
    assert till.state(sale) == OrderState.NEEDS_REVIEW
    return sale


def give_back(till: Till, sale: Sale, reason: str = "It did not fit.") -> UUID:
    """Let an administrator give the payment back."""
    with till.rt.write(till.admin) as ctx:
        return return_payment(ctx, order_id=sale.order_id, reason=reason)


def statuses(till: Till, sale: Sale) -> list[str]:
    """Where every refund of an order stands."""
    return [refund.state for refund in till.refunds(sale.order_id)]


def letters(till: Till, to: str, about: str = "") -> Sequence[QueuedLetter]:
    """What somebody was written."""
    found = till.rows(select(QueuedLetter).where(col(QueuedLetter.to) == to))
    return [letter for letter in found if about in letter.subject]


def is_over(till: Till, sale: Sale) -> bool:
    """The order is refunded, and nothing of it is left anywhere."""
    assert till.books() == {}
    assert {s.state for s in till.sessions(sale.order_id)} == {SessionState.PAID}
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.CANCELED}
    return till.state(sale) == OrderState.REFUNDED


# ------------------------------------------------------------------ a payment that did not fit


def test_all_of_it_goes_back_and_nothing_is_left(till: Till) -> None:
    sale = misfit(till)
    assert till.books() == {"stripe_pending": 2995, "suspense": -2995}
    give_back(till, sale, "It did not  fit.")
    assert (till.state(sale), till.books()["suspense"]) == (OrderState.NEEDS_REVIEW, -2995)
    till.settle_down()
    assert is_over(till, sale)
    [refund] = till.refunds(sale.order_id)
    assert (refund.state, refund.amount_minor, refund.asked_by) == (
        RefundStatus.DONE, 2995, till.admin.account_id,
    )  # fmt: skip
    [made] = till.payments.refunds(till.the_order(sale.order_id).payment_ref)
    assert (made.amount_minor, made.refund_id) == (2995, str(refund.id))
    [said] = till.rows(select(AuditEntry).where(col(AuditEntry.action) == "refund.asked"))
    assert (said.account_id, said.subject_id) == (till.admin.account_id, sale.order_id)
    assert said.details["reason"] == "It did not fit."


def test_the_buyer_reads_what_came_and_that_it_went_back(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    sale = misfit(till, buyer)
    refund = give_back(till, sale)
    till.settle_down()
    flows.write_letters(till.rt, refund_id=refund)
    [letter] = letters(till, "jo@example.com")
    for words in ("$29.95 came", "which cost $29.94", "$29.95 is on its way", "It did not fit."):
        assert words in letter.text
    with till.rt.read(buyer.actor) as ctx:
        [shown] = downloads_page(ctx).orders
    assert (shown.state, "did not fit" in shown.note) == (OrderState.REFUNDED, True)
    assert [line.state_note for line in shown.lines] == [""]


def test_in_another_currency_as_much_goes_back_as_came(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    with till.rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(Order).values(currency="EUR"))
    till.pay(sale)
    till.settle_down()
    give_back(till, sale)
    till.settle_down()
    assert is_over(till, sale)
    assert [r.currency for r in till.refunds(sale.order_id)] == ["USD"]


def test_asked_twice_it_goes_back_once(till: Till) -> None:
    sale = misfit(till)
    give_back(till, sale)
    for _ in range(2):
        with pytest.raises(NotRefundable):
            give_back(till, sale)
        with till.rt.write(till.admin) as ctx, pytest.raises(NotRefundable):
            ask_refund(ctx, order_id=sale.order_id, reason="By its lines")
        with till.rt.write(SYSTEM) as ctx:
            assert refund_in_vain(ctx, order_id=sale.order_id) is None
        till.settle_down()
        flows.sweep_refunds(till.rt)
        till.work()
        flows.look(till.rt, order_id=sale.order_id)
    made = till.payments.refunds(till.the_order(sale.order_id).payment_ref)
    assert [m.amount_minor for m in made] == [2995]
    assert is_over(till, sale)
    # what is told of the payment again changes nothing
    orders.learn(till.rt, session_ref=sale.ref)
    assert is_over(till, sale)


def test_only_an_administrator_gives_it_back_and_says_why(till: Till) -> None:
    buyer = till.fan()
    sale = misfit(till, buyer)
    for actor, refusal in (
        (buyer.actor, NotAllowed), (till.producer, NotAllowed), (NOBODY, SignInNeeded),
    ):  # fmt: skip
        with till.rt.write(actor) as ctx, pytest.raises(refusal):
            return_payment(ctx, order_id=sale.order_id, reason="For me.")
    with pytest.raises(IndiiError) as refused:
        give_back(till, sale, " ")
    assert refused.value.field == "reason"
    assert till.refunds(sale.order_id) == []


def test_what_fits_or_is_unknown_has_nothing_set_aside(till: Till) -> None:
    fits, waits = (
        till.bought(till.guest(), till.recording()),
        till.order(till.guest(), till.recording()),
    )
    for sale in (fits, waits):
        with pytest.raises(NotRefundable):
            give_back(till, sale)
    with pytest.raises(OrderNotFound):
        give_back(till, Sale(UUID(int=7), "", ""))


def test_its_exclusive_license_is_free_again(till: Till) -> None:
    buyer = till.guest("jo@example.com")
    sale = misfit(till, buyer, exclusive=True)
    [recording] = [line.recording_id for _, line in till.licenses(sale.order_id)]
    till.pass_time(hours=5)
    give_back(till, sale)
    till.settle_down()
    holds = select(col(ExclusiveHold.state)).order_by(col(ExclusiveHold.created_at))
    assert till.rows(holds) == [HoldState.RELEASED]
    # the buyer did not keep it from others: nobody makes them wait
    again = till.bought(buyer, (recording, "exclusive"))
    assert till.state(again) == OrderState.PAID


def test_when_nobody_answers_it_is_asked_again_and_given_once(till: Till) -> None:
    """The network gave it back, and its answer was lost."""
    sale = misfit(till)
    refund = give_back(till, sale)
    till.net.control("faults", kind="drop_after_commit", path="/v1/refunds", method="POST", times=9)
    with pytest.raises(PaymentError):
        flows.carry_out(till.rt, refund_id=refund)
    assert (statuses(till, sale), till.state(sale)) == (
        [RefundStatus.ASKED], OrderState.NEEDS_REVIEW,
    )  # fmt: skip
    till.net.control("faults", "DELETE")
    flows.carry_out(till.rt, refund_id=refund)
    till.settle_down()
    assert is_over(till, sale)
    assert len(till.payments.refunds(till.the_order(sale.order_id).payment_ref)) == 1


def test_what_the_network_refuses_stays_with_a_person(till: Till) -> None:
    sale = misfit(till)
    payment = till.the_order(sale.order_id).payment_ref
    made = till.net.client.v1.refunds.create({"payment_intent": payment, "amount": 2000})
    till.letters()
    give_back(till, sale)
    till.work()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    # the word of what was given back by hand comes late: the rest can go back
    flows.look(till.rt, order_id=sale.order_id)
    assert (till.state(sale), till.books()["suspense"]) == (OrderState.NEEDS_REVIEW, -995)
    give_back(till, sale)
    till.settle_down()
    assert is_over(till, sale)
    assert sorted(r.amount_minor for r in till.refunds(sale.order_id) if r.ref) == [995, 2000]
    assert made.amount == 2000


def test_given_back_by_hand_at_the_network_it_is_over_too(till: Till) -> None:
    sale = misfit(till)
    till.net.control("knobs", refund_outcome="pending")
    made = till.net.client.v1.refunds.create(
        {"payment_intent": till.the_order(sale.order_id).payment_ref}
    )
    till.settle_down()
    assert is_over(till, sale)
    till.net.control(f"refunds/{made.id}", outcome="failed")
    till.settle_down()
    assert (till.state(sale), till.books()) == (
        OrderState.NEEDS_REVIEW, {"stripe_pending": 2995, "suspense": -2995},
    )  # fmt: skip
    [letter] = letters(till, till.as_buyer(till.admin).email, "A refund failed")
    assert "was not told anything" in letter.text
    assert letters(till, "jo@example.com") == []


@pytest.mark.parametrize("first", ["pending", "failed_later"])
def test_it_may_come_back_days_later(till: Till, first: str) -> None:
    sale = misfit(till, exclusive=True)
    before = till.books()
    till.net.control("knobs", refund_outcome=first, refund_delay_s=86_400.0)
    refund = give_back(till, sale)
    till.settle_down()
    assert till.state(sale) == OrderState.REFUNDED
    [taken] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{taken.ref}", outcome="failed")
    till.settle_down()
    assert (till.state(sale), till.books()) == (OrderState.NEEDS_REVIEW, before)
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.ORDERED}
    # old news changes nothing
    with till.rt.write(SYSTEM) as ctx:
        take_on(ctx, refund_id=refund, ref=taken.ref, is_done=True)
    assert till.books() == before
    [letter] = letters(till, "jo@example.com", "did not go through")
    assert "the money is with us" in letter.text
    till.net.control("knobs", refund_outcome="succeeded")
    give_back(till, sale)
    till.settle_down()
    assert till.state(sale) == OrderState.REFUNDED
    assert till.books() == {}


# ------------------------------------------------------------------ a refund that failed


def failed(till: Till, sale: Sale, *, outcome: str = "pending") -> UUID:
    """A refund that the network took on and could not deliver."""
    till.net.control("knobs", refund_outcome=outcome)
    with till.rt.write(till.admin) as ctx:
        refund = ask_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    till.settle_down()
    [taken] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{taken.ref}", outcome="failed")
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    return refund


def test_administrators_buyer_and_seller_are_told_once(till: Till) -> None:
    sale = till.bought(till.guest("jo@example.com"), till.recording())
    number = till.the_order(sale.order_id).number
    refund = failed(till, sale)
    flows.write_failure_letters(till.rt, refund_id=refund)
    [letter] = letters(till, till.as_buyer(till.admin).email, "A refund failed")
    for words in (
        "$29.95", number, "The bank sent the money back.", f"/admin/order/{number}",
        "on another way", "Cold Harbour", "is told now that it is not",
    ):  # fmt: skip
        assert words in letter.text
    [told] = letters(till, "jo@example.com", "did not go through")
    assert "yours again: Cold Harbour" in told.text
    [sold] = letters(till, till.as_buyer(till.producer).email, "did not go through")
    assert "you are owed your part of it again" in sold.text


def test_the_contact_is_told_where_the_site_has_one(till: Till) -> None:
    till.rt.site = replace(till.rt.site, contact="desk@example.com")
    sale = till.bought(till.guest("jo@example.com"), till.recording())
    failed(till, sale)
    assert len(letters(till, "desk@example.com", "A refund failed")) == 1
    assert letters(till, till.as_buyer(till.admin).email) == []
    [told] = letters(till, "jo@example.com", "did not go through")
    assert "write to desk@example.com" in told.text


def test_a_buyer_who_was_not_told_of_it_is_not_told_that_it_failed(till: Till) -> None:
    """Refused at once: no letter said that money is on its way."""
    sale = till.bought(till.guest("jo@example.com"), till.recording())
    till.net.client.v1.refunds.create({"payment_intent": till.the_order(sale.order_id).payment_ref})
    till.letters()
    with till.rt.write(till.admin) as ctx:
        ask_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    till.work()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    [letter] = letters(till, till.as_buyer(till.admin).email, "A refund failed")
    assert "already been refunded" in letter.text
    assert "was not told anything" in letter.text
    assert letters(till, "jo@example.com", "did not go through") == []


def test_nobody_hears_that_money_is_on_its_way_once_it_is_not(till: Till) -> None:
    """The refund failed before its first letters were written."""
    sale = till.bought(till.guest("jo@example.com"), till.recording())
    till.net.control("knobs", refund_outcome="pending")
    with till.rt.write(till.admin) as ctx:
        refund = ask_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    flows.carry_out(till.rt, refund_id=refund)
    [taken] = till.refunds(sale.order_id)
    till.net.control(f"refunds/{taken.ref}", outcome="failed")
    flows.look(till.rt, order_id=sale.order_id)
    till.settle_down()
    assert statuses(till, sale) == [RefundStatus.FAILED]
    told = [letter for letter in letters(till, "jo@example.com") if "efund" in letter.subject]
    assert told == []
    assert len(letters(till, till.as_buyer(till.admin).email, "A refund failed")) == 1
