"""Storage in a folder of this machine: atomic writes, hashes beside, links signed by HMAC."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from indii.adapters.storage import signing
from indii.adapters.storage.keys import (
    RESERVE_BYTES,
    checked_content_type,
    checked_expiry,
    checked_key,
    gone,
    require_space,
    safe_filename,
    storage_trouble,
)
from indii.ports.errors import StorageError
from indii.ports.storage import SignedFile, StoredObject

CHUNK: Final = 1024 * 1024
STALE_S: Final = 24 * 3600.0
URL_PREFIX: Final = "/files/"
_TRIES: Final = 5


class LocalStorage:
    """`objects/` holds the files, `facts/` their hashes, `parts/` what is being written.

    Files written into `incoming` (same disk) are moved into place by `put` instead of copied.
    """

    def __init__(
        self,
        root: Path,
        *,
        secret: bytes,
        incoming: Path | None = None,
        now: Callable[[], float] = time.time,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        """Keep everything under `root`, which is made when first written to."""
        self.root = root.absolute()
        self.incoming = (incoming or root / "incoming").absolute()
        self._objects, self._facts = self.root / "objects", self.root / "facts"
        self._parts = self.root / "parts"
        self._secret, self._now, self._reserve = secret, now, reserve_bytes

    @property
    def in_place(self) -> LocalStorage:
        """Resolve the addresses that `url` signed: the files lie here."""
        return self

    def put(self, key: str, source: Path, *, content_type: str) -> StoredObject:
        """Store `source` under `key`; moved when it lies in `incoming`, else copied."""
        checked_content_type(content_type)
        target = self._path(key)
        with _translate_errors():
            self._make_folders()
            part = self._parts / uuid.uuid4().hex
            try:
                stored = self._take(key, source, part)
                written = part.stat()
                self._place(part, target)
            finally:
                part.unlink(missing_ok=True)
            self._note(stored, written)
        return stored

    def _take(self, key: str, source: Path, part: Path) -> StoredObject:
        """Bring the bytes of `source` to `part`, hashed and on the disk."""
        source = source.absolute()
        if source.is_symlink() or not source.is_file():
            raise StorageError("The file to store no longer exists.", retryable=False)
        if self._is_ours(source):
            with source.open("rb") as file:
                held, sha256 = _copy(file.read, None)
                os.fsync(file.fileno())
            with contextlib.suppress(OSError):  # another disk after all: copy below
                source.rename(part)
                return StoredObject(key, held, sha256)
        require_space(self._parts, source.stat().st_size, reserve=self._reserve)
        with source.open("rb") as file, part.open("xb") as out:
            held, sha256 = _copy(file.read, out.write)
            out.flush()
            os.fsync(out.fileno())
        if self._is_ours(source):
            source.unlink(missing_ok=True)
        return StoredObject(key, held, sha256)

    def _is_ours(self, source: Path) -> bool:
        return source.resolve().is_relative_to(self.incoming.resolve())

    def _place(self, part: Path, target: Path) -> None:
        """Rename into place; a folder that a delete just pruned is made again."""
        for _ in range(_TRIES):
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                part.chmod(0o640)
                part.replace(target)
                _sync_folder(target.parent)
                return
        raise gone()

    def _note(self, stored: StoredObject, written: os.stat_result) -> None:
        """Write the hash beside; it counts only while length and time of the file match.

        `written` was taken before the rename: after it the file may be another writer's.
        """
        facts = json.dumps([written.st_size, written.st_mtime_ns, stored.sha256])
        path = self._facts / f"{stored.key}.json"
        part = self._parts / uuid.uuid4().hex
        for _ in range(_TRIES):
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(facts)
            with contextlib.suppress(FileNotFoundError):
                part.replace(path)
                return

    def stat(self, key: str) -> StoredObject | None:
        """Describe what is stored; a missing or outdated hash is computed again."""
        path = self._path(key)
        with _translate_errors():
            try:
                found = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            with contextlib.suppress(OSError, ValueError):
                size, modified, sha256 = json.loads((self._facts / f"{key}.json").read_text())
                if (size, modified) == (found.st_size, found.st_mtime_ns):
                    return StoredObject(key, size, sha256)
            with path.open("rb") as file:
                written = os.fstat(file.fileno())
                stored = StoredObject(key, *_copy(file.read, None))
            self._note(stored, written)
            return stored

    def fetch(self, key: str) -> Path:
        """Return the stored file itself: read it, never change it."""
        path = self._path(key)
        if not path.is_file():
            raise gone()
        return path

    def delete(self, key: str) -> None:
        """Remove the file, its hash and folders left empty."""
        path = self._path(key)
        with _translate_errors():
            for file, top in ((path, self._objects), (self._facts / f"{key}.json", self._facts)):
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    file.unlink()
                for folder in file.parents:
                    if folder == top:
                        break
                    with contextlib.suppress(OSError):  # not empty, or already gone
                        folder.rmdir()

    def url(self, key: str, *, expires_s: int, filename: str, content_type: str) -> str:
        """Return "/files/<token>"; key, expiry, name and type are all signed."""
        promise = signing.LinkPayload(
            checked_key(key),
            int(self._now()) + checked_expiry(expires_s),
            safe_filename(filename),
            checked_content_type(content_type),
        )
        return URL_PREFIX + signing.sign(self._secret, promise)

    def resolve(self, token: str) -> SignedFile:
        """Return the file behind a token. Raises: LinkInvalid, LinkExpired, StorageError."""
        promise = signing.unsign(self._secret, token, now=self._now())
        path = self.fetch(promise.key)
        return SignedFile(path, promise.filename, promise.content_type)

    def check(self) -> None:
        """Raise `StorageError` unless a small file survives a round trip; sweep stale parts."""
        with _translate_errors():
            self._make_folders()
            require_space(self._parts, 0, reserve=self._reserve)
            self._sweep()
            with tempfile.NamedTemporaryFile(dir=self._parts) as file:
                file.write(b"indii")
                file.flush()
                key = f"check/{uuid.uuid4()}.bin"
                stored = self.put(key, Path(file.name), content_type="application/octet-stream")
        try:
            if self.stat(key) != stored or self.fetch(key).read_bytes() != b"indii":
                raise StorageError("The storage folder gives back other bytes than it was given.")
        finally:
            self.delete(key)

    def _sweep(self) -> None:
        """Remove parts and uploads that a crash left behind a day ago."""
        for folder in (self._parts, self.incoming):
            for path in folder.iterdir() if folder.is_dir() else ():
                with contextlib.suppress(OSError):
                    if path.is_file() and time.time() - path.stat().st_mtime > STALE_S:
                        path.unlink()

    def _make_folders(self) -> None:
        for folder in (self._objects, self._facts, self._parts, self.incoming):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self._objects / checked_key(key)


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object] | None) -> tuple[int, str]:
    """Move bytes in chunks; return how many they were and their hex SHA-256."""
    hashed, held = hashlib.sha256(), 0
    while chunk := read(CHUNK):
        hashed.update(chunk)
        held += len(chunk)
        if write is not None:
            write(chunk)
    return held, hashed.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_trouble(error) from error
