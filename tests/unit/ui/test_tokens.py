"""The palette keeps its promises: what carries text can be read, what bounds a control is seen."""

import gzip
import re
from pathlib import Path

import pytest

from indii.tables import ROOMS
from indii.ui import tokens
from indii.ui.styles import collected

ASSETS = Path(__file__).parents[3] / "assets"
CSS = (ASSETS / "tokens.css").read_text()

# The table every screen was drawn from.
GIVEN = {
    "dark": {
        "ink": "#0c0c0e",
        "surface": "#151518",
        "line": "#26262b",
        "text": "#f3f0e8",
        "muted": "#a5a1a0",
        "signal": "#ff5a36",
        "good": "#4fd08a",
        "warn": "#f2b544",
        "bad": "#ff6b6b",
    },
    "light": {
        "ink": "#f6f3ec",
        "surface": "#fffdf8",
        "line": "#ddd7ca",
        "text": "#161513",
        "muted": "#5d5850",
        "signal": "#d63c17",
    },
}


def palette(theme: str) -> dict[str, str]:
    selector = {"dark": r":root\{", "light": r"\.light\{"}[theme]
    block = re.search(rf"(?m)^{selector}(.*?)^\}}", CSS, re.DOTALL).group(1)
    return dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", block))


def luminance(color: str) -> float:
    """Relative luminance as in WCAG 2.2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_given_colours_are_used(theme):
    assert palette(theme).items() >= GIVEN[theme].items()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("ground", ["ink", "surface", "raised"])
@pytest.mark.parametrize("color", ["text", "muted", "faint", "signal-text", "good", "warn", "bad"])
def test_text_can_be_read(theme, ground, color):
    colors = palette(theme)
    assert contrast(colors[color], colors[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_on_the_accent_can_be_read(theme):
    colors = palette(theme)
    assert contrast(colors["on-signal"], colors["signal"]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("color", ["edge", "signal", "wave-strong"])
@pytest.mark.parametrize("ground", ["ink", "surface", "raised"])
def test_controls_and_waves_are_seen(theme, color, ground):
    colors = palette(theme)
    assert contrast(colors[color], colors[ground]) >= 3


def test_both_themes_name_the_same_colours():
    assert set(palette("light")) == set(palette("dark"))


def test_python_agrees_with_css():
    assert palette("dark")["ink"] == tokens.INK_DARK
    assert palette("light")["ink"] == tokens.INK_LIGHT


def test_fonts_keep_their_budget_and_license():
    fonts = sorted((ASSETS / "fonts").glob("*.woff2"))
    assert {f.stem for f in fonts} == {"bricolage", "geist", "geist-mono"}
    assert sum(f.stat().st_size for f in fonts) <= 45_000
    for font in fonts:
        assert "SIL Open Font License" in font.with_name(f"{font.stem}.LICENSE.txt").read_text()


def test_two_fonts_are_preloaded_and_all_swap():
    for path in tokens.PRELOADED_FONTS:
        assert (ASSETS / path.lstrip("/")).is_file()
    assert len(tokens.PRELOADED_FONTS) == 2
    assert CSS.count("font-display:swap") == 3


def test_stylesheets_stay_small():
    assert len(gzip.compress((CSS + collected(ROOMS)).encode())) <= 16_000
