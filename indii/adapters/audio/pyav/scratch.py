"""A bounded folder of decoded sound, and files without a name that vanish with their holder."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 1024 * 1024 * 1024
MAX_AGE_S: Final = 3600.0
_SUFFIX: Final = ".pcm1"
"""Counts up when the layout inside changes, so that old files are never misread."""


class Scratch:
    """Keeps PCM by the SHA-256 of its source; oldest out first, nothing older than an hour."""

    def __init__(
        self, folder: Path, *, max_bytes: int = MAX_BYTES, max_age_s: float = MAX_AGE_S
    ) -> None:
        """Use `folder`, which is made when first needed."""
        self.folder, self._max_bytes, self._max_age_s = folder, max_bytes, max_age_s

    def unnamed(self, folder: Path | None = None) -> int:
        """Open a new empty file that has no name: whatever dies, the disk gets its space back."""
        folder = folder or self.folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:  # some network file systems cannot
            fd, name = tempfile.mkstemp(dir=folder)
            Path(name).unlink()
            return fd

    def kept(self, sha256: str) -> int | None:
        """Open the PCM kept for this source, if it is still there."""
        with contextlib.suppress(FileNotFoundError):
            return os.open(self._path(sha256), os.O_RDONLY | os.O_CLOEXEC)
        return None

    def keep(self, sha256: str, fd: int) -> None:
        """Give the unnamed file `fd` its name, then clean. Failing to keep is no failure."""
        path = self._path(sha256)
        with contextlib.suppress(OSError):
            name_file(fd, path)
        self.clean()

    def clean(self) -> None:
        """Remove what is too old, then the oldest until the rest fits."""
        files: list[tuple[float, int, Path]] = []
        for path in self.folder.glob(f"*{_SUFFIX}*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime, stat.st_size, path))
        files.sort(reverse=True)
        held, oldest = 0, time.time() - self._max_age_s
        for modified, size, path in files:
            held += size
            if held > self._max_bytes or modified < oldest:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}{_SUFFIX}"


def name_file(fd: int, path: Path) -> None:
    """Put the unnamed file `fd` at `path`, replacing at once what was there. Raises: OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}")
    try:
        os.link(f"/proc/self/fd/{fd}", part, follow_symlinks=True)
    except OSError:
        with part.open("wb") as out:
            os.lseek(fd, 0, os.SEEK_SET)
            while os.sendfile(out.fileno(), fd, None, 1 << 24):
                pass
    try:
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
