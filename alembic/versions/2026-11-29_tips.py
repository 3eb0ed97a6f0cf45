"""tips: what an order line gives away, with its message"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "e3a7b1c58f60"
down_revision = "d90be35f7a21"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "tip",
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("giver", TEXT(length=60), nullable=False),
        sa.Column("message", TEXT(length=280), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_tip_order_item_id")
        ),
        sa.ForeignKeyConstraint(["profile_id"], ["profile.id"], name=op.f("fk_tip_profile_id")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_tip_recording_id")
        ),
        sa.PrimaryKeyConstraint("order_item_id", name=op.f("pk_tip")),
    )
    op.create_index(
        "ix_tip_public",
        "tip",
        ["profile_id", "order_item_id"],
        postgresql_where=sa.text("is_public AND message <> '' AND removed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("tip")
