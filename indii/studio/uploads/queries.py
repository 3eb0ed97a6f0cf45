"""What has been uploaded and waits for the next step."""

from dataclasses import dataclass, field
from uuid import UUID

from indii.catalog.analysis.queries import work_by_recording
from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.queries import own_recordings
from indii.catalog.recordings.rules import MASTERS
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.queries import own_open_uploads
from indii.kernel.context import ReadCtx
from indii.kernel.format import size

MAX_DRAFTS = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that waits to be described; `work` says how far its processing is."""

    id: str
    slug: str
    title: str
    cover: str
    created: str
    work: str
    percent: int
    is_working: bool
    has_failed: bool


@dataclass(frozen=True, slots=True)
class UnusedUpload:
    """A checked file that became no recording yet."""

    id: str
    filename: str
    line: str


@dataclass(frozen=True, slots=True)
class UploadPage:
    """What the upload page shows below the drop target."""

    drafts: list[Draft] = field(default_factory=list)
    leftovers: list[UnusedUpload] = field(default_factory=list)
    is_working: bool = False


def upload_page(ctx: ReadCtx) -> UploadPage:
    """Return the actor's newest drafts and their checked files without a recording."""
    ctx.actor.require_role("producer")
    own = [r for r in own_recordings(ctx) if r.state == RecordingStatus.DRAFT][:MAX_DRAFTS]
    work = work_by_recording(ctx, [UUID(r.row.id) for r in own])
    drafts = []
    for recording in own:
        steps = work.get(UUID(recording.row.id), ())
        is_open = any(s.state in {"waiting", "running"} for s in steps)
        has_failed = any(s.state == "failed" for s in steps)
        drafts.append(
            Draft(
                id=recording.row.id,
                slug=recording.row.slug,
                title=recording.row.title,
                cover=recording.row.cover_small,
                created=recording.created_label,
                work="Processing failed"
                if has_failed
                else "Preparing preview and analyzing sound"
                if is_open
                else "Needs details",
                percent=sum(s.progress for s in steps) // max(len(steps), 1),
                is_working=is_open,
                has_failed=has_failed,
            )
        )
    return UploadPage(
        drafts=drafts,
        leftovers=[
            UnusedUpload(str(u.id), u.filename, str(u.facts.get("line") or size(u.bytes)))
            for u in own_open_uploads(ctx)
            if u.state == UploadStatus.CHECKED and u.kind in MASTERS
        ],
        is_working=any(d.is_working for d in drafts),
    )
