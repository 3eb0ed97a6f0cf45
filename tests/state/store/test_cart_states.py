"""Handlers of buying: the count in the frame, the license sheet, the cart."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from reflex_base.utils.format import json_dumps

from indii.business.licensing.enums import LicenseTier
from indii.discovery.browse.state import RecordingState
from indii.kernel.context import Actor
from indii.kernel.flash import Flash, sign
from indii.kernel.ids import new_id, new_token
from indii.kernel.runtime import Runtime
from indii.store.checkout.state import CartState
from indii.store.licenses.queries import contract_in_cart
from indii.store.licenses.rules import MAX_LINES
from indii.store.licenses.state import CheckoutState, LicenseState
from indii.store.offers.commands import set_offers
from indii.store.offers.queries import NOTHING_OFFERED
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_fan, make_producer, make_visitor
from tests.factories.orders import make_order, make_paid_order, pay_order
from tests.state.tab import Tab

PRICES = {"mp3_lease": 2995, "wav_lease": 5995, "exclusive": 49900}
NAMES = {"licensee_name": "Lena Moss", "licensee_alias": "Moss"}


@pytest.fixture
def tab(rt: Runtime) -> Iterator[Tab]:
    opened = Tab()
    opened.at("/cart")
    yield opened
    opened.close()


@pytest.fixture
def ash(rt: Runtime) -> Actor:
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def rust(rt: Runtime, ash: Actor) -> UUID:
    return make_recording(rt, ash, title="Rust", prices=PRICES)


def add(tab: Tab, recording_id: UUID, tier: str = "mp3_lease") -> LicenseState:
    held = tab.state(CartState).token
    return tab.run(LicenseState, "add", str(recording_id), tier, held)


def test_the_sheet_shows_what_is_paid_and_what_the_producer_keeps(rt, tab, as_, rust):
    object.__setattr__(rt.site, "fee_bps", 800)
    with as_(make_visitor()):
        sheet = tab.run(LicenseState, "open", str(rust)).sheet
    assert (sheet.title, sheet.in_cart, sheet.nothing) == ("Rust", "", "")
    assert sheet.byline.startswith("Ash Verell")
    assert [(t.label, t.price_label, t.receives) for t in sheet.tiers] == [
        ("MP3 lease", "$29.95", "$27.56"),
        ("WAV lease", "$59.95", "$55.16"),
        ("Exclusive", "$499.00", "$459.08"),
    ]
    assert [t.is_chosen for t in sheet.tiers] == [True, False, False]
    assert sheet.tiers[2].note == "Takes this recording off sale. No leases sold yet."
    assert not any(t.refusal for t in sheet.tiers)
    assert tab.run(LicenseState, "close").sheet.recording_id == ""


def test_the_sheet_says_what_it_cannot_show(rt, tab, as_, ash):
    draft = make_recording(rt, ash, title="Draft", is_live=False)
    with as_(make_visitor()):
        for asked in ("nonsense", str(new_id()), str(draft)):
            state = tab.run(LicenseState, "open", asked)
            assert (state.sheet.recording_id, state.sheet.title) == (asked, "")
            assert state.sheet.nothing == "There is no such recording."


def test_a_producer_cannot_take_an_own_license(rt, tab, as_, ash, rust):
    with as_(ash):
        sheet = tab.run(LicenseState, "open", str(rust)).sheet
        assert all(t.refusal.startswith("This is your own recording") for t in sheet.tiers)
        state = add(tab, rust)
    assert state.said.startswith("This is your own recording")
    assert not state.is_added
    assert tab.state(CartState).lines == 0


def test_what_is_owned_is_not_sold_again(rt, tab, as_, rust):
    lena = make_fan(rt, "Lena")
    make_paid_order(rt, lena, [(rust, "mp3_lease")])
    with as_(lena):
        sheet = tab.run(LicenseState, "open", str(rust)).sheet
        assert [t.refusal[:26] for t in sheet.tiers] == ["You already have this lice", "", ""]
        assert [t.is_chosen for t in sheet.tiers] == [False, True, False]
        assert "You already have this license" in add(tab, rust).said
    with as_(make_fan(rt, "Ines")):
        assert not any(t.refusal for t in tab.run(LicenseState, "open", str(rust)).sheet.tiers)


def test_the_exclusive_license_is_held_then_sold(rt, tab, as_, ash, rust):
    lena, ines = make_fan(rt, "Lena"), make_fan(rt, "Ines")
    make_paid_order(rt, lena, [(rust, "mp3_lease")])
    make_paid_order(rt, lena, [(rust, "wav_lease")])
    order_id = make_order(rt, ines, [(rust, "exclusive")])
    with as_(lena):
        last = tab.run(LicenseState, "open", str(rust)).sheet.tiers[2]
        assert last.note == "Takes this recording off sale. 2 earlier leases stay valid."
        assert last.refusal.startswith("Somebody is paying for this license")
    with as_(ines):
        state = tab.run(LicenseState, "open", str(rust))
        assert state.sheet.tiers[2].refusal.startswith("You are paying for this license")
        # A lease can still be bought while somebody pays for the last license.
        assert state.sheet.tiers[1].refusal == ""
    pay_order(rt, order_id)
    said = "Sold exclusively. 2 earlier leases stay valid."
    tab.at("/recording/rust")
    with as_(make_visitor()):
        sheet = tab.run(LicenseState, "open", str(rust)).sheet
        assert (sheet.tiers, sheet.nothing) == ([], said)
        page = tab.run(RecordingState, "load").page
    assert (page.tiers, page.nothing, page.facts.row.price) == ([], said, "")


def test_a_closed_recording_offers_nothing(rt, tab, as_, ash):
    bare = make_recording(rt, ash, title="Bare", prices={"mp3_lease": 2995}, is_live=False)
    with rt.write(ash) as ctx:
        set_offers(ctx, recording_id=bare, prices={})
    with as_(ash):
        assert tab.run(LicenseState, "open", str(bare)).sheet.nothing == NOTHING_OFFERED


def test_a_guest_adds_and_another_license_takes_its_place(rt, tab, as_, rust):
    with as_(make_visitor()):
        state = add(tab, rust)
        assert state.is_added
        assert state.sheet.in_cart == "MP3 lease"
        token = tab.state(CartState).token
        assert len(token) > 30
        state = add(tab, rust, "wav_lease")
        assert [t.is_in_cart for t in state.sheet.tiers] == [False, True, False]
        cart = tab.opened(CartState)
        assert (cart.lines, cart.token) == (1, token)
        assert add(tab, rust, "gold").said == "There is no such license."


def test_a_tab_takes_over_the_cart_that_another_tab_began(rt, tab, as_, ash, rust):
    began = new_token()
    with as_(make_visitor()):
        tab.run(LicenseState, "add", str(rust), "mp3_lease", began)
        assert tab.state(CartState).token == began
        other = Tab()
        other.run(
            LicenseState, "add", str(make_recording(rt, ash, title="Two")), "mp3_lease", began
        )
        assert other.state(CartState).lines == 2
        other.close()


@pytest.mark.parametrize("odd", ["", "short", "x" * 500, "ümlaut" * 8, "a b" * 12, {"a": 1}, None])
def test_a_cookie_that_is_no_token_is_no_cart(rt, tab, as_, rust, odd):
    tab.state(CartState).token = odd
    with as_(make_visitor()):
        assert tab.opened(CartState).lines == 0
        assert tab.run(CheckoutState, "load").page.rows == []


def test_signing_in_brings_the_guests_cart_along(rt, tab, as_, rust):
    lena = make_fan(rt, "Lena")
    with as_(make_visitor()):
        add(tab, rust)
    with as_(lena):
        cart = tab.opened(CartState)
        assert (cart.lines, cart.token) == (1, "")
        page = tab.run(CheckoutState, "load").page
    assert [row.title for row in page.rows] == ["Rust"]
    assert not page.is_guest
    assert "@" in page.email
    with as_(make_visitor()):
        assert tab.opened(CartState).lines == 0


def test_an_empty_cart_is_ready_and_empty(rt, tab, as_):
    with as_(make_visitor()):
        state = tab.run(CheckoutState, "load")
    assert state.is_ready
    assert (state.page.rows, state.errors, state.notice) == ([], {}, "")


def test_from_two_licenses_to_the_payment(rt, tab, as_, rust):
    two = make_recording(rt, make_producer(rt, "Oda Ruiz"), title="Saltwater", prices=PRICES)
    with as_(make_visitor()):
        add(tab, rust)
        add(tab, two)
        page = tab.run(CheckoutState, "load").page
        assert (page.summary, page.total_label) == ("2 licenses from 2 producers", "$59.90")
        assert page.blocked == "Add a legal name for the contracts."
        page = tab.run(CheckoutState, "name", NAMES).page
        assert page.blocked == "Read and accept 2 contracts."
        for row in page.rows:
            page = tab.run(CheckoutState, "accept", row.recording_id, row.sha256, True).page
        assert page.blocked == ""
        page = tab.run(CheckoutState, "change", str(rust), "wav_lease").page
        assert page.rows[0].choices[1].label == "WAV lease, $59.95"
        assert (page.total_label, page.blocked) == ("$89.90", "Read and accept 1 contract.")
        page = tab.run(CheckoutState, "remove", str(rust)).page
        assert (len(page.rows), page.blocked) == (1, "")
        row = page.rows[0]
        page = tab.run(CheckoutState, "accept", row.recording_id, row.sha256, False).page
        assert page.blocked == "Read and accept 1 contract."
    assert tab.state(CartState).lines == 1


def test_contracts_do_not_travel_with_the_cart(rt, tab, as_, ash):
    for n in range(MAX_LINES):
        add(tab, make_recording(rt, ash, title=f"Piece {n}", prices=PRICES))
    with as_(make_visitor()):
        state = tab.run(CheckoutState, "name", NAMES)
        sent, rows = json_dumps(state.page), state.page.rows
        state = tab.run(CheckoutState, "accept", rows[0].recording_id, rows[0].sha256, True)
    assert (len(rows), len(state.page.rows)) == (MAX_LINES, MAX_LINES)
    token = tab.state(CartState).token
    with rt.read() as ctx:
        text = contract_in_cart(
            ctx, token, recording_id=UUID(rows[0].recording_id), sha256=rows[0].sha256
        )
    assert "Licensee: Lena Moss" in text
    assert not [line for line in text.splitlines() if len(line) > 40 and line in sent]
    # One change of a full cart; with the texts it was eight times as much.
    assert len(json_dumps(state.page)) / MAX_LINES < 1000


def test_the_cart_can_be_shown_as_it_is_now(rt, tab, as_, ash, rust):
    with as_(make_visitor()):
        add(tab, rust)
        (old,) = tab.run(CheckoutState, "load").page.rows
        with rt.write(ash) as ctx:
            set_offers(ctx, recording_id=rust, prices={LicenseTier.MP3_LEASE: 5995})
        (new,) = tab.run(CheckoutState, "refresh").page.rows
    assert (new.price_label, new.sha256 == old.sha256) == ("$59.95", False)


def test_one_license_may_be_somebody_elses(rt, tab, as_, rust):
    which = {"recording_id": str(rust)}
    other = which | {"licensee_name": "Ines Holm", "licensee_alias": ""}
    with as_(make_visitor()):
        add(tab, rust)
        tab.run(CheckoutState, "name", NAMES)
        page = tab.run(CheckoutState, "name_other", other).page
        assert (page.rows[0].licensee_name, page.rows[0].has_own_licensee) == ("Ines Holm", True)
        state = tab.run(CheckoutState, "name_other", which | {"licensee_name": "7"})
        assert state.naming == str(rust)
        assert "legal name" in state.errors["licensee_name"]
        state = tab.run(CheckoutState, "name_other", which)
    assert (state.naming, state.errors) == ("", {})
    assert (state.page.rows[0].licensee_name, state.page.rows[0].has_own_licensee) == (
        "Lena Moss", False,
    )  # fmt: skip


def test_what_is_refused_is_said_and_the_cart_is_shown_as_it_is(rt, tab, as_, rust):
    with as_(make_visitor()):
        add(tab, rust)
        state = tab.run(CheckoutState, "name", {"licensee_name": ""})
        assert "legal name" in state.errors["licensee_name"]
        page = tab.run(CheckoutState, "name", NAMES).page
        tab.run(CheckoutState, "accept", str(rust), "0" * 64, True)
        assert "has changed" in tab.state(NoticeState).text
        assert page.rows[0].sha256 == tab.state(CheckoutState).page.rows[0].sha256
        tab.run(CheckoutState, "remove", "nonsense")
    assert tab.state(NoticeState).text == "There is no such recording."


def test_the_cart_says_what_cannot_be_bought_any_more(rt, tab, as_, ash, rust):
    with as_(make_visitor()):
        add(tab, rust)
        with rt.write(ash) as ctx:
            set_offers(ctx, recording_id=rust, prices={LicenseTier.WAV_LEASE: 5995})
        page = tab.run(CheckoutState, "load").page
        assert "no longer offered" in page.rows[0].problem
        assert page.blocked == "Remove unavailable items to continue."
        assert [c.label for c in page.rows[0].choices] == [
            "MP3 lease, not offered", "WAV lease, $59.95",
        ]  # fmt: skip
        page = tab.run(CheckoutState, "change", str(rust), "wav_lease").page
    assert (page.rows[0].problem, page.total_label) == ("", "$59.95")


def test_the_cart_shows_the_payment_that_is_open(rt, tab, as_, rust):
    lena = make_fan(rt, "Lena")
    order_id = make_order(rt, lena, [(rust, "wav_lease")])
    with as_(lena):
        page = tab.run(CheckoutState, "load").page
    assert page.open_order == str(order_id)
    assert "is waiting for payment" in page.open_note


def test_the_cart_says_what_the_payment_form_answered(rt, tab, as_, rust):
    flash = Flash("/cart", errors={"email": "No address."}, values={"email": "lena@"})
    tab.at("/cart", cookie=f"indii_flash={sign(rt.site.secret, flash, now=rt.clock())}")
    with as_(make_visitor()):
        add(tab, rust)
        state = tab.run(CheckoutState, "load")
        assert (state.email, state.errors) == ("lena@", {"email": "No address."})
        tab.at("/cart?payment=left")
        state = tab.run(CheckoutState, "load")
    assert state.notice == "You left the payment page; nothing was charged."
