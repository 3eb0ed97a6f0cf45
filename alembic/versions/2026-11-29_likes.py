"""recordings that accounts like"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "7c1f0e5b2a94"
down_revision = "c27d5f80a4e1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording_like",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_recording_like_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_recording_like_recording_id_recording"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_like")),
        sa.UniqueConstraint(
            "recording_id", "account_id", name=op.f("uq_recording_like_recording_id_account_id")
        ),
    )
    op.create_index(
        "ix_recording_like_newest", "recording_like", ["account_id", "created_at", "id"]
    )


def downgrade() -> None:
    op.drop_table("recording_like")
