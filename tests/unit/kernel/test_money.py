"""Exact shares, and amounts as the payment provider counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.kernel.money import (
    charge_step,
    from_provider,
    min_charge,
    provider_amount,
    shares,
)

CURRENCIES = st.sampled_from(
    ["USD", "EUR", "GBP", "JPY", "HUF", "TWD", "ISK", "UGX", "KWD", "TND", "MGA", "KRW", "XOF"]
)
WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)
TOTALS = st.integers(-(10**12), 10**12)


@given(TOTALS, WEIGHTS)
def test_shares_sum_to_the_total_and_are_less_than_one_unit_off(total, weights):
    parts = shares(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(TOTALS, WEIGHTS)
def test_less_is_the_mirror_of_more(total, weights):
    assert shares(-total, weights) == tuple(-part for part in shares(total, weights))


@given(st.data(), WEIGHTS)
def test_nobody_gets_more_than_their_weight_of_a_part_of_the_whole(data, weights):
    total = data.draw(st.integers(0, sum(weights)))
    parts = shares(total, weights)
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], (34, 33, 33)), (1, [3333, 3333, 3334], (0, 0, 1)), (0, [0, 0], (0, 0)),
        (2000, [4000, 6000], (800, 1200)), (5, [0, 7], (0, 5)), (0, [], ()), (1, [1, 1], (1, 0)),
    ],
)  # fmt: skip
def test_shares_by_example(total, weights, parts):
    assert shares(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0]), (1, [-1, 2]), (0, [-1])])
def test_what_cannot_be_shared(total, weights):
    with pytest.raises(ValueError):
        shares(total, weights)


@given(st.integers(0, 10**9), CURRENCIES)
def test_an_amount_comes_back_from_the_provider_as_it_went(times, currency):
    minor = times * charge_step(currency)
    assert from_provider(provider_amount(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "sent"),
    [
        (2995, "USD", 2995), (500, "JPY", 500), (500, "ISK", 50_000), (5000, "UGX", 500_000),
        (1230, "KWD", 1230), (10_000, "MGA", 100), (17_550, "HUF", 17_550),
    ],
)  # fmt: skip
def test_what_is_sent(minor, currency, sent):
    assert provider_amount(minor, currency) == sent


@pytest.mark.parametrize(("minor", "currency"), [(1234, "KWD"), (150, "MGA")])
def test_what_cannot_be_sent(minor, currency):
    with pytest.raises(ValueError):
        provider_amount(minor, currency)


def test_a_fraction_of_a_krona_is_not_swallowed():
    with pytest.raises(ValueError):
        from_provider(50_050, "ISK")


@pytest.mark.parametrize(
    ("currency", "least"),
    [("USD", 50), ("GBP", 30), ("JPY", 50), ("HUF", 17_500), ("CHF", 50), ("MXN", 1000)],
)
def test_the_least_that_is_charged(currency, least):
    assert min_charge(currency) == least


@given(CURRENCIES)
def test_the_least_charge_can_be_sent(currency):
    assert min_charge(currency) > 0
    assert min_charge(currency) % charge_step(currency) == 0


def test_an_unpublished_least_charge_is_a_whole_unit_or_a_thousand():
    assert (min_charge("ZAR"), min_charge("KWD"), min_charge("KRW")) == (100, 1000, 1000)
