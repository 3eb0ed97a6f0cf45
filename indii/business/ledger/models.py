"""Tables of the ledger; debit is above zero, credit below.

Triggers of the database keep what no code may break: accounts, transactions and entries are only
ever added, a transaction has exactly the entries that it was announced with and they sum to zero
in every currency, and `ledger_balance` follows the entries.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class LedgerAccount(SQLModel, table=True):
    """What is counted, for whom, in which currency; made when first posted to."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_shape"),
        CheckConstraint(
            "kind IN ('asset', 'liability', 'income', 'expense', 'clearing')", name="kind_known"
        ),
        UniqueConstraint("code", "currency", "owner_id", postgresql_nulls_not_distinct=True),
        # What an entry refers to, so that its currency cannot differ from its account's.
        UniqueConstraint("id", "currency"),
        Index("ix_ledger_account_owner", "owner_id"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(max_length=30)
    currency: str = Field(max_length=3)
    kind: str = Field(max_length=10)
    # A profile's id without a foreign key: the books outlive whom they speak of.
    owner_id: UUID | None = None


class LedgerTransaction(SQLModel, table=True):
    """One movement of money; a mistake is reversed by another, never changed."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        CheckConstraint("entry_count >= 2", name="two_sides"),
        CheckConstraint("dedupe_key <> ''", name="dedupe_key_said"),
        Index("ix_ledger_transaction_order", "order_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=20)
    # What happened, named so that it can be booked once only: `sale:<order>`, `refund:<id>`.
    dedupe_key: str = Field(max_length=200, unique=True)
    reverses: UUID | None = Field(default=None, foreign_key="ledger_transaction.id", unique=True)
    # No foreign key: the till lies above the ledger.
    order_id: UUID | None = None
    provider_ref: str = Field(default="", max_length=255)
    memo: str = Field(default="", max_length=500)
    # Says beforehand how many entries belong to it: none can be added to it later.
    entry_count: int = Field(sa_type=SmallInteger)
    # When the money moved, and when we wrote it down.
    effective_at: UtcTime
    created_at: UtcTime


class LedgerEntry(SQLModel, table=True):
    """What one transaction does to one account."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount_said"),
        ForeignKeyConstraint(
            ["account_id", "currency"], ["ledger_account.id", "ledger_account.currency"]
        ),
        Index("ix_ledger_entry_account", "account_id", "id"),
    )

    id: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    transaction_id: UUID = Field(foreign_key="ledger_transaction.id", index=True)
    account_id: UUID
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)


class LedgerBalance(SQLModel, table=True):
    """The sum of an account's entries, kept by a trigger; only that may write it."""

    __tablename__ = "ledger_balance"

    account_id: UUID = Field(primary_key=True, foreign_key="ledger_account.id")
    balance_minor: int = Field(sa_type=BigInteger)
