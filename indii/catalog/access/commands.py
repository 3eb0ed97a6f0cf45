"""Counting plays; granting, revoking and noting downloads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.catalog.access.models import DownloadAttempt, DownloadPermission, Play
from indii.catalog.access.rules import delivered_name, listener
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.models import MediaFile, Recording
from indii.kernel.context import WriteCtx
from indii.kernel.db import table_of
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare

MAKE_MP3 = declare(JobKind("make_mp3", queue="audio", max_tries=7, priority=20))


def count_play(ctx: WriteCtx, *, recording_id: UUID) -> bool:
    """Count that the actor heard thirty seconds: once a day, never the producer nor a machine.

    Returns whether it counted; why not is nobody's business.
    """
    actor = ctx.actor
    who = listener(account_id=actor.account_id, visitor=actor.visitor, is_bot=actor.is_bot)
    if not who:
        return False
    recording = ctx.db.get(Recording, recording_id)
    if recording is None or recording.state != RecordingStatus.LIVE:
        return False
    if recording.producer_id == actor.profile_id:
        return False
    counted = ctx.db.execute(
        insert(Play)
        .values(recording_id=recording_id, day=ctx.now.date(), listener=who, at=ctx.now)
        .on_conflict_do_nothing()
        .returning(col(Play.recording_id))
    ).first()
    if counted is None:
        return False
    ctx.db.execute(
        update(Recording)
        .where(col(Recording.id) == recording_id)
        .values(plays=col(Recording.plays) + 1)
        .execution_options(synchronize_session=False)
    )
    return True


@dataclass(frozen=True, slots=True)
class NewDownloads:
    """The files that one sale delivers.

    `makes_mp3` adds an MP3 that is made from the lossless master where none was uploaded; `kinds`
    says which of the files are delivered, all if not given.
    """

    granted_for: UUID
    recording_id: UUID
    account_id: UUID | None
    file_ids: Sequence[UUID]
    title: str
    producer_name: str
    makes_mp3: bool
    kinds: Collection[FileKind] | None = None


def lock_files(ctx: WriteCtx, ids: Collection[UUID]) -> dict[UUID, MediaFile]:
    """Return these files, which nobody deletes or makes an MP3 of before this commits.

    So an MP3 that is just being kept sees the permission that waits for it, or the permission sees
    the MP3. Buyers of one master do not wait for each other.
    """
    found = ctx.db.scalars(
        select(MediaFile)
        .where(col(MediaFile.id).in_(ids))
        .order_by(col(MediaFile.id))
        .with_for_update(read=True, key_share=True)
    )
    return {file.id: file for file in found}


def grant_downloads(
    ctx: WriteCtx, wanted: Sequence[NewDownloads], *, files: Mapping[UUID, MediaFile]
) -> None:
    """Let somebody have these very files for good; granting twice changes nothing.

    Called inside the transaction that sold them, so whoever calls it has decided who may. `files`
    are those of the sale, from `lock_files`.
    """
    masters = {new.granted_for: _master_for_mp3(new, files) for new in wanted}
    needed = {master.id for master in masters.values() if master}
    made = _kept_mp3s(ctx, needed)
    rows = []
    for new in wanted:
        for file_id in new.file_ids:
            file = files[file_id]
            if new.kinds is None or file.kind in new.kinds:
                ending = file.format or file.filename.rpartition(".")[2]
                rows.append(_permission(ctx, new, FileKind(file.kind), ending, file=file.id))
        if master := masters[new.granted_for]:
            kept = made.get(master.id)
            rows.append(
                _permission(ctx, new, FileKind.MADE_MP3, "mp3", file=kept, source=master.id)
            )
    if rows:
        ctx.db.execute(
            insert(table_of(DownloadPermission)).on_conflict_do_nothing(
                index_elements=["granted_for", "kind"]
            ),
            rows,
        )
    ctx.enqueue_all(MAKE_MP3.name, [str(master_id) for master_id in needed - made.keys()])


def _master_for_mp3(new: NewDownloads, files: Mapping[UUID, MediaFile]) -> MediaFile | None:
    """Return the file that the buyer's MP3 is made from, None where none is to be made."""
    found = {FileKind(files[file_id].kind): files[file_id] for file_id in new.file_ids}
    if not new.makes_mp3 or FileKind.MAIN_MP3 in found:
        return None
    return found.get(FileKind.MAIN_WAV)


def _permission(
    ctx: WriteCtx,
    new: NewDownloads,
    kind: FileKind,
    ending: str,
    *,
    file: UUID | None,
    source: UUID | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "granted_for": new.granted_for,
        "recording_id": new.recording_id,
        "account_id": new.account_id,
        "kind": kind,
        "media_file_id": file,
        "source_file_id": source,
        "filename": delivered_name(new.producer_name, new.title, kind, ending),
        "granted_at": ctx.now,
        "revoke_reason": "",
    }


def _kept_mp3s(ctx: WriteCtx, master_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the MP3s that were made from these masters, by master."""
    if not master_ids:
        return {}
    found = ctx.db.execute(
        select(col(MediaFile.source_id), col(MediaFile.id)).where(
            col(MediaFile.source_id).in_(master_ids),
            col(MediaFile.kind) == FileKind.MADE_MP3,
            col(MediaFile.bytes) > 0,
        )
    )
    return {master_id: file_id for master_id, file_id in found if master_id}


def reserve_made_mp3(ctx: WriteCtx, *, made: MediaFile) -> None:
    """Note where a made MP3 is about to lie, empty and superseded, so that a crash leaves no stray.

    `store_made_mp3` gives it its bytes; if that never comes, the sweep removes it.
    """
    ctx.actor.require_role("system")
    ctx.db.add(MediaFile(**made.model_dump() | {"bytes": 0, "sha256": "", "replaced_at": ctx.now}))


def store_made_mp3(ctx: WriteCtx, *, made: MediaFile) -> bool:
    """Keep the MP3 that was announced, and hand it to everybody who waits for it.

    False if there is one from the same master already (those who wait get that), or if the
    announcement is gone: then nobody needs `made`. One that was made from an earlier master stays
    deliverable, but is not the current one any more.
    """
    ctx.actor.require_role("system")
    assert made.source_id is not None  # what it was made from is the point of it
    master = ctx.db.get(MediaFile, made.source_id, with_for_update=True, populate_existing=True)
    announced = ctx.db.get(MediaFile, made.id, populate_existing=True)
    earlier = _kept_mp3s(ctx, {made.source_id}).get(made.source_id)
    if master is None or announced is None or earlier is not None:
        if earlier is not None:
            _hand_out(ctx, earlier, master_id=made.source_id)
        return False
    if master.replaced_at is None:
        _retire_made_mp3(ctx, made)
        announced.replaced_at = None
    announced.bytes, announced.sha256 = made.bytes, made.sha256
    ctx.db.flush()
    _hand_out(ctx, made.id, master_id=made.source_id)
    return True


def _retire_made_mp3(ctx: WriteCtx, made: MediaFile) -> None:
    ctx.db.execute(
        update(MediaFile)
        .where(
            col(MediaFile.recording_id) == made.recording_id,
            col(MediaFile.kind) == FileKind.MADE_MP3,
            col(MediaFile.replaced_at).is_(None),
        )
        .values(replaced_at=ctx.now)
    )


def _hand_out(ctx: WriteCtx, file_id: UUID, *, master_id: UUID) -> None:
    ctx.db.execute(
        update(DownloadPermission)
        .where(
            col(DownloadPermission.source_file_id) == master_id,
            col(DownloadPermission.media_file_id).is_(None),
        )
        .values(media_file_id=file_id)
    )


def delete_made_mp3(ctx: WriteCtx, *, file_id: UUID) -> None:
    """Delete the row of a made MP3 that was announced and never kept, once its object is gone."""
    ctx.actor.require_role("system")
    ctx.db.execute(
        delete(MediaFile).where(
            col(MediaFile.id) == file_id,
            col(MediaFile.kind) == FileKind.MADE_MP3,
            col(MediaFile.bytes) == 0,
        )
    )


def revoke_downloads(ctx: WriteCtx, *, granted_for: UUID, reason: str) -> None:
    """Stop handing out what was granted; links already signed run out within minutes."""
    ctx.db.execute(
        update(DownloadPermission)
        .where(
            col(DownloadPermission.granted_for) == granted_for,
            col(DownloadPermission.revoked_at).is_(None),
        )
        .values(revoked_at=ctx.now, revoke_reason=reason[:200])
    )


def restore(ctx: WriteCtx, *, granted_for: UUID) -> None:
    """Take a revocation back."""
    ctx.db.execute(
        update(DownloadPermission)
        .where(col(DownloadPermission.granted_for) == granted_for)
        .values(revoked_at=None, revoke_reason="")
    )


def transfer(ctx: WriteCtx, *, granted_for: Sequence[UUID], account_id: UUID) -> None:
    """Put what a guest bought into an account; the caller has proven that both are one person."""
    ctx.db.execute(
        update(DownloadPermission)
        .where(
            col(DownloadPermission.granted_for).in_(granted_for),
            col(DownloadPermission.account_id).is_(None),
        )
        .values(account_id=account_id)
    )


def record_attempt(ctx: WriteCtx, *, permission_id: UUID, outcome: str) -> None:
    """Note that somebody asked for a bought file and what they were told."""
    ctx.db.add(
        DownloadAttempt(
            id=new_id(),
            permission_id=permission_id,
            at=ctx.now,
            network=ctx.actor.network[:80],
            outcome=outcome,
        )
    )
