"""Uploads step by step, and what a checked one becomes: master, stems, cover, voice tag."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from indii.catalog.analysis.models import SoundFact
from indii.catalog.recordings.commands import own_recording
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.errors import FileNotReady, WrongState
from indii.catalog.recordings.events import VoiceTagChanged
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.rules import CONTENT_TYPES, MASTERS
from indii.catalog.uploads import rules
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import PartConflict, UploadNotFound
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.queries import check_of
from indii.kernel.context import WriteCtx
from indii.kernel.events import EVENTS
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare

_ARRIVING = (UploadStatus.RECEIVING, UploadStatus.CHECKING)
_OPEN = (*_ARRIVING, UploadStatus.CHECKED)
# Somebody looks at the page meanwhile, so it goes before every preview.
CHECK = declare(JobKind(rules.CHECK_UPLOAD, queue="audio", max_tries=4, priority=10))


def begin_upload(ctx: WriteCtx, *, kind: str, filename: str, count: int) -> UUID:
    """Announce a file of `count` bytes; its parts may follow."""
    ctx.actor.require_role("producer")
    account_id = ctx.actor.require_account()
    known, name = rules.check_request(kind, filename, count)
    # One at a time for an account, so that parallel requests cannot pass the quota together.
    ctx.db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"upload:{account_id}"))))
    open_count, unfinished = ctx.db.execute(
        select(
            func.count().filter(col(Upload.state).in_(_ARRIVING)),
            func.coalesce(func.sum(col(Upload.bytes)), 0),
        ).where(col(Upload.account_id) == account_id, col(Upload.state).in_(_OPEN))
    ).one()
    rules.check_quota(open_count=open_count, unfinished_bytes=int(unfinished), count=count)
    upload = Upload(
        id=new_id(),
        account_id=account_id,
        profile_id=ctx.actor.require_profile(),
        kind=known,
        filename=name,
        bytes=count,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.db.add(upload)
    return upload.id


def _own_upload(ctx: WriteCtx, upload_id: UUID) -> Upload:
    upload = ctx.db.get(Upload, upload_id, with_for_update=True)
    if upload is None:
        raise UploadNotFound
    if not (ctx.actor.has_role("system") or upload.account_id == ctx.actor.account_id):
        raise UploadNotFound
    return upload


def note_arrived(ctx: WriteCtx, *, upload_id: UUID, is_checked_here: bool = False) -> None:
    """Remember that every byte is there, and have a worker check it unless the caller does.

    Raises:
        PartConflict: it was cancelled meanwhile, or had arrived before.
    """
    upload = _own_upload(ctx, upload_id)
    if upload.state != UploadStatus.RECEIVING:
        raise PartConflict
    upload.state, upload.updated_at = UploadStatus.CHECKING, ctx.now
    if not is_checked_here:
        ctx.enqueue(CHECK.name, key=str(upload_id))


def ask_for_check(ctx: WriteCtx, *, upload_id: UUID) -> None:
    """Have an upload checked whose check was lost; a check that failed for good is not repeated."""
    ctx.actor.require_role("system")
    check = check_of(ctx.reading, upload_id)
    if check and check.has_failed:
        record_refused(ctx, upload_id=upload_id, reason=rules.CHECK_FAILED)
    else:
        ctx.enqueue(CHECK.name, key=str(upload_id))


def record_target(ctx: WriteCtx, *, upload_id: UUID, storage_key: str) -> None:
    """Remember where the file is about to be stored, so that a crash leaves nothing unknown.

    Raises:
        PartConflict: it was cancelled meanwhile.
    """
    upload = _own_upload(ctx, upload_id)
    if upload.state != UploadStatus.CHECKING:
        raise PartConflict
    upload.storage_key, upload.updated_at = storage_key, ctx.now


def record_checked(
    ctx: WriteCtx, *, upload_id: UUID, checked: rules.Checked, count: int, sha256: str
) -> None:
    """Remember that the content is fine and lies in the storage.

    Raises:
        PartConflict: it was cancelled meanwhile.
    """
    upload = _own_upload(ctx, upload_id)
    if upload.state != UploadStatus.CHECKING:
        raise PartConflict
    upload.state, upload.kind = UploadStatus.CHECKED, checked.kind
    upload.probe = {**checked.facts, "format": checked.format, "stored_bytes": count}
    upload.sha256, upload.updated_at = sha256, ctx.now


def record_refused(ctx: WriteCtx, *, upload_id: UUID, reason: str) -> str | None:
    """Remember why the content cannot be used; return the storage key to be emptied.

    None if the check has ended already, so that there is nothing to remove.
    """
    upload = _own_upload(ctx, upload_id)
    if upload.state != UploadStatus.CHECKING:
        return None
    upload.state, upload.refusal = UploadStatus.REFUSED, reason[:500]
    upload.updated_at = ctx.now
    return upload.storage_key


def cancel_upload(ctx: WriteCtx, *, upload_id: UUID) -> str:
    """End an upload that was not used; return the storage key to be emptied, "" if none.

    Raises:
        WrongState: it became a file already.
    """
    upload = _own_upload(ctx, upload_id)
    if upload.state == UploadStatus.USED:
        raise WrongState("This upload is already in use.")
    if upload.state in _OPEN:
        upload.state, upload.updated_at = UploadStatus.CANCELLED, ctx.now
    return upload.storage_key


def delete_upload(ctx: WriteCtx, *, upload_id: UUID) -> None:
    """Delete the row of an upload that became nothing."""
    ctx.actor.require_role("system")
    ctx.db.execute(
        delete(Upload).where(col(Upload.id) == upload_id, col(Upload.state) != UploadStatus.USED)
    )


def delete_files(ctx: WriteCtx, *, file_ids: Sequence[UUID]) -> None:
    """Delete the rows of superseded previews whose objects are gone."""
    ctx.actor.require_role("system")
    ctx.db.execute(
        delete(MediaFile).where(
            col(MediaFile.id).in_(file_ids),
            col(MediaFile.kind) == FileKind.PREVIEW,
            col(MediaFile.replaced_at).is_not(None),
        )
    )


def _take(ctx: WriteCtx, upload_id: UUID, kinds: Sequence[FileKind]) -> Upload:
    try:
        upload = _own_upload(ctx, upload_id)
    except UploadNotFound as error:
        raise FileNotReady from error
    if upload.state != UploadStatus.CHECKED or upload.kind not in kinds:
        raise FileNotReady
    upload.state, upload.updated_at = UploadStatus.USED, ctx.now
    return upload


def _keep(ctx: WriteCtx, upload: Upload, *, recording_id: UUID | None) -> MediaFile:
    """Make the upload the current file of its kind; the one before stays deliverable."""
    _retire(ctx, kind=upload.kind, recording_id=recording_id, profile_id=upload.profile_id)
    facts = upload.probe
    file = MediaFile(
        id=new_id(),
        recording_id=recording_id,
        profile_id=upload.profile_id,
        kind=upload.kind,
        storage_key=upload.storage_key,
        filename=upload.filename,
        content_type=CONTENT_TYPES.get(facts["format"], "application/octet-stream"),
        format=facts["format"],
        bytes=facts["stored_bytes"],
        sha256=upload.sha256,
        duration_ms=facts.get("duration_ms", 0),
        sample_rate=facts.get("sample_rate", 0),
        channels=facts.get("channels", 0),
        created_at=ctx.now,
    )
    ctx.db.add(file)
    ctx.db.flush()
    if upload.kind in MASTERS:
        # The database itself tells of a new master; whoever listens need not wait for the sweep.
        ctx.wakes.add(EVENTS)
    return file


def _retire(ctx: WriteCtx, *, kind: str, recording_id: UUID | None, profile_id: UUID) -> bool:
    same = (
        col(MediaFile.recording_id) == recording_id
        if recording_id
        else col(MediaFile.recording_id).is_(None) & (col(MediaFile.profile_id) == profile_id)
    )
    retired = ctx.db.execute(
        update(MediaFile)
        .where(same, col(MediaFile.kind) == kind, col(MediaFile.replaced_at).is_(None))
        .values(replaced_at=ctx.now)
        .returning(col(MediaFile.id))
    )
    return retired.first() is not None


def attach_upload(ctx: WriteCtx, *, recording_id: UUID, upload_id: UUID) -> UUID:
    """Make a checked master or stems zip a file of the recording; return the file's id.

    Raises:
        FileNotReady: it is not the actor's own checked upload of such a kind.
    """
    recording = own_recording(ctx, recording_id)
    upload = _take(ctx, upload_id, [*MASTERS, FileKind.STEMS_ZIP])
    file = _keep(ctx, upload, recording_id=recording.id)
    if file.kind == FileKind.MAIN_WAV or (
        file.kind == FileKind.MAIN_MP3 and not _has(ctx, recording.id, FileKind.MAIN_WAV)
    ):
        recording.duration_ms = file.duration_ms
    return file.id


def _has(ctx: WriteCtx, recording_id: UUID, kind: FileKind) -> bool:
    found = select(col(MediaFile.id)).where(
        col(MediaFile.recording_id) == recording_id,
        col(MediaFile.kind) == kind,
        col(MediaFile.replaced_at).is_(None),
    )
    return ctx.db.scalar(found) is not None


def detach_file(ctx: WriteCtx, *, recording_id: UUID, kind: FileKind) -> None:
    """Take a master or the stems away from the recording; licensed copies stay deliverable.

    Raises:
        WrongState: it is the last master of a public recording, or there is no such file.
    """
    recording = own_recording(ctx, recording_id)
    if kind not in {*MASTERS, FileKind.STEMS_ZIP}:
        raise WrongState("This file cannot be removed here.")
    if not _retire(ctx, kind=kind, recording_id=recording.id, profile_id=recording.producer_id):
        raise WrongState("There is no such file.")
    is_silent = not any(_has(ctx, recording.id, master) for master in MASTERS)
    if is_silent and recording.state == RecordingStatus.LIVE:
        raise WrongState("A public recording keeps its master. Replace it, or withdraw first.")


def set_cover(ctx: WriteCtx, *, recording_id: UUID, upload_id: UUID | None) -> None:
    """Make a checked picture the cover; None brings the drawn one back."""
    recording = own_recording(ctx, recording_id)
    if upload_id is None:
        _retire(
            ctx, kind=FileKind.COVER, recording_id=recording.id, profile_id=recording.producer_id
        )
        recording.has_picture = False
        _use_drawn_colours(ctx, recording)
    else:
        upload = _take(ctx, upload_id, [FileKind.COVER])
        _keep(ctx, upload, recording_id=recording.id)
        recording.has_picture = True
        recording.colour_a, recording.colour_b = upload.probe["colours"]
    recording.cover_version += 1


def _use_drawn_colours(ctx: WriteCtx, recording: Recording) -> None:
    drawn = ctx.db.get(SoundFact, recording.id)
    if drawn and drawn.colour_a:
        recording.colour_a, recording.colour_b = drawn.colour_a, drawn.colour_b


def set_voice_tag(ctx: WriteCtx, *, upload_id: UUID | None) -> None:
    """Make a checked sound the producer's voice tag, or go without; previews follow."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    if upload_id is not None:
        _keep(ctx, _take(ctx, upload_id, [FileKind.VOICE_TAG]), recording_id=None)
    elif not _retire(ctx, kind=FileKind.VOICE_TAG, recording_id=None, profile_id=profile_id):
        return
    ctx.emit(VoiceTagChanged(profile_id))
