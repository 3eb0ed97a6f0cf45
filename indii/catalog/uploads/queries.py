"""How uploads stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import UploadNotFound
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.rules import ABANDONED_AFTER
from indii.kernel.context import ReadCtx

UNCHECKED_AFTER = timedelta(minutes=5)
SUPERSEDED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as its owner sees it; `facts` is what its content turned out to be."""

    id: UUID
    kind: str
    filename: str
    bytes: int
    received: int
    state: str
    refusal: str
    facts: dict[str, Any]
    storage_key: str

    @property
    def is_complete(self) -> bool:
        """Whether every byte has arrived."""
        return self.received == self.bytes


def view_of(upload: Upload) -> UploadView:
    """Return the upload as its owner sees it."""
    return UploadView(
        id=upload.id,
        kind=upload.kind,
        filename=upload.filename,
        bytes=upload.bytes,
        received=upload.received,
        state=upload.state,
        refusal=upload.refusal,
        facts=dict(upload.probe),
        storage_key=upload.storage_key,
    )


def own_upload(ctx: ReadCtx, upload_id: UUID) -> UploadView:
    """Return the actor's own upload.

    Raises:
        UploadNotFound: unknown, or somebody else's.
    """
    upload = ctx.db.get(Upload, upload_id)
    if upload is None:
        raise UploadNotFound
    if not (ctx.actor.has_role("system") or upload.account_id == ctx.actor.account_id):
        raise UploadNotFound
    return view_of(upload)


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


def interrupted_checks(ctx: ReadCtx) -> Sequence[UUID]:
    """Return uploads that arrived whole but whose check was cut short."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(Upload.id)).where(
            col(Upload.state) == UploadStatus.RECEIVING,
            col(Upload.received) == col(Upload.bytes),
            col(Upload.updated_at) < ctx.now - UNCHECKED_AFTER,
            col(Upload.updated_at) > ctx.now - ABANDONED_AFTER,
        )
    )


def abandoned(ctx: ReadCtx) -> tuple[UploadView, ...]:
    """Return uploads that nobody touched for a day and that became no file."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(Upload).where(
            col(Upload.state) != UploadStatus.USED,
            col(Upload.updated_at) < ctx.now - ABANDONED_AFTER,
        )
    )
    return tuple(view_of(u) for u in found)


def receiving_ids(ctx: ReadCtx) -> set[str]:
    """Return the ids of uploads whose part file must stay."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(col(Upload.id)).where(col(Upload.state) == UploadStatus.RECEIVING)
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
