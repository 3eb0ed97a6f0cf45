"""Writing the books.

Nobody is asked who they are here: these commands are called by commands of higher rooms, inside
the transaction in which an order is paid or refunded, and those decide who may do that. No page,
handler or endpoint calls them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.ledger.enums import Code, TransactionKind
from indii.business.ledger.errors import LedgerMismatch
from indii.business.ledger.models import LedgerAccount, LedgerEntry, LedgerTransaction
from indii.business.ledger.rules import KINDS, Leg, are_same, check_legs, mirrored
from indii.kernel.context import WriteCtx
from indii.kernel.db import table_of
from indii.kernel.ids import new_id

# Any number that no other advisory lock of this database uses.
_LOCK = 7310202612

AccountKey = tuple[str, str, UUID | None]


def post(
    ctx: WriteCtx,
    *,
    kind: TransactionKind,
    dedupe_key: str,
    legs: Sequence[Leg],
    order_id: UUID | None = None,
    provider_ref: str = "",
    memo: str = "",
    reverses: UUID | None = None,
    effective_at: datetime | None = None,
) -> UUID | None:
    """Write the movement and return its id; None if it was written before or moves nothing.

    The same key at the same moment in two transactions is written once. Whoever posts second
    waits until the first commits, so locks on other rows are taken before, not after.
    Does not ask who acts: the command above has.

    Raises:
        LedgerMismatch: legs that do not sum to zero, are no mirror, or are not those of this key.
    """
    moving = check_legs(legs)
    if not moving:
        return None
    _one_at_a_time(ctx)
    if reverses and not are_same(mirrored(moving), _legs_of(ctx, reverses)):
        raise LedgerMismatch(f"{dedupe_key} is no mirror of {reverses}")
    made = LedgerTransaction(
        id=new_id(),
        kind=kind,
        dedupe_key=dedupe_key,
        reverses=reverses,
        order_id=order_id,
        provider_ref=provider_ref,
        memo=memo,
        entry_count=len(moving),
        effective_at=effective_at or ctx.now,
        created_at=ctx.now,
    )
    return made.id if _write(ctx, made, moving) else None


def reverse(
    ctx: WriteCtx,
    *,
    transaction_id: UUID,
    dedupe_key: str,
    kind: TransactionKind = TransactionKind.REVERSAL,
    memo: str = "",
) -> UUID | None:
    """Write the mirror of a transaction and return its id; None if this key was written before.

    Does not ask who acts: the command above has.

    Raises:
        LedgerMismatch: there is no such transaction, or it was reversed under another key.
    """
    _one_at_a_time(ctx)
    original = ctx.db.get(LedgerTransaction, transaction_id)
    if original is None:
        raise LedgerMismatch(f"no transaction {transaction_id} to reverse")
    other = ctx.db.scalar(
        select(col(LedgerTransaction.dedupe_key)).where(
            col(LedgerTransaction.reverses) == transaction_id
        )
    )
    if other is not None and other != dedupe_key:
        raise LedgerMismatch(f"transaction {transaction_id} was reversed by {other}")
    return post(
        ctx,
        kind=kind,
        dedupe_key=dedupe_key,
        legs=mirrored(_legs_of(ctx, transaction_id)),
        order_id=original.order_id,
        provider_ref=original.provider_ref,
        memo=memo,
        reverses=transaction_id,
    )


def _one_at_a_time(ctx: WriteCtx) -> None:
    """Wait for whoever posts.

    Nearly every post touches the balance of the payment provider, so they wait for one another
    anyway; with one lock before all others two transactions that post several times, in whatever
    order, cannot wait for each other.
    """
    ctx.db.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _key(leg: Leg) -> AccountKey:
    return leg.code.value, leg.currency, leg.owner_id


def _write(ctx: WriteCtx, row: LedgerTransaction, legs: Sequence[Leg]) -> bool:
    """Write the transaction with its entries; False if it stands there with the same legs."""
    statement = (
        insert(LedgerTransaction)
        .values(row.model_dump())
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(col(LedgerTransaction.id))
    )
    if ctx.db.scalar(statement) is None:
        _refuse_other_legs(ctx, row.dedupe_key, legs)
        return False
    _write_entries(ctx, row.id, legs)
    return True


def _write_entries(ctx: WriteCtx, transaction_id: UUID, legs: Sequence[Leg]) -> None:
    accounts = _accounts(ctx, {_key(leg) for leg in legs})
    ctx.db.execute(
        insert(table_of(LedgerEntry)),
        [
            {
                "transaction_id": transaction_id,
                "account_id": accounts[_key(leg)],
                "currency": leg.currency,
                "amount_minor": leg.amount_minor,
            }
            for leg in legs
        ],
    )


def _accounts(ctx: WriteCtx, wanted: set[AccountKey]) -> dict[AccountKey, UUID]:
    """Return the accounts' ids; those that are missing are made."""
    found = _find_accounts(ctx, wanted)
    missing = wanted - found.keys()
    if not missing:
        return found
    ctx.db.execute(
        insert(table_of(LedgerAccount)).on_conflict_do_nothing(
            index_elements=["code", "currency", "owner_id"]
        ),
        [
            {
                "id": new_id(),
                "code": code,
                "currency": currency,
                "kind": KINDS[Code(code)],
                "owner_id": owner_id,
            }
            for code, currency, owner_id in missing
        ],
    )
    return _find_accounts(ctx, wanted)


def _find_accounts(ctx: WriteCtx, wanted: Iterable[AccountKey]) -> dict[AccountKey, UUID]:
    codes, currencies, owners = (set(column) for column in zip(*wanted, strict=True))
    owner_id = col(LedgerAccount.owner_id)
    rows = ctx.db.execute(
        select(
            col(LedgerAccount.code), col(LedgerAccount.currency), owner_id, col(LedgerAccount.id)
        ).where(
            col(LedgerAccount.code).in_(codes),
            col(LedgerAccount.currency).in_(currencies),
            owner_id.is_(None) | owner_id.in_(owners - {None}),
        )
    )
    return {(code, currency, owner): found for code, currency, owner, found in rows}


def _legs_of(ctx: WriteCtx, transaction_id: UUID) -> tuple[Leg, ...]:
    rows = ctx.db.execute(
        select(
            col(LedgerAccount.code),
            col(LedgerEntry.amount_minor),
            col(LedgerEntry.currency),
            col(LedgerAccount.owner_id),
        )
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(col(LedgerEntry.transaction_id) == transaction_id)
        .order_by(col(LedgerEntry.id))
    )
    return tuple(Leg(Code(code), amount, currency, owner) for code, amount, currency, owner in rows)


def _refuse_other_legs(ctx: WriteCtx, dedupe_key: str, legs: Sequence[Leg]) -> None:
    standing = ctx.db.scalar(
        select(col(LedgerTransaction.id)).where(col(LedgerTransaction.dedupe_key) == dedupe_key)
    )
    if standing is None or not are_same(legs, _legs_of(ctx, standing)):
        raise LedgerMismatch(f"{dedupe_key} stands in the books with other legs")
