"""The license panel that the server writes and the one that React draws are the same."""

import pytest
import reflex as rx

from indii.business.licensing.rules import TermLine
from indii.kernel.fragments import _environment
from indii.store.offers.components import tiers_panel
from indii.store.offers.queries import TierView
from tests.factories.markup import tree_of, tree_of_html

TIER = TierView(
    tier="mp3_lease", label="MP3 lease", price_label="$29.95", price_minor=2995, currency="USD",
    files="MP3", note="A note.", lines=(TermLine("50,000 streams", differs=True),),
)  # fmt: skip


@pytest.mark.parametrize("tiers", [[TIER], []])
def test_panels(tiers):
    drawn = tiers_panel(rx.Var(_js_expr="tiers").to(list[TierView]))
    module = _environment().get_template("tiers.html.jinja").module
    html = str(module.tiers_panel(tiers))
    assert tree_of_html(html) == tree_of(drawn.render(), taken=bool(tiers))
