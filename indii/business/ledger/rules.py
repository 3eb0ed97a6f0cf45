"""What each movement of money does to which account; debit is above zero, credit below.

The platform bears what the payment provider keeps: its fee stays an expense when a sale is
refunded, and the seller gives back exactly what the sale gave.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from indii.business.ledger.enums import AccountKind, Code, TransactionKind
from indii.business.ledger.errors import LedgerMismatch
from indii.kernel.money import shares

KINDS: Mapping[Code, AccountKind] = {
    Code.STRIPE_PENDING: AccountKind.ASSET,
    Code.STRIPE_AVAILABLE: AccountKind.ASSET,
    Code.PAYPAL_BALANCE: AccountKind.ASSET,
    Code.WISE_BALANCE: AccountKind.ASSET,
    Code.BANK: AccountKind.ASSET,
    Code.DISPUTE_RECEIVABLE: AccountKind.ASSET,
    Code.SELLER_PAYABLE: AccountKind.LIABILITY,
    Code.SELLER_HELD: AccountKind.LIABILITY,
    Code.SELLER_RESERVE: AccountKind.LIABILITY,
    Code.TAX_PAYABLE: AccountKind.LIABILITY,
    Code.BUYER_REFUND_DUE: AccountKind.LIABILITY,
    Code.PLATFORM_FEE: AccountKind.INCOME,
    Code.TIP_FEE: AccountKind.INCOME,
    Code.PROCESSOR_FEE: AccountKind.EXPENSE,
    Code.DISPUTE_FEE: AccountKind.EXPENSE,
    Code.REFUND_LOSS: AccountKind.EXPENSE,
    Code.BAD_DEBT: AccountKind.EXPENSE,
    Code.TRANSFER_IN_FLIGHT: AccountKind.CLEARING,
    Code.PAYOUT_IN_FLIGHT: AccountKind.CLEARING,
    Code.FX_CLEARING: AccountKind.CLEARING,
    Code.SUSPENSE: AccountKind.CLEARING,
}
# One account for each seller; every other code has one for the whole platform.
OWNED = frozenset({Code.SELLER_PAYABLE, Code.SELLER_HELD, Code.SELLER_RESERVE})

CODE_LABELS: Mapping[Code, str] = {
    Code.STRIPE_PENDING: "Stripe, pending",
    Code.STRIPE_AVAILABLE: "Stripe, available",
    Code.PAYPAL_BALANCE: "PayPal balance",
    Code.WISE_BALANCE: "Wise balance",
    Code.BANK: "Bank",
    Code.DISPUTE_RECEIVABLE: "Held by disputes",
    Code.SELLER_PAYABLE: "Owed to sellers",
    Code.SELLER_HELD: "Held until delivery",
    Code.SELLER_RESERVE: "Sellers' reserve",
    Code.TAX_PAYABLE: "Tax owed",
    Code.BUYER_REFUND_DUE: "Refunds owed to buyers",
    Code.PLATFORM_FEE: "Platform fees",
    Code.TIP_FEE: "Fees on tips",
    Code.PROCESSOR_FEE: "Payment provider's fees",
    Code.DISPUTE_FEE: "Dispute fees",
    Code.REFUND_LOSS: "Refund losses",
    Code.BAD_DEBT: "Bad debt",
    Code.TRANSFER_IN_FLIGHT: "Transfers in transit",
    Code.PAYOUT_IN_FLIGHT: "Payouts in transit",
    Code.FX_CLEARING: "Currency exchange",
    Code.SUSPENSE: "Suspense",
}
KIND_LABELS: Mapping[AccountKind, str] = {
    AccountKind.ASSET: "What we hold",
    AccountKind.LIABILITY: "What we owe",
    AccountKind.INCOME: "Income",
    AccountKind.EXPENSE: "Expenses",
    AccountKind.CLEARING: "In transit",
}
TRANSACTION_LABELS: Mapping[TransactionKind, str] = {
    TransactionKind.SALE: "Sale",
    TransactionKind.PROCESSOR_FEE: "Payment provider's fee",
    TransactionKind.SETTLEMENT: "Settlement",
    TransactionKind.REFUND: "Refund",
    TransactionKind.DISPUTE_OPENED: "Dispute opened",
    TransactionKind.DISPUTE_WON: "Dispute won",
    TransactionKind.DISPUTE_LOST: "Dispute lost",
    TransactionKind.TRANSFER: "Transfer",
    TransactionKind.PAYOUT: "Payout",
    TransactionKind.ADJUSTMENT: "Adjustment",
    TransactionKind.REVERSAL: "Reversal",
}


@dataclass(frozen=True, slots=True)
class Leg:
    """What a movement does to one account: debit above zero, credit below."""

    code: Code
    amount_minor: int
    currency: str
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Who got what of one sold line, or gets what of a refund; in minor units, never negative."""

    sellers: tuple[tuple[UUID, int], ...]
    fee_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What the buyer paid, or gets back."""
        return sum(amount for _, amount in self.sellers) + self.fee_minor + self.tax_minor


def sale_legs(
    currency: str, sellers: Sequence[tuple[UUID, int]], fee_minor: int, *, tax_minor: int = 0
) -> tuple[Leg, ...]:
    """Return the legs of a paid sale; `sellers` get what is left after the platform's fee.

    The buyer paid the sum of everything given. A sale for nothing has no legs.

    Raises:
        LedgerMismatch: a negative amount.
    """
    return _moved(currency, Code.STRIPE_PENDING, [Parts(tuple(sellers), fee_minor, tax_minor)])


def refund_parts(left: Parts, amount_minor: int) -> Parts:
    """Return who gives back what when this much of what is left of a line is refunded.

    Everybody gives in proportion to what they still have of it, to the nearest minor unit and
    never more than that; so refunds that add up to the line take exactly what the sale gave.

    Raises:
        LedgerMismatch: nothing to refund, or more than is left.
    """
    _refuse_negative([left])
    if not 0 < amount_minor <= left.total_minor:
        raise LedgerMismatch(f"a refund of {amount_minor} where {left.total_minor} is left")
    weights = (*(amount for _, amount in left.sellers), left.fee_minor, left.tax_minor)
    *given, fee, tax = shares(amount_minor, weights)
    owners = (owner for owner, _ in left.sellers)
    return Parts(tuple(zip(owners, given, strict=True)), fee, tax)


def left_after(line: Parts, taken: Iterable[Parts]) -> Parts:
    """Return what is left of a line once these refunds of it are taken off.

    Raises:
        LedgerMismatch: more was taken than was there, or from somebody else.
    """
    left = line
    for part in taken:
        if [owner for owner, _ in part.sellers] != [owner for owner, _ in left.sellers]:
            raise LedgerMismatch("a refund of another line")
        pairs = zip(left.sellers, part.sellers, strict=True)
        left = Parts(
            tuple((owner, had - gave) for (owner, had), (_, gave) in pairs),
            left.fee_minor - part.fee_minor,
            left.tax_minor - part.tax_minor,
        )
        _refuse_negative([left])
    return left


def refunds_of(line: Parts, amounts: Iterable[int]) -> tuple[Parts, ...]:
    """Return what each of these refunds of one line takes, in the order in which they were made.

    Raises:
        LedgerMismatch: an amount of nothing, or more than is left at its turn.
    """
    taken: list[Parts] = []
    for amount in amounts:
        taken.append(refund_parts(left_after(line, taken), amount))
    return tuple(taken)


def refund_legs(
    currency: str, taken: Sequence[Parts], *, source: Code = Code.STRIPE_PENDING
) -> tuple[Leg, ...]:
    """Return the legs of a refund of these parts, one for each line; the mirror of their sale.

    `source` is where the money leaves: Stripe's pending or available balance. A lost dispute is
    the same with `Code.DISPUTE_RECEIVABLE`: the money had left when it was opened.

    Raises:
        LedgerMismatch: a negative amount.
    """
    return mirrored(_moved(currency, source, taken))


def fee_legs(
    currency: str, fee_minor: int, *, source: Code = Code.STRIPE_PENDING
) -> tuple[Leg, ...]:
    """Return the legs of the fee that the payment provider kept, once it is known."""
    return _between(currency, fee_minor, debit=Code.PROCESSOR_FEE, credit=source)


def settled_legs(currency: str, amount_minor: int) -> tuple[Leg, ...]:
    """Return the legs of money that became available at the payment provider."""
    return _between(currency, amount_minor, debit=Code.STRIPE_AVAILABLE, credit=Code.STRIPE_PENDING)


def dispute_opened_legs(
    currency: str, amount_minor: int, fee_minor: int, *, source: Code = Code.STRIPE_PENDING
) -> tuple[Leg, ...]:
    """Return the legs of money withdrawn for a dispute, with the fee charged for it."""
    return (
        *_between(currency, amount_minor, debit=Code.DISPUTE_RECEIVABLE, credit=source),
        *_between(currency, fee_minor, debit=Code.DISPUTE_FEE, credit=source),
    )


def dispute_won_legs(
    currency: str,
    amount_minor: int,
    returned_fee_minor: int = 0,
    *,
    source: Code = Code.STRIPE_PENDING,
) -> tuple[Leg, ...]:
    """Return the legs of money reinstated after a dispute; with the whole fee its mirror."""
    return mirrored(dispute_opened_legs(currency, amount_minor, returned_fee_minor, source=source))


def transfer_legs(currency: str, owner_id: UUID, amount_minor: int) -> tuple[Leg, ...]:
    """Return the legs of a transfer to a seller that was asked for."""
    return _between(
        currency,
        amount_minor,
        debit=Code.SELLER_PAYABLE,
        credit=Code.TRANSFER_IN_FLIGHT,
        debit_owner=owner_id,
    )


def transferred_legs(
    currency: str, amount_minor: int, *, source: Code = Code.STRIPE_AVAILABLE
) -> tuple[Leg, ...]:
    """Return the legs of a transfer that the payment provider made."""
    return _between(currency, amount_minor, debit=Code.TRANSFER_IN_FLIGHT, credit=source)


def mirrored(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """Return the legs that undo these."""
    return tuple(Leg(x.code, -x.amount_minor, x.currency, x.owner_id) for x in legs)


def check_legs(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """Return the legs without those that move nothing.

    Raises:
        LedgerMismatch: they do not sum to zero in a currency, or an owner is missing or too many.
    """
    moving = tuple(leg for leg in legs if leg.amount_minor)
    sums: defaultdict[str, int] = defaultdict(int)
    for leg in moving:
        sums[leg.currency] += leg.amount_minor
        if (leg.owner_id is not None) != (leg.code in OWNED):
            raise LedgerMismatch(f"{leg.code}: the owner is missing, or nobody owns it")
    if off := {currency: total for currency, total in sums.items() if total}:
        raise LedgerMismatch(f"legs that do not sum to zero: {off}")
    return moving


def are_same(one: Iterable[Leg], other: Iterable[Leg]) -> bool:
    """Whether both do the same to the same accounts, in any order."""
    return Counter(one) == Counter(other)


def _moved(currency: str, place: Code, lines: Sequence[Parts]) -> tuple[Leg, ...]:
    _refuse_negative(lines)
    legs = (
        Leg(place, sum(line.total_minor for line in lines), currency),
        *(
            Leg(Code.SELLER_PAYABLE, -amount, currency, owner)
            for line in lines
            for owner, amount in line.sellers
        ),
        Leg(Code.PLATFORM_FEE, -sum(line.fee_minor for line in lines), currency),
        Leg(Code.TAX_PAYABLE, -sum(line.tax_minor for line in lines), currency),
    )
    return tuple(leg for leg in legs if leg.amount_minor)


def _between(
    currency: str,
    amount_minor: int,
    *,
    debit: Code,
    credit: Code,
    debit_owner: UUID | None = None,
) -> tuple[Leg, ...]:
    if amount_minor < 0:
        raise LedgerMismatch(f"{debit}: an amount below zero")
    if amount_minor == 0:
        return ()
    return (
        Leg(debit, amount_minor, currency, debit_owner),
        Leg(credit, -amount_minor, currency),
    )


def _refuse_negative(lines: Iterable[Parts]) -> None:
    for line in lines:
        amounts = (*(amount for _, amount in line.sellers), line.fee_minor, line.tax_minor)
        if min(amounts) < 0:
            raise LedgerMismatch("a part below zero")
