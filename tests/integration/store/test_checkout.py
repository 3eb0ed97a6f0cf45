"""From the cart to the payment page and back: what may be bought, by whom, at which price."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.commands import set_terms
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import DEFAULTS, text_hash
from indii.catalog.access.models import DownloadPermission
from indii.catalog.recordings.commands import withdraw
from indii.catalog.recordings.enums import FileKind
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import IndiiError, TooManyAttempts
from indii.kernel.ids import new_id
from indii.ports.errors import PaymentError
from indii.store.checkout import commands, flows
from indii.store.checkout.errors import CartEmpty, CheckoutOpen
from indii.store.checkout.models import Cart
from indii.store.checkout.queries import lines_in_cart
from indii.store.licenses import commands as licenses
from indii.store.licenses.errors import (
    AlreadyOwned,
    CartFull,
    ContractChanged,
    ContractNotFound,
    NotAccepted,
    NotForSale,
    OwnRecording,
)
from indii.store.licenses.queries import cart_page, contract_in_cart
from indii.store.offers.commands import set_offers
from indii.store.offers.models import Offer
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import AmountTooSmall, MixedCurrencies, OrderNotFound
from indii.store.orders.flows import reconcile_delayed, reconcile_sessions
from indii.trust.refunds.commands import request_refund
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.factories.store import make_offers
from tests.paying import Buyer, Storefront


def page(storefront: Storefront, buyer: Buyer) -> object:
    """The cart as its owner sees it."""
    with storefront.rt.read(buyer.actor) as ctx:
        return cart_page(ctx, buyer.cart_token)


def in_cart(storefront: Storefront, buyer: Buyer) -> int:
    """How many licenses lie in a cart."""
    with storefront.rt.read(buyer.actor) as ctx:
        return lines_in_cart(ctx, buyer.cart_token)


# ------------------------------------------------------------------ what goes into a cart


def test_nobody_buys_their_own_or_what_is_not_offered(storefront: Storefront) -> None:
    recording = storefront.recording()
    with pytest.raises(OwnRecording):
        storefront.add_to_cart(storefront.as_buyer(storefront.producer), recording)
    buyer = storefront.guest()
    with pytest.raises(NotForSale):
        storefront.add_to_cart(buyer, recording, "exclusive")
    with pytest.raises(IndiiError):
        storefront.add_to_cart(buyer, recording, "no_such_tier")
    with pytest.raises(IndiiError):
        storefront.add_to_cart(buyer, new_id())
    with pytest.raises(IndiiError):
        storefront.add_to_cart(buyer, storefront.recording(is_live=False))
    with pytest.raises(IndiiError, match="cookies"):
        storefront.add_to_cart(replace(buyer, cart_token="short"), recording)
    assert in_cart(storefront, buyer) == 0


def test_another_tier_takes_the_place_and_must_be_read_again(storefront: Storefront) -> None:
    recording = storefront.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    storefront.add_to_cart(buyer, recording, "wav_lease")
    assert in_cart(storefront, buyer) == 1
    with pytest.raises(NotAccepted):
        storefront.start(buyer)
    storefront.accept_contracts(buyer)
    sale = storefront.order(buyer)
    assert [(x.tier, i.price_minor) for i, x in storefront.licenses(sale.order_id)] == [
        ("wav_lease", 4995)
    ]


def test_a_cart_has_room_for_so_many(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indii.store.licenses.rules.MAX_LINES", 2)
    buyer, first = storefront.guest(), storefront.recording()
    for recording in (first, storefront.recording()):
        storefront.add_to_cart(buyer, recording)
    with pytest.raises(CartFull):
        storefront.add_to_cart(buyer, storefront.recording())
    storefront.add_to_cart(buyer, first)


@pytest.mark.parametrize("name", ["", " ", "J", "12345", "\u202e\u202d", "x" * 130])
def test_a_contract_needs_somebody(storefront: Storefront, name: str) -> None:
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, storefront.recording())
    with pytest.raises(IndiiError) as refused:
        storefront.accept_contracts(buyer, name)
    assert refused.value.field == "licensee_name"
    with pytest.raises(IndiiError) as refused:
        storefront.start(buyer)
    assert refused.value.field == "licensee_name"


def test_a_line_may_have_a_licensee_of_its_own(storefront: Storefront) -> None:
    one, two, buyer = storefront.recording("One"), storefront.recording("Two"), storefront.guest()
    storefront.add_to_cart(buyer, one)
    storefront.add_to_cart(buyer, two)
    with storefront.rt.write(buyer.actor) as ctx:
        licenses.name_licensee(
            ctx, token=buyer.cart_token, name="Kai Records", alias="", recording_id=two
        )
    sale = storefront.order(buyer)
    names = {i.title: x.licensee_name for i, x in storefront.licenses(sale.order_id)}
    assert names == {"One": "Jo Lane", "Two": "Kai Records"}


def test_only_the_text_that_was_read_is_accepted(storefront: Storefront) -> None:
    recording, buyer = storefront.recording(), storefront.guest()
    storefront.add_to_cart(buyer, recording)
    with storefront.rt.write(buyer.actor) as ctx:
        licenses.name_licensee(ctx, token=buyer.cart_token, name="Jo Lane", alias="")
    with storefront.rt.write(buyer.actor) as ctx, pytest.raises(NotAccepted):
        licenses.accept_contract(
            ctx, token=buyer.cart_token, recording_id=recording, sha256="0" * 64
        )
    with pytest.raises(NotAccepted):
        storefront.start(buyer)


def read(storefront: Storefront, buyer: Buyer, recording: UUID, sha256: str) -> str:
    """The contract as somebody opens it in their cart."""
    with storefront.rt.read(buyer.actor) as ctx:
        return contract_in_cart(ctx, buyer.cart_token, recording_id=recording, sha256=sha256)


def test_the_text_that_is_opened_is_the_one_that_is_accepted_and_kept(
    storefront: Storefront,
) -> None:
    one, two, buyer = storefront.recording("One"), storefront.recording("Two"), storefront.guest()
    for recording in (one, two):
        storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    opened = {row.sha256: read(storefront, buyer, UUID(row.recording_id), row.sha256)
              for row in page(storefront, buyer).rows}  # fmt: skip
    assert all(text_hash(text) == sha256 for sha256, text in opened.items())
    assert ["Recording: One\n" in text for text in opened.values()] == [True, False]
    order_id = storefront.start(buyer).order_id
    kept = {line.contract_sha256: line.contract for _, line in storefront.licenses(order_id)}
    assert kept == opened


def test_a_text_that_is_another_one_now_is_not_shown_under_the_old_hash(
    storefront: Storefront,
) -> None:
    recording, buyer = storefront.recording(), storefront.guest()
    storefront.add_to_cart(buyer, recording)
    (old,) = page(storefront, buyer).rows
    make_offers(storefront.rt, storefront.producer, recording, mp3_lease=3995)
    with pytest.raises(ContractChanged):
        read(storefront, buyer, recording, old.sha256)
    (new,) = page(storefront, buyer).rows
    assert "39.95" in read(storefront, buyer, recording, new.sha256)
    make_offers(storefront.rt, storefront.producer, recording, wav_lease=3995)
    (gone,) = page(storefront, buyer).rows
    with pytest.raises(ContractNotFound):
        read(storefront, buyer, recording, gone.sha256)


def test_only_who_has_the_cart_reads_its_contracts(storefront: Storefront) -> None:
    recording = storefront.recording()
    for buyer in (storefront.guest(), storefront.fan()):
        storefront.add_to_cart(buyer, recording)
        storefront.accept_contracts(buyer, "Mara Lind")
        (row,) = page(storefront, buyer).rows
        assert "Mara Lind" in read(storefront, buyer, recording, row.sha256)
        # Also not to somebody with the same license in a cart of their own, nor to its producer.
        other = storefront.guest()
        storefront.add_to_cart(other, recording)
        nobody = replace(storefront.guest(), cart_token="")
        for stranger in (other, storefront.fan("Ines"), storefront.as_buyer(storefront.producer),
                         nobody):  # fmt: skip
            with pytest.raises((ContractNotFound, ContractChanged)):
                read(storefront, stranger, recording, row.sha256)


def test_what_changes_after_the_acceptance_must_be_read_again(storefront: Storefront) -> None:
    recording, buyer = storefront.recording(), storefront.guest()

    def dearer() -> None:
        make_offers(storefront.rt, storefront.producer, recording, mp3_lease=3995)

    def other_terms() -> None:
        with storefront.rt.write(storefront.producer) as ctx:
            terms = replace(DEFAULTS[LicenseTier.MP3_LEASE], streams_limit=77)
            set_terms(ctx, tier="mp3_lease", terms=terms)

    def other_name() -> None:
        with storefront.rt.write(buyer.actor) as ctx:
            licenses.name_licensee(ctx, token=buyer.cart_token, name="Bo Lane", alias="")

    def much_later() -> None:
        storefront.pass_time(days=4)

    storefront.add_to_cart(buyer, recording)
    for change in (dearer, other_terms, other_name, much_later):
        storefront.accept_contracts(buyer)
        change()
        with pytest.raises(NotAccepted):
            storefront.start(buyer)
    storefront.accept_contracts(buyer)
    assert [i.price_minor for i in storefront.items(storefront.order(buyer).order_id)] == [3995]


def test_what_is_gone_cannot_be_bought(storefront: Storefront) -> None:
    recording, other, buyer = (
        storefront.recording("Gone"),
        storefront.recording("There"),
        storefront.guest(),
    )
    storefront.add_to_cart(buyer, other)
    storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    with storefront.rt.write(storefront.producer) as ctx:
        withdraw(ctx, recording_id=recording)
    with pytest.raises(NotForSale, match="Gone"):
        storefront.start(buyer)
    with storefront.rt.write(buyer.actor) as ctx:
        licenses.remove_from_cart(ctx, token=buyer.cart_token, recording_id=recording)
    assert storefront.start(buyer).url


def test_below_the_least_charge_nothing_is_asked_for(storefront: Storefront) -> None:
    buyer = storefront.guest()
    recording = storefront.recording(prices={"mp3_lease": 50})
    with storefront.rt.write(SYSTEM) as ctx:
        offer = ctx.db.get_one(Offer, (recording, "mp3_lease"))
        offer.price_minor = 49
    storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    assert "start at" in page(storefront, buyer).blocked  # type: ignore[attr-defined]
    with pytest.raises(AmountTooSmall):
        storefront.start(buyer)
    storefront.add_to_cart(buyer, storefront.recording())
    storefront.accept_contracts(buyer)
    assert storefront.start(buyer).url


def test_one_order_has_one_currency(storefront: Storefront) -> None:
    buyer, euro = storefront.guest(), storefront.recording("Euro")
    with storefront.rt.write(storefront.producer) as ctx:
        set_offers(ctx, recording_id=euro, prices={LicenseTier.MP3_LEASE: 1500}, currency="EUR")
    storefront.add_to_cart(buyer, euro)
    storefront.add_to_cart(buyer, storefront.recording("Dollar"))
    storefront.accept_contracts(buyer)
    with pytest.raises(MixedCurrencies, match="currencies"):
        storefront.start(buyer)
    with storefront.rt.write(buyer.actor) as ctx:
        licenses.remove_from_cart(ctx, token=buyer.cart_token, recording_id=euro)
    assert storefront.start(buyer).url


def test_an_order_takes_one_exclusive_license(storefront: Storefront) -> None:
    buyer = storefront.guest()
    for title in ("One", "Two"):
        storefront.add_to_cart(
            buyer, storefront.recording(title, prices={"exclusive": 50_000}), "exclusive"
        )
    storefront.accept_contracts(buyer)
    assert "one exclusive" in page(storefront, buyer).blocked  # type: ignore[attr-defined]
    with pytest.raises(CartFull, match="one exclusive"):
        storefront.start(buyer)


def test_an_empty_cart_leads_nowhere(storefront: Storefront) -> None:
    buyer = storefront.guest()
    with pytest.raises(CartEmpty):
        storefront.start(buyer)
    with pytest.raises(CartEmpty):
        storefront.accept_contracts(buyer)


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@example.com", "x@example.com\r\nBcc:y"]
)
def test_a_guest_needs_an_address(storefront: Storefront, email: str) -> None:
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, storefront.recording())
    storefront.accept_contracts(buyer)
    with pytest.raises(IndiiError) as refused:
        storefront.start(replace(buyer, email=email))
    assert refused.value.field == "email"


# ------------------------------------------------------------------ what was bought before


def test_the_same_license_is_not_sold_twice_to_one_person(storefront: Storefront) -> None:
    recording = storefront.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    fan, guest = storefront.fan(), storefront.guest("jo@example.com")
    storefront.bought(fan, recording)
    storefront.bought(guest, recording)
    for buyer in (fan, guest):
        with pytest.raises(AlreadyOwned):
            storefront.add_to_cart(buyer, recording)
        storefront.add_to_cart(buyer, recording, "wav_lease")
    elsewhere = storefront.guest("jo@example.com")
    storefront.add_to_cart(elsewhere, recording)
    storefront.accept_contracts(elsewhere)
    with pytest.raises(AlreadyOwned, match=r"jo@example\.com"):
        storefront.start(elsewhere)


def test_a_refunded_license_can_be_bought_again(storefront: Storefront) -> None:
    recording, fan = storefront.recording(), storefront.fan()
    first = storefront.bought(fan, recording)
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=first.order_id, reason="By mistake")
    storefront.work()
    second = storefront.bought(fan, recording)
    assert (storefront.state(first), storefront.state(second)) == (
        OrderStatus.REFUNDED,
        OrderStatus.PAID,
    )


# ------------------------------------------------------------------ the order


def test_an_order_is_frozen(storefront: Storefront) -> None:
    recording, buyer = storefront.recording(prices={"wav_lease": 4995}), storefront.guest()
    sale = storefront.order(buyer, (recording, "wav_lease"))
    [before] = storefront.items(sale.order_id)
    make_offers(storefront.rt, storefront.producer, recording, wav_lease=9995)
    with storefront.rt.write(storefront.producer) as ctx:
        set_terms(
            ctx, tier="wav_lease",
            terms=replace(DEFAULTS[LicenseTier.WAV_LEASE], streams_limit=1),
        )  # fmt: skip
        withdraw(ctx, recording_id=recording)
    storefront.pay(sale)
    storefront.return_from_payment(buyer, sale)
    [after] = storefront.items(sale.order_id)
    assert after.model_dump() == before.model_dump() | {"state": ItemStatus.GRANTED}
    assert (after.price_minor, after.fee_minor) == (4995, 499)
    assert storefront.the_order(sale.order_id).total_minor == 4995


def test_pressing_twice_leads_to_one_payment_page(storefront: Storefront) -> None:
    buyer, recording = storefront.guest(), storefront.recording()
    sale = storefront.order(buyer, recording)
    again = storefront.start(buyer)
    assert (again.order_id, again.url) == (sale.order_id, sale.url)
    assert len(storefront.net.client.v1.checkout.sessions.list().data) == 1
    session = storefront.net.client.v1.checkout.sessions.retrieve(sale.ref)
    assert (session.amount_total, session.currency) == (2995, "usd")
    assert (session.client_reference_id, session.metadata["order_id"]) == (
        str(sale.order_id), str(sale.order_id),
    )  # fmt: skip
    assert session.customer_email == buyer.email


def test_a_changed_cart_ends_the_open_payment(storefront: Storefront) -> None:
    buyer, one, two = storefront.guest(), storefront.recording("One"), storefront.recording("Two")
    first = storefront.order(buyer, one)
    second = storefront.order(buyer, two)
    assert first.order_id != second.order_id
    assert storefront.state(first) == OrderStatus.CANCELED
    assert storefront.net.client.v1.checkout.sessions.retrieve(first.ref).status == "expired"
    assert storefront.pay(first) == "not_open"
    storefront.pay(second)
    storefront.drain()
    assert storefront.state(second) == OrderStatus.PAID
    assert in_cart(storefront, buyer) == 0


def test_a_changed_cart_that_was_paid_a_moment_before_is_not_paid_again(
    storefront: Storefront,
) -> None:
    buyer, one, two = storefront.guest(), storefront.recording("One"), storefront.recording("Two")
    first = storefront.order(buyer, one)
    storefront.add_to_cart(buyer, two)
    storefront.accept_contracts(buyer)
    storefront.pay(first)
    with pytest.raises(CheckoutOpen):
        storefront.start(buyer)
    assert storefront.state(first) == OrderStatus.PAID
    storefront.drain()
    assert in_cart(storefront, buyer) == 1
    assert storefront.start(buyer).order_id != first.order_id


def test_a_tier_changed_while_the_other_is_paid_stays_in_the_cart(storefront: Storefront) -> None:
    buyer = storefront.guest()
    recording = storefront.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    sale = storefront.order(buyer, recording)
    storefront.add_to_cart(buyer, recording, "wav_lease")
    storefront.pay(sale)
    storefront.return_from_payment(buyer, sale)
    storefront.drain()
    assert [row.tier for row in page(storefront, buyer).rows] == ["wav_lease"]  # type: ignore[attr-defined]


def test_leaving_ends_the_payment(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    assert "Nothing was charged" in flows.abandon_checkout(
        storefront.rt, buyer.actor, token=buyer.cart_token
    )
    assert storefront.state(sale) == OrderStatus.CANCELED
    assert storefront.pay(sale) == "not_open"
    assert "No payment is open" in flows.abandon_checkout(
        storefront.rt, buyer.actor, token=buyer.cart_token
    )
    assert storefront.start(buyer).order_id != sale.order_id


def test_leaving_after_the_payment_says_that_it_was_paid(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    storefront.pay(sale)
    said = flows.abandon_checkout(storefront.rt, buyer.actor, token=buyer.cart_token)
    assert said.startswith("Thank you.")
    assert storefront.state(sale) == OrderStatus.PAID


def test_an_expired_payment_page_is_replaced(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    storefront.pass_time(minutes=32)
    again = storefront.start(buyer)
    assert again.order_id != sale.order_id
    assert storefront.state(sale) == OrderStatus.CANCELED
    assert storefront.pay(storefront.ref_of(again.order_id)) == "paid"


def test_an_expired_session_ends_its_order(storefront: Storefront) -> None:
    by_word, by_sweep = (
        storefront.order(storefront.guest(), storefront.recording()) for _ in range(2)
    )
    storefront.pass_time(minutes=32)
    webhooks = storefront.webhooks()
    storefront.receive_webhooks(
        [x for x in webhooks if x.event["data"]["object"]["id"] == by_word.ref]
    )
    storefront.process_inbox()
    assert (storefront.state(by_word), storefront.state(by_sweep)) == (
        OrderStatus.CANCELED, OrderStatus.AWAITING_PAYMENT,
    )  # fmt: skip
    assert reconcile_sessions(storefront.rt) == 0
    storefront.pass_time(minutes=2)
    assert reconcile_sessions(storefront.rt) == 1
    assert storefront.state(by_sweep) == OrderStatus.CANCELED
    assert reconcile_sessions(storefront.rt) == 0


def test_checkouts_are_limited(storefront: Storefront) -> None:
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, storefront.recording())
    for _ in range(flows.CHECKOUTS_PER_HOUR):
        with pytest.raises(IndiiError):
            storefront.start(buyer)
    with pytest.raises(TooManyAttempts):
        storefront.start(buyer)


# ------------------------------------------------------------------ free


def test_a_free_order_needs_no_network(storefront: Storefront) -> None:
    recording, buyer = storefront.recording(prices={"mp3_lease": 0}), storefront.guest()
    storefront.net.control("faults", kind="error_503", times=1000)
    sale = storefront.order(buyer, recording)
    storefront.work()
    assert (sale.ref, sale.url) == ("", "")
    order = storefront.the_order(sale.order_id)
    assert (order.state, order.total_minor, order.payment_ref) == (OrderStatus.PAID, 0, "")
    assert [i.state for i in storefront.items(sale.order_id)] == [ItemStatus.GRANTED]
    assert storefront.books() == {}
    assert in_cart(storefront, buyer) == 0


def test_a_free_order_that_a_crash_left_behind_is_ended(storefront: Storefront) -> None:
    recording, buyer = storefront.recording(prices={"mp3_lease": 0}), storefront.guest()
    storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    with storefront.rt.write(buyer.actor) as ctx:
        placed = commands.place_order(
            ctx, token=buyer.cart_token, email=buyer.email, buyer_hash=buyer.buyer_hash
        )
    assert placed.is_free
    reconcile_delayed(storefront.rt)
    assert storefront.the_order(placed.order_id).state == OrderStatus.AWAITING_PAYMENT
    storefront.pass_time(minutes=40)
    reconcile_delayed(storefront.rt)
    assert storefront.the_order(placed.order_id).state == OrderStatus.CANCELED
    assert storefront.state(storefront.order(buyer)) == OrderStatus.PAID


def test_free_and_paid_lines_go_together(storefront: Storefront) -> None:
    free, paid = storefront.recording("Free", prices={"mp3_lease": 0}), storefront.recording("Paid")
    buyer = storefront.guest()
    sale = storefront.bought(buyer, free, paid)
    assert {i.title: i.state for i in storefront.items(sale.order_id)} == {
        "Free": ItemStatus.GRANTED, "Paid": ItemStatus.GRANTED,
    }  # fmt: skip
    lines = storefront.net.client.v1.checkout.sessions.line_items.list(sale.ref).data
    assert [line.description for line in lines] == ["Paid"]


# ------------------------------------------------------------------ whose cart, whose order


def test_a_guests_cart_comes_along_into_the_account(storefront: Storefront) -> None:
    both, one, own = (storefront.recording(title) for title in ("Both", "One", "Own"))
    guest, fan = storefront.guest(), storefront.fan()
    for recording in (both, one):
        storefront.add_to_cart(guest, recording)
    storefront.accept_contracts(guest)
    for recording in (both, own):
        storefront.add_to_cart(fan, recording)
    with storefront.rt.write(fan.actor) as ctx:
        commands.merge_guest_cart(ctx, token=guest.cart_token)
    rows = page(storefront, fan).rows  # type: ignore[attr-defined]
    assert sorted(row.title for row in rows) == ["Both", "One", "Own"]
    assert in_cart(storefront, guest) == 0
    with storefront.rt.write(fan.actor) as ctx:
        commands.merge_guest_cart(ctx, token=guest.cart_token)
    assert in_cart(storefront, fan) == 3


def test_nobody_brings_back_somebody_elses_payment(storefront: Storefront) -> None:
    buyer, stranger, fan = storefront.guest(), storefront.guest(), storefront.fan()
    sale = storefront.order(buyer, storefront.recording())
    storefront.pay(sale)
    for other in (stranger, fan, replace(buyer, actor=NOBODY)):
        with pytest.raises(OrderNotFound):
            storefront.return_from_payment(other, sale)
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT
    for ref in ("", "cs_test_nobody", "x" * 300):
        with pytest.raises(OrderNotFound):
            flows.finish_checkout(storefront.rt, buyer.actor, session_ref=ref)
    assert storefront.return_from_payment(buyer, sale).startswith(
        "Thank you. Your purchase is here"
    )


def test_coming_back_without_having_paid_says_nothing(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    assert storefront.return_from_payment(buyer, sale) == ""
    assert storefront.pay(sale, card="4000000000000002") == "declined"
    assert storefront.return_from_payment(buyer, sale) == ""
    storefront.pass_time(minutes=32)
    assert storefront.return_from_payment(buyer, sale) == ""
    assert storefront.state(sale) == OrderStatus.CANCELED


def test_a_declined_card_can_be_followed_by_another(storefront: Storefront) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording())
    assert storefront.pay(sale, card="4000000000009995") == "declined"
    assert storefront.start(buyer).url == sale.url
    assert storefront.pay(sale) == "paid"
    assert storefront.return_from_payment(buyer, sale)
    assert storefront.state(sale) == OrderStatus.PAID


def test_a_network_that_is_down_leaves_everything_as_it_was(storefront: Storefront) -> None:
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, storefront.recording())
    storefront.accept_contracts(buyer)
    storefront.net.control("faults", kind="error_503", path="/v1/checkout/sessions", times=2)
    with pytest.raises(PaymentError) as failed:
        storefront.start(buyer)
    assert failed.value.retryable
    way = storefront.start(buyer)
    assert storefront.pay(storefront.ref_of(way.order_id)) == "paid"
    assert len(storefront.net.client.v1.checkout.sessions.list().data) == 1


def test_a_made_mp3_does_not_give_the_master_away(storefront: Storefront) -> None:
    """An MP3 lease of what was uploaded as WAV: the contract and the downloads name one MP3."""
    buyer, recording = storefront.guest(), storefront.recording(master=FileKind.MAIN_WAV)
    sale = storefront.bought(buyer, recording)
    [(item, line)] = storefront.licenses(sale.order_id)
    assert ".wav" not in line.contract
    kinds = storefront.rows(
        select(col(DownloadPermission.kind)).where(col(DownloadPermission.granted_for) == item.id)
    )
    assert list(kinds) == [FileKind.MADE_MP3]


def test_two_producers_are_paid_from_one_order(storefront: Storefront) -> None:
    other = make_producer(storefront.rt, "Cy Lund")
    theirs = make_recording(storefront.rt, other, title="Theirs", prices={"mp3_lease": 1001})
    sale = storefront.bought(
        storefront.guest(), storefront.recording(prices={"mp3_lease": 999}), theirs
    )
    assert storefront.books() == {
        "stripe_pending": 2000, "platform_fee": -199, "seller_payable:producer": -900,
        f"seller_payable:{other.profile_id}": -901,
    }  # fmt: skip
    assert len(storefront.jobs("store.write_receipt")) == 1
    assert len(storefront.jobs("sale_email")) == 2, "one a producer"
    assert [s.state for s in storefront.sessions(sale.order_id)] == [SessionStatus.PAID]


def test_a_cart_is_kept_for_two_months(storefront: Storefront) -> None:
    guest, fan = storefront.guest(), storefront.fan()
    for buyer in (guest, fan):
        storefront.add_to_cart(buyer, storefront.recording())
    storefront.clock.move(days=61)
    with storefront.rt.write(SYSTEM) as ctx:
        assert commands.delete_old_carts(ctx) == 1
    assert (in_cart(storefront, guest), in_cart(storefront, fan)) == (0, 1)


def test_a_token_is_stored_as_its_hash(storefront: Storefront) -> None:
    buyer = storefront.guest()
    storefront.order(buyer, storefront.recording())
    hashes: list[str] = list(storefront.rows(select(col(Cart.token_hash))))
    assert buyer.cart_token not in hashes
    assert all(len(found) == 64 for found in hashes)


def test_orders_have_different_numbers(storefront: Storefront) -> None:
    recording = storefront.recording()
    numbers = {
        storefront.the_order(storefront.order(storefront.guest(), recording).order_id).number
        for _ in range(5)
    }
    assert len(numbers) == 5
    assert all(len(number) == 12 and number.startswith("IN-") for number in numbers)


def test_ids_are_hostile(storefront: Storefront) -> None:
    buyer, stranger = storefront.guest(), storefront.guest()
    recording = storefront.recording()
    storefront.add_to_cart(buyer, recording)
    storefront.accept_contracts(buyer)
    with storefront.rt.write(stranger.actor) as ctx:
        licenses.remove_from_cart(ctx, token=stranger.cart_token, recording_id=recording)
        with pytest.raises(CartEmpty):
            licenses.accept_contract(
                ctx, token=stranger.cart_token, recording_id=recording, sha256="0" * 64
            )
    assert in_cart(storefront, buyer) == 1
    assert isinstance(storefront.start(buyer).order_id, UUID)
