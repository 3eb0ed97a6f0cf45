"""Vectors of recordings are written here, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.catalog.recordings.models import MediaFile, Recording
from indii.discovery.similar.models import MASTERS, RecordingEmbedding
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import Job, JobKind, declare

EMBED = declare(JobKind("embed", queue="embedding", max_tries=6, priority=60))
BACKFILL_BATCH = 500


@dataclass(frozen=True, slots=True)
class NewVector:
    """What one model heard."""

    model: str
    version: str
    vector: Sequence[float]


def request_embedding(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Ask for the embedding of the recording; WAV and MP3 arriving together ask once."""
    ctx.enqueue(EMBED.name, key=str(recording_id))


def store_vectors(
    ctx: WriteCtx, *, recording_id: UUID, source_sha256: str, vectors: Sequence[NewVector]
) -> None:
    """Keep one vector a recording and model; a newer one takes the place of the older."""
    ctx.actor.require_role("system")
    for new in vectors:
        values: dict[str, Any] = {
            "version": new.version,
            "source_sha256": source_sha256,
            "embedding": [float(x) for x in new.vector],
            "created_at": ctx.now,
        }
        ctx.db.execute(
            insert(RecordingEmbedding)
            .values(recording_id=recording_id, model=new.model, **values)
            .on_conflict_do_update(index_elements=["recording_id", "model"], set_=values)
        )


def request_missing(
    ctx: WriteCtx, *, model: str, version: str, after: UUID | None, limit: int = BACKFILL_BATCH
) -> tuple[int, UUID | None]:
    """Ask for the next recordings without a vector of this model and version.

    Returns (how many were asked for, the last id looked at or None at the end), so that a backfill
    can go on where it stopped.
    """
    ctx.actor.require_role("system")
    current = exists().where(
        col(RecordingEmbedding.recording_id) == col(Recording.id),
        col(RecordingEmbedding.model) == model,
        col(RecordingEmbedding.version) == version,
    )
    has_master = exists().where(
        col(MediaFile.recording_id) == col(Recording.id),
        col(MediaFile.kind).in_(MASTERS),
        col(MediaFile.replaced_at).is_(None),
    )
    statement = (
        select(col(Recording.id))
        .where(~current, has_master, col(Recording.state) != "deleted")
        .order_by(col(Recording.id))
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(col(Recording.id) > after)
    ids = ctx.db.scalars(statement).all()
    for recording_id in ids:
        request_embedding(ctx, recording_id=recording_id)
    return len(ids), ids[-1] if ids else None


def missing_count(ctx: WriteCtx, *, model: str, version: str) -> int:
    """Return how many recordings with a master have no vector of this model and version."""
    current = exists().where(
        col(RecordingEmbedding.recording_id) == col(MediaFile.recording_id),
        col(RecordingEmbedding.model) == model,
        col(RecordingEmbedding.version) == version,
    )
    statement = (
        select(func.count(col(MediaFile.recording_id).distinct()))
        .join(Recording, col(Recording.id) == col(MediaFile.recording_id))
        .where(
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
            col(Recording.state) != "deleted",
            ~current,
        )
    )
    return ctx.db.scalar(statement) or 0


def open_jobs(ctx: WriteCtx) -> int:
    """Return how many recordings wait for an embedding, or are being embedded."""
    statement = (
        select(func.count())
        .select_from(Job)
        .where(col(Job.kind) == EMBED.name, col(Job.state).in_(["queued", "running"]))
    )
    return ctx.db.scalar(statement) or 0
