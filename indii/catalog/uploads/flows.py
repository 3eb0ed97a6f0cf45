"""A file on its way from a browser (or a folder) to the storage, checked by content on the way."""

import contextlib
import fcntl
import hashlib
import hmac
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.rules import CONTENT_TYPES, small_cover_key
from indii.catalog.uploads import commands, queries, rules
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import (
    ChecksumMismatch,
    FileRefused,
    NoRoom,
    PartConflict,
    TooLarge,
    UploadLocked,
    UploadNotFound,
)
from indii.catalog.uploads.queries import Check, UploadView
from indii.catalog.uploads.rules import PIECE_BYTES, Checksum
from indii.kernel.archives import inspect_zip
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.errors import IndiiError
from indii.kernel.pictures import open_square, two_colours, webp
from indii.kernel.runtime import Runtime
from indii.ports.errors import AudioRefused, PortError

PER_HOUR = 200
COVER_PX, SMALL_COVER_PX, LEAST_COVER_PX = 640, 96, 200
STRAY_AFTER_S = 3600


def incoming_folder(rt: Runtime) -> Path:
    """Return where parts lie; the local storage takes whole files over from there by a rename."""
    folder = rt.site.state_dir / "incoming"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return folder


def part_path(rt: Runtime, upload_id: UUID) -> Path:
    """Return the file that an upload's parts are written to."""
    return incoming_folder(rt) / f"{upload_id}.part"


class Part:
    """An open upload, locked against every other process, to be written from its end on.

    With a checksum the bytes are held back until `settle` has compared it, so that a damaged part
    leaves nothing, not even after a crash.
    """

    def __init__(
        self,
        descriptor: int,
        upload: UploadView,
        *,
        offset: int,
        checksum: Checksum | None,
        folder: Path,
    ) -> None:
        self.upload, self.received = upload, offset
        self._descriptor, self._checksum = descriptor, checksum
        self._hash = hashlib.new(checksum.algorithm) if checksum else None
        # Closed by `close`; without a name, so that a crash leaves nothing.
        self._held = tempfile.TemporaryFile(dir=folder) if checksum else None  # noqa: SIM115

    @property
    def is_last(self) -> bool:
        """Whether every byte of the file is here."""
        return self.received == self.upload.bytes

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            TooLarge: more bytes than were announced; what came before stays.
        """
        held_back = self._held.tell() if self._held else 0
        if self.received + held_back + len(data) > self.upload.bytes:
            raise TooLarge("More bytes arrived than were announced.")
        if self._held and self._hash:
            self._hash.update(data)
            self._held.write(data)
        else:
            self._append(data)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, self.received)
            self.received += written
            view = view[written:]

    def settle(self) -> None:
        """Keep what was held back, if it is what the sender had.

        Raises:
            ChecksumMismatch: it is not.
        """
        if self._held and self._hash and self._checksum:
            if not hmac.compare_digest(self._hash.digest(), self._checksum.digest):
                raise ChecksumMismatch
            self._held.seek(0)
            while data := self._held.read(PIECE_BYTES):
                self._append(data)

    def close(self) -> None:
        """Let go of the lock."""
        if self._held:
            self._held.close()
        os.close(self._descriptor)


def _lock(path: Path) -> int | None:
    """Open and lock the file; None while somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def begin(rt: Runtime, actor: Actor, *, kind: str, filename: str, count: int) -> UploadView:
    """Make room for a file of `count` bytes and return its upload."""
    rt.limiter.hit(f"uploads:{actor.require_account()}", limit=PER_HOUR, per_s=3600)
    return _begin(rt, actor, kind=kind, filename=filename, count=count)


def _begin(rt: Runtime, actor: Actor, *, kind: str, filename: str, count: int) -> UploadView:
    if shutil.disk_usage(incoming_folder(rt)).free < count + rules.RESERVE_BYTES:
        raise NoRoom
    with rt.write(actor) as ctx:
        upload_id = commands.begin_upload(ctx, kind=kind, filename=filename, count=count)
    path = part_path(rt, upload_id)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
    return find(rt, actor, upload_id=upload_id)


def find(rt: Runtime, actor: Actor, *, upload_id: UUID) -> UploadView:
    """Return the actor's own upload."""
    with rt.read(actor) as ctx:
        return queries.own_upload(ctx, upload_id)


def offset_of(rt: Runtime, upload: UploadView) -> int:
    """Return how many bytes of an upload are here.

    Raises:
        UploadNotFound: its file is gone; it has to begin anew.
    """
    if upload.state != UploadStatus.RECEIVING:
        return upload.bytes
    try:
        return part_path(rt, upload.id).stat().st_size
    except FileNotFoundError as error:
        raise UploadNotFound from error


def standing(rt: Runtime, actor: Actor, *, upload_id: UUID) -> tuple[UploadView, int]:
    """Return the actor's own upload and how many of its bytes are here.

    Raises:
        UploadNotFound: there is none, it was cancelled, or it is in use already.
    """
    upload = find(rt, actor, upload_id=upload_id)
    if upload.state in {UploadStatus.CANCELLED, UploadStatus.USED}:
        raise UploadNotFound
    held = offset_of(rt, upload)
    if upload.state == UploadStatus.RECEIVING and held == upload.bytes:
        # A crash came between the last byte and the note of it.
        _arrived(rt, actor, upload)
        upload = find(rt, actor, upload_id=upload_id)
    return upload, held


def verdict(rt: Runtime, actor: Actor, *, upload_id: UUID) -> tuple[UploadView, int, Check | None]:
    """Return the actor's own upload, how much of it is here, and how its check goes."""
    upload, held = standing(rt, actor, upload_id=upload_id)
    if upload.state != UploadStatus.CHECKING:
        return upload, held, None
    with rt.read(actor) as ctx:
        return upload, held, queries.check_of(ctx, upload_id)


def open_part(
    rt: Runtime, actor: Actor, *, upload_id: UUID, offset: int, checksum: Checksum | None = None
) -> Part:
    """Lock an own upload to be continued at `offset`; one look-up in the database.

    Raises:
        UploadNotFound: it is not the actor's, or ended.
        UploadLocked: another request is writing to it.
        PartConflict: it stands elsewhere, or is whole already.
    """
    upload = find(rt, actor, upload_id=upload_id)
    if upload.state in {UploadStatus.CHECKING, UploadStatus.CHECKED, UploadStatus.REFUSED}:
        raise PartConflict(upload.bytes)
    path = part_path(rt, upload_id)
    try:
        if upload.state != UploadStatus.RECEIVING:
            raise UploadNotFound
        descriptor = _lock(path)
    except FileNotFoundError as error:
        raise UploadNotFound from error
    if descriptor is None:
        raise UploadLocked
    held = os.fstat(descriptor)
    # Checked or cancelled between the look-up and the lock: then this is no longer its file.
    is_same = path.exists() and path.stat().st_ino == held.st_ino
    if not is_same or held.st_size != offset:
        os.close(descriptor)
        raise PartConflict(held.st_size if is_same else upload.bytes)
    return Part(descriptor, upload, offset=offset, checksum=checksum, folder=path.parent)


def close_part(rt: Runtime, actor: Actor, *, part: Part) -> None:
    """Unlock; a file that is whole now is looked into by a worker."""
    # In this order: the worker is there at once, and leaves alone what is locked.
    part.close()
    if part.is_last:
        _arrived(rt, actor, part.upload)


def _arrived(rt: Runtime, actor: Actor, upload: UploadView) -> None:
    # Whoever was first has asked for the check.
    with contextlib.suppress(PartConflict), rt.write(actor) as ctx:
        commands.note_arrived(ctx, upload_id=upload.id)


def cancel(rt: Runtime, actor: Actor, *, upload_id: UUID) -> None:
    """End an own upload and remove its bytes."""
    with rt.write(actor) as ctx:
        storage_key = commands.cancel_upload(ctx, upload_id=upload_id)
    _remove(rt, upload_id, storage_key)


def _remove(rt: Runtime, upload_id: UUID, storage_key: str) -> None:
    part_path(rt, upload_id).unlink(missing_ok=True)
    if storage_key:
        rt.storage.delete(storage_key)
        if storage_key.endswith(".webp"):
            rt.storage.delete(small_cover_key(storage_key))


def _refuse(rt: Runtime, actor: Actor, upload_id: UUID, reason: str) -> None:
    with rt.write(actor) as ctx:
        storage_key = commands.record_refused(ctx, upload_id=upload_id, reason=reason)
    if storage_key is not None:
        _remove(rt, upload_id, storage_key)


# ---- checking ---------------------------------------------------------------------------


def check_upload(
    rt: Runtime, actor: Actor, *, upload_id: UUID, progress: Callable[[int], None] = lambda _: None
) -> UploadView:
    """Look into a file that arrived whole; store it as checked, or refuse and remove it.

    Safe to repeat: what is checked, refused or being checked elsewhere is left alone.
    """
    upload = find(rt, actor, upload_id=upload_id)
    if upload.state != UploadStatus.CHECKING:
        return upload
    try:
        with _whole_file(rt, upload) as path:
            if path is not None:
                _accept(rt, actor, upload, path, progress)
    except PartConflict:
        # Cancelled while it was looked at.
        _remove(rt, upload_id, find(rt, actor, upload_id=upload_id).storage_key)
    except (AudioRefused, IndiiError) as refusal:
        _refuse(rt, actor, upload_id, refusal.message)
    return find(rt, actor, upload_id=upload_id)


@contextlib.contextmanager
def _whole_file(rt: Runtime, upload: UploadView) -> Iterator[Path | None]:
    """Lock the arrived file; None if another check holds it or it has been dealt with.

    Raises:
        FileRefused: it is not here any more.
    """
    path = part_path(rt, upload.id)
    try:
        descriptor = _lock(path)
    except FileNotFoundError:
        # A crash came between storing the file and noting it.
        if not upload.storage_key or not rt.storage.stat(upload.storage_key):
            raise FileRefused("A part of this file was lost. Please upload it again.") from None
        yield rt.storage.fetch(upload.storage_key)
        return
    if descriptor is None:
        yield None
        return
    try:
        # The check before this one may just have moved the file away.
        yield path if path.exists() else None
    finally:
        os.close(descriptor)


def _accept(
    rt: Runtime, actor: Actor, upload: UploadView, path: Path, progress: Callable[[int], None]
) -> None:
    progress(10)
    checked = _inspect(rt, FileKind(upload.kind), path)
    progress(60)
    key = rules.storage_key(upload.id, checked.format)
    with rt.write(actor) as ctx:
        commands.record_target(ctx, upload_id=upload.id, storage_key=key)
    if checked.kind == FileKind.COVER:
        count, sha256 = _store_cover(rt, key, path)
    else:
        stored = rt.storage.put(key, path, content_type=CONTENT_TYPES[checked.format])
        count, sha256 = stored.bytes, stored.sha256
    progress(95)
    with rt.write(actor) as ctx:
        commands.record_checked(
            ctx, upload_id=upload.id, checked=checked, count=count, sha256=sha256
        )
    part_path(rt, upload.id).unlink(missing_ok=True)


def _inspect(rt: Runtime, kind: FileKind, path: Path) -> rules.Checked:
    """Return what the content is.

    Raises:
        AudioRefused: it should be a sound and is not a usable one.
        IndiiError: it should be something else and is not.
    """
    if kind == FileKind.STEMS_ZIP:
        entries = inspect_zip(path)
        return rules.Checked(kind, "zip", {"names": [e.name for e in entries]})
    if kind == FileKind.COVER:
        picture = open_square(path, least=LEAST_COVER_PX, most=COVER_PX)
        return rules.Checked(kind, "webp", {"colours": list(two_colours(picture))})
    probe = rt.audio.probe(path)
    if kind == FileKind.VOICE_TAG:
        rules.check_voice_tag(probe.duration_ms)
    facts: dict[str, Any] = asdict(probe)
    facts["tags"] = dict(probe.tags)
    kind = rules.checked_kind(kind, is_lossless=probe.lossless)
    return rules.Checked(kind, probe.format, facts | {"line": rules.describe_sound(facts)})


def _store_cover(rt: Runtime, key: str, path: Path) -> tuple[int, str]:
    picture = open_square(path, least=LEAST_COVER_PX, most=COVER_PX)
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        small.write_bytes(webp(picture, SMALL_COVER_PX))
        large.write_bytes(webp(picture, COVER_PX))
        rt.storage.put(small_cover_key(key), small, content_type="image/webp")
        stored = rt.storage.put(key, large, content_type="image/webp")
    return stored.bytes, stored.sha256


# ---- without a browser ------------------------------------------------------------------


def ingest_file(
    rt: Runtime, actor: Actor, *, path: Path, kind: FileKind, filename: str
) -> UploadView:
    """Bring in a file of this machine as if the actor had uploaded it; imports and seeds use it.

    Raises:
        FileRefused: its content is not what it should be; nothing is left.
    """
    upload = _begin(rt, actor, kind=kind, filename=filename, count=path.stat().st_size)
    try:
        shutil.copyfile(path, part_path(rt, upload.id))
        with rt.write(actor) as ctx:
            commands.note_arrived(ctx, upload_id=upload.id, is_checked_here=True)
        checked = check_upload(rt, actor, upload_id=upload.id)
    except (PortError, OSError):
        cancel(rt, actor, upload_id=upload.id)
        raise
    if checked.state != UploadStatus.CHECKED:
        raise FileRefused(checked.refusal or "The file could not be checked.")
    return checked


# ---- sweeping ---------------------------------------------------------------------------


def sweep(rt: Runtime, actor: Actor = SYSTEM) -> int:
    """Ask for checks that were lost, remove what nobody wants any more; return how much."""
    with rt.read(actor) as ctx:
        receiving = queries.receiving(ctx)
        unchecked = queries.unchecked(ctx)
        abandoned = queries.abandoned(ctx)
        old_previews = queries.superseded_previews(ctx)
    _notice_arrivals(rt, actor, receiving)
    for upload_id in unchecked:
        with rt.write(actor) as ctx:
            commands.ask_for_check(ctx, upload_id=upload_id)
    for upload in abandoned:
        _remove(rt, upload.id, upload.storage_key)
        with rt.write(actor) as ctx:
            commands.delete_upload(ctx, upload_id=upload.id)
    for _, storage_key in old_previews:
        rt.storage.delete(storage_key)
    if old_previews:
        with rt.write(actor) as ctx:
            commands.delete_files(ctx, file_ids=[file_id for file_id, _ in old_previews])
    return len(unchecked) + len(abandoned) + len(old_previews) + _sweep_parts(rt, actor)


def _notice_arrivals(rt: Runtime, actor: Actor, receiving: Sequence[UploadView]) -> None:
    """Have files checked whose last byte came just before a crash."""
    for upload in receiving:
        with contextlib.suppress(FileNotFoundError):
            if part_path(rt, upload.id).stat().st_size == upload.bytes:
                _arrived(rt, actor, upload)


def _sweep_parts(rt: Runtime, actor: Actor) -> int:
    """Remove part files that no upload knows."""
    now = rt.clock().timestamp()
    files = [f for f in incoming_folder(rt).iterdir() if f.is_file()]
    with rt.read(actor) as ctx:
        known = queries.arriving_ids(ctx)
    strays = [f for f in files if f.stem not in known and now - f.stat().st_mtime > STRAY_AFTER_S]
    for stray in strays:
        stray.unlink(missing_ok=True)
    return len(strays)
