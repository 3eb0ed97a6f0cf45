"""a profile knows itself that its account is closed"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "7c1f05d2ab64"
down_revision = "8d1f6c2e5b70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "profile", sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
    )
    op.execute(
        "UPDATE profile SET closed_at = account.disabled_at FROM account"
        " WHERE account.id = profile.account_id AND account.disabled_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("profile", "closed_at")
