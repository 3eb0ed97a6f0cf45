"""Which tips are taken: amounts, messages, names."""

import pytest

from indii.kernel.errors import IndiiError
from indii.kernel.money import charge_step, min_charge
from indii.store.tips import rules

CURRENCIES = ("USD", "EUR", "JPY", "HUF", "KWD", "MGA", "ISK", "INR")


@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_is_suggested_can_be_given_and_charged(currency: str) -> None:
    suggested = rules.suggested_tips(currency)
    assert len(set(suggested)) == 3
    for minor in (*suggested, rules.least_tip(currency), rules.most_tip(currency)):
        assert rules.check_amount(str(minor), "", currency) == minor
        assert minor >= min_charge(currency)
        assert minor % charge_step(currency) == 0


@pytest.mark.parametrize(
    ("chosen", "typed", "minor"),
    [("500", "", 500), ("500", "7", 700), ("", "$7.50", 750), ("own", "7,5", 750), ("1", "2", 200)],
)
def test_what_was_typed_counts_before_what_was_chosen(chosen: str, typed: str, minor: int) -> None:
    assert rules.check_amount(chosen, typed, "USD") == minor


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        ("", ""), ("own", ""), ("99", ""), ("100001", ""), ("-500", ""), ("٥٠٠", ""),
        ("", "free"),
        ("", "0"), ("", "0.99"), ("", "1000.01"), ("", "five"), ("", "1e3"), ("9" * 400, ""),
        ("500", "0.5"),
    ],
)  # fmt: skip
def test_other_amounts_are_refused_with_their_bounds(chosen: str, typed: str) -> None:
    with pytest.raises(IndiiError, match=r"between \$1.00 and \$1,000.00") as refused:
        rules.check_amount(chosen, typed, "USD")
    assert refused.value.field == "amount"


def test_messages_and_names_have_a_length() -> None:
    assert rules.check_message(" So good\x00\n\nthank you\u202e ") == "So good\n\nthank you"
    assert rules.check_message("") == rules.check_giver("  ") == ""
    assert rules.check_giver(" Lena\n Moss ") == "Lena Moss"
    for check, most in ((rules.check_message, 280), (rules.check_giver, 60)):
        assert len(check("ß" * most)) == most
        for long in ("a" * (most + 1), " " * 5000 + "a"):
            with pytest.raises(IndiiError, match=f"At most {most}"):
                check(long)
