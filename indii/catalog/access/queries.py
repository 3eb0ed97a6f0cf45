"""Which file, picture or waveform somebody may have, looked up anew for every request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from indii.catalog.access.models import DownloadPermission, Play
from indii.catalog.analysis.models import SoundFact
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import RecordingNotFound
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.queries import (
    current_files,
    get_own,
    get_visible,
    may_see,
)
from indii.catalog.recordings.rules import small_cover_key
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.drawing import cover_svg
from indii.kernel.format import size

SMALL_PX = 96
ABANDONED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A stored file that may be handed out; `tag` changes with its content."""

    storage_key: str
    content_type: str
    filename: str
    tag: str


@dataclass(frozen=True, slots=True)
class ServedCover:
    """A cover: either drawn (`svg`) or a stored picture (`file`)."""

    svg: str
    file: ServedFile | None
    tag: str


@dataclass(frozen=True, slots=True)
class PlayCounts:
    """Plays of one producer's recordings; `by_day` and `by_day_before` are equally long spans.

    The second is the span just before the first; both go from the oldest day to the newest.
    """

    today: int
    recent: int
    before: int
    ever: int
    by_day: tuple[tuple[str, int], ...]
    by_day_before: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MadeMp3Plan:
    """What an MP3 for buyers is made from; `is_done` when there is one from this very master."""

    recording_id: UUID
    profile_id: UUID
    master_key: str
    cover_key: str
    title: str
    producer_name: str
    is_done: bool


def _served(file: MediaFile) -> ServedFile:
    return ServedFile(file.storage_key, file.content_type, file.filename, file.sha256[:32])


# One statement, made once: a player asks anew for every few seconds of sound.
_PREVIEW = (
    select(
        col(MediaFile.storage_key), col(MediaFile.content_type), col(MediaFile.filename),
        col(MediaFile.sha256), col(Recording.state), col(Recording.producer_id),
    )
    .join(Recording, col(Recording.id) == col(MediaFile.recording_id))
    .where(
        col(MediaFile.recording_id) == bindparam("recording_id"),
        col(MediaFile.kind) == FileKind.PREVIEW,
        col(MediaFile.replaced_at).is_(None),
    )
)  # fmt: skip


def preview_of(ctx: ReadCtx, recording_id: UUID) -> ServedFile:
    """Return the preview of a recording that the actor may hear.

    Raises:
        RecordingNotFound: unknown, not for this actor, or not made yet.
    """
    found: Any = ctx.db.execute(_PREVIEW, {"recording_id": recording_id}).first()
    if found is None or not may_see(ctx, state=found.state, producer_id=found.producer_id):
        raise RecordingNotFound
    return ServedFile(found.storage_key, found.content_type, found.filename, found.sha256[:32])


def cover_of(ctx: ReadCtx, recording_id: UUID, *, side: int) -> ServedCover:
    """Return the cover of a recording that the actor may see; there always is one.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    recording = get_visible(ctx, recording_id)
    tag = f"{recording.id.hex[-12:]}-{recording.cover_version}-{side}"
    if recording.has_picture:
        picture = current_files(ctx, recording_id, [FileKind.COVER]).get(FileKind.COVER)
        if picture is not None:
            key = picture.storage_key
            key = small_cover_key(key) if side == SMALL_PX else key
            return ServedCover("", ServedFile(key, picture.content_type, "cover.webp", tag), tag)
    drawn = ctx.db.scalar(
        select(col(SoundFact.cover_svg)).where(col(SoundFact.recording_id) == recording_id)
    )
    return ServedCover(drawn or cover_svg((), b"", str(recording_id)).svg, None, tag)


def peaks_of(ctx: ReadCtx, recording_id: UUID) -> bytes:
    """Return the waveform of a recording that the actor may hear, one byte a value.

    Raises:
        RecordingNotFound: unknown, not for this actor, or not made yet.
    """
    get_visible(ctx, recording_id)
    peaks: bytes | None = ctx.db.scalar(
        select(col(SoundFact.peaks)).where(col(SoundFact.recording_id) == recording_id)
    )
    if not peaks:
        raise RecordingNotFound
    return peaks


def own_file(ctx: ReadCtx, recording_id: UUID, kind: FileKind) -> ServedFile:
    """Return a file of the actor's own recording as it was uploaded.

    Raises:
        RecordingNotFound: somebody else's, or there is no such file.
    """
    ctx.actor.require_role("producer")
    get_own(ctx, recording_id)
    found = current_files(ctx, recording_id, [kind]).get(kind)
    if found is None or kind == FileKind.PREVIEW:
        raise RecordingNotFound
    return _served(found)


def own_voice_tag(ctx: ReadCtx) -> ServedFile | None:
    """Return the actor's own voice tag, if there is one."""
    found: MediaFile | None = ctx.db.scalar(
        select(MediaFile).where(
            col(MediaFile.profile_id) == ctx.actor.require_profile(),
            col(MediaFile.recording_id).is_(None),
            col(MediaFile.kind) == FileKind.VOICE_TAG,
            col(MediaFile.replaced_at).is_(None),
        )
    )
    return _served(found) if found else None


def own_play_counts(ctx: ReadCtx, *, days: int = 28) -> PlayCounts:
    """Return how often the actor's recordings were played in the last `days`, and before."""
    producer_id = ctx.actor.require_profile()
    today = ctx.now.date()
    own = select(col(Recording.id)).where(col(Recording.producer_id) == producer_id)
    found = ctx.db.execute(
        select(col(Play.day), func.count())
        .where(col(Play.recording_id).in_(own), col(Play.day) > today - timedelta(days=2 * days))
        .group_by(col(Play.day))
    )
    counted = {day: int(n) for day, n in found}
    span = [today - timedelta(days=i) for i in reversed(range(2 * days))]
    by_day = tuple((day.isoformat(), counted.get(day, 0)) for day in span)
    ever = ctx.db.scalar(
        select(func.coalesce(func.sum(col(Recording.plays)), 0)).where(
            col(Recording.producer_id) == producer_id
        )
    )
    return PlayCounts(
        today=counted.get(today, 0),
        recent=sum(n for _, n in by_day[days:]),
        before=sum(n for _, n in by_day[:days]),
        ever=int(ever),
        by_day=by_day[days:],
        by_day_before=by_day[:days],
    )


def own_recent_plays(ctx: ReadCtx, *, days: int = 28) -> Mapping[UUID, int]:
    """Return the plays of the last `days` of each of the actor's recordings that has some."""
    own = select(col(Recording.id)).where(col(Recording.producer_id) == ctx.actor.require_profile())
    found = ctx.db.execute(
        select(col(Play.recording_id), func.count())
        .where(
            col(Play.recording_id).in_(own),
            col(Play.day) > ctx.now.date() - timedelta(days=days),
        )
        .group_by(col(Play.recording_id))
    )
    return {recording_id: int(n) for recording_id, n in found}


def made_mp3_plan(ctx: ReadCtx, master_id: UUID) -> MadeMp3Plan | None:
    """Return what the MP3 of a lossless master is made from, None if it is no such master.

    A replaced master and a hidden recording count as well: what was licensed stays deliverable.
    """
    ctx.actor.require_role("system")
    found: Any = ctx.db.execute(
        select(
            col(MediaFile.recording_id), col(MediaFile.profile_id), col(MediaFile.storage_key),
            col(Recording.title), col(Profile.name),
        )
        .join(Recording, col(Recording.id) == col(MediaFile.recording_id))
        .join(Profile, col(Profile.id) == col(Recording.producer_id))
        .where(col(MediaFile.id) == master_id, col(MediaFile.kind) == FileKind.MAIN_WAV)
    ).first()  # fmt: skip
    if found is None:
        return None
    cover = current_files(ctx, found.recording_id, [FileKind.COVER]).get(FileKind.COVER)
    kept = ctx.db.scalar(
        select(col(MediaFile.id)).where(
            col(MediaFile.source_id) == master_id,
            col(MediaFile.kind) == FileKind.MADE_MP3,
            col(MediaFile.bytes) > 0,
        )
    )
    return MadeMp3Plan(
        recording_id=found.recording_id,
        profile_id=found.profile_id,
        master_key=found.storage_key,
        cover_key=cover.storage_key if cover else "",
        title=found.title,
        producer_name=found.name,
        is_done=kept is not None,
    )


def abandoned_mp3s(ctx: ReadCtx) -> tuple[tuple[UUID, str], ...]:
    """Return (file id, storage key) of MP3s that were announced long ago and never kept."""
    ctx.actor.require_role("system")
    found = ctx.db.execute(
        select(col(MediaFile.id), col(MediaFile.storage_key)).where(
            col(MediaFile.kind) == FileKind.MADE_MP3,
            col(MediaFile.bytes) == 0,
            col(MediaFile.created_at) < ctx.now - ABANDONED_AFTER,
        )
    )
    return tuple((r.id, r.storage_key) for r in found)


@dataclass(frozen=True, slots=True)
class BoughtFileInfo:
    """A file that somebody may have for good; `note` says why it is not there, "" if it is."""

    id: UUID
    label: str
    size: str
    is_there: bool
    note: str


_BOUGHT = {
    FileKind.MAIN_WAV: ("Lossless master", 0),
    FileKind.MAIN_MP3: ("MP3", 1),
    FileKind.MADE_MP3: ("MP3", 1),
    FileKind.STEMS_ZIP: ("Stems", 2),
}


def bought_files(
    ctx: ReadCtx, granted_for: Sequence[UUID]
) -> Mapping[UUID, Sequence[BoughtFileInfo]]:
    """Return what was granted for each of these, best file first; no check who asks."""
    if not granted_for:
        return {}
    rows = ctx.db.execute(
        select(DownloadPermission, MediaFile)
        .outerjoin(MediaFile, col(MediaFile.id) == col(DownloadPermission.media_file_id))
        .where(col(DownloadPermission.granted_for).in_(granted_for))
    ).all()
    rows = sorted(rows, key=lambda row: _BOUGHT.get(FileKind(row[0].kind), ("", 9))[1])
    found: dict[UUID, list[BoughtFileInfo]] = {}
    for permission, file in rows:
        label = _BOUGHT.get(FileKind(permission.kind), (permission.kind, 9))[0]
        ending = permission.filename.rpartition(".")[2].upper()
        found.setdefault(permission.granted_for, []).append(
            BoughtFileInfo(
                id=permission.id,
                label=label if label in {"MP3", ending} else f"{label}, {ending}",
                size=size(file.bytes) if file else "",
                is_there=file is not None and permission.revoked_at is None,
                note=_why(permission, has_file=file is not None),
            )
        )
    return found


def _why(permission: DownloadPermission, *, has_file: bool) -> str:
    if permission.revoked_at is not None:
        return permission.revoke_reason or "No longer available."
    return "" if has_file else "Preparing; ready in a minute"


@dataclass(frozen=True, slots=True)
class BoughtFile:
    """A bought file, ready to be sent; `granted_for` says for what, so rooms above can check."""

    granted_for: UUID
    account_id: UUID | None
    file: ServedFile | None
    is_revoked: bool


def bought_file(ctx: ReadCtx, permission_id: UUID) -> BoughtFile:
    """Return a bought file; no check who asks: the room that sold it knows its buyers.

    Raises:
        RecordingNotFound: there is no such permission.
    """
    found: Any = ctx.db.execute(
        select(DownloadPermission, MediaFile)
        .outerjoin(MediaFile, col(MediaFile.id) == col(DownloadPermission.media_file_id))
        .where(col(DownloadPermission.id) == permission_id)
    ).first()
    if found is None:
        raise RecordingNotFound
    permission, file = found
    served = (
        ServedFile(file.storage_key, file.content_type, permission.filename, file.sha256[:32])
        if file
        else None
    )
    return BoughtFile(
        permission.granted_for, permission.account_id, served, permission.revoked_at is not None
    )
