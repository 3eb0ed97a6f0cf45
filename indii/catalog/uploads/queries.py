"""How uploads stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import UploadNotFound
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.rules import ABANDONED_AFTER, CHECK_UPLOAD, RESUMABLE_FOR
from indii.kernel.context import ReadCtx
from indii.kernel.jobs import Job, JobStatus

UNCHECKED_AFTER = timedelta(minutes=5)
SUPERSEDED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as its owner sees it; `facts` is what its content turned out to be."""

    id: UUID
    kind: str
    filename: str
    bytes: int
    state: str
    refusal: str
    facts: dict[str, Any]
    storage_key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """How far the check of an upload is, in percent."""

    progress: int
    has_failed: bool


def view_of(upload: Upload) -> UploadView:
    """Return the upload as its owner sees it."""
    return UploadView(
        id=upload.id,
        kind=upload.kind,
        filename=upload.filename,
        bytes=upload.bytes,
        state=upload.state,
        refusal=upload.refusal,
        facts=dict(upload.probe),
        storage_key=upload.storage_key,
        expires_at=upload.created_at + RESUMABLE_FOR,
    )


def own_upload(ctx: ReadCtx, upload_id: UUID) -> UploadView:
    """Return the actor's own upload.

    Raises:
        UploadNotFound: unknown, somebody else's, or it did not arrive in time.
    """
    upload = ctx.db.get(Upload, upload_id)
    if upload is None:
        raise UploadNotFound
    if not (ctx.actor.has_role("system") or upload.account_id == ctx.actor.account_id):
        raise UploadNotFound
    if upload.state == UploadStatus.RECEIVING and upload.created_at + RESUMABLE_FOR <= ctx.now:
        raise UploadNotFound
    return view_of(upload)


def check_of(ctx: ReadCtx, upload_id: UUID) -> Check | None:
    """Return how the newest check of an upload stands; no check who asks."""
    found: Any = ctx.db.execute(
        select(col(Job.state), col(Job.progress))
        .where(col(Job.key) == str(upload_id), col(Job.kind) == CHECK_UPLOAD)
        .order_by(col(Job.created_at).desc(), col(Job.id).desc())
        .limit(1)
    ).first()
    return Check(found.progress, has_failed=found.state == JobStatus.DEAD) if found else None


def own_open_uploads(ctx: ReadCtx) -> tuple[UploadView, ...]:
    """Return what the actor has begun and not yet used, newest first."""
    found = ctx.db.scalars(
        select(Upload)
        .where(
            col(Upload.account_id) == ctx.actor.require_account(),
            col(Upload.state).in_([UploadStatus.RECEIVING, UploadStatus.CHECKED]),
        )
        .order_by(col(Upload.created_at).desc())
        .limit(50)
    )
    return tuple(view_of(u) for u in found)


def unchecked(ctx: ReadCtx) -> Sequence[UUID]:
    """Return uploads whose check should long have begun."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(Upload.id)).where(
            col(Upload.state) == UploadStatus.CHECKING,
            col(Upload.updated_at) < ctx.now - UNCHECKED_AFTER,
        )
    )


def receiving(ctx: ReadCtx) -> tuple[UploadView, ...]:
    """Return uploads whose bytes are still to come, or have come and nobody noticed."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(Upload).where(
            col(Upload.state) == UploadStatus.RECEIVING,
            col(Upload.created_at) > ctx.now - RESUMABLE_FOR,
        )
    )
    return tuple(view_of(u) for u in found)


def abandoned(ctx: ReadCtx) -> tuple[UploadView, ...]:
    """Return uploads that did not arrive in time, or arrived and became no file for a day."""
    ctx.actor.require_role("system")
    is_late = (col(Upload.state) == UploadStatus.RECEIVING) & (
        col(Upload.created_at) <= ctx.now - RESUMABLE_FOR
    )
    is_over = col(Upload.state).in_(
        [UploadStatus.CHECKED, UploadStatus.REFUSED, UploadStatus.CANCELLED]
    ) & (col(Upload.updated_at) < ctx.now - ABANDONED_AFTER)
    found = ctx.db.scalars(select(Upload).where(is_late | is_over))
    return tuple(view_of(u) for u in found)


def arriving_ids(ctx: ReadCtx) -> set[str]:
    """Return the ids of uploads whose part file must stay."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(col(Upload.id)).where(
            col(Upload.state).in_([UploadStatus.RECEIVING, UploadStatus.CHECKING])
        )
    )
    return {str(i) for i in found}


def superseded_previews(ctx: ReadCtx) -> tuple[tuple[UUID, str], ...]:
    """Return (file id, storage key) of previews that newer ones took the place of."""
    ctx.actor.require_role("system")
    found = ctx.db.execute(
        select(col(MediaFile.id), col(MediaFile.storage_key)).where(
            col(MediaFile.kind) == FileKind.PREVIEW,
            col(MediaFile.replaced_at) < ctx.now - SUPERSEDED_AFTER,
        )
    )
    return tuple((r.id, r.storage_key) for r in found)
