"""A takedown ends what still offers the recording; a payment that comes all the same goes back."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.models import LicenseGrant
from indii.catalog.recordings.commands import withdraw
from indii.kernel.mail_queue import QueuedEmail
from indii.store.offers.models import ExclusiveHold
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.trust.moderation.commands import take_down
from tests.paying import Storefront


def down(storefront: Storefront, recording_id: UUID) -> None:
    with storefront.rt.write(storefront.admin) as ctx:
        take_down(ctx, recording_id=recording_id, reason="An uncleared sample.")


def at_network(storefront: Storefront, ref: str) -> str:
    return storefront.net.client.v1.checkout.sessions.retrieve(ref).status or ""


def subjects(storefront: Storefront, to: str) -> list[str]:
    return [webhook.subject for webhook in mailed(storefront, to)]


def mailed(storefront: Storefront, to: str) -> list[QueuedEmail]:
    return list(storefront.rows(select(QueuedEmail).where(col(QueuedEmail.to) == to)))


@pytest.mark.parametrize("tier", ["mp3_lease", "exclusive"])
def test_open_checkouts_of_it_end(storefront: Storefront, tier: str) -> None:
    prices = {"mp3_lease": 2995, "exclusive": 49_900}
    recording = storefront.recording(prices=prices)
    other = storefront.order(storefront.guest(), storefront.recording("Night Drive"))
    sale = storefront.order(storefront.guest(), (recording, tier))
    down(storefront, recording)
    storefront.work()
    assert (at_network(storefront, sale.ref), storefront.state(sale)) == (
        "expired",
        OrderStatus.CANCELED,
    )
    assert storefront.rows(select(ExclusiveHold).where(col(ExclusiveHold.state) == "held")) == []
    assert (at_network(storefront, other.ref), storefront.state(other)) == (
        "open", OrderStatus.AWAITING_PAYMENT,
    )  # fmt: skip


def test_a_withdrawal_lets_whoever_is_paying_finish(storefront: Storefront) -> None:
    recording = storefront.recording()
    sale = storefront.order(storefront.guest(), recording)
    with storefront.rt.write(storefront.producer) as ctx:
        withdraw(ctx, recording_id=recording)
    storefront.work()
    assert at_network(storefront, sale.ref) == "open"
    storefront.pay(sale)
    storefront.drain()
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.GRANTED}


def test_a_payment_that_comes_all_the_same_goes_back_with_an_email(storefront: Storefront) -> None:
    recording = storefront.recording()
    sale = storefront.order(storefront.guest("jo@example.com"), recording)
    assert storefront.pay(sale) == "paid"
    down(storefront, recording)
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.REFUNDED
    assert storefront.books() == {}
    assert storefront.rows(select(LicenseGrant)) == []
    [webhook] = [x for x in mailed(storefront, "jo@example.com") if "Refunded" in x.subject]
    assert "Taken down by this site a moment before this payment." in webhook.text
    assert not [
        s
        for s in subjects(storefront, storefront.as_buyer(storefront.producer).email)
        if "sold" in s
    ]


def test_what_else_was_in_the_order_is_delivered(storefront: Storefront) -> None:
    gone, there = storefront.recording("Gone"), storefront.recording("There")
    sale = storefront.order(storefront.guest("jo@example.com"), gone, there)
    assert storefront.pay(sale) == "paid"
    down(storefront, gone)
    storefront.drain()
    assert {i.title: i.state for i in storefront.items(sale.order_id)} == {
        "Gone": ItemStatus.REFUNDED, "There": ItemStatus.GRANTED,
    }  # fmt: skip
    assert storefront.state(sale) == OrderStatus.PARTIALLY_REFUNDED
    assert storefront.books()["stripe_pending"] == 2995
