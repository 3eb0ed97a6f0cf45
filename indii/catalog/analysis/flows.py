"""Making what strangers may hear and see of a master: preview, waveform, loudness."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from indii.catalog.analysis.queries import DigestPlan, digest_plan
from indii.catalog.recordings.commands import record_digest, reserve_preview
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.kernel.context import Actor
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime
from indii.ports.audio import Digest

HEARTBEAT_S = 15.0

Progress = Callable[[int], None]


def no_progress(_percent: int) -> None:
    """Take progress that nobody asked for."""


@contextmanager
def scratch_mp3(rt: Runtime) -> Iterator[Path]:
    """Name a place for an MP3 on its way into the storage; what is left there goes."""
    folder = rt.site.state_dir / "scratch"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    path = folder / f"{new_id()}.mp3"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def heartbeat(progress: Progress, *, start: int, end: int) -> Iterator[None]:
    """Report slowly growing progress while a long call runs, which keeps the job's lease."""
    done = threading.Event()

    def beat() -> None:
        percent = float(start)
        while not done.wait(HEARTBEAT_S):
            percent += (end - percent) / 4
            try:
                progress(int(percent))
            except Exception:  # noqa: BLE001 - a lost lease; the next report of our own says so
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def digest_recording(
    rt: Runtime, actor: Actor, *, recording_id: UUID, progress: Progress = no_progress
) -> bool:
    """Make preview, waveform and loudness of the recording's master; False if all was there.

    Safe to repeat: what was made from the same master and voice tag is not made again.
    """
    with rt.read(actor) as ctx:
        plan = digest_plan(ctx, recording_id)
    if plan is None or plan.is_done:
        return False
    _digest(rt, actor, recording_id, plan, progress)
    return True


def _digest(
    rt: Runtime, actor: Actor, recording_id: UUID, plan: DigestPlan, progress: Progress
) -> None:
    progress(5)
    master = rt.storage.fetch(plan.master_key)
    tag = rt.storage.fetch(plan.tag_key) if plan.tag_key else None
    with scratch_mp3(rt) as preview:
        with heartbeat(progress, start=10, end=85):
            heard = rt.audio.digest(master, preview_to=preview, voice_tag=tag)
        progress(90)
        _store(rt, actor, recording_id, plan, heard, preview)


def _store(  # noqa: PLR0917 - one call site
    rt: Runtime, actor: Actor, recording_id: UUID, plan: DigestPlan, heard: Digest, made: Path
) -> None:
    preview = MediaFile(
        id=new_id(),
        recording_id=recording_id,
        profile_id=plan.profile_id,
        kind=FileKind.PREVIEW,
        storage_key=f"preview/{made.stem[-2:]}/{made.stem}.mp3",
        filename="preview.mp3",
        content_type="audio/mpeg",
        format="mp3",
        bytes=0,
        sha256="",
        duration_ms=heard.duration_ms,
        created_at=rt.clock(),
    )
    with rt.write(actor) as ctx:
        reserve_preview(ctx, preview=preview)
    stored = rt.storage.put(preview.storage_key, made, content_type="audio/mpeg")
    preview.bytes, preview.sha256 = stored.bytes, stored.sha256
    with rt.write(actor) as ctx:
        record_digest(
            ctx,
            recording_id=recording_id,
            source=plan.source,
            duration_ms=heard.duration_ms,
            peaks=heard.peaks,
            lufs=heard.lufs,
            true_peak_db=heard.true_peak_db,
            preview=preview,
        )
