"""Reading the books: an operator's pages, a seller's balance, and whether all of it agrees."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from indii.business.ledger.enums import AccountKind, Code, TransactionKind
from indii.business.ledger.errors import TransactionNotFound
from indii.business.ledger.models import (
    LedgerAccount,
    LedgerBalance,
    LedgerEntry,
    LedgerTransaction,
)
from indii.business.ledger.rules import CODE_LABELS, KIND_LABELS, KINDS, TRANSACTION_LABELS
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money
from indii.kernel.paging import behind

PAGE = 50
MOST = 200

_KIND_ORDER = {str(kind): place for place, kind in enumerate(AccountKind)}
_CODE_ORDER = {str(code): place for place, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one code in one currency; either debit or credit is "", the other said."""

    code: str
    label: str
    kind: str
    kind_label: str
    currency: str
    balance_minor: int
    debit_label: str
    credit_label: str


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A movement of money as a list shows it; `amount_label` is what moved, by currency."""

    id: str
    kind: str
    kind_label: str
    amount_label: str
    memo: str
    order_id: str
    provider_ref: str
    when: str
    at: str
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """Movements, newest first; `next_after` is "" on the last page."""

    rows: tuple[TransactionRow, ...]
    next_after: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """What a movement did to one account."""

    code: str
    label: str
    owner_id: str
    owner_name: str
    debit_label: str
    credit_label: str


@dataclass(frozen=True, slots=True)
class TransactionView:
    """One movement of money with everything that is known about it."""

    row: TransactionRow
    dedupe_key: str
    effective_at: str
    created_at: str
    reverses: str
    reversed_by: str
    entries: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class PayableLine:
    """What the platform owes a seller in one currency; below zero the seller owes it back."""

    currency: str
    payable_minor: int
    payable_label: str
    is_owed_back: bool


def trial_balance(ctx: ReadCtx) -> tuple[TrialLine, ...]:
    """Return what every code holds in every currency; a currency's lines sum to zero."""
    ctx.actor.require_role("admin")
    code, currency = col(LedgerAccount.code), col(LedgerAccount.currency)
    found = ctx.db.execute(
        select(code, currency, func.sum(col(LedgerBalance.balance_minor)))
        .join(LedgerBalance, col(LedgerBalance.account_id) == col(LedgerAccount.id))
        .group_by(code, currency)
    )
    lines = [_trial_line(Code(c), unit, int(total)) for c, unit, total in found]
    return tuple(
        sorted(lines, key=lambda x: (x.currency, _KIND_ORDER[x.kind], _CODE_ORDER[x.code]))
    )


def balance_of(ctx: ReadCtx, code: Code, owner_id: UUID | None, currency: str) -> int:
    """Return an account's balance in minor units, debit above zero; no check who asks."""
    found = ctx.db.scalar(
        select(col(LedgerBalance.balance_minor))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerBalance.account_id))
        .where(
            col(LedgerAccount.code) == code,
            col(LedgerAccount.currency) == currency,
            col(LedgerAccount.owner_id).is_not_distinct_from(owner_id),
        )
    )
    return int(found or 0)


def payable_of(ctx: ReadCtx, profile_id: UUID) -> tuple[PayableLine, ...]:
    """Return what this seller is owed, currency by currency.

    Raises:
        NotAllowed: neither the seller's own page nor an administrator's.
    """
    if ctx.actor.profile_id != profile_id:
        ctx.actor.require_role("admin")
    found = ctx.db.execute(
        select(col(LedgerAccount.currency), col(LedgerBalance.balance_minor))
        .join(LedgerBalance, col(LedgerBalance.account_id) == col(LedgerAccount.id))
        .where(
            col(LedgerAccount.code) == Code.SELLER_PAYABLE,
            col(LedgerAccount.owner_id) == profile_id,
        )
        .order_by(col(LedgerAccount.currency))
    )
    return tuple(
        PayableLine(
            currency=currency,
            payable_minor=-balance,
            payable_label=money(-balance, currency),
            is_owed_back=balance > 0,
        )
        for currency, balance in found
    )


def transactions_page(
    ctx: ReadCtx,
    *,
    after: UUID | None = None,
    limit: int = PAGE,
    code: Code | None = None,
    order_id: UUID | None = None,
) -> TransactionsPage:
    """Return movements, newest first, that touch the code and belong to the order, if given."""
    ctx.actor.require_role("admin")
    size = max(1, min(limit, MOST))
    statement = _transactions().order_by(col(LedgerTransaction.id).desc()).limit(size + 1)
    if order_id is not None:
        statement = statement.where(col(LedgerTransaction.order_id) == order_id)
    if code is not None:
        touched = (
            select(col(LedgerEntry.transaction_id))
            .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
            .where(col(LedgerAccount.code) == code)
        )
        statement = statement.where(col(LedgerTransaction.id).in_(touched))
    statement = behind(ctx.db, statement, key=col(LedgerTransaction.id), after=after)
    found = ctx.db.execute(statement).all()
    shown = found[:size]
    amounts = _amounts(ctx, [t.id for t, _ in shown])
    rows = tuple(_row(ctx, t, reversal, amounts[t.id]) for t, reversal in shown)
    return TransactionsPage(rows, rows[-1].id if len(found) > size else "")


def transaction(ctx: ReadCtx, transaction_id: UUID) -> TransactionView:
    """Return one movement with its entries.

    Raises:
        TransactionNotFound: there is none.
    """
    ctx.actor.require_role("admin")
    found = ctx.db.execute(
        _transactions().where(col(LedgerTransaction.id) == transaction_id)
    ).first()
    if found is None:
        raise TransactionNotFound
    row, reversal = found
    return TransactionView(
        row=_row(ctx, row, reversal, _amounts(ctx, [row.id])[row.id]),
        dedupe_key=row.dedupe_key,
        effective_at=row.effective_at.isoformat(),
        created_at=row.created_at.isoformat(),
        reverses=_text(row.reverses),
        reversed_by=_text(reversal),
        entries=_entries(ctx, transaction_id),
    )


def check_ledger(ctx: ReadCtx) -> tuple[str, ...]:
    """Return what is wrong with the books in words; nothing is the only good answer."""
    ctx.actor.require_role("admin")
    checks: tuple[Callable[[ReadCtx], list[str]], ...] = (
        _unbalanced_currencies,
        _broken_transactions,
        _wrong_balances,
    )
    return tuple(said for check in checks for said in check(ctx))


def _unbalanced_currencies(ctx: ReadCtx) -> list[str]:
    currency, total = col(LedgerEntry.currency), func.sum(col(LedgerEntry.amount_minor))
    found = ctx.db.execute(
        select(currency, total).group_by(currency).having(total != 0).order_by(currency)
    )
    return [
        f"The trial balance is off by {money(int(off), code)} in {code}." for code, off in found
    ]


def _broken_transactions(ctx: ReadCtx) -> list[str]:
    key, announced = col(LedgerTransaction.dedupe_key), col(LedgerTransaction.entry_count)
    by_currency = (
        select(
            col(LedgerEntry.transaction_id).label("transaction_id"),
            func.count().label("entries"),
            func.sum(col(LedgerEntry.amount_minor)).label("total"),
        )
        .group_by(col(LedgerEntry.transaction_id), col(LedgerEntry.currency))
        .subquery()
    )
    entries = func.coalesce(func.sum(by_currency.c.entries), 0)
    off = func.coalesce(func.sum(func.abs(by_currency.c.total)), 0)
    found = ctx.db.execute(
        select(key, announced, entries, off)
        .outerjoin(by_currency, by_currency.c.transaction_id == col(LedgerTransaction.id))
        .group_by(key, announced)
        .having((entries != announced) | (off != 0))
        .order_by(key)
    )
    return [
        f"Transaction {name} does not balance."
        if said == there
        else f"Transaction {name} has {there} of {said} entries."
        for name, said, there, _ in found
    ]


def _wrong_balances(ctx: ReadCtx) -> list[str]:
    summed = (
        select(
            col(LedgerEntry.account_id).label("account_id"),
            func.sum(col(LedgerEntry.amount_minor)).label("total"),
        )
        .group_by(col(LedgerEntry.account_id))
        .subquery()
    )
    kept = func.coalesce(col(LedgerBalance.balance_minor), 0)
    true = func.coalesce(summed.c.total, 0)
    found = ctx.db.execute(
        select(
            col(LedgerAccount.code),
            col(LedgerAccount.currency),
            col(LedgerAccount.owner_id),
            kept,
            true,
        )
        .outerjoin(LedgerBalance, col(LedgerBalance.account_id) == col(LedgerAccount.id))
        .outerjoin(summed, summed.c.account_id == col(LedgerAccount.id))
        .where(kept != true)
        .order_by(col(LedgerAccount.code), col(LedgerAccount.currency))
    )
    return [
        f"The balance of {code}{f' of {owner}' if owner else ''} says {money(int(said), currency)},"
        f" its entries say {money(int(total), currency)}."
        for code, currency, owner, said, total in found
    ]


def _sides(amount: int, currency: str) -> tuple[str, str]:
    said = money(abs(amount), currency)
    return (said, "") if amount >= 0 else ("", said)


def _text(value: UUID | None) -> str:
    return str(value) if value else ""


def _trial_line(code: Code, currency: str, balance: int) -> TrialLine:
    debit, credit = _sides(balance, currency)
    return TrialLine(
        code=code,
        label=CODE_LABELS[code],
        kind=KINDS[code],
        kind_label=KIND_LABELS[KINDS[code]],
        currency=currency,
        balance_minor=balance,
        debit_label=debit,
        credit_label=credit,
    )


def _transactions() -> Select[LedgerTransaction, UUID]:
    reversal = aliased(LedgerTransaction)
    return select(LedgerTransaction, col(reversal.id)).outerjoin(
        reversal, col(reversal.reverses) == col(LedgerTransaction.id)
    )


def _amounts(ctx: ReadCtx, transaction_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what moved in each transaction: its debits, currency by currency."""
    transaction_id, currency = col(LedgerEntry.transaction_id), col(LedgerEntry.currency)
    found = ctx.db.execute(
        select(transaction_id, currency, func.sum(col(LedgerEntry.amount_minor)))
        .where(transaction_id.in_(transaction_ids), col(LedgerEntry.amount_minor) > 0)
        .group_by(transaction_id, currency)
        .order_by(currency)
    )
    said: defaultdict[UUID, list[str]] = defaultdict(list)
    for ident, code, total in found:
        said[ident].append(money(int(total), code))
    return {ident: " + ".join(amounts) for ident, amounts in said.items()}


def _row(
    ctx: ReadCtx, row: LedgerTransaction, reversal: UUID | None, amount: str
) -> TransactionRow:
    return TransactionRow(
        id=str(row.id),
        kind=row.kind,
        kind_label=TRANSACTION_LABELS[TransactionKind(row.kind)],
        amount_label=amount,
        memo=row.memo,
        order_id=_text(row.order_id),
        provider_ref=row.provider_ref,
        when=ago(row.effective_at, ctx.now),
        at=row.effective_at.isoformat(),
        is_reversed=reversal is not None,
    )


def _entries(ctx: ReadCtx, transaction_id: UUID) -> tuple[EntryLine, ...]:
    found = ctx.db.execute(
        select(
            col(LedgerAccount.code),
            col(LedgerAccount.owner_id),
            col(Profile.name),
            col(LedgerEntry.currency),
            col(LedgerEntry.amount_minor),
        )
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .outerjoin(Profile, col(Profile.id) == col(LedgerAccount.owner_id))
        .where(col(LedgerEntry.transaction_id) == transaction_id)
        .order_by(col(LedgerEntry.amount_minor).desc(), col(LedgerEntry.id))
    )
    lines = []
    for code, owner_id, name, currency, amount in found:
        debit, credit = _sides(amount, currency)
        lines.append(
            EntryLine(
                code=code,
                label=CODE_LABELS[Code(code)],
                owner_id=_text(owner_id),
                owner_name=name or "",
                debit_label=debit,
                credit_label=credit,
            )
        )
    return tuple(lines)
