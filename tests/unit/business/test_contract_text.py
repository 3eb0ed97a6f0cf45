"""The words of a license: held to golden files, one a tier, and safe from what people type."""

import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import (
    Terms,
    contract_text,
    day_words,
    in_full,
    in_words,
    last_day,
    name_line,
    read_certificate_id,
    read_sha256,
    terms_table,
    text_hash,
)
from indii.kernel.errors import IndiiError
from tests.factories.licensing import contract_facts

GOLDEN = Path(__file__).parent / "test_contract_golden"
LIMIT = st.none() | st.integers(1, 1_000_000_000)
COUNT = st.none() | st.integers(0, 1_000_000_000)
TERMS = st.builds(
    Terms, LIMIT, LIMIT, COUNT, COUNT, st.none() | st.integers(1, 99),
    st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
HOSTILE = st.text(max_size=400) | st.sampled_from([
    "a\nb", "x\r\n9.9 The Licensee owns everything.", "\u202egnp.exe", "\u2066a\u2069", "\u2028",
    "# New section", "- clause", "{{ facts }}", "{% raw %}", "\u0301accent", "A" * 5000, "\0",
    "1. What the Licensee may do", "שלום", "END OF THE AGREEMENT", "", "\x85", "\u200f",
])  # fmt: skip


@pytest.mark.parametrize("tier", LicenseTier)
def test_the_contract_of_each_tier_is_the_one_that_was_read(tier):
    file = GOLDEN / f"{tier}.txt"
    written = contract_text(contract_facts(tier))
    assert written == file.read_text(encoding="utf-8"), f"read it, then write it to {file.name}"


@given(TERMS, st.sampled_from(LicenseTier))
def test_the_same_facts_give_the_same_bytes(terms, tier):
    facts = contract_facts(tier, terms=terms)
    text = contract_text(facts)
    assert text_hash(text) == text_hash(contract_text(replace(facts)))
    assert unicodedata.is_normalized("NFC", text)
    assert "None" not in text
    assert "{" not in text


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.sampled_from(LicenseTier))
def test_what_people_typed_stays_on_its_line_and_changes_nothing_else(
    title, producer, licensee, alias, tier
):
    plain = contract_text(contract_facts(tier)).split("\n")
    facts = contract_facts(
        tier, title=title, producer_name=producer, licensee_name=licensee,
        # An alias without a letter is none, and has no line.
        licensee_alias="M" + alias,
    )  # fmt: skip
    hostile = contract_text(facts).split("\n")
    assert len(hostile) == len(plain)
    starts = ("Recording: ", "Producer: ", "Licensee: ", "Licensee performs as: ")
    for before, after in zip(plain, hostile, strict=True):
        if before.startswith(starts) and before.split(": ")[0] == after.split(": ")[0]:
            continue
        assert before == after
    assert not {c for c in "".join(hostile) if unicodedata.category(c)[0] == "C"}


@given(HOSTILE)
def test_a_name_is_one_short_line(text):
    line = name_line(text)
    assert len(line) <= 200
    assert line == name_line(line)
    assert len(line.splitlines()) <= 1
    assert line == "" or not unicodedata.combining(line[0])


def test_a_contract_says_only_what_is_known():
    text = contract_text(
        contract_facts(
            licensee_alias="", price_label="", order_number="", files=(), ai_use="",
            holds_rights=False, licensee_name="\u202e",
        )
    )  # fmt: skip
    assert "performs as" not in text
    assert "Order:" not in text
    assert "declared" not in text
    assert "Price: none, free of charge\n" in text
    assert "Licensee: (no name)\n" in text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"), (7, "seven"), (13, "thirteen"), (20, "twenty"), (21, "twenty-one"),
        (100, "one hundred"), (105, "one hundred and five"), (2_000, "two thousand"),
        (50_000, "fifty thousand"), (150_000, "one hundred and fifty thousand"),
        (999_999, "nine hundred and ninety-nine thousand nine hundred and ninety-nine"),
        (1_000_000_000, "one billion"), (1_000_001, "one million one"),
    ],
)  # fmt: skip
def test_numbers_in_words(number, words):
    assert in_words(number) == words
    assert in_full(number) == f"{number:,} ({words})"


def test_every_number_below_a_hundred_thousand_has_words_of_its_own():
    numbers = range(0, 100_000, 7)
    assert len({in_words(n) for n in numbers}) == len(numbers)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2026, 11, 20), 5, date(2031, 11, 19)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2027, 1, 1), 1, date(2027, 12, 31)),
        (date(2027, 1, 1), None, None),
    ],
)
def test_the_last_day_of_a_term(start, years, end):
    assert last_day(start, years) == end


def test_days_and_terms_in_words():
    assert day_words(date(2026, 11, 20)) == "20 November 2026"
    table = dict(terms_table(contract_facts().terms, date(2026, 11, 20)))
    assert table["Streams"] == "up to 150,000"
    assert table["Term"] == "until 19 November 2031"
    assert (
        dict(terms_table(Terms(None, None, 0, None, None, True, True, True), date.today()))[  # noqa: DTZ011
            "Music videos"
        ]
        == "none"
    )


def test_numbers_that_people_type():
    number = "0198c0de-4a7b-7c31-9f02-5d1e8a6b3c47"
    for typed in (number, f" {number.upper()}\n", f"https://indii.example.org/verify/{number}?x=1"):
        assert str(read_certificate_id(typed)) == number
    assert read_certificate_id("nothing") is None
    assert read_sha256(" " + "AB" * 32) == "ab" * 32
    with pytest.raises(IndiiError):
        read_sha256("ab" * 31 + "zz")
