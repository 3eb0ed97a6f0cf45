"""a new master writes MasterStored to the outbox"""

from alembic import op

revision = "2f0a5b7c9d11"
down_revision = "a9bc2ba4f9f0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In the database, so that no path that stores a master can forget it: upload, import, seed.
    op.execute(
        """
        CREATE FUNCTION media_file_master_stored() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO outbox_event (name, payload)
          VALUES (
            'MasterStored',
            jsonb_build_object('recording_id', NEW.recording_id, 'file_id', NEW.id)
          );
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER media_file_master_stored
        AFTER INSERT ON media_file FOR EACH ROW
        WHEN (NEW.kind IN ('main_wav', 'main_mp3') AND NEW.recording_id IS NOT NULL)
        EXECUTE FUNCTION media_file_master_stored()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER media_file_master_stored ON media_file")
    op.execute("DROP FUNCTION media_file_master_stored()")
