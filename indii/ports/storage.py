"""The storage port: keep files under keys, hand them out only by signed, expiring addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

KEY_PATTERN: Final = r"[a-z0-9][a-z0-9_-]{0,63}(?:/[a-z0-9][a-z0-9_-]{0,63}){0,7}\.[a-z0-9]{1,8}"
"""A key is lower-case words in at most eight folders with one extension, like ab/cd/<uuid>.wav."""
MAX_URL_SECONDS: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One stored file: its key, length in bytes and the hex SHA-256 of its content."""

    key: str
    bytes: int
    sha256: str


class Storage(Protocol):
    """Keep whole files. Blocking, safe from several threads; failures are `StorageError`."""

    @property
    def in_place(self) -> SignedFiles | None:
        """Serve signed addresses where files lie on this machine; None where they lead elsewhere.

        Where this is not None, `fetch` opens the stored file itself and brings nothing here first.
        """

    def put(self, key: str, source: Path, *, content_type: str) -> StoredObject:
        """Store the file at `source` under `key`, replacing at once what was there.

        A source inside the adapter's own incoming folder is moved; any other file is copied
        and left alone. Readers see the old or the new content, never a part.
        """

    def stat(self, key: str) -> StoredObject | None:
        """Describe what is stored under `key`, or None."""

    def fetch(self, key: str) -> Path:
        """Return a readable local path with the content; callers must not change or keep it."""

    def delete(self, key: str) -> None:
        """Remove `key`; removing what is not there is fine."""

    def url(self, key: str, *, expires_s: int, filename: str, content_type: str) -> str:
        """Sign an address for a download named `filename`; the file need not exist yet."""

    def check(self) -> None:
        """Raise `StorageError` with what to do unless a small file survives a round trip."""


class SignedFile(NamedTuple):
    """What a signed address stands for."""

    path: Path
    filename: str
    """Safe inside a Content-Disposition header: no quotes, slashes or control characters."""
    content_type: str


class SignedFiles(Protocol):
    """The other half of `Storage.url` where this installation serves the bytes itself."""

    def resolve(self, token: str) -> SignedFile:
        """Return the file behind the last segment of a signed address.

        Raises: LinkInvalid (404), LinkExpired (410), StorageError when the file is gone (404).
        """
