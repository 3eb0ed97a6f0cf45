"""Prices as people type them, and which files a tier needs."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.licensing.enums import LicenseTier
from indii.catalog.recordings.enums import FileKind
from indii.kernel.errors import IndiiError
from indii.store.offers import rules
from indii.store.offers.queries import price_text

FILES = st.frozensets(
    st.sampled_from([FileKind.MAIN_WAV, FileKind.MAIN_MP3, FileKind.STEMS_ZIP, FileKind.COVER])
)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CHF"])


@given(st.integers(0, 10_000_000), CURRENCIES)
def test_a_shown_price_reads_back_as_itself(minor, currency):
    assert rules.read_price(price_text(minor, currency), currency) == minor


@given(st.text(max_size=20), CURRENCIES)
def test_whatever_is_typed_is_an_amount_nothing_or_refused(typed, currency):
    try:
        minor = rules.read_price(typed, currency)
    except ValueError:
        return
    assert minor is None or minor >= 0


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("29.95", 2995), ("29,95", 2995), ("$29.95", 2995), (" 29.9 ", 2990), ("30", 3000),
        ("1,000", 100_000), ("1,000.50", 100_050), ("0", 0), ("free", 0), ("FREE", 0),
        ("29.95 USD", 2995), ("", None), ("  ", None), (".5", 50),
    ],
)  # fmt: skip
def test_prices_as_people_type_them(typed, minor):
    assert rules.read_price(typed, "USD") == minor


@pytest.mark.parametrize("typed", ["abc", "-5", "1.234", "1e3", "٣", "1.2.3", "∞", "nan", "9" * 12])
def test_what_is_no_price(typed):
    with pytest.raises(ValueError):
        rules.read_price(typed, "USD")


def test_yen_have_no_decimals():
    assert rules.read_price("500", "JPY") == 500
    with pytest.raises(ValueError):
        rules.read_price("500.5", "JPY")


@given(FILES, st.sampled_from(LicenseTier))
def test_more_files_never_take_a_tier_away(files, tier):
    if rules.missing_files(tier, files):
        with pytest.raises(IndiiError) as refused:
            rules.require_files(tier, files)
        assert refused.value.field == tier
    else:
        rules.require_files(tier, files | {FileKind.STEMS_ZIP})
        delivered = rules.delivered_files(tier, files)
        assert delivered[0] == "MP3"
        assert ("WAV" in delivered) == (tier != LicenseTier.MP3_LEASE)


@given(st.sampled_from(LicenseTier), st.integers(-100, 20_000_000))
def test_a_price_is_free_within_bounds_or_refused(tier, minor):
    try:
        rules.check_price(tier, minor, "USD")
    except IndiiError as error:
        assert error.field == tier  # noqa: PT017 - either outcome is fine
        assert not 50 <= minor <= 10_000_000
    else:
        assert minor == 0 or 50 <= minor <= 10_000_000


def test_nothing_offered_has_no_lowest_price():
    assert rules.lowest({}) is None
    assert rules.lowest({LicenseTier.MP3_LEASE: 0, LicenseTier.EXCLUSIVE: 900}) == 0


@pytest.mark.parametrize(
    ("kept", "since", "waits"),
    [
        (rules.MAX_HOLD, timedelta(), True),
        (rules.MAX_HOLD, rules.COOL_DOWN - timedelta(seconds=1), True),
        (rules.MAX_HOLD, rules.COOL_DOWN, False),
        (rules.MAX_HOLD - timedelta(seconds=1), timedelta(), False),
        (timedelta(), timedelta(), False),
    ],
)
def test_who_kept_an_exclusive_from_others_waits_for_a_while(
    kept: timedelta, since: timedelta, waits: bool
) -> None:
    assert rules.must_wait(kept, since) is waits
