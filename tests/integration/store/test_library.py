"""The library in pages: everything that was bought is reached, by nobody else."""

from uuid import UUID

import pytest

from indii.kernel.context import Actor
from indii.kernel.ids import hash_token, new_id
from indii.store.downloads import queries
from indii.store.downloads.queries import PAGE, downloads_page
from tests.factories.catalog import make_recording
from tests.factories.identity import make_fan, make_producer
from tests.factories.orders import leave_pending, make_order, make_paid_order

TOKEN = "a-token-of-this-browser-only"


@pytest.fixture
def recordings(rt):
    ash = make_producer(rt, "Ash Verell")
    prices = {"mp3_lease": 2995, "wav_lease": 4995}
    return [make_recording(rt, ash, title=f"Piece {n}", prices=prices) for n in range(6)]


@pytest.fixture
def mara(rt):
    return make_fan(rt, "Mara", email="mara@example.com")


def page_of(rt, actor, after=None):
    with rt.read(actor) as ctx:
        return downloads_page(ctx, after=after)


def titles(page):
    return [order.lines[0].title for order in page.orders]


def test_every_order_is_reached_and_counted(rt, monkeypatch, clock, recordings, mara):
    assert PAGE == 25
    monkeypatch.setattr(queries, "PAGE", 2)
    for n in range(5):
        # two of a moment, and one of two licenses
        clock.move(minutes=n % 2)
        bought = [recordings[n], recordings[5]] if n == 0 else [recordings[n]]
        made = make_order if n == 4 else make_paid_order
        order = made(rt, mara, [(recording, "mp3_lease") for recording in bought])
    make_order(rt, make_fan(rt), [(recordings[0], "mp3_lease")])
    leave_pending(rt, order)
    found, after, sizes = [], None, []
    while True:
        page = page_of(rt, mara, after)
        assert page.total == "6 licenses"
        assert page.is_continued is (after is not None)
        found += titles(page)
        sizes.append(len(page.orders))
        if not page.older:
            break
        assert page.older == f"/downloads?after={page.orders[-1].id}"
        after = UUID(page.orders[-1].id)
    assert sizes == [2, 2, 1]
    assert found == [f"Piece {n}" for n in (4, 3, 2, 1, 0)]


def test_a_place_that_is_not_the_buyers_shows_the_first_page(rt, monkeypatch, recordings, mara):
    monkeypatch.setattr(queries, "PAGE", 2)
    for recording in recordings[:3]:
        make_paid_order(rt, mara, [(recording, "mp3_lease")])
    other = make_paid_order(rt, make_fan(rt), [(recordings[4], "mp3_lease")])
    unpaid = make_order(rt, mara, [(recordings[4], "mp3_lease")])
    first = page_of(rt, mara)
    assert titles(first) == ["Piece 2", "Piece 1"]
    oldest = UUID(page_of(rt, mara, UUID(first.orders[-1].id)).orders[-1].id)
    for after in (other, unpaid, oldest, new_id()):
        assert page_of(rt, mara, after) == first


def test_a_guest_goes_through_what_this_browser_bought(rt, monkeypatch, recordings, mara):
    monkeypatch.setattr(queries, "PAGE", 1)
    guest = Actor(visitor="v", buyer=hash_token(TOKEN))
    for recording in recordings[:2]:
        make_paid_order(
            rt, guest, [(recording, "mp3_lease")], email="g@example.com", buyer_token=TOKEN
        )
    first = page_of(rt, guest)
    second = page_of(rt, guest, UUID(first.orders[0].id))
    assert (titles(first), titles(second)) == (["Piece 1"], ["Piece 0"])
    assert (first.total, second.total, second.older) == ("2 licenses", "2 licenses", "")
    stranger = Actor(visitor="v", buyer=hash_token("another"))
    assert page_of(rt, stranger, UUID(first.orders[0].id)).orders == []
