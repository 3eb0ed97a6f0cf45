"""From the cart to the payment page and back: what may be bought, by whom, at which price."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.commands import set_terms
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import DEFAULTS
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
    NotAccepted,
    NotForSale,
    OwnRecording,
)
from indii.store.licenses.queries import cart_page
from indii.store.offers.commands import set_offers
from indii.store.offers.models import Offer
from indii.store.orders.enums import ItemState, OrderState, SessionState
from indii.store.orders.errors import AmountTooSmall, MixedCurrencies, OrderNotFound
from indii.store.orders.flows import sweep_sessions, sweep_slowly, work_inbox
from indii.trust.refunds.commands import ask_refund
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.factories.store import make_offers
from tests.paying import Buyer, Till


def page(till: Till, buyer: Buyer) -> object:
    """The cart as its owner sees it."""
    with till.rt.read(buyer.actor) as ctx:
        return cart_page(ctx, buyer.cart_token)


def in_cart(till: Till, buyer: Buyer) -> int:
    """How many licenses lie in a cart."""
    with till.rt.read(buyer.actor) as ctx:
        return lines_in_cart(ctx, buyer.cart_token)


# ------------------------------------------------------------------ what goes into a cart


def test_nobody_buys_their_own_or_what_is_not_offered(till: Till) -> None:
    recording = till.recording()
    with pytest.raises(OwnRecording):
        till.put(till.as_buyer(till.producer), recording)
    buyer = till.guest()
    with pytest.raises(NotForSale):
        till.put(buyer, recording, "exclusive")
    with pytest.raises(IndiiError):
        till.put(buyer, recording, "no_such_tier")
    with pytest.raises(IndiiError):
        till.put(buyer, new_id())
    with pytest.raises(IndiiError):
        till.put(buyer, till.recording(is_live=False))
    with pytest.raises(IndiiError, match="cookies"):
        till.put(replace(buyer, cart_token="short"), recording)
    assert in_cart(till, buyer) == 0


def test_another_tier_takes_the_place_and_must_be_read_again(till: Till) -> None:
    recording = till.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    buyer = till.guest()
    till.put(buyer, recording)
    till.sign(buyer)
    till.put(buyer, recording, "wav_lease")
    assert in_cart(till, buyer) == 1
    with pytest.raises(NotAccepted):
        till.start(buyer)
    till.sign(buyer)
    sale = till.order(buyer)
    assert [(x.tier, i.price_minor) for i, x in till.licenses(sale.order_id)] == [
        ("wav_lease", 4995)
    ]


def test_a_cart_has_room_for_so_many(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indii.store.licenses.rules.MOST_LINES", 2)
    buyer, first = till.guest(), till.recording()
    for recording in (first, till.recording()):
        till.put(buyer, recording)
    with pytest.raises(CartFull):
        till.put(buyer, till.recording())
    till.put(buyer, first)


@pytest.mark.parametrize("name", ["", " ", "J", "12345", "\u202e\u202d", "x" * 130])
def test_a_contract_needs_somebody(till: Till, name: str) -> None:
    buyer = till.guest()
    till.put(buyer, till.recording())
    with pytest.raises(IndiiError) as refused:
        till.sign(buyer, name)
    assert refused.value.field == "licensee_name"
    with pytest.raises(IndiiError) as refused:
        till.start(buyer)
    assert refused.value.field == "licensee_name"


def test_a_line_may_have_a_licensee_of_its_own(till: Till) -> None:
    one, two, buyer = till.recording("One"), till.recording("Two"), till.guest()
    till.put(buyer, one)
    till.put(buyer, two)
    with till.rt.write(buyer.actor) as ctx:
        licenses.name_licensee(
            ctx, token=buyer.cart_token, name="Kai Records", alias="", recording_id=two
        )
    sale = till.order(buyer)
    names = {i.title: x.licensee_name for i, x in till.licenses(sale.order_id)}
    assert names == {"One": "Jo Lane", "Two": "Kai Records"}


def test_only_the_text_that_was_read_is_accepted(till: Till) -> None:
    recording, buyer = till.recording(), till.guest()
    till.put(buyer, recording)
    with till.rt.write(buyer.actor) as ctx:
        licenses.name_licensee(ctx, token=buyer.cart_token, name="Jo Lane", alias="")
    with till.rt.write(buyer.actor) as ctx, pytest.raises(NotAccepted):
        licenses.accept_contract(
            ctx, token=buyer.cart_token, recording_id=recording, sha256="0" * 64
        )
    with pytest.raises(NotAccepted):
        till.start(buyer)


def test_what_changes_after_the_acceptance_must_be_read_again(till: Till) -> None:
    recording, buyer = till.recording(), till.guest()

    def dearer() -> None:
        make_offers(till.rt, till.producer, recording, mp3_lease=3995)

    def other_terms() -> None:
        with till.rt.write(till.producer) as ctx:
            terms = replace(DEFAULTS[LicenseTier.MP3_LEASE], streams_limit=77)
            set_terms(ctx, tier="mp3_lease", terms=terms)

    def other_name() -> None:
        with till.rt.write(buyer.actor) as ctx:
            licenses.name_licensee(ctx, token=buyer.cart_token, name="Bo Lane", alias="")

    def much_later() -> None:
        till.pass_time(days=4)

    till.put(buyer, recording)
    for change in (dearer, other_terms, other_name, much_later):
        till.sign(buyer)
        change()
        with pytest.raises(NotAccepted):
            till.start(buyer)
    till.sign(buyer)
    assert [i.price_minor for i in till.items(till.order(buyer).order_id)] == [3995]


def test_what_is_gone_cannot_be_bought(till: Till) -> None:
    recording, other, buyer = till.recording("Gone"), till.recording("There"), till.guest()
    till.put(buyer, other)
    till.put(buyer, recording)
    till.sign(buyer)
    with till.rt.write(till.producer) as ctx:
        withdraw(ctx, recording_id=recording)
    with pytest.raises(NotForSale, match="Gone"):
        till.start(buyer)
    with till.rt.write(buyer.actor) as ctx:
        licenses.remove_from_cart(ctx, token=buyer.cart_token, recording_id=recording)
    assert till.start(buyer).url


def test_below_the_least_charge_nothing_is_asked_for(till: Till) -> None:
    buyer = till.guest()
    recording = till.recording(prices={"mp3_lease": 50})
    with till.rt.write(SYSTEM) as ctx:
        offer = ctx.db.get_one(Offer, (recording, "mp3_lease"))
        offer.price_minor = 49
    till.put(buyer, recording)
    till.sign(buyer)
    assert "start at" in page(till, buyer).blocked  # type: ignore[attr-defined]
    with pytest.raises(AmountTooSmall):
        till.start(buyer)
    till.put(buyer, till.recording())
    till.sign(buyer)
    assert till.start(buyer).url


def test_one_order_has_one_currency(till: Till) -> None:
    buyer, euro = till.guest(), till.recording("Euro")
    with till.rt.write(till.producer) as ctx:
        set_offers(ctx, recording_id=euro, prices={LicenseTier.MP3_LEASE: 1500}, currency="EUR")
    till.put(buyer, euro)
    till.put(buyer, till.recording("Dollar"))
    till.sign(buyer)
    with pytest.raises(MixedCurrencies, match="currencies"):
        till.start(buyer)
    with till.rt.write(buyer.actor) as ctx:
        licenses.remove_from_cart(ctx, token=buyer.cart_token, recording_id=euro)
    assert till.start(buyer).url


def test_an_order_takes_one_exclusive_license(till: Till) -> None:
    buyer = till.guest()
    for title in ("One", "Two"):
        till.put(buyer, till.recording(title, prices={"exclusive": 50_000}), "exclusive")
    till.sign(buyer)
    assert "one exclusive" in page(till, buyer).blocked  # type: ignore[attr-defined]
    with pytest.raises(CartFull, match="one exclusive"):
        till.start(buyer)


def test_an_empty_cart_leads_nowhere(till: Till) -> None:
    buyer = till.guest()
    with pytest.raises(CartEmpty):
        till.start(buyer)
    with pytest.raises(CartEmpty):
        till.sign(buyer)


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@example.com", "x@example.com\r\nBcc:y"]
)
def test_a_guest_needs_an_address(till: Till, email: str) -> None:
    buyer = till.guest()
    till.put(buyer, till.recording())
    till.sign(buyer)
    with pytest.raises(IndiiError) as refused:
        till.start(replace(buyer, email=email))
    assert refused.value.field == "email"


# ------------------------------------------------------------------ what was bought before


def test_the_same_license_is_not_sold_twice_to_one_person(till: Till) -> None:
    recording = till.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    fan, guest = till.fan(), till.guest("jo@example.com")
    till.bought(fan, recording)
    till.bought(guest, recording)
    for buyer in (fan, guest):
        with pytest.raises(AlreadyOwned):
            till.put(buyer, recording)
        till.put(buyer, recording, "wav_lease")
    elsewhere = till.guest("jo@example.com")
    till.put(elsewhere, recording)
    till.sign(elsewhere)
    with pytest.raises(AlreadyOwned, match=r"jo@example\.com"):
        till.start(elsewhere)


def test_a_refunded_license_can_be_bought_again(till: Till) -> None:
    recording, fan = till.recording(), till.fan()
    first = till.bought(fan, recording)
    with till.rt.write(till.admin) as ctx:
        ask_refund(ctx, order_id=first.order_id, reason="By mistake")
    till.work()
    second = till.bought(fan, recording)
    assert (till.state(first), till.state(second)) == (OrderState.REFUNDED, OrderState.PAID)


# ------------------------------------------------------------------ the order


def test_an_order_is_frozen(till: Till) -> None:
    recording, buyer = till.recording(prices={"wav_lease": 4995}), till.guest()
    sale = till.order(buyer, (recording, "wav_lease"))
    [before] = till.items(sale.order_id)
    make_offers(till.rt, till.producer, recording, wav_lease=9995)
    with till.rt.write(till.producer) as ctx:
        set_terms(
            ctx, tier="wav_lease",
            terms=replace(DEFAULTS[LicenseTier.WAV_LEASE], streams_limit=1),
        )  # fmt: skip
        withdraw(ctx, recording_id=recording)
    till.pay(sale)
    till.come_back(buyer, sale)
    [after] = till.items(sale.order_id)
    assert after.model_dump() == before.model_dump() | {"state": ItemState.GRANTED}
    assert (after.price_minor, after.fee_minor) == (4995, 499)
    assert till.the_order(sale.order_id).total_minor == 4995


def test_pressing_twice_leads_to_one_payment_page(till: Till) -> None:
    buyer, recording = till.guest(), till.recording()
    sale = till.order(buyer, recording)
    again = till.start(buyer)
    assert (again.order_id, again.url) == (sale.order_id, sale.url)
    assert len(till.net.client.v1.checkout.sessions.list().data) == 1
    session = till.net.client.v1.checkout.sessions.retrieve(sale.ref)
    assert (session.amount_total, session.currency) == (2995, "usd")
    assert (session.client_reference_id, session.metadata["order_id"]) == (
        str(sale.order_id), str(sale.order_id),
    )  # fmt: skip
    assert session.customer_email == buyer.email


def test_a_changed_cart_ends_the_open_payment(till: Till) -> None:
    buyer, one, two = till.guest(), till.recording("One"), till.recording("Two")
    first = till.order(buyer, one)
    second = till.order(buyer, two)
    assert first.order_id != second.order_id
    assert till.state(first) == OrderState.CANCELED
    assert till.net.client.v1.checkout.sessions.retrieve(first.ref).status == "expired"
    assert till.pay(first) == "not_open"
    till.pay(second)
    till.settle_down()
    assert till.state(second) == OrderState.PAID
    assert in_cart(till, buyer) == 0


def test_a_changed_cart_that_was_paid_a_moment_before_is_not_paid_again(till: Till) -> None:
    buyer, one, two = till.guest(), till.recording("One"), till.recording("Two")
    first = till.order(buyer, one)
    till.put(buyer, two)
    till.sign(buyer)
    till.pay(first)
    with pytest.raises(CheckoutOpen):
        till.start(buyer)
    assert till.state(first) == OrderState.PAID
    till.settle_down()
    assert in_cart(till, buyer) == 1
    assert till.start(buyer).order_id != first.order_id


def test_a_tier_changed_while_the_other_is_paid_stays_in_the_cart(till: Till) -> None:
    buyer = till.guest()
    recording = till.recording(prices={"mp3_lease": 2995, "wav_lease": 4995})
    sale = till.order(buyer, recording)
    till.put(buyer, recording, "wav_lease")
    till.pay(sale)
    till.come_back(buyer, sale)
    till.settle_down()
    assert [row.tier for row in page(till, buyer).rows] == ["wav_lease"]  # type: ignore[attr-defined]


def test_leaving_ends_the_payment(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    assert "Nothing was charged" in flows.leave_checkout(
        till.rt, buyer.actor, token=buyer.cart_token
    )
    assert till.state(sale) == OrderState.CANCELED
    assert till.pay(sale) == "not_open"
    assert "No payment is open" in flows.leave_checkout(
        till.rt, buyer.actor, token=buyer.cart_token
    )
    assert till.start(buyer).order_id != sale.order_id


def test_leaving_after_the_payment_says_that_it_was_paid(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    till.pay(sale)
    said = flows.leave_checkout(till.rt, buyer.actor, token=buyer.cart_token)
    assert said.startswith("Thank you.")
    assert till.state(sale) == OrderState.PAID


def test_an_expired_payment_page_is_replaced(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    till.pass_time(minutes=32)
    again = till.start(buyer)
    assert again.order_id != sale.order_id
    assert till.state(sale) == OrderState.CANCELED
    assert till.pay(till.ref_of(again.order_id)) == "paid"


def test_an_expired_session_ends_its_order(till: Till) -> None:
    by_word, by_sweep = (till.order(till.guest(), till.recording()) for _ in range(2))
    till.pass_time(minutes=32)
    letters = till.letters()
    till.take_in([x for x in letters if x.event["data"]["object"]["id"] == by_word.ref])
    work_inbox(till.rt)
    assert (till.state(by_word), till.state(by_sweep)) == (
        OrderState.CANCELED, OrderState.AWAITING_PAYMENT,
    )  # fmt: skip
    assert sweep_sessions(till.rt) == 0
    till.pass_time(minutes=2)
    assert sweep_sessions(till.rt) == 1
    assert till.state(by_sweep) == OrderState.CANCELED
    assert sweep_sessions(till.rt) == 0


def test_checkouts_are_limited(till: Till) -> None:
    buyer = till.guest()
    till.put(buyer, till.recording())
    for _ in range(flows.CHECKOUTS_PER_HOUR):
        with pytest.raises(IndiiError):
            till.start(buyer)
    with pytest.raises(TooManyAttempts):
        till.start(buyer)


# ------------------------------------------------------------------ free


def test_a_free_order_needs_no_network(till: Till) -> None:
    recording, buyer = till.recording(prices={"mp3_lease": 0}), till.guest()
    till.net.control("faults", kind="error_503", times=1000)
    sale = till.order(buyer, recording)
    till.work()
    assert (sale.ref, sale.url) == ("", "")
    order = till.the_order(sale.order_id)
    assert (order.state, order.total_minor, order.payment_ref) == (OrderState.PAID, 0, "")
    assert [i.state for i in till.items(sale.order_id)] == [ItemState.GRANTED]
    assert till.books() == {}
    assert in_cart(till, buyer) == 0


def test_a_free_order_that_a_crash_left_behind_is_ended(till: Till) -> None:
    recording, buyer = till.recording(prices={"mp3_lease": 0}), till.guest()
    till.put(buyer, recording)
    till.sign(buyer)
    with till.rt.write(buyer.actor) as ctx:
        placed = commands.place_order(
            ctx, token=buyer.cart_token, email=buyer.email, buyer_hash=buyer.buyer_hash, fee_bps=0
        )
    assert placed.is_free
    sweep_slowly(till.rt)
    assert till.the_order(placed.order_id).state == OrderState.AWAITING_PAYMENT
    till.pass_time(minutes=40)
    sweep_slowly(till.rt)
    assert till.the_order(placed.order_id).state == OrderState.CANCELED
    assert till.state(till.order(buyer)) == OrderState.PAID


def test_free_and_paid_lines_go_together(till: Till) -> None:
    free, paid = till.recording("Free", prices={"mp3_lease": 0}), till.recording("Paid")
    buyer = till.guest()
    sale = till.bought(buyer, free, paid)
    assert {i.title: i.state for i in till.items(sale.order_id)} == {
        "Free": ItemState.GRANTED, "Paid": ItemState.GRANTED,
    }  # fmt: skip
    lines = till.net.client.v1.checkout.sessions.line_items.list(sale.ref).data
    assert [line.description for line in lines] == ["Paid"]


# ------------------------------------------------------------------ whose cart, whose order


def test_a_guests_cart_comes_along_into_the_account(till: Till) -> None:
    both, one, own = (till.recording(title) for title in ("Both", "One", "Own"))
    guest, fan = till.guest(), till.fan()
    for recording in (both, one):
        till.put(guest, recording)
    till.sign(guest)
    for recording in (both, own):
        till.put(fan, recording)
    with till.rt.write(fan.actor) as ctx:
        commands.adopt_cart(ctx, token=guest.cart_token)
    rows = page(till, fan).rows  # type: ignore[attr-defined]
    assert sorted(row.title for row in rows) == ["Both", "One", "Own"]
    assert in_cart(till, guest) == 0
    with till.rt.write(fan.actor) as ctx:
        commands.adopt_cart(ctx, token=guest.cart_token)
    assert in_cart(till, fan) == 3


def test_nobody_brings_back_somebody_elses_payment(till: Till) -> None:
    buyer, stranger, fan = till.guest(), till.guest(), till.fan()
    sale = till.order(buyer, till.recording())
    till.pay(sale)
    for other in (stranger, fan, replace(buyer, actor=NOBODY)):
        with pytest.raises(OrderNotFound):
            till.come_back(other, sale)
    assert till.state(sale) == OrderState.AWAITING_PAYMENT
    for ref in ("", "cs_test_nobody", "x" * 300):
        with pytest.raises(OrderNotFound):
            flows.finish_checkout(till.rt, buyer.actor, session_ref=ref)
    assert till.come_back(buyer, sale).startswith("Thank you. It is all here")


def test_coming_back_without_having_paid_says_nothing(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    assert till.come_back(buyer, sale) == ""
    assert till.pay(sale, card="4000000000000002") == "declined"
    assert till.come_back(buyer, sale) == ""
    till.pass_time(minutes=32)
    assert till.come_back(buyer, sale) == ""
    assert till.state(sale) == OrderState.CANCELED


def test_a_declined_card_can_be_followed_by_another(till: Till) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording())
    assert till.pay(sale, card="4000000000009995") == "declined"
    assert till.start(buyer).url == sale.url
    assert till.pay(sale) == "paid"
    assert till.come_back(buyer, sale)
    assert till.state(sale) == OrderState.PAID


def test_a_network_that_is_down_leaves_everything_as_it_was(till: Till) -> None:
    buyer = till.guest()
    till.put(buyer, till.recording())
    till.sign(buyer)
    till.net.control("faults", kind="error_503", path="/v1/checkout/sessions", times=2)
    with pytest.raises(PaymentError) as failed:
        till.start(buyer)
    assert failed.value.retryable
    way = till.start(buyer)
    assert till.pay(till.ref_of(way.order_id)) == "paid"
    assert len(till.net.client.v1.checkout.sessions.list().data) == 1


def test_a_made_mp3_does_not_give_the_master_away(till: Till) -> None:
    """An MP3 lease of what was uploaded as WAV: the contract and the downloads name one MP3."""
    buyer, recording = till.guest(), till.recording(master=FileKind.MAIN_WAV)
    sale = till.bought(buyer, recording)
    [(item, line)] = till.licenses(sale.order_id)
    assert ".wav" not in line.contract
    kinds = till.rows(
        select(col(DownloadPermission.kind)).where(col(DownloadPermission.granted_for) == item.id)
    )
    assert list(kinds) == [FileKind.MADE_MP3]


def test_two_producers_are_paid_from_one_order(till: Till) -> None:
    other = make_producer(till.rt, "Cy Lund")
    theirs = make_recording(till.rt, other, title="Theirs", prices={"mp3_lease": 1001})
    sale = till.bought(till.guest(), till.recording(prices={"mp3_lease": 999}), theirs)
    assert till.books() == {
        "stripe_pending": 2000, "platform_fee": -199, "seller_payable:producer": -900,
        f"seller_payable:{other.profile_id}": -901,
    }  # fmt: skip
    assert len(till.jobs("order_letters")) == 1
    assert [s.state for s in till.sessions(sale.order_id)] == [SessionState.PAID]


def test_a_cart_is_kept_for_two_months(till: Till) -> None:
    guest, fan = till.guest(), till.fan()
    for buyer in (guest, fan):
        till.put(buyer, till.recording())
    till.clock.move(days=61)
    with till.rt.write(SYSTEM) as ctx:
        assert commands.forget_old_carts(ctx) == 1
    assert (in_cart(till, guest), in_cart(till, fan)) == (0, 1)


def test_a_token_is_stored_as_its_hash(till: Till) -> None:
    buyer = till.guest()
    till.order(buyer, till.recording())
    hashes: list[str] = list(till.rows(select(col(Cart.token_hash))))
    assert buyer.cart_token not in hashes
    assert all(len(found) == 64 for found in hashes)


def test_orders_have_different_numbers(till: Till) -> None:
    recording = till.recording()
    numbers = {
        till.the_order(till.order(till.guest(), recording).order_id).number for _ in range(5)
    }
    assert len(numbers) == 5
    assert all(len(number) == 12 and number.startswith("IN-") for number in numbers)


def test_ids_are_hostile(till: Till) -> None:
    buyer, stranger = till.guest(), till.guest()
    recording = till.recording()
    till.put(buyer, recording)
    till.sign(buyer)
    with till.rt.write(stranger.actor) as ctx:
        licenses.remove_from_cart(ctx, token=stranger.cart_token, recording_id=recording)
        with pytest.raises(CartEmpty):
            licenses.accept_contract(
                ctx, token=stranger.cart_token, recording_id=recording, sha256="0" * 64
            )
    assert in_cart(till, buyer) == 1
    assert isinstance(till.start(buyer).order_id, UUID)
