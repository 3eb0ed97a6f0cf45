"""Every movement sums to zero; what a sale gave, refunds take back to the last minor unit."""

from collections import Counter, defaultdict
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.ledger import rules
from indii.business.ledger.enums import AccountKind, Code, TransactionKind
from indii.business.ledger.errors import LedgerMismatch
from indii.business.ledger.rules import Leg, Parts

A, B = UUID(int=1), UUID(int=2)
AMOUNTS = st.integers(0, 10**9)
OWNERS = st.integers(1, 5).map(lambda n: UUID(int=n))
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
LINES = st.builds(
    Parts,
    st.lists(st.tuples(OWNERS, AMOUNTS), min_size=1, max_size=5).map(tuple),
    AMOUNTS,
    AMOUNTS,
)
SMALL_LINES = st.builds(
    Parts,
    st.lists(st.tuples(OWNERS, st.integers(0, 60)), min_size=1, max_size=5).map(tuple),
    st.integers(0, 30),
    st.integers(0, 30),
)


def net(legs):
    sums = defaultdict(int)
    for leg in legs:
        sums[leg.code, leg.currency, leg.owner_id] += leg.amount_minor
    return {key: total for key, total in sums.items() if total}


def assert_balanced(legs):
    sums = defaultdict(int)
    for leg in legs:
        sums[leg.currency] += leg.amount_minor
    assert set(sums.values()) <= {0}
    assert rules.check_legs(legs) == tuple(legs)


@st.composite
def refunded(draw, lines=SMALL_LINES):
    """A line and refunds of it that may or may not use it up."""
    line = draw(lines)
    left, amounts = line.total_minor, []
    while left and len(amounts) < 12 and draw(st.booleans()):
        amounts.append(draw(st.integers(1, left)))
        left -= amounts[-1]
    return line, amounts


def test_a_sale_as_the_books_say_it():
    legs = rules.sale_legs("USD", [(A, 800), (B, 1200)], 400, tax_minor=100)
    assert legs == (
        Leg(Code.STRIPE_PENDING, 2500, "USD"),
        Leg(Code.SELLER_PAYABLE, -800, "USD", A),
        Leg(Code.SELLER_PAYABLE, -1200, "USD", B),
        Leg(Code.PLATFORM_FEE, -400, "USD"),
        Leg(Code.TAX_PAYABLE, -100, "USD"),
    )


def test_other_movements_as_the_books_say_them():
    usd = "USD"
    assert net(rules.fee_legs(usd, 103)) == {
        (Code.PROCESSOR_FEE, usd, None): 103, (Code.STRIPE_PENDING, usd, None): -103,
    }  # fmt: skip
    assert net(rules.settled_legs(usd, 2397)) == {
        (Code.STRIPE_AVAILABLE, usd, None): 2397, (Code.STRIPE_PENDING, usd, None): -2397,
    }  # fmt: skip
    assert net(rules.dispute_opened_legs(usd, 2500, 1500)) == {
        (Code.DISPUTE_RECEIVABLE, usd, None): 2500, (Code.DISPUTE_FEE, usd, None): 1500,
        (Code.STRIPE_PENDING, usd, None): -4000,
    }  # fmt: skip
    asked, made = rules.transfer_legs(usd, A, 800), rules.transferred_legs(usd, 800)
    assert net(asked + made) == {
        (Code.SELLER_PAYABLE, usd, A): 800, (Code.STRIPE_AVAILABLE, usd, None): -800,
    }  # fmt: skip


def test_what_moves_nothing_has_no_legs():
    assert rules.sale_legs("USD", [(A, 0)], 0) == ()
    assert rules.sale_legs("USD", [], 0) == ()
    assert rules.fee_legs("USD", 0) == rules.settled_legs("USD", 0) == ()
    assert rules.refund_legs("USD", []) == ()
    assert rules.dispute_opened_legs("USD", 0, 0) == ()


@given(CURRENCIES, LINES)
def test_every_sale_balances(currency, line):
    legs = rules.sale_legs(currency, line.sellers, line.fee_minor, tax_minor=line.tax_minor)
    assert_balanced(legs)
    assert sum(leg.amount_minor for leg in legs if leg.amount_minor > 0) == line.total_minor


@given(CURRENCIES, AMOUNTS, AMOUNTS, OWNERS)
def test_every_other_movement_balances(currency, amount, fee, owner):
    opened = rules.dispute_opened_legs(currency, amount, fee)
    for legs in (
        opened,
        rules.dispute_won_legs(currency, amount, fee),
        rules.fee_legs(currency, fee),
        rules.settled_legs(currency, amount),
        rules.transfer_legs(currency, owner, amount),
        rules.transferred_legs(currency, amount),
    ):
        assert_balanced(legs)
    assert net((*opened, *rules.dispute_won_legs(currency, amount, fee))) == {}


@given(CURRENCIES, refunded())
def test_refunds_balance_and_never_take_what_is_not_there(currency, case):
    line, amounts = case
    taken = rules.refunds_of(line, amounts)
    assert [part.total_minor for part in taken] == amounts
    for part in taken:
        assert_balanced(rules.refund_legs(currency, [part]))
    left = rules.left_after(line, taken)
    assert left.total_minor == line.total_minor - sum(amounts)
    assert all(amount >= 0 for _, amount in left.sellers)


@given(CURRENCIES, refunded(SMALL_LINES | LINES))
def test_refunds_that_use_up_the_line_take_back_exactly_the_sale(currency, case):
    line, amounts = case
    rest = line.total_minor - sum(amounts)
    taken = rules.refunds_of(line, [*amounts, rest] if rest else amounts)
    sale = rules.sale_legs(currency, line.sellers, line.fee_minor, tax_minor=line.tax_minor)
    back = [leg for part in taken for leg in rules.refund_legs(currency, [part])]
    assert net([*sale, *back]) == {}


@given(CURRENCIES, st.lists(LINES, min_size=1, max_size=4))
def test_a_full_refund_is_the_mirror_of_the_sale(currency, lines):
    sale = rules.sale_legs(
        currency,
        [pair for line in lines for pair in line.sellers],
        sum(line.fee_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
    )
    assert Counter(rules.refund_legs(currency, lines)) == Counter(rules.mirrored(sale))


@given(CURRENCIES, LINES)
def test_a_lost_dispute_is_borne_by_who_was_paid(currency, line):
    sale = rules.sale_legs(currency, line.sellers, line.fee_minor, tax_minor=line.tax_minor)
    opened = rules.dispute_opened_legs(currency, line.total_minor, 1500)
    lost = rules.refund_legs(currency, [line], source=Code.DISPUTE_RECEIVABLE)
    assert net((*sale, *opened, *lost)) == {
        (Code.DISPUTE_FEE, currency, None): 1500,
        (Code.STRIPE_PENDING, currency, None): -1500,
    }


@given(st.lists(st.builds(Leg, st.sampled_from(Code), st.integers(-5, 5), CURRENCIES), max_size=6))
def test_legs_that_do_not_sum_to_zero_are_refused(legs):
    sums = Counter()
    for leg in legs:
        sums[leg.currency] += leg.amount_minor
    moving = [leg for leg in legs if leg.amount_minor]
    if any(sums.values()) or any(leg.code in rules.OWNED for leg in moving):
        with pytest.raises(LedgerMismatch):
            rules.check_legs(legs)
    else:
        assert rules.check_legs(legs) == tuple(moving)


def test_an_account_without_owners_has_none():
    legs = [Leg(Code.BANK, 5, "USD", A), Leg(Code.SUSPENSE, -5, "USD")]
    with pytest.raises(LedgerMismatch, match="owner"):
        rules.check_legs(legs)


LINE = Parts(((A, 800), (B, 1200)), 400)


@pytest.mark.parametrize("amount", [0, -1, 2401])
def test_a_refund_of_nothing_or_too_much_is_a_bug(amount):
    with pytest.raises(LedgerMismatch):
        rules.refund_parts(LINE, amount)


def test_other_contradictions():
    for broken in (
        lambda: rules.sale_legs("USD", [(A, -1), (B, 1)], 0),
        lambda: rules.sale_legs("USD", [(A, 1)], -1),
        lambda: rules.fee_legs("USD", -1),
        lambda: rules.settled_legs("USD", -1),
        lambda: rules.refunds_of(LINE, [2000, 401]),
        lambda: rules.left_after(LINE, [Parts(((A, 1),), 0)]),
        lambda: rules.left_after(LINE, [LINE, LINE]),
    ):
        with pytest.raises(LedgerMismatch):
            broken()


def test_every_word_has_a_label_and_a_side():
    assert set(rules.KINDS) == set(rules.CODE_LABELS) == set(Code)
    assert set(rules.KIND_LABELS) == set(AccountKind)
    assert set(rules.TRANSACTION_LABELS) == set(TransactionKind)
    assert all(len(word) <= 30 for word in Code)
    assert all(len(word) <= 20 for word in TransactionKind)
