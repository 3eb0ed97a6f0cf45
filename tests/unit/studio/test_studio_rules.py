"""What forms send, what charts draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.licensing.enums import LicenseTier
from indii.kernel.errors import IndiiError, InvalidForm
from indii.studio.dashboard.rules import change_label, draw_chart, nice_top
from indii.studio.editing.rules import (
    KEY_CHOICES,
    other_tempo,
    read_bpm,
    read_details,
    read_key,
    read_prices,
)
from indii.studio.settings.rules import read_terms

DAYS = st.lists(st.integers(0, 10**6), max_size=40)


@given(st.integers(0, 10**9))
def test_the_top_of_a_chart_is_round_and_not_far_away(most):
    top = nice_top(most)
    assert most <= top <= max(4, most * 5 // 2)
    assert int(str(top).strip("0")) in {1, 2, 4}


@given(DAYS, DAYS)
def test_a_chart_stays_in_its_box(now, before):
    chart = draw_chart([("2026-11-20", n) for n in now], [("2026-10-23", n) for n in before])
    for path in (chart.line, chart.before):
        for point in path.replace("M", "").split("L") if path else []:
            x, y = map(float, point.split())
            assert 0 <= x <= 640
            assert 0 <= y <= 140
    assert f"{sum(now):,}" in chart.words


@pytest.mark.parametrize(
    ("now", "before", "words", "trend"),
    [
        (0, 0, "no earlier data", ""),
        (106, 100, "+6 % vs. the 28 days before", "up"),
        (50, 100, "-50 % vs. the 28 days before", "down"),
        (100, 100, "+0 % vs. the 28 days before", ""),
    ],
)
def test_changes_in_words(now, before, words, trend):
    assert change_label(now, before) == (words, trend)


@pytest.mark.parametrize(
    ("typed", "bpm"), [("", None), (" 92 ", 92.0), ("92,5", 92.5), ("140.25", 140.25)]
)
def test_tempos_as_typed(typed, bpm):
    assert read_bpm(typed) == bpm


@given(st.text(max_size=12))
def test_any_text_is_a_tempo_nothing_or_refused(typed):
    try:
        bpm = read_bpm(typed)
    except IndiiError as error:
        assert error.field == "bpm"  # noqa: PT017 - either outcome is fine
    else:
        assert bpm is None or bpm >= 0


def test_keys_are_from_the_list():
    assert [read_key(value) for value, _ in KEY_CHOICES] == [None, *range(24)]
    for odd in ("24", "-1", "C", "٣", " 1"):
        with pytest.raises(IndiiError):
            read_key(odd)


def test_an_empty_price_is_no_offer_and_zero_is_free():
    form = {"price_mp3_lease": "0", "price_wav_lease": " ", "price_exclusive": "1,000"}
    assert read_prices(form, "USD") == {LicenseTier.MP3_LEASE: 0, LicenseTier.EXCLUSIVE: 100_000}
    with pytest.raises(IndiiError) as refused:
        read_prices({"price_wav_lease": "much"}, "USD")
    assert refused.value.field == "wav_lease"


@given(st.dictionaries(st.sampled_from(["title", "bpm", "key", "tags", "rights"]), st.text()))
def test_any_form_is_read_or_refused_on_a_field(form):
    try:
        details = read_details(form, "USD")
    except InvalidForm as error:
        assert set(error.errors) <= {"title", "bpm", "key", "tags"}  # noqa: PT017 - either is fine
    else:
        assert details.form.holds_rights == (form.get("rights") == "yes")


def test_all_that_is_wrong_is_said_at_once():
    wrong = {
        "title": " ", "genre": "noise of my own", "bpm": "fast", "key": "H", "rights": "yes",
        "price_mp3_lease": "much", "price_exclusive": "0", "price_wav_lease": "29.95",
    }  # fmt: skip
    with pytest.raises(InvalidForm) as refused:
        read_details(wrong, "USD")
    assert list(refused.value.errors) == [
        "title", "genre", "bpm", "key", "mp3_lease", "exclusive"
    ]  # fmt: skip
    assert refused.value.field == "title"
    assert refused.value.errors["bpm"] == "BPM is a number, like 92 or 92.5."


def test_half_and_double_only_where_people_count_so():
    assert (other_tempo(140, 0.5), other_tempo(140, 2)) == ("70", "")
    assert (other_tempo(70, 0.5), other_tempo(87.25, 2)) == ("", "174.5")


def test_terms_from_a_form():
    terms = read_terms({"streams_limit": "50,000", "copies_limit": "", "requires_credit": "yes"})
    assert (terms.streams_limit, terms.copies_limit) == (50_000, None)
    assert (terms.requires_credit, terms.allows_broadcast) == (True, False)
    for odd in ("-1", "1.5", "many", "9" * 13):
        with pytest.raises(IndiiError) as refused:
            read_terms({"videos_limit": odd})
        assert refused.value.field == "videos_limit"
    with pytest.raises(InvalidForm) as both:
        read_terms({"videos_limit": "some", "term_years": "long"})
    assert set(both.value.errors) == {"videos_limit", "term_years"}
