"""One own recording as its producer works on it."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from indii.catalog.analysis.queries import (
    NO_SUGGESTIONS,
    Suggestions,
    WorkStep,
    suggestions,
    work_of,
)
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.errors import RecordingNotFound
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.queries import (
    STATE_LABELS,
    bpm_label,
    current_files,
    find_recording,
    get_own,
    master_of,
    playable,
    rows,
)
from indii.catalog.recordings.rules import Condition, conditions, readiness
from indii.kernel.context import ReadCtx
from indii.kernel.format import duration, size
from indii.store.offers.queries import TierForm, offer_forms, sold_notice
from indii.studio.editing.rules import other_tempo

FILE_LABELS = {
    FileKind.MAIN_WAV: "Lossless master",
    FileKind.MAIN_MP3: "MP3 master",
    FileKind.STEMS_ZIP: "Stems",
}


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of the recording; `href` fetches it as it was uploaded."""

    kind: str
    label: str
    filename: str
    line: str
    href: str


@dataclass(frozen=True, slots=True)
class EditView:
    """A recording with everything that can be done to it."""

    id: str = ""
    slug: str = ""
    title: str = ""
    genre: str = ""
    mood: str = ""
    bpm: str = ""
    key: str = ""
    tags: list[str] = field(default_factory=list)
    credits: str = ""
    ai_use: str = ""
    holds_rights: bool = False
    state: str = ""
    state_label: str = ""
    taken_down_reason: str = ""
    is_bpm_suggested: bool = False
    is_key_suggested: bool = False
    cover: str = ""
    has_picture: bool = False
    playable: str = ""
    wave: str = ""
    duration: str = ""
    files: list[FileLine] = field(default_factory=list)
    has_stems: bool = False
    has_master: bool = False
    currency: str = "USD"
    tiers: list[TierForm] = field(default_factory=list)
    sold: str = ""
    conditions: list[Condition] = field(default_factory=list)
    is_ready: bool = False
    heard: Suggestions = NO_SUGGESTIONS
    half_tempo: str = ""
    double_tempo: str = ""
    heard_key: str = ""
    work: list[WorkStep] = field(default_factory=list)
    is_working: bool = False


def _line(recording_id: UUID, file: MediaFile) -> FileLine:
    kind = FileKind(file.kind)
    parts = [file.format.upper()]
    if file.sample_rate:
        parts.append(f"{file.sample_rate / 1000:g} kHz")
    if file.duration_ms:
        parts.append(duration(file.duration_ms))
    parts.append(size(file.bytes))
    return FileLine(
        kind=kind,
        label=FILE_LABELS[kind],
        filename=file.filename,
        line=" · ".join(parts),
        href=f"/api/own/{recording_id}/{kind}",
    )


def edit_view(ctx: ReadCtx, slug: str) -> EditView:
    """Return the actor's own recording at this address.

    Raises:
        RecordingNotFound: unknown, deleted, or somebody else's.
    """
    ctx.actor.require_role("producer")
    recording_id = find_recording(ctx, slug)
    if recording_id is None:
        raise RecordingNotFound
    recording = get_own(ctx, recording_id)
    files = current_files(ctx, recording_id)
    (row,) = rows(ctx, [recording_id])
    has_master = master_of(files) is not None
    met = conditions(readiness(recording, has_master=has_master))
    heard = suggestions(ctx, recording_id)
    work = work_of(ctx, recording_id)
    return replace(
        _described(recording),
        cover=row.cover_url,
        playable=playable(row),
        wave=row.wave,
        duration=row.duration,
        files=[_line(recording_id, files[kind]) for kind in FILE_LABELS if kind in files],
        has_stems=FileKind.STEMS_ZIP in files,
        has_master=has_master,
        tiers=list(offer_forms(ctx, recording_id)),
        sold=sold_notice(ctx, recording_id),
        conditions=list(met),
        is_ready=all(c.is_met for c in met),
        heard=heard,
        half_tempo=other_tempo(heard.bpm, 0.5) if heard.bpm else "",
        double_tempo=other_tempo(heard.bpm, 2) if heard.bpm else "",
        heard_key="" if heard.key is None else str(heard.key),
        work=list(work),
        is_working=any(s.state in {"waiting", "running"} for s in work),
    )


def _described(recording: Recording) -> EditView:
    """Return what the recording's own row says."""
    return EditView(
        id=str(recording.id),
        slug=recording.slug,
        title=recording.title,
        genre=recording.genre,
        mood=recording.mood,
        bpm=bpm_label(recording.bpm),
        key="" if recording.key is None else str(recording.key),
        tags=list(recording.tags),
        credits=recording.credits,
        ai_use=recording.ai_use,
        holds_rights=recording.rights_attested_at is not None,
        state=recording.state,
        state_label=STATE_LABELS[RecordingStatus(recording.state)],
        taken_down_reason=recording.taken_down_reason,
        is_bpm_suggested=recording.is_bpm_suggested,
        is_key_suggested=recording.is_key_suggested,
        has_picture=recording.has_picture,
        currency=recording.currency,
    )
