"""From a checked file to a draft."""

from uuid import UUID

from indii.catalog.recordings.commands import create_draft
from indii.catalog.recordings.rules import title_from
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.queries import own_upload
from indii.kernel.context import WriteCtx


def start_recording(ctx: WriteCtx, *, upload_id: UUID) -> UUID:
    """Make a draft of a checked master, titled as its tags or its name say; return its id.

    Raises:
        FileNotReady: it is not the actor's own checked master, or is in use already.
    """
    upload = own_upload(ctx.reading, upload_id)
    tagged = str(upload.facts.get("tags", {}).get("title", ""))
    recording_id = create_draft(ctx, title=title_from(upload.filename, tagged))
    attach_upload(ctx, recording_id=recording_id, upload_id=upload_id)
    return recording_id
