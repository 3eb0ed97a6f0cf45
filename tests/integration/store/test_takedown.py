"""A takedown ends what still offers the recording; a payment that comes all the same goes back."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.models import LicenseGrant
from indii.catalog.recordings.commands import withdraw
from indii.kernel.mail_queue import QueuedLetter
from indii.store.offers.models import ExclusiveHold
from indii.store.orders.enums import ItemState, OrderState
from indii.trust.moderation.commands import take_down
from tests.paying import Till


def down(till: Till, recording_id: UUID) -> None:
    with till.rt.write(till.admin) as ctx:
        take_down(ctx, recording_id=recording_id, reason="An uncleared sample.")


def at_network(till: Till, ref: str) -> str:
    return till.net.client.v1.checkout.sessions.retrieve(ref).status or ""


def subjects(till: Till, to: str) -> list[str]:
    return [letter.subject for letter in mailed(till, to)]


def mailed(till: Till, to: str) -> list[QueuedLetter]:
    return list(till.rows(select(QueuedLetter).where(col(QueuedLetter.to) == to)))


@pytest.mark.parametrize("tier", ["mp3_lease", "exclusive"])
def test_open_checkouts_of_it_end(till: Till, tier: str) -> None:
    prices = {"mp3_lease": 2995, "exclusive": 49_900}
    recording = till.recording(prices=prices)
    other = till.order(till.guest(), till.recording("Night Drive"))
    sale = till.order(till.guest(), (recording, tier))
    down(till, recording)
    till.work()
    assert (at_network(till, sale.ref), till.state(sale)) == ("expired", OrderState.CANCELED)
    assert till.rows(select(ExclusiveHold).where(col(ExclusiveHold.state) == "held")) == []
    assert (at_network(till, other.ref), till.state(other)) == (
        "open", OrderState.AWAITING_PAYMENT,
    )  # fmt: skip


def test_a_withdrawal_lets_whoever_is_paying_finish(till: Till) -> None:
    recording = till.recording()
    sale = till.order(till.guest(), recording)
    with till.rt.write(till.producer) as ctx:
        withdraw(ctx, recording_id=recording)
    till.work()
    assert at_network(till, sale.ref) == "open"
    till.pay(sale)
    till.settle_down()
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.GRANTED}


def test_a_payment_that_comes_all_the_same_goes_back_with_a_letter(till: Till) -> None:
    recording = till.recording()
    sale = till.order(till.guest("jo@example.com"), recording)
    assert till.pay(sale) == "paid"
    down(till, recording)
    till.settle_down()
    assert till.state(sale) == OrderState.REFUNDED
    assert till.books() == {}
    assert till.rows(select(LicenseGrant)) == []
    [letter] = [x for x in mailed(till, "jo@example.com") if "Refunded" in x.subject]
    assert "Taken down by this site a moment before this payment." in letter.text
    assert not [s for s in subjects(till, till.as_buyer(till.producer).email) if "sold" in s]


def test_what_else_was_in_the_order_is_delivered(till: Till) -> None:
    gone, there = till.recording("Gone"), till.recording("There")
    sale = till.order(till.guest("jo@example.com"), gone, there)
    assert till.pay(sale) == "paid"
    down(till, gone)
    till.settle_down()
    assert {i.title: i.state for i in till.items(sale.order_id)} == {
        "Gone": ItemState.REFUNDED, "There": ItemState.GRANTED,
    }  # fmt: skip
    assert till.state(sale) == OrderState.PARTIALLY_REFUNDED
    assert till.books()["stripe_pending"] == 2995
