"""order lines of any kind, expand: a table for licenses, columns for what all lines have"""

import sqlalchemy as sa
import sqlmodel
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "b61d7c0f2e94"
down_revision = "7d1f0b5a92ce"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "license_line",
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("tier", TEXT(length=20), nullable=False),
        sa.Column("licensee_name", TEXT(length=120), nullable=False),
        sa.Column("licensee_alias", TEXT(length=120), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contract", TEXT(), nullable=False),
        sa.Column("contract_sha256", TEXT(length=64), nullable=False),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_license_line_order_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_license_line_recording_id")
        ),
        sa.PrimaryKeyConstraint("order_item_id", name=op.f("pk_license_line")),
    )
    op.create_table(
        "cart_licensee",
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("name", TEXT(length=120), nullable=False),
        sa.Column("alias", TEXT(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_cart_licensee_cart_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cart_id", name=op.f("pk_cart_licensee")),
    )
    op.add_column("order_item", sa.Column("kind", TEXT(length=20), nullable=True))
    op.add_column("order_item", sa.Column("label", TEXT(length=80), nullable=True))
    op.add_column("order_item", sa.Column("quantity", sa.Integer(), nullable=True))
    op.add_column("order_item", sa.Column("unit_price_minor", sa.Integer(), nullable=True))
    op.add_column("payment_session", sa.Column("allows_delayed", sa.Boolean(), nullable=True))
    op.add_column("payment_session", sa.Column("done_path", TEXT(length=200), nullable=True))
    op.add_column("payment_session", sa.Column("left_path", TEXT(length=200), nullable=True))


def downgrade() -> None:
    for column in ("left_path", "done_path", "allows_delayed"):
        op.drop_column("payment_session", column)
    for column in ("unit_price_minor", "quantity", "label", "kind"):
        op.drop_column("order_item", column)
    op.drop_table("cart_licensee")
    op.drop_table("license_line")
