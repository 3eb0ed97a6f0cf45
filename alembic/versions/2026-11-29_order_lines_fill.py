"""order lines of any kind, backfill: every line so far is a license"""

from alembic import op

revision = "c8f2a4d19b07"
down_revision = "b61d7c0f2e94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO license_line (order_item_id, recording_id, tier, licensee_name,
          licensee_alias, terms, contract, contract_sha256, accepted_at, file_ids)
        SELECT id, recording_id, tier, licensee_name,
          licensee_alias, terms, contract, contract_sha256, accepted_at, file_ids
        FROM order_item
        ON CONFLICT (order_item_id) DO NOTHING
        """
    )
    op.execute(
        """
        UPDATE order_item SET
          kind = 'license', quantity = 1, unit_price_minor = price_minor,
          label = CASE tier
            WHEN 'mp3_lease' THEN 'MP3 lease'
            WHEN 'wav_lease' THEN 'WAV lease'
            WHEN 'stems_lease' THEN 'Stems lease'
            WHEN 'unlimited_lease' THEN 'Unlimited lease'
            WHEN 'exclusive' THEN 'Exclusive'
            ELSE tier END
        WHERE kind IS NULL
        """
    )
    op.execute(
        """
        INSERT INTO cart_licensee (cart_id, name, alias)
        SELECT id, licensee_name, licensee_alias FROM cart WHERE licensee_name <> ''
        ON CONFLICT (cart_id) DO NOTHING
        """
    )
    op.execute(
        """
        UPDATE payment_session s SET
          done_path = '/downloads', left_path = '/cart?payment=left',
          allows_delayed = NOT EXISTS (
            SELECT 1 FROM order_item i WHERE i.order_id = s.order_id AND i.tier = 'exclusive')
        WHERE allows_delayed IS NULL
        """
    )


def downgrade() -> None:
    op.execute(
        """
        UPDATE order_item i SET
          recording_id = l.recording_id, tier = l.tier, licensee_name = l.licensee_name,
          licensee_alias = l.licensee_alias, terms = l.terms, contract = l.contract,
          contract_sha256 = l.contract_sha256, accepted_at = l.accepted_at, file_ids = l.file_ids
        FROM license_line l WHERE l.order_item_id = i.id
        """
    )
    op.execute(
        """
        UPDATE cart c SET licensee_name = n.name, licensee_alias = n.alias
        FROM cart_licensee n WHERE n.cart_id = c.id
        """
    )
