"""order lines of any kind, contract: lines keep what all of them have, in words that fit any"""

import sqlalchemy as sa
import sqlmodel
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "d90be35f7a21"
down_revision = "c8f2a4d19b07"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def _facts() -> tuple[sa.Column, ...]:
    """What only licenses know, as lines had it before."""
    return (
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("tier", TEXT(length=20), nullable=True),
        sa.Column("licensee_name", TEXT(length=120), nullable=True),
        sa.Column("licensee_alias", TEXT(length=120), nullable=True),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("contract", TEXT(), nullable=True),
        sa.Column("contract_sha256", TEXT(length=64), nullable=True),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )


def upgrade() -> None:
    op.create_index("ix_license_line_recording", "license_line", ["recording_id", "tier"])
    op.drop_index("ix_order_item_recording", table_name="order_item")
    for column in _facts():
        op.drop_column("order_item", column.name)
    op.drop_column("cart", "licensee_name")
    op.drop_column("cart", "licensee_alias")
    for table, column in (
        ("order_item", "kind"), ("order_item", "label"), ("order_item", "quantity"),
        ("order_item", "unit_price_minor"), ("payment_session", "allows_delayed"),
        ("payment_session", "done_path"), ("payment_session", "left_path"),
    ):  # fmt: skip
        op.alter_column(table, column, nullable=False)
    op.create_check_constraint(
        op.f("ck_order_item_quantity_positive"), "order_item", "quantity > 0"
    )
    op.create_check_constraint(
        op.f("ck_order_item_price_is_product"),
        "order_item",
        "price_minor = unit_price_minor * quantity",
    )
    _rename("producer", "payee")
    op.alter_column("order", "cart_hash", new_column_name="content_hash")


def _rename(old: str, new: str) -> None:
    for column in ("id", "name"):
        op.alter_column("order_item", f"{old}_{column}", new_column_name=f"{new}_{column}")
    op.execute(f"ALTER INDEX ix_order_item_{old} RENAME TO ix_order_item_{new}")
    op.execute(
        f"ALTER TABLE order_item RENAME CONSTRAINT fk_order_item_{old}_id TO fk_order_item_{new}_id"
    )


def downgrade() -> None:
    # Only licenses fit into the older shape; a database that sold anything else stays here.
    op.alter_column("order", "content_hash", new_column_name="cart_hash")
    _rename("payee", "producer")
    op.drop_constraint(op.f("ck_order_item_price_is_product"), "order_item", type_="check")
    op.drop_constraint(op.f("ck_order_item_quantity_positive"), "order_item", type_="check")
    for name in ("licensee_name", "licensee_alias"):
        op.add_column("cart", sa.Column(name, TEXT(length=120), nullable=False, server_default=""))
        op.alter_column("cart", name, server_default=None)
    for column in _facts():
        op.add_column("order_item", column)
    op.create_foreign_key(
        op.f("fk_order_item_recording_id"), "order_item", "recording", ["recording_id"], ["id"]
    )
    op.create_index("ix_order_item_recording", "order_item", ["recording_id", "tier"])
    op.drop_index("ix_license_line_recording", table_name="license_line")
