"""Folding, slugs, money and times."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.kernel import format as fmt
from indii.kernel.locale import DEFAULT, current_locale, viewer_locale
from indii.kernel.logging import redact, redact_text
from indii.kernel.text import clean_line, cut, fold, slugify, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("CAFÉ", "cafe"),
        ("İstanbul", "istanbul"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("Größe", "grosse"),
    ],
)
def test_accents_and_sharp_s_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_slug_always_fits_an_address(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slugify(text, fallback="x"))
    assert len(slugify(text, fallback="x")) <= 60


@given(st.text())
def test_a_clean_line_has_no_control_characters(text: str) -> None:
    line = clean_line(text)
    assert "\n" not in line
    assert line == line.strip()
    assert all(c == " " or c.isprintable() or not c.isascii() for c in line)


def test_words_keep_sharps_and_apostrophes() -> None:
    assert words("F#m don't-stop") == ["f#m", "don't", "stop"]


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (2995, "USD", "$29.95"),
        (0, "USD", "$0.00"),
        (-5, "EUR", "-€0.05"),
        (500, "JPY", "¥500"),
        (1_234_567, "KWD", "KWD\u00a01,234.567"),
        (123_456_789, "CHF", "CHF\u00a01,234,567.89"),
    ],
)
def test_money_is_written_with_its_currency(minor: int, currency: str, text: str) -> None:
    assert fmt.money(minor, currency) == text


@pytest.mark.parametrize(
    ("accept_language", "locale", "price", "plays", "day"),
    [
        ("", "en_US", "$1,234.50", "2,310", "Nov 3"),
        ("de-DE,de;q=0.9,en;q=0.8", "en_DE", "1.234,50\u00a0US$", "2.310", "3 Nov"),
        ("fr", "en_FR", "1\u202f234,50\u00a0US$", "2\u202f310", "3 Nov"),
        ("en-GB", "en_GB", "US$1,234.50", "2,310", "3 Nov"),
        ("pt-BR", "pt_BR", "US$\u00a01.234,50", "2.310", "3 Nov"),
        ("xx-not-a-language,*;q=0,de", "en_DE", "1.234,50\u00a0US$", "2.310", "3 Nov"),
        ("\u0000" * 100_000, "en_US", "$1,234.50", "2,310", "Nov 3"),
    ],
)
def test_numbers_follow_the_viewers_region(
    accept_language: str, locale: str, price: str, plays: str, day: str
) -> None:
    assert viewer_locale(accept_language) == locale
    token = current_locale.set(locale)
    try:
        assert fmt.money(123_450, "USD") == price
        assert fmt.whole_number(2310) == plays
        assert fmt.day_month(date(2026, 11, 3)) == day
        assert fmt.money(123_450, "USD", locale=DEFAULT) == "$1,234.50"
        assert fmt.ago(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)) == (
            "3 days ago"
        )
    finally:
        current_locale.reset(token)


def test_durations_sizes_and_ages() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert fmt.duration(151_400) == "2:31"
    assert fmt.duration(3_723_000) == "1:02:03"
    assert fmt.size(999) == "999 B"
    assert fmt.size(8_400_000) == "8.4 MB"
    assert fmt.ago(now - timedelta(days=3), now) == "3 days ago"
    assert fmt.ago(now, now) == "just now"
    assert fmt.count(1, "recording") == "1 recording"
    assert fmt.count(2310, "recording") == "2,310 recordings"


def test_text_is_cut_to_its_column() -> None:
    assert cut("Rust", 4) == "Rust"
    assert cut("Cold Harbour", 6) == "Cold…"
    assert len(cut("ä" * 300, 200)) == 200


def test_secrets_never_reach_a_log() -> None:
    line = 'Unknown event {"cookie": "indii_session=abc.def; theme=dark", "token": "t0p"}'
    assert "abc.def" not in redact_text(line)
    assert "t0p" not in redact_text(line)
    shown = redact({"password": "x", "deep": [{"session_token": "y"}], "title": "ok"})
    assert shown == {
        "password": "[redacted]",
        "deep": [{"session_token": "[redacted]"}],
        "title": "ok",
    }
