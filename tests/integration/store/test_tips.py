"""Tips: money for a producer straight from their page, and back."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.admin.orders.queries import order_view, orders_page
from indii.identity.profiles.models import Profile
from indii.identity.reports.commands import file_report
from indii.kernel.context import SYSTEM
from indii.kernel.errors import IndiiError, NotAllowed, TooManyAttempts
from indii.kernel.mail_queue import QueuedEmail
from indii.store.downloads.queries import downloads_page
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.queries import sales_page
from indii.store.tips import queries
from indii.store.tips.commands import NewTip
from indii.store.tips.errors import NobodyToTip, NoPaymentsHere, OwnTip, TipGone
from indii.store.tips.flows import Redirect, start_tip
from indii.store.tips.models import Tip
from indii.store.tips.rules import TIPS_PER_HOUR
from indii.trust.moderation.commands import remove_tip_message
from indii.trust.moderation.queries import report_queue
from indii.trust.refunds.commands import request_refund
from tests.factories.identity import make_fan, make_producer
from tests.paying import Buyer, Sale, Storefront


def slug(storefront: Storefront) -> str:
    """The address of the storefront's producer."""
    with storefront.rt.read(SYSTEM) as ctx:
        profile = queries.find_public_profile(ctx, storefront.producer.require_profile())
        assert profile is not None
        return profile.slug


def start(storefront: Storefront, buyer: Buyer, **form: object) -> Redirect:
    """Send the form."""
    said = {"slug": slug(storefront), "amount": "500", "email": buyer.email, **form}
    return start_tip(
        storefront.rt,
        buyer.actor,
        tip=NewTip(**said),
        buyer_hash=buyer.buyer_hash,  # type: ignore[arg-type]
    )


def given(storefront: Storefront, buyer: Buyer, **form: object) -> Sale:
    """A tip that was paid, and all that follows."""
    way = start(storefront, buyer, **form)
    sale = Sale(way.order_id, storefront.ref_of(way.order_id), way.url)
    assert storefront.pay(sale) == "paid"
    storefront.return_from_payment(buyer, sale)
    storefront.drain()
    return sale


def page_of(storefront: Storefront) -> list[queries.PublicTip]:
    """What everybody reads on the producer's page."""
    with storefront.rt.read() as ctx:
        return queries.public_tips(ctx, storefront.producer.require_profile())


def webhooks(storefront: Storefront) -> dict[str, str]:
    """The subjects of all webhooks by address."""
    return {x.to: f"{x.subject}\n{x.text}" for x in storefront.rows(select(QueuedEmail))}


def test_a_guest_tips_and_everybody_hears_of_it(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = given(storefront, buyer, giver="Lena", message="So good,\nthank you", is_public=True)
    assert storefront.state(sale) == OrderStatus.PAID
    [item] = storefront.items(sale.order_id)
    assert (item.kind, item.state, item.price_minor, item.fee_minor) == (
        "tip", ItemStatus.GRANTED, 500, 50,
    )  # fmt: skip
    assert storefront.books() == {
        "stripe_pending": 500, "platform_fee": -50, "seller_payable:producer": -450,
    }  # fmt: skip
    written = webhooks(storefront)
    assert "Your tips from Indii" in written[buyer.email]
    assert "Tip: $5.00" in written[buyer.email]
    [seller] = [text for to, text in written.items() if to != buyer.email]
    assert seller.startswith("You got a tip: ")
    assert "Tip, from Lena: $4.50 for you “So good," in seller
    [shown] = page_of(storefront)
    assert (shown.giver, shown.amount, shown.message) == ("Lena", "$5.00", "So good,\nthank you")
    with storefront.rt.read(buyer.actor) as ctx:
        thanks = queries.thanks_page(ctx, sale.order_id)
        [order] = downloads_page(ctx).orders
    assert (thanks.amount, thanks.is_paid, thanks.is_public) == ("$5.00", True, True)
    assert [(x.label, x.note, x.files, x.page_href) for x in order.lines] == [
        ("Tip", "So good,\nthank you", [], "")
    ]
    with storefront.rt.read(storefront.producer) as ctx:
        sales = sales_page(ctx)
    [row] = sales.rows
    assert (row.label, row.buyer, row.receives_label, row.has_document) == (
        "Tip", "Lena", "$4.50", False,
    )  # fmt: skip
    assert (sales.total, sales.total_note) == ("1", "tip, free ones included")


def test_a_member_tips_for_a_recording_without_a_word(storefront: Storefront) -> None:
    buyer, recording = storefront.fan(), storefront.recording("Cold Harbour")
    with storefront.rt.read(buyer.actor) as ctx:
        [row] = queries.rows(ctx, [recording])
    sale = given(storefront, buyer, recording=row.slug, typed="7.50", is_public=True)
    [item] = storefront.items(sale.order_id)
    [tip] = storefront.rows(select(Tip))
    assert (item.title, item.price_minor) == ("Cold Harbour", 750)
    assert (tip.recording_id, tip.is_public, tip.giver) == (recording, False, "")
    assert page_of(storefront) == []
    assert "from somebody" in "".join(webhooks(storefront).values())


def test_a_private_message_is_for_the_producer_alone(storefront: Storefront) -> None:
    given(storefront, storefront.guest(), message="Just for you")
    assert page_of(storefront) == []
    with storefront.rt.read(storefront.producer) as ctx:
        assert [row.note for row in sales_page(ctx).rows] == ["Just for you"]


def test_a_refunded_tip_is_gone_from_page_and_books(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = given(storefront, buyer, message="Hello", is_public=True)
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=sale.order_id, reason="It was a slip of the finger.")
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.REFUNDED
    assert (storefront.books(), page_of(storefront)) == ({}, [])
    with storefront.rt.read(storefront.admin) as ctx:
        number = storefront.the_order(sale.order_id).number
        view = order_view(ctx, number)
        [row] = orders_page(ctx).rows
    assert [(x.label, x.state, x.document_label) for x in view.lines] == [("Tip", "refunded", "")]
    assert row.what == "1 tip"
    with storefront.rt.read(buyer.actor) as ctx:
        assert queries.thanks_page(ctx, sale.order_id).is_refunded


def test_neither_a_full_cart_nor_an_open_payment_stands_in_its_way(storefront: Storefront) -> None:
    buyer = storefront.guest()
    storefront.order(
        buyer, (storefront.recording(prices={"exclusive": 90_000}), "exclusive")
    )  # left open
    storefront.add_to_cart(buyer, storefront.recording("Other"))
    first = start(storefront, buyer)
    assert start(storefront, buyer) == first  # sent twice, one order
    second = start(storefront, buyer, typed="9")
    assert second.order_id != first.order_id
    sale = given(storefront, buyer, message="And one more")
    assert storefront.state(sale) == OrderStatus.PAID


def test_who_cannot_be_tipped(storefront: Storefront) -> None:
    buyer = storefront.guest()
    other = storefront.recording("Not theirs")
    with storefront.rt.read(SYSTEM) as ctx:
        [row] = queries.rows(ctx, [other])
    fan = make_fan(storefront.rt, "Only A Fan")
    with storefront.rt.read(SYSTEM) as ctx:
        listener = queries.find_public_profile(ctx, fan.require_profile())
    stranger = make_producer(storefront.rt, "Somebody Else")
    with storefront.rt.read(SYSTEM) as ctx:
        theirs = queries.find_public_profile(ctx, stranger.require_profile())
    assert listener is not None
    assert theirs is not None
    for form in (
        {"slug": "nobody-here"},
        {"slug": listener.slug},
        {"slug": theirs.slug, "recording": row.slug},
        {"recording": "no-such-recording"},
    ):
        with pytest.raises(NobodyToTip):
            start(storefront, buyer, **form)
    with pytest.raises(OwnTip):
        start(storefront, storefront.as_buyer(storefront.producer))
    with storefront.rt.write(SYSTEM) as write:
        write.db.get_one(Profile, stranger.require_profile()).closed_at = write.now
    with pytest.raises(NobodyToTip):
        start(storefront, buyer, slug=theirs.slug)


def test_without_payments_it_says_so(storefront: Storefront) -> None:
    storefront.rt.site = replace(storefront.rt.site, takes_payments=False)
    with pytest.raises(NoPaymentsHere):
        start(storefront, storefront.guest())
    with storefront.rt.read() as ctx:
        offer = queries.tip_offer(ctx, storefront.producer.require_profile())
        page = queries.tip_page(ctx, slug(storefront))
    assert (offer.choices, offer.href) == ((), "")
    assert "not set up" in offer.nothing
    assert offer.nothing == page.nothing


def test_nobody_is_offered_to_tip_themselves(storefront: Storefront) -> None:
    profile_id = storefront.producer.require_profile()
    with storefront.rt.read() as ctx:
        assert [c.label for c in queries.tip_offer(ctx, profile_id).choices] == [
            "$3.00", "$5.00", "$10.00",
        ]  # fmt: skip
    with storefront.rt.read(storefront.producer) as ctx:
        assert queries.tip_offer(ctx, profile_id) == queries.TipOffer()
        assert "your own" in queries.tip_page(ctx, slug(storefront)).nothing


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"amount": "1"}, "amount"),
        ({"message": "x" * 281}, "message"),
        ({"giver": "x" * 61}, "giver"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    storefront: Storefront, form: dict[str, str], field: str
) -> None:
    with pytest.raises(IndiiError) as refused:
        start(storefront, storefront.guest(), **form)
    assert refused.value.field == field


def test_tips_are_limited(storefront: Storefront) -> None:
    buyer = storefront.fan()
    for number in range(TIPS_PER_HOUR):
        start(storefront, buyer, typed=str(number + 1))
    with pytest.raises(TooManyAttempts):
        start(storefront, buyer, typed="99")


def test_a_tip_is_shown_to_nobody_else(storefront: Storefront) -> None:
    sale = given(storefront, storefront.guest())
    with storefront.rt.read(storefront.guest().actor) as ctx, pytest.raises(OrderNotFound):
        queries.thanks_page(ctx, sale.order_id)


def test_a_reported_message_is_removed_and_the_money_stays(storefront: Storefront) -> None:
    sale = given(storefront, storefront.guest(), message="Nasty words", is_public=True)
    [shown] = page_of(storefront)
    tip_id = UUID(shown.id)
    with storefront.rt.write(storefront.fan().actor) as ctx:
        file_report(
            ctx, kind="tip_message", subject_id=tip_id, reason="hate_or_violence", details=""
        )
    with storefront.rt.read(storefront.admin) as ctx:
        [thing] = report_queue(ctx).things
    assert (thing.kind, thing.text, thing.is_gone) == (
        "tip_message",
        "Somebody: Nasty words",
        False,
    )
    with storefront.rt.write(storefront.producer) as ctx, pytest.raises(NotAllowed):
        remove_tip_message(ctx, tip_id=tip_id, reason="No")
    with storefront.rt.write(storefront.admin) as ctx:
        remove_tip_message(ctx, tip_id=tip_id, reason="Hateful.")
    assert page_of(storefront) == []
    assert storefront.state(sale) == OrderStatus.PAID
    with storefront.rt.read(storefront.admin) as ctx:
        assert report_queue(ctx).things == ()
    with storefront.rt.read(storefront.producer) as ctx:
        assert [row.note for row in sales_page(ctx).rows] == [""]
    with storefront.rt.write(storefront.admin) as ctx, pytest.raises(TipGone):
        remove_tip_message(ctx, tip_id=tip_id, reason="Again.")


def test_a_guest_who_opens_an_account_finds_their_tips(storefront: Storefront) -> None:
    from indii.store.downloads.commands import claim_purchases

    member = storefront.fan()
    given(storefront, storefront.guest(member.email))
    verified = replace(member.actor, is_verified=True)
    with storefront.rt.write(verified) as ctx:
        assert claim_purchases(ctx) == 1
    with storefront.rt.read(verified) as ctx:
        assert downloads_page(ctx).total == "1 tip"
    assert storefront.rows(select(col(Tip.message))) == [""]
