"""Terms in words, and what sets one tier apart from the one before."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import (
    DEFAULTS,
    Terms,
    check_terms,
    check_tier,
    compare_terms,
    describe_terms,
)
from indii.kernel.errors import IndiiError

LIMIT = st.none() | st.integers(-5, 2_000_000_000)
TERMS = st.builds(
    Terms, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, st.booleans(), st.booleans(), st.booleans()
)
GOOD = st.none() | st.integers(1, 99)
GOOD_TERMS = st.builds(
    Terms, GOOD, GOOD, GOOD, GOOD, GOOD, st.booleans(), st.booleans(), st.booleans()
)


@pytest.mark.parametrize("tier", LicenseTier)
def test_the_defaults_are_good_terms(tier):
    assert check_terms(DEFAULTS[tier]) == DEFAULTS[tier]


def test_every_tier_grants_at_least_what_the_one_before_grants():
    tiers = list(DEFAULTS.values())
    for less, more in pairwise(tiers):
        for name in ("streams_limit", "copies_limit", "videos_limit", "term_years"):
            before, after = getattr(less, name), getattr(more, name)
            assert after is None or (before is not None and after >= before)


@given(TERMS)
def test_terms_are_good_or_refused_on_a_field_of_theirs(terms):
    try:
        check_terms(terms)
    except IndiiError as error:
        assert hasattr(terms, error.field)  # noqa: PT017 - either outcome is fine
    else:
        assert all(line for line in describe_terms(terms))


@given(st.lists(GOOD_TERMS, max_size=6))
def test_exactly_what_differs_from_the_tier_before_is_marked(tiers):
    compared = compare_terms(tiers)
    assert len(compared) == len(tiers)
    for index, lines in enumerate(compared):
        for place, line in enumerate(lines):
            before = describe_terms(tiers[index - 1])[place] if index else line.text
            assert line.differs == (line.text != before)


def test_words():
    assert describe_terms(DEFAULTS[LicenseTier.MP3_LEASE]) == (
        "50,000 streams", "2,000 copies sold", "1 music video", "no radio stations",
        "no TV or film", "live shows allowed", "credit required", "for 5 years",
    )  # fmt: skip


def test_unknown_tiers():
    with pytest.raises(IndiiError):
        check_tier("platinum")
