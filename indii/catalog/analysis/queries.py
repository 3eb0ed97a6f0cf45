"""How the work on a recording stands, and what the sound suggests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.analysis.enums import Work
from indii.catalog.analysis.models import SoundFact
from indii.catalog.analysis.rules import digest_source, is_reliable
from indii.catalog.recordings.models import MediaFile
from indii.catalog.recordings.queries import (
    bpm_label,
    current_files,
    current_voice_tag,
    get_own,
    master_of,
)
from indii.catalog.recordings.rules import MASTERS
from indii.kernel.context import ReadCtx
from indii.kernel.drawing import wave_path
from indii.kernel.jobs import Job, JobStatus
from indii.kernel.music_keys import camelot, key_name

LABELS: Mapping[str, str] = {
    Work.DIGEST: "Preview and waveform",
    Work.EMBED: "Tempo, key and sound analysis",
}
_STATES = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.DEAD: "failed",
}


@dataclass(frozen=True, slots=True)
class WorkStep:
    """One piece of work on a recording; `state` is waiting, running, done or failed."""

    kind: str
    label: str
    state: str
    progress: int
    error: str
    can_retry: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the sound suggests; labels are "" where nothing is suggested, shares are percent."""

    bpm: float | None
    bpm_label: str
    bpm_percent: int
    is_bpm_sure: bool
    key: int | None
    key_label: str
    camelot: str
    key_percent: int
    is_key_sure: bool


NO_SUGGESTIONS = Suggestions(None, "", 0, False, None, "", "", 0, False)


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What a digest starts from; `is_done` when it was already made from exactly this."""

    source: str
    profile_id: UUID
    master_key: str
    tag_key: str
    is_done: bool


def work_of(ctx: ReadCtx, recording_id: UUID) -> tuple[WorkStep, ...]:
    """Return the steps of an own recording's processing; empty while it has no master."""
    get_own(ctx, recording_id)
    return work_by_recording(ctx, [recording_id]).get(recording_id, ())


def work_by_recording(
    ctx: ReadCtx, recording_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[WorkStep, ...]]:
    """Return the steps of recordings that have a master; no check who asks."""
    if not recording_ids:
        return {}
    facts = {
        f.recording_id: f
        for f in ctx.db.scalars(
            select(SoundFact).where(col(SoundFact.recording_id).in_(recording_ids))
        )
    }
    keys = [str(i) for i in recording_ids]
    latest: dict[tuple[str, str], Job] = {}
    for job in ctx.db.scalars(
        select(Job)
        .where(col(Job.key).in_(keys), col(Job.kind).in_(list(LABELS)))
        .order_by(col(Job.created_at), col(Job.id))
    ):
        latest[job.key, job.kind] = job
    steps: dict[UUID, tuple[WorkStep, ...]] = {}
    for recording_id in ctx.db.scalars(
        select(col(MediaFile.recording_id))
        .distinct()
        .where(
            col(MediaFile.recording_id).in_(recording_ids),
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
        )
    ):
        fact = facts.get(recording_id)
        made: Mapping[str, str | None] = {
            Work.DIGEST: fact and fact.digest_source,
            Work.EMBED: fact and fact.source_sha256,
        }
        steps[recording_id] = tuple(
            _step(kind, latest.get((str(recording_id), kind)), is_made=bool(made[kind]))
            for kind in LABELS
        )
    return steps


def _step(kind: str, job: Job | None, *, is_made: bool) -> WorkStep:
    # No job yet: the event that asks for one is still on its way, unless the work was done long ago
    # and its job forgotten.
    state = _STATES[JobStatus(job.state)] if job else "done" if is_made else "waiting"
    return WorkStep(
        kind=kind,
        label=LABELS[kind],
        state=state,
        progress=100 if state == "done" else job.progress if job else 0,
        error=job.last_error if job and state != "done" else "",
        can_retry=state == "failed",
    )


def suggestions(ctx: ReadCtx, recording_id: UUID) -> Suggestions:
    """Return what the sound of an own recording suggests."""
    get_own(ctx, recording_id)
    fact = ctx.db.get(SoundFact, recording_id)
    if fact is None:
        return NO_SUGGESTIONS
    return Suggestions(
        bpm=fact.bpm,
        bpm_label=bpm_label(fact.bpm),
        bpm_percent=round(100 * fact.bpm_confidence),
        is_bpm_sure=is_reliable(fact.bpm, fact.bpm_confidence),
        key=fact.key,
        key_label="" if fact.key is None else key_name(fact.key),
        camelot="" if fact.key is None else camelot(fact.key),
        key_percent=round(100 * fact.key_confidence),
        is_key_sure=is_reliable(fact.key, fact.key_confidence),
    )


def digest_plan(ctx: ReadCtx, recording_id: UUID) -> DigestPlan | None:
    """Return what a digest starts from, or None while there is no master."""
    ctx.actor.require_role("system")
    master = master_of(current_files(ctx, recording_id, MASTERS))
    if master is None:
        return None
    tag = current_voice_tag(ctx, master.profile_id)
    source = digest_source(master.sha256, tag.sha256 if tag else "")
    fact = ctx.db.get(SoundFact, recording_id)
    return DigestPlan(
        source=source,
        profile_id=master.profile_id,
        master_key=master.storage_key,
        tag_key=tag.storage_key if tag else "",
        is_done=fact is not None and fact.digest_source == source,
    )


HERO_WAVE = (260, 110)
"""Bars and height of the large waveform: `viewBox="0 0 800 110"`."""


def large_wave(ctx: ReadCtx, recording_id: UUID) -> str:
    """Return the path of the large waveform, "" while there is none; no check who asks."""
    peaks = ctx.db.scalar(
        select(col(SoundFact.peaks)).where(col(SoundFact.recording_id) == recording_id)
    )
    return wave_path(peaks, *HERO_WAVE) if peaks else ""
