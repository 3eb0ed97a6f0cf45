"""What lies near a recording by sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ColumnElement, Float, cast, func, literal_column, select
from sqlmodel import col

from indii.catalog.analysis.models import SoundFact
from indii.catalog.recordings.models import MediaFile, Recording
from indii.discovery.similar.models import DIM, MASTERS, RecordingEmbedding
from indii.discovery.similar.rules import Traits, why
from indii.kernel.context import ReadCtx

# Asked for more than shown, so that two a producer and the hidden ones can fall away.
CANDIDATES = 60
MODELS = frozenset({"acoustic-v1"})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A recording near another; `closeness` is the cosine, `why` a sentence from numbers."""

    recording_id: UUID
    closeness: float
    why: str


def _of_model(model: str) -> ColumnElement[bool]:
    # A literal, because a bound parameter would hide the partial index from the planner.
    if model not in MODELS:
        raise ValueError(model)
    return col(RecordingEmbedding.model) == literal_column(f"'{model}'")


def similar_to(
    ctx: ReadCtx, recording_id: UUID, *, model: str, limit: int = 6, a_producer: int = 2
) -> Sequence[Neighbour]:
    """Return the live recordings nearest by sound, at most two a producer; () without a vector."""
    vector = ctx.db.scalar(
        select(col(RecordingEmbedding.embedding)).where(
            _of_model(model), col(RecordingEmbedding.recording_id) == recording_id
        )
    )
    if vector is None:
        return ()
    distance = col(RecordingEmbedding.embedding).op("<=>", return_type=Float())(
        cast(vector, HALFVEC(DIM))
    )
    near = ctx.db.execute(
        select(col(Recording.id), col(Recording.producer_id), distance.label("distance"))
        .join(Recording, col(Recording.id) == col(RecordingEmbedding.recording_id))
        .where(
            _of_model(model),
            col(Recording.state) == "live",
            col(RecordingEmbedding.recording_id) != recording_id,
        )
        .order_by(distance)
        .limit(CANDIDATES)
    ).all()
    seen: dict[UUID, int] = {}
    chosen: list[tuple[UUID, float]] = []
    for ident, producer_id, apart in near:
        seen[producer_id] = seen.get(producer_id, 0) + 1
        if seen[producer_id] <= a_producer:
            chosen.append((ident, 1.0 - float(apart)))
    chosen = chosen[:limit]
    traits = _traits(ctx, [recording_id, *(ident for ident, _ in chosen)])
    mine = traits.get(recording_id)
    return tuple(
        Neighbour(
            ident,
            closeness,
            why(mine, traits[ident]) if mine and ident in traits else "",
        )
        for ident, closeness in chosen
    )


def _traits(ctx: ReadCtx, ids: Sequence[UUID]) -> dict[UUID, Traits]:
    rows = ctx.db.execute(
        select(Recording, SoundFact)
        .join(SoundFact, col(SoundFact.recording_id) == col(Recording.id))
        .where(col(Recording.id).in_(ids))
    )
    return {
        recording.id: Traits(
            bpm=recording.bpm,
            key=recording.key,
            energy=fact.energy,
            brightness=fact.brightness,
            low_end=fact.low_end,
            density=fact.density,
            tags=tuple(recording.tags),
        )
        for recording, fact in rows
    }


@dataclass(frozen=True, slots=True)
class Master:
    """The file that the embedding is made from."""

    recording_id: UUID
    storage_key: str
    sha256: str
    seed: str


def master_to_embed(ctx: ReadCtx, recording_id: UUID) -> Master | None:
    """Return the recording's master, lossless before lossy; None if there is none any more."""
    ctx.actor.require_role("system")
    row = ctx.db.execute(
        select(MediaFile, col(Recording.slug))
        .join(Recording, col(Recording.id) == col(MediaFile.recording_id))
        .where(
            col(MediaFile.recording_id) == recording_id,
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
            col(Recording.state) != "deleted",
        )
        .order_by(col(MediaFile.kind).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    file, slug = row
    return Master(recording_id, file.storage_key, file.sha256, slug)


def models_of(ctx: ReadCtx, recording_id: UUID, *, source_sha256: str) -> frozenset[str]:
    """Return `model/version` of the vectors that already stand for exactly this file."""
    ctx.actor.require_role("system")
    rows = ctx.db.execute(
        select(col(RecordingEmbedding.model), col(RecordingEmbedding.version)).where(
            col(RecordingEmbedding.recording_id) == recording_id,
            col(RecordingEmbedding.source_sha256) == source_sha256,
        )
    )
    return frozenset(f"{model}/{version}" for model, version in rows)


def embedded_count(ctx: ReadCtx, *, model: str) -> int:
    """Return how many live recordings the model has heard."""
    return int(
        ctx.db.scalar(
            select(func.count())
            .select_from(RecordingEmbedding)
            .join(Recording, col(Recording.id) == col(RecordingEmbedding.recording_id))
            .where(_of_model(model), col(Recording.state) == "live")
        )
        or 0
    )
