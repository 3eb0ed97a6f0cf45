"""What the catalogue listens to: new masters, voice tags, names, closed accounts, buyers."""

from uuid import UUID

from indii.catalog.access.commands import MAKE_MP3
from indii.catalog.access.flows import make_mp3, sweep_made_mp3s
from indii.catalog.analysis.commands import DIGEST, request_all_digests, request_digest
from indii.catalog.analysis.flows import digest_recording
from indii.catalog.recordings.commands import refresh_search_text, withdraw_all
from indii.catalog.recordings.events import MasterStored, VoiceTagChanged
from indii.catalog.uploads.commands import CHECK
from indii.catalog.uploads.flows import check_upload, sweep
from indii.identity.accounts.events import AccountClosed
from indii.identity.profiles.events import ProfileRenamed
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from workers.registry import CLEANUPS, Task, chore, job, on


@on(MasterStored)
def digest_new_master(ctx: WriteCtx, event: MasterStored) -> None:
    """Ask for preview and waveform."""
    request_digest(ctx, recording_id=event.recording_id)


@on(VoiceTagChanged)
def remake_previews(ctx: WriteCtx, event: VoiceTagChanged) -> None:
    """Ask for every preview of the producer, with the new voice tag or without one."""
    request_all_digests(ctx, producer_id=event.profile_id)


@on(ProfileRenamed)
def reindex_renamed(ctx: WriteCtx, event: ProfileRenamed) -> None:
    """Let the recordings be found under the new name."""
    refresh_search_text(ctx, producer_id=event.profile_id)


@on(AccountClosed)
def withdraw_with_account(ctx: WriteCtx, event: AccountClosed) -> None:
    """Hide what a closed account had published; what was licensed stays."""
    withdraw_all(ctx, producer_id=event.profile_id)


@job(CHECK)
def check(rt: Runtime, task: Task) -> None:
    """Look into an uploaded file."""
    check_upload(rt, SYSTEM, upload_id=UUID(task.key), progress=task.progress)


@job(DIGEST)
def digest(rt: Runtime, task: Task) -> None:
    """Make preview, waveform and loudness."""
    digest_recording(rt, SYSTEM, recording_id=UUID(task.key), progress=task.progress)


@job(MAKE_MP3)
def mp3_for_buyers(rt: Runtime, task: Task) -> None:
    """Make the MP3 of a lossless master that somebody licensed."""
    make_mp3(rt, SYSTEM, master_id=UUID(task.key), progress=task.progress)


@chore(CLEANUPS)
def sweep_uploads(rt: Runtime) -> None:
    """Remove what uploads and old previews left behind."""
    sweep(rt)


@chore(CLEANUPS)
def sweep_mp3s(rt: Runtime) -> None:
    """Remove MP3s that a crash left half kept."""
    sweep_made_mp3s(rt)
