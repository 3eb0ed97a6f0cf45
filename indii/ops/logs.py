"""Log files of supervised processes: append, rotate by size, never grow without end."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10_000_000
KEEP = 3


class LogFile:
    """An append-only file that moves aside to `.1`, `.2`, ... when it is full.

    A full disk must not stop the supervisor: lines that cannot be written are dropped.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, keep: int = KEEP) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append bytes, rotating first when they would not fit."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab", buffering=0)
                self.path.chmod(0o600)
                self._size = self._file.tell()
            if self._size and self._size + len(data) > self._max_bytes:
                self._rotate()
            self._file.write(data)
            self._size += len(data)

    def _rotate(self) -> None:
        for number in range(self._keep - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        if self._file is not None:
            self._file.close()
        self._file = self.path.open("ab", buffering=0)
        self.path.chmod(0o600)
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None
