"""when the letters about a failed refund were written"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "4be0c6a91d37"
down_revision = "690defd2fed1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "refund",
        sa.Column("failure_letters_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("refund", "failure_letters_at")
