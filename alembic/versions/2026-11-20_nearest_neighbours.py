"""nearest neighbours: one HNSW index a model"""

from alembic import op

revision = "7c41d0e8a2b3"
down_revision = "2f0a5b7c9d11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_recording_embedding_acoustic_v1"
            " ON recording_embedding USING hnsw (embedding halfvec_cosine_ops)"
            " WITH (m = 16, ef_construction = 64) WHERE model = 'acoustic-v1'"
        )


def downgrade() -> None:
    op.drop_index("ix_recording_embedding_acoustic_v1", table_name="recording_embedding")
