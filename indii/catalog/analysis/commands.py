"""Writes of analysis: asking for work on a sound, and keeping what it told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.catalog.analysis.enums import Work
from indii.catalog.analysis.models import SoundFact
from indii.catalog.analysis.rules import MeasuredSound, is_reliable
from indii.catalog.recordings.commands import locked_recording, own_recording, publish
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.errors import WrongState
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.rules import MASTERS
from indii.kernel import jobs
from indii.kernel.context import WriteCtx
from indii.kernel.drawing import cover_svg, wave_path
from indii.kernel.jobs import Job, JobKind, declare

# The work renews its lease while it decodes, so a killed worker is noticed soon.
DIGEST = declare(
    JobKind(Work.DIGEST, queue="audio", max_tries=6, priority=50, lease=timedelta(seconds=90))
)


def request_digest(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Have preview, waveform and loudness made; asked for at work, it is made once more after."""
    ctx.actor.require_role("system")
    ctx.enqueue(DIGEST.name, key=str(recording_id))


def request_all_digests(ctx: WriteCtx, *, producer_id: UUID) -> int:
    """Have every preview of a producer made again, after a change of voice tag; return how many."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(col(Recording.id))
        .distinct()
        .join(MediaFile, col(MediaFile.recording_id) == col(Recording.id))
        .where(
            col(Recording.producer_id) == producer_id,
            col(Recording.state) != RecordingStatus.DELETED,
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
        )
    ).all()
    ctx.enqueue_all(DIGEST.name, [str(recording_id) for recording_id in found])
    return len(found)


def publish_recording(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Make it public; BPM and key left empty are taken from the sound where Indii is sure.

    Raises:
        NotReadyToPublish: something is missing.
    """
    heard = ctx.db.get(SoundFact, recording_id)
    is_bpm = heard is not None and is_reliable(heard.bpm, heard.bpm_confidence)
    is_key = heard is not None and is_reliable(heard.key, heard.key_confidence)
    publish(
        ctx,
        recording_id=recording_id,
        bpm=heard.bpm if heard and is_bpm else None,
        key=heard.key if heard and is_key else None,
    )


def retry_work(ctx: WriteCtx, *, recording_id: UUID, kind: str) -> None:
    """Try failed work of an own recording again.

    Raises:
        WrongState: it has not failed.
    """
    recording = own_recording(ctx, recording_id)
    job = ctx.db.scalar(
        select(Job)
        .where(col(Job.key) == str(recording.id), col(Job.kind) == kind)
        .order_by(col(Job.created_at).desc())
        .limit(1)
    )
    if kind not in set(Work) or job is None or not jobs.retry(ctx.db, job.id, now=ctx.now):
        raise WrongState("This step has not failed, so there is nothing to retry.")
    ctx.wakes.add(job.queue)


def reserve_preview(ctx: WriteCtx, *, preview: MediaFile) -> None:
    """Note where a preview is about to lie, as already superseded, so that a crash leaves no stray.

    `record_digest` makes it the current one; if that never comes, the sweep removes it.
    """
    ctx.actor.require_role("system")
    values = preview.model_dump() | {"replaced_at": ctx.now}
    ctx.db.add(MediaFile(**values))


def record_digest(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    source: str,
    duration_ms: int,
    peaks: bytes,
    lufs: float | None,
    true_peak_db: float | None,
    preview: MediaFile,
) -> None:
    """Take over what decoding told and the new preview; `source` is `rules.digest_source`."""
    ctx.actor.require_role("system")
    recording = locked_recording(ctx, recording_id)
    recording.duration_ms = duration_ms
    recording.wave = wave_path(peaks)
    _note_sound(
        ctx,
        recording.id,
        digest_source=source,
        peaks=peaks,
        lufs=lufs,
        true_peak_db=true_peak_db,
    )
    ctx.db.execute(
        update(MediaFile)
        .where(
            col(MediaFile.recording_id) == recording.id,
            col(MediaFile.kind) == FileKind.PREVIEW,
            col(MediaFile.replaced_at).is_(None),
        )
        .values(replaced_at=ctx.now)
    )
    preview.replaced_at = None
    ctx.db.merge(preview)


def record_sound_facts(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    source_sha256: str,
    facts: MeasuredSound,
    vector: Sequence[float],
) -> None:
    """Take over what was measured, and draw the cover from it unless a picture was uploaded."""
    ctx.actor.require_role("system")
    recording = locked_recording(ctx, recording_id)
    cover = cover_svg(vector, facts.bands, seed=str(recording.id))
    _note_sound(
        ctx,
        recording.id,
        source_sha256=source_sha256,
        bpm=facts.bpm,
        bpm_confidence=facts.bpm_confidence,
        key=facts.key,
        key_confidence=facts.key_confidence,
        energy=facts.energy,
        brightness=facts.brightness,
        low_end=facts.low_end,
        density=facts.density,
        bands=facts.bands,
        cover_svg=cover.svg,
        colour_a=cover.colors[0],
        colour_b=cover.colors[1],
    )
    recording.cover_version += 1
    if not recording.has_picture:
        recording.colour_a, recording.colour_b = cover.colors


def _note_sound(ctx: WriteCtx, recording_id: UUID, **values: Any) -> None:
    # Digest and embedding finish in either order: whoever comes first makes the row.
    blank: dict[str, Any] = {
        "source_sha256": "", "digest_source": "", "peaks": b"", "bands": b"", "cover_svg": "",
        "bpm_confidence": 0.0, "key_confidence": 0.0, "energy": 0.0, "brightness": 0.0,
        "low_end": 0.0, "density": 0.0, "colour_a": "", "colour_b": "",
    }  # fmt: skip
    values["updated_at"] = ctx.now
    ctx.db.execute(
        insert(SoundFact)
        .values(**(blank | values), recording_id=recording_id)
        .on_conflict_do_update(index_elements=["recording_id"], set_=values)
    )
