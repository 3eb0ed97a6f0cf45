"""the ledger: accounts, transactions, entries, balances; append-only and balanced by trigger"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "c1a0e7d94b21"
down_revision = "7c41d0e8a2b3"
branch_labels = None
depends_on = None

# Accounts too: a renamed account would rewrite every entry in it.
_APPEND_ONLY = ("ledger_account", "ledger_transaction", "ledger_entry")

_REFUSE_CHANGE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$
"""

# At commit, because a transaction is inserted before its entries.
_CHECK_WHOLE = """
CREATE FUNCTION ledger_transaction_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM ledger_entry WHERE transaction_id = NEW.id) <> NEW.entry_count THEN
    RAISE EXCEPTION 'ledger transaction % lacks entries', NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id
    GROUP BY currency HAVING sum(amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""

# The order of the rows is the order of the locks: posts side by side wait and do not deadlock.
_APPLY_ENTRIES = """
CREATE FUNCTION ledger_entry_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ledger_transaction t
    WHERE t.id IN (SELECT transaction_id FROM fresh)
      AND t.entry_count < (SELECT count(*) FROM ledger_entry e WHERE e.transaction_id = t.id)
  ) THEN
    RAISE EXCEPTION 'a ledger transaction has all its entries already'
      USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO ledger_balance AS b (account_id, balance_minor)
  SELECT account_id, sum(amount_minor) FROM fresh GROUP BY account_id ORDER BY account_id
  ON CONFLICT (account_id) DO UPDATE SET balance_minor = b.balance_minor + EXCLUDED.balance_minor;
  RETURN NULL;
END $$
"""

# Depth 1 is this trigger alone; the entries' trigger writes from depth 2.
_GUARD_BALANCE = """
CREATE FUNCTION ledger_balance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'ledger_balance follows the entries: % refused', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    _create_tables()
    for function in (_REFUSE_CHANGE, _CHECK_WHOLE, _APPLY_ENTRIES, _GUARD_BALANCE):
        op.execute(function)
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_transaction_check AFTER INSERT ON ledger_transaction"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_check()"
    )
    op.execute(
        "CREATE TRIGGER ledger_entry_apply AFTER INSERT ON ledger_entry"
        " REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_apply()"
    )
    op.execute(
        "CREATE TRIGGER ledger_balance_guard"
        " BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ledger_balance"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_balance_guard()"
    )


def _create_tables() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "currency ~ '^[A-Z]{3}$'", name=op.f("ck_ledger_account_currency_shape")
        ),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'income', 'expense', 'clearing')",
            name=op.f("ck_ledger_account_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "code",
            "currency",
            "owner_id",
            name=op.f("uq_ledger_account_code_currency_owner_id"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_account_id_currency")),
    )
    op.create_index("ix_ledger_account_owner", "ledger_account", ["owner_id"], unique=False)
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("dedupe_key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("provider_ref", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("memo", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("entry_count", sa.SmallInteger(), nullable=False),
        sa.Column("effective_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("entry_count >= 2", name=op.f("ck_ledger_transaction_two_sides")),
        sa.CheckConstraint("dedupe_key <> ''", name=op.f("ck_ledger_transaction_dedupe_key_said")),
        sa.ForeignKeyConstraint(
            ["reverses"], ["ledger_transaction.id"], name=op.f("fk_ledger_transaction_reverses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transaction")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_ledger_transaction_dedupe_key")),
        sa.UniqueConstraint("reverses", name=op.f("uq_ledger_transaction_reverses")),
    )
    op.create_index(
        "ix_ledger_transaction_order", "ledger_transaction", ["order_id", "id"], unique=False
    )
    _create_entry_tables()


def _create_entry_tables() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_entry_amount_said")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_account.id", "ledger_account.currency"],
            name=op.f("fk_ledger_entry_account_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
            name=op.f("fk_ledger_entry_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_ledger_entry_transaction_id"), "ledger_entry", ["transaction_id"], unique=False
    )
    op.create_table(
        "ledger_balance",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_balance_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_balance")),
    )


def downgrade() -> None:
    # A table takes its triggers and indexes with it.
    for table in ("ledger_balance", "ledger_entry", "ledger_transaction", "ledger_account"):
        op.drop_table(table)
    for function in (
        "ledger_balance_guard",
        "ledger_entry_apply",
        "ledger_transaction_check",
        "ledger_refuse_change",
    ):
        op.execute(f"DROP FUNCTION {function}()")
