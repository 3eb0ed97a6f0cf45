"""orders, carts, downloads, refunds, guests, and what the outside world tells us"""

import sqlalchemy as sa
import sqlmodel
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "690defd2fed1"
down_revision = "d2b1f8ea5c32"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guest_pass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("is_letter", sa.Boolean(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_pass")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_guest_pass_token_hash")),
    )
    op.create_index(op.f("ix_guest_pass_email"), "guest_pass", ["email"], unique=False)
    op.create_index(op.f("ix_guest_pass_expires_at"), "guest_pass", ["expires_at"], unique=False)
    op.create_table(
        "inbound_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("received_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("handled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_event")),
        sa.UniqueConstraint(
            "provider", "external_id", name=op.f("uq_inbound_event_provider_external_id")
        ),
    )
    op.create_index("ix_inbound_event_received", "inbound_event", ["received_at"], unique=False)
    op.create_index(
        "ix_inbound_event_waiting",
        "inbound_event",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("cart_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("payment_ref", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("review_note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("paid_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("letters_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_order_email_lower")),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_order_total_range")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_order_account_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
    )
    op.create_index("ix_order_account", "order", ["account_id", "created_at"], unique=False)
    op.create_index(op.f("ix_order_buyer_hash"), "order", ["buyer_hash"], unique=False)
    op.create_index("ix_order_email", "order", ["email", "created_at"], unique=False)
    op.create_index(op.f("ix_order_payment_ref"), "order", ["payment_ref"], unique=False)
    op.create_index(
        "ix_order_waiting",
        "order",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'awaiting_payment'"),
    )
    op.create_table(
        "cart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("licensee_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("licensee_alias", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (token_hash IS NULL)", name=op.f("ck_cart_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_cart_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_cart_order_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("account_id", name=op.f("uq_cart_account_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_cart_token_hash")),
    )
    op.create_index(op.f("ix_cart_updated_at"), "cart", ["updated_at"], unique=False)
    op.create_table(
        "payment_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_payment_session_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_session")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_session_key")),
        sa.UniqueConstraint(
            "order_id", "attempt", name=op.f("uq_payment_session_order_id_attempt")
        ),
    )
    op.create_index(
        "ix_payment_session_open",
        "payment_session",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('opening', 'open', 'pending')"),
    )
    op.create_index(
        "uq_payment_session_ref",
        "payment_session",
        ["ref"],
        unique=True,
        postgresql_where=sa.text("ref <> ''"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("letters_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_amount_range")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_refund_asked_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_refund_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(
        "ix_refund_open",
        "refund",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(
        "uq_refund_ref", "refund", ["ref"], unique=True, postgresql_where=sa.text("ref <> ''")
    )
    op.create_table(
        "cart_line",
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("licensee_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("licensee_alias", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("accepted_sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("added_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_cart_line_recording_id")
        ),
        sa.PrimaryKeyConstraint("cart_id", "recording_id", name=op.f("pk_cart_line")),
    )
    op.create_table(
        "exclusive_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_exclusive_hold_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_exclusive_hold_recording_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusive_hold")),
    )
    op.create_index(
        "ix_exclusive_hold_holder", "exclusive_hold", ["holder", "recording_id"], unique=False
    )
    op.create_index(
        op.f("ix_exclusive_hold_order_id"), "exclusive_hold", ["order_id"], unique=False
    )
    op.create_index(
        "uq_exclusive_hold_one",
        "exclusive_hold",
        ["recording_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'sold')"),
    )
    op.create_table(
        "order_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("producer_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("tier", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("fee_minor", sa.Integer(), nullable=False),
        sa.Column("licensee_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("licensee_alias", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contract", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contract_sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("file_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "fee_minor BETWEEN 0 AND price_minor", name=op.f("ck_order_item_fee_range")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_order_item_price_range")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_item_order_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["profile.id"], name=op.f("fk_order_item_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_order_item_recording_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_item")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_item_order_id_position")),
    )
    op.create_index(op.f("ix_order_item_order_id"), "order_item", ["order_id"], unique=False)
    op.create_index("ix_order_item_producer", "order_item", ["producer_id", "id"], unique=False)
    op.create_index("ix_order_item_recording", "order_item", ["recording_id", "tier"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_allocation_amount_positive")),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_allocation_order_item_id")
        ),
        sa.ForeignKeyConstraint(["payee_id"], ["profile.id"], name=op.f("fk_allocation_payee_id")),
        sa.PrimaryKeyConstraint("order_item_id", "payee_id", name=op.f("pk_allocation")),
    )
    op.create_table(
        "download_permission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("granted_for", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column("source_file_id", sa.Uuid(), nullable=True),
        sa.Column("filename", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("granted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("revoke_reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_download_permission_account_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_file.id"], name=op.f("fk_download_permission_media_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_download_permission_recording_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_file_id"],
            ["media_file.id"],
            name=op.f("fk_download_permission_source_file_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_permission")),
        sa.UniqueConstraint(
            "granted_for", "kind", name=op.f("uq_download_permission_granted_for_kind")
        ),
    )
    op.create_index(
        op.f("ix_download_permission_account_id"),
        "download_permission",
        ["account_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_download_permission_recording_id"),
        "download_permission",
        ["recording_id"],
        unique=False,
    )
    op.create_index(
        "ix_download_permission_unmade",
        "download_permission",
        ["source_file_id"],
        unique=False,
        postgresql_where=sa.text("media_file_id IS NULL"),
    )
    op.create_table(
        "refund_line",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_refund_line_order_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", "order_item_id", name=op.f("pk_refund_line")),
    )
    op.create_index(
        op.f("ix_refund_line_order_item_id"), "refund_line", ["order_item_id"], unique=False
    )
    op.create_table(
        "download_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("permission_id", sa.Uuid(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("network", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["download_permission.id"],
            name=op.f("fk_download_attempt_permission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_attempt")),
    )
    op.create_index(
        op.f("ix_download_attempt_permission_id"),
        "download_attempt",
        ["permission_id"],
        unique=False,
    )
    op.add_column("media_file", sa.Column("source_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_media_file_source_id"), "media_file", ["source_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_media_file_source_id"), "media_file", "media_file", ["source_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_media_file_source_id"), "media_file", type_="foreignkey")
    op.drop_index(op.f("ix_media_file_source_id"), table_name="media_file")
    op.drop_column("media_file", "source_id")
    op.drop_index(op.f("ix_download_attempt_permission_id"), table_name="download_attempt")
    op.drop_table("download_attempt")
    op.drop_index(op.f("ix_refund_line_order_item_id"), table_name="refund_line")
    op.drop_table("refund_line")
    op.drop_index(
        "ix_download_permission_unmade",
        table_name="download_permission",
        postgresql_where=sa.text("media_file_id IS NULL"),
    )
    op.drop_index(op.f("ix_download_permission_recording_id"), table_name="download_permission")
    op.drop_index(op.f("ix_download_permission_account_id"), table_name="download_permission")
    op.drop_table("download_permission")
    op.drop_table("allocation")
    op.drop_index("ix_order_item_recording", table_name="order_item")
    op.drop_index("ix_order_item_producer", table_name="order_item")
    op.drop_index(op.f("ix_order_item_order_id"), table_name="order_item")
    op.drop_table("order_item")
    op.drop_index(
        "uq_exclusive_hold_one",
        table_name="exclusive_hold",
        postgresql_where=sa.text("state IN ('held', 'sold')"),
    )
    op.drop_index(op.f("ix_exclusive_hold_order_id"), table_name="exclusive_hold")
    op.drop_index("ix_exclusive_hold_holder", table_name="exclusive_hold")
    op.drop_table("exclusive_hold")
    op.drop_table("cart_line")
    op.drop_index("uq_refund_ref", table_name="refund", postgresql_where=sa.text("ref <> ''"))
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_index(
        "ix_refund_open", table_name="refund", postgresql_where=sa.text("state <> 'done'")
    )
    op.drop_table("refund")
    op.drop_index(
        "uq_payment_session_ref",
        table_name="payment_session",
        postgresql_where=sa.text("ref <> ''"),
    )
    op.drop_index(
        "ix_payment_session_open",
        table_name="payment_session",
        postgresql_where=sa.text("state IN ('opening', 'open', 'pending')"),
    )
    op.drop_table("payment_session")
    op.drop_index(op.f("ix_cart_updated_at"), table_name="cart")
    op.drop_table("cart")
    op.drop_index(
        "ix_order_waiting",
        table_name="order",
        postgresql_where=sa.text("state = 'awaiting_payment'"),
    )
    op.drop_index(op.f("ix_order_payment_ref"), table_name="order")
    op.drop_index("ix_order_email", table_name="order")
    op.drop_index(op.f("ix_order_buyer_hash"), table_name="order")
    op.drop_index("ix_order_account", table_name="order")
    op.drop_table("order")
    op.drop_index(
        "ix_inbound_event_waiting",
        table_name="inbound_event",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_inbound_event_received", table_name="inbound_event")
    op.drop_table("inbound_event")
    op.drop_index(op.f("ix_guest_pass_expires_at"), table_name="guest_pass")
    op.drop_index(op.f("ix_guest_pass_email"), table_name="guest_pass")
    op.drop_table("guest_pass")
