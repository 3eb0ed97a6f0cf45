"""what has arrived of an upload is the length of its file; a whole one waits for its check"""

import sqlalchemy as sa

from alembic import op

revision = "7d1f0b5a92ce"
down_revision = "7c1f0e5b2a94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The sweep asks for the checks of these; the others go on where their files end.
    op.execute(
        "UPDATE upload SET state = 'checking' WHERE state = 'receiving' AND received = bytes"
    )
    op.drop_constraint(op.f("ck_upload_received_range"), "upload", type_="check")
    op.drop_column("upload", "received")
    op.drop_index("ix_upload_open", "upload")
    op.create_index(
        "ix_upload_open",
        "upload",
        ["updated_at"],
        postgresql_where=sa.text("state IN ('receiving', 'checking')"),
    )


def downgrade() -> None:
    op.add_column(
        "upload", sa.Column("received", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.alter_column("upload", "received", server_default=None)
    op.execute("UPDATE upload SET received = bytes WHERE state <> 'receiving'")
    op.execute("UPDATE upload SET state = 'receiving' WHERE state = 'checking'")
    op.create_check_constraint(
        op.f("ck_upload_received_range"), "upload", "received BETWEEN 0 AND bytes"
    )
    op.drop_index("ix_upload_open", "upload")
    op.create_index(
        "ix_upload_open", "upload", ["updated_at"], postgresql_where=sa.text("state = 'receiving'")
    )
