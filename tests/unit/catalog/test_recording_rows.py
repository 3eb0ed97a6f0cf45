"""A row is sent once: what the player takes is made of it where it is shown."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import reflex as rx
from reflex_base.utils.format import json_dumps

from indii.catalog.recordings.components import recording_card, recording_row
from indii.catalog.recordings.queries import RecordingRow, play_item, playable
from indii.ui.drawn.page import compile_page

ROW = RecordingRow(
    id="0198c0de-0000-7000-8000-000000000001",
    slug="cold-harbour-1",
    title='Cold "Harbour" & <b>\\u0041</b> 日',
    producer_name="Ash <Verell>",
    producer_slug="ash-verell",
    cover_url="/media/cover/1?v=1",
    cover_small="/media/cover/1?v=1&size=96",
    wave="M2 8v2",
    bpm="140",
    camelot="4A",
    key_name="F minor",
    tags="drill",
    meta="140 · 4A",
    price_prefix="from",
    price="$29.95",
    price_words="Licenses",
    duration="2:31",
    seconds=151.23,
    colour_a="#331c0a",
    colour_b="#ffb02e",
)
# All that dock, queue and media session read of an item.
KEYS = {
    "id", "slug", "title", "producer", "producerSlug", "src", "cover", "duration", "peaks",
    "colors", "price",
}  # fmt: skip


class RowsTestState(rx.State):
    rows: tuple[RecordingRow, ...] = ()


class Played(HTMLParser):
    """What a press on each play button of a document would play."""

    def __init__(self, html):
        super().__init__()
        self.items = []
        self.feed(html)

    def handle_starttag(self, _tag, attrs):
        self.items += [json.loads(value) for name, value in attrs if name == "data-play"]


@pytest.mark.parametrize("show", [recording_row, recording_card])
def test_what_is_played_is_made_of_the_row(show):
    silent = replace(ROW, wave="")
    bare = replace(ROW, price_prefix="", price="", seconds=151)
    page = compile_page(
        lambda: rx.foreach(RowsTestState.rows, lambda row: show(row)),
        RowsTestState,
    )
    items = Played(page(rows=[ROW, silent, bare])).items
    assert items == [play_item(ROW), play_item(bare)]
    assert items == [json.loads(playable(row)) for row in (ROW, bare)]
    assert playable(silent) == ""
    assert [item["price"] for item in items] == ["from $29.95", ""]
    assert set(items[0]) == KEYS


def test_a_row_is_sent_once():
    sent = json_dumps(ROW)
    for said in (ROW.id, ROW.slug, ROW.producer_name, ROW.producer_slug, ROW.colour_a):
        assert sent.count(said) == 1, said
    assert "/media/preview/" not in sent
