"""The row that the server writes and the row that React draws are the same row."""

import json

import pytest
import reflex as rx

from indii.catalog.recordings.components import recording_card, recording_row
from indii.catalog.recordings.queries import RecordingRow
from indii.kernel.fragments import _environment
from tests.factories.markup import tree_of, tree_of_html

FULL = RecordingRow(
    id="0198c0de-0000-7000-8000-000000000001", slug="cold-harbour",
    title='Cold "Harbour" <b>', producer_name="Ash & Verell", producer_slug="ash-verell",
    cover_url="/media/cover/x?v=1", cover_small="/media/cover/x?v=1", wave="M2 8v14", bpm="140",
    camelot="4A", key_name="F minor", tags="drill, dark", meta="140 · 4A", price_prefix="from",
    price="$29.95", price_words="Licenses for Cold Harbour, from $29.95", duration="2:31",
    colour_a="#331c0a", colour_b="#ffb02e", playable=json.dumps({"title": "<'&\">"}),
)  # fmt: skip
EMPTY = RecordingRow(**dict.fromkeys(RecordingRow.__dataclass_fields__, ""))


def var() -> rx.Var:
    return rx.Var(_js_expr="row").to(RecordingRow)


def written(macro: str, row: RecordingRow, **more: str) -> str:
    module = _environment().get_template("row.html.jinja").module
    return str(getattr(module, macro)(row, **more))


@pytest.mark.parametrize("is_full", [True, False])
def test_rows(is_full):
    drawn = tree_of(recording_row(var()).render(), taken=is_full)
    assert tree_of_html(written("recording_row", FULL if is_full else EMPTY)) == drawn


@pytest.mark.parametrize("is_full", [True, False])
def test_rows_with_a_reason(is_full):
    drawn = tree_of(recording_row(var(), why=rx.Var(_js_expr="why")).render(), taken=is_full)
    html = written("recording_row", FULL if is_full else EMPTY, why="same key")
    assert tree_of_html(html) == drawn


@pytest.mark.parametrize("is_full", [True, False])
def test_cards(is_full):
    drawn = tree_of(recording_card(var()).render(), taken=is_full)
    assert tree_of_html(written("recording_card", FULL if is_full else EMPTY)) == drawn


def test_what_people_typed_stays_text():
    html = written("recording_row", FULL)
    assert "<b>" not in html
    assert "Ash &amp; Verell" in html
    assert 'data-play="{&#34;title&#34;: &#34;&lt;&#39;&amp;\\&#34;&gt;&#34;}"' in html


def test_actions_from_above_have_their_place():
    row = recording_row(var(), actions=[rx.el.button("Like", class_name="icon-btn")])
    ((_, _, _, children),) = tree_of(row.render(), taken=True)
    assert [c[1] for c in children][-2:] == ["row-actions", "price num"]
