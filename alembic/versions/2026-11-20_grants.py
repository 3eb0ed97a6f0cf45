"""license grants and their certificates"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "d2b1f8ea5c32"
down_revision = "c1a0e7d94b21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _grants()
    _certificates()
    # What was sold never changes, whoever asks: it can only be voided, or find its owner's account.
    op.execute(
        """
        CREATE FUNCTION license_grant_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF to_jsonb(OLD) - 'voided_at' - 'void_reason' - 'account_id'
             IS DISTINCT FROM to_jsonb(NEW) - 'voided_at' - 'void_reason' - 'account_id'
          THEN
            RAISE EXCEPTION 'a granted license cannot be changed'
              USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER license_grant_kept BEFORE UPDATE ON license_grant
        FOR EACH ROW EXECUTE FUNCTION license_grant_kept()
        """
    )


def _grants() -> None:
    op.create_table(
        "license_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("producer_name", sa.String(length=200), nullable=False),
        sa.Column("licensee_name", sa.String(length=200), nullable=False),
        sa.Column("licensee_alias", sa.String(length=200), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "text_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_license_grant_text_sha256_shape")
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '')",
            name=op.f("ck_license_grant_void_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_license_grant_recording_id")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["profile.id"], name=op.f("fk_license_grant_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_license_grant_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_grant")),
        sa.UniqueConstraint("order_item_id", name=op.f("uq_license_grant_order_item_id")),
    )
    op.create_index("ix_license_grant_recording", "license_grant", ["recording_id", "tier"])
    op.create_index("ix_license_grant_producer", "license_grant", ["producer_id", "granted_at"])
    op.create_index("ix_license_grant_account", "license_grant", ["account_id", "granted_at"])


def _certificates() -> None:
    op.create_table(
        "license_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(made_at IS NULL) = (pdf_sha256 = '') AND (made_at IS NULL) = (storage_key = '')",
            name=op.f("ck_license_certificate_made_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["license_grant.id"], name=op.f("fk_license_certificate_grant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_certificate")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_license_certificate_grant_id")),
    )
    op.create_index(
        "ix_license_certificate_pdf",
        "license_certificate",
        ["pdf_sha256"],
        postgresql_where=sa.text("pdf_sha256 <> ''"),
    )
    op.create_index(
        "ix_license_certificate_unmade",
        "license_certificate",
        ["id"],
        postgresql_where=sa.text("made_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("license_certificate")
    op.drop_table("license_grant")
    op.execute("DROP FUNCTION license_grant_kept()")
