"""The license panel that the server writes and the one that React draws are the same."""

import pytest
import reflex as rx

from indii.business.licensing.rules import TermLine
from indii.catalog.recordings.queries import RecordingRow
from indii.kernel.fragments import _environment
from indii.store.offers.components import tiers_panel
from indii.store.offers.queries import TierView
from tests.factories.markup import tree_of, tree_of_html

TIER = TierView(
    tier="mp3_lease", label="MP3 lease", price_label="$29.95", price_minor=2995, currency="USD",
    files="MP3", note="A note.", lines=(TermLine("50,000 streams", differs=True),),
)  # fmt: skip

ROW = RecordingRow(
    **dict.fromkeys(RecordingRow.__dataclass_fields__, "") | {"id": "0198c0de", "slug": "rust"}
)


@pytest.mark.parametrize("tiers", [[TIER], []])
def test_panels(tiers):
    drawn = tiers_panel(
        rx.Var(_js_expr="tiers").to(list[TierView]),
        nothing=rx.Var(_js_expr="nothing").to(str),
        row=rx.Var(_js_expr="row").to(RecordingRow),
        is_own=rx.Var(_js_expr="isOwn").to(bool),
    )
    module = _environment().get_template("tiers.html.jinja").module
    # every condition of the drawn one is answered alike, so here "own" goes with "offered"
    html = str(module.tiers_panel(tiers, "Sold exclusively.", ROW, bool(tiers)))
    assert tree_of_html(html) == tree_of(drawn.render(), taken=bool(tiers))


def test_the_button_is_a_link_to_the_panel_that_names_its_recording():
    module = _environment().get_template("tiers.html.jinja").module
    html = str(module.tiers_panel([TIER], "", ROW, False))
    assert 'href="/recording/rust#license" data-license="0198c0de"' in html
    assert "Sold exclusively" not in html
