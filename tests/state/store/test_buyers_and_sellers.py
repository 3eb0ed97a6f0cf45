"""Handlers of the library and of a producer's sales."""

import pytest

from indii.kernel.context import NOBODY, Actor
from indii.kernel.flash import Flash, sign
from indii.kernel.ids import hash_token
from indii.store.downloads import state as downloads
from indii.store.downloads.state import DownloadsState
from indii.store.orders.state import SalesState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.orders import (
    leave_pending,
    make_order,
    make_paid_order,
    make_papers,
    number_of,
    pay_order,
    refund,
)
from tests.state.tab import Tab

TOKEN = "a-token-of-this-browser-only"


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def rust(rt, ash):
    return make_recording(
        rt, ash, title="Rust", prices={"mp3_lease": 2995, "wav_lease": 4995, "exclusive": 49900}
    )


def files(line):
    return {file.label: bool(file.href) for file in line.files}


def test_a_member_sees_what_was_bought_with_its_files(rt, tab, as_, rust):
    mara = make_fan(rt)
    order = make_paid_order(rt, mara, [(rust, "wav_lease")], alias="MARA")
    tab.at("/downloads")
    with as_(mara):
        state, after = tab.call(DownloadsState, "load")
    assert after is None
    (found,) = state.page.orders
    (line,) = found.lines
    assert (found.number, found.total_label) == (number_of(rt, order), "$49.95")
    assert (line.title, line.recipient) == ("Rust", "Mara Lindqvist as MARA")
    assert files(line) == {"Lossless master, WAV": True, "MP3": True}
    assert line.document_href.startswith("/api/orders/certificates/")
    assert line.href == "/recording/rust"
    assert not state.page.is_guest


def test_what_is_being_made_is_looked_at_again_until_it_is_there(rt, tab, as_, rust, monkeypatch):
    monkeypatch.setattr(downloads, "POLL_S", 0)
    mara = make_fan(rt)
    order = pay_order(rt, make_order(rt, mara, [(rust, "mp3_lease")]), has_papers=False)
    tab.at("/downloads")
    with as_(mara):
        state, after = tab.call(DownloadsState, "load")
        (line,) = state.page.orders[0].lines
        assert after is not None
        assert line.document_note
        assert files(line) == {"MP3": False}
        make_papers(rt, order)
        state = tab.run(DownloadsState, "watch")
    (line,) = state.page.orders[0].lines
    assert files(line) == {"MP3": True}
    assert not state.page.is_being_made


def test_watching_ends_on_another_page_and_in_the_end(rt, tab, as_, rust, monkeypatch):
    monkeypatch.setattr(downloads, "POLL_S", 0)
    monkeypatch.setattr(downloads, "POLLS", 2)
    mara = make_fan(rt)
    pay_order(rt, make_order(rt, mara, [(rust, "mp3_lease")]), has_papers=False)
    with as_(mara):
        tab.at("/downloads")
        tab.run(DownloadsState, "load")
        assert tab.run(DownloadsState, "watch").page.is_being_made
        tab.at("/explore")
        assert tab.run(DownloadsState, "watch").page.is_being_made


def test_a_refunded_license_has_no_files_and_says_why(rt, tab, as_, rust):
    mara = make_fan(rt)
    order = make_paid_order(rt, mara, [(rust, "wav_lease")])
    refund(rt, make_admin(rt), order)
    with as_(mara):
        (found,) = tab.run(DownloadsState, "load").page.orders
    (line,) = found.lines
    assert (line.state_label, line.files, line.document_href) == ("Refunded", [], "")
    assert line.page_href.startswith("/verify/")
    assert found.state_label == "Refunded"


def test_a_payment_on_its_way_is_shown_and_one_that_nobody_made_is_not(rt, tab, as_, rust):
    mara = make_fan(rt)
    order = make_order(rt, mara, [(rust, "wav_lease")])
    with as_(mara):
        assert tab.run(DownloadsState, "load").page.orders == []
        leave_pending(rt, order)
        (found,) = tab.run(DownloadsState, "load").page.orders
    assert found.state == "awaiting_payment"
    assert found.note


def test_a_guest_sees_what_this_browser_bought_and_nobody_else_does(rt, tab, as_, rust):
    guest = Actor(visitor="v", buyer=hash_token(TOKEN))
    make_paid_order(rt, guest, [(rust, "mp3_lease")], email="g@example.com", buyer_token=TOKEN)
    with as_(guest):
        state = tab.run(DownloadsState, "load")
        assert [line.title for line in state.page.orders[0].lines] == ["Rust"]
        assert state.page.is_guest
    for actor in (NOBODY, make_fan(rt), Actor(visitor="v", buyer=hash_token("another"))):
        with as_(actor):
            assert tab.run(DownloadsState, "load").page.orders == []


def test_what_was_bought_before_the_account_comes_into_it(rt, tab, as_, rust):
    guest = Actor(visitor="v", buyer=hash_token(TOKEN))
    make_paid_order(rt, guest, [(rust, "mp3_lease")], email="g@example.com", buyer_token=TOKEN)
    member = make_fan(rt, "Gus", email="g@example.com")
    unconfirmed = Actor(account_id=member.account_id, roles=member.roles)
    with as_(unconfirmed):
        assert tab.run(DownloadsState, "load").page.orders == []
    with as_(member):
        state = tab.run(DownloadsState, "load")
        assert state.notice == "Your account now shows 1 order you placed without it."
        assert len(state.page.orders) == 1
        assert tab.run(DownloadsState, "load").notice == ""


def test_the_page_says_what_the_form_answered(rt, tab, as_):
    now = rt.clock()
    flash = Flash("/downloads", errors={"email": "No address."}, values={"email": "x"})
    tab.at("/downloads", f"indii_flash={sign(rt.site.secret, flash, now=now)}")
    with as_(NOBODY):
        state = tab.run(DownloadsState, "load")
    assert (state.errors, state.email) == ({"email": "No address."}, "x")
    tab.at("/downloads")
    with as_(NOBODY):
        assert tab.run(DownloadsState, "load").errors == {}


def test_the_library_goes_on_where_the_address_says(rt, tab, as_, ash, monkeypatch):
    monkeypatch.setattr(downloads, "POLL_S", 0)
    monkeypatch.setattr(downloads, "POLLS", 2)
    monkeypatch.setattr(downloads.queries, "PAGE", 2)
    mara = make_fan(rt)
    oldest, *_ = [
        pay_order(rt, make_order(rt, mara, [(make_recording(rt, ash), "mp3_lease")]),
                  has_papers=bool(n))
        for n in range(3)
    ]  # fmt: skip
    with as_(mara):
        tab.at("/downloads")
        first = tab.run(DownloadsState, "load").page
        assert (len(first.orders), first.total, first.is_continued) == (2, "3 licenses", False)
        assert first.older == f"/downloads?after={first.orders[-1].id}"
        tab.at(first.older)
        state, after = tab.call(DownloadsState, "load")
        assert after is not None
        assert [order.id for order in state.page.orders] == [str(oldest)]
        assert (state.page.total, state.page.older) == ("3 licenses", "")
        assert state.page.is_continued
        make_papers(rt, oldest)
        page = tab.run(DownloadsState, "watch").page
        assert [order.id for order in page.orders] == [str(oldest)]
        assert not page.is_being_made
        for wrong in ("nonsense", "", make_admin(rt).account_id):
            tab.at(f"/downloads?after={wrong}")
            assert tab.run(DownloadsState, "load").page == first


def test_a_producer_sees_sales_and_what_is_owed(rt, tab, as_, ash, rust):
    mara = make_fan(rt)
    order = make_paid_order(rt, mara, [(rust, "wav_lease")])
    other = make_recording(rt, make_producer(rt, "Bo"), title="Other")
    make_paid_order(rt, mara, [(other, "mp3_lease")])
    tab.at("/studio/sales")
    with as_(ash):
        state = tab.run(SalesState, "load")
    (sale,) = state.page.rows
    assert (sale.title, sale.price_label, sale.receives_label) == ("Rust", "$49.95", "$44.96")
    assert (sale.order_number, sale.buyer) == (number_of(rt, order), "Mara Lindqvist")
    assert sale.document_href.endswith(".pdf")
    assert state.owed[0].payable_label == "$44.96"
    assert (state.page.total, state.page.total_note) == ("1", "license, free ones included")
    assert "example.com" not in str(state.page)


def test_a_refunded_sale_is_marked_and_owes_nothing(rt, tab, as_, ash, rust):
    refund(rt, make_admin(rt), make_paid_order(rt, make_fan(rt), [(rust, "wav_lease")]))
    with as_(ash):
        state = tab.run(SalesState, "load")
    (sale,) = state.page.rows
    assert (sale.state_label, sale.receives_label) == ("Refunded", "$0.00")
    assert state.owed[0].payable_minor == 0


def test_a_producer_sees_who_is_being_waited_for(rt, tab, as_, clock, ash, rust):
    make_order(rt, make_fan(rt), [(rust, "exclusive")])
    with as_(ash):
        state = tab.run(SalesState, "load")
        assert [hold.title for hold in state.page.holds] == ["Rust"]
        assert state.page.holds[0].until.endswith(" UTC")
        clock.move(hours=2)
        assert tab.run(SalesState, "load").page.holds == []


def test_sales_go_on_where_the_address_says(rt, tab, as_, ash, rust):
    mara = make_fan(rt)
    for tier in ("mp3_lease", "wav_lease"):
        make_paid_order(rt, mara, [(rust, tier)])
    tab.at("/studio/sales")
    with as_(ash):
        rows = tab.run(SalesState, "load").page.rows
        tab.at(f"/studio/sales?after={rows[0].id}")
        state = tab.run(SalesState, "load")
        assert [row.id for row in state.page.rows] == [rows[1].id]
        assert state.is_continued
        tab.at("/studio/sales?after=nonsense")
        assert len(tab.run(SalesState, "load").page.rows) == 2


@pytest.mark.parametrize(("make", "access"), [(lambda _rt: NOBODY, "anonymous"), (make_fan, "fan")])
def test_sales_are_for_producers(rt, tab, as_, ash, rust, make, access):
    make_paid_order(rt, make_fan(rt), [(rust, "wav_lease")])
    with as_(make(rt)):
        state = tab.run(SalesState, "load")
    assert (state.access, state.page.rows, state.owed) == (access, [], [])
