"""What every storage adapter checks before it touches anything: keys, names, types, free space."""

from __future__ import annotations

import errno
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Final

from indii.ports.errors import StorageError
from indii.ports.storage import KEY_PATTERN, MAX_URL_SECONDS

MAX_FILENAME: Final = 150
RESERVE_BYTES: Final = 256 * 1024 * 1024
"""Space that stays free for the database and logs, whatever is uploaded."""
_KEY: Final = re.compile(KEY_PATTERN)
_CONTENT_TYPE: Final = re.compile(
    r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,60}(?:; ?charset=[a-z0-9-]{1,20})?"
)
_UNSAFE: Final = re.compile(r'["\\/:*?<>|%;]')


def checked_key(key: str) -> str:
    """Return `key` when it has the shape of one. Raises: ValueError (a bug, not a user's fault)."""
    if not _KEY.fullmatch(key):
        message = f"not a storage key: {key[:80]!r}"
        raise ValueError(message)
    return key


def checked_content_type(content_type: str) -> str:
    """Return `content_type` when it is a plain one. Raises: ValueError."""
    if not _CONTENT_TYPE.fullmatch(content_type):
        message = f"not a content type: {content_type[:80]!r}"
        raise ValueError(message)
    return content_type


def checked_expiry(expires_s: int) -> int:
    """Return the lifetime of a link in seconds when it is sensible. Raises: ValueError."""
    if not 0 < expires_s <= MAX_URL_SECONDS:
        message = f"a link lives 1..{MAX_URL_SECONDS} seconds, not {expires_s}"
        raise ValueError(message)
    return expires_s


def safe_filename(name: str) -> str:
    """Return `name` fit for a download header and any file system; never empty."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(char if char.isprintable() else " " for char in text)
    text = " ".join(_UNSAFE.sub(" ", text).split()).lstrip(". ")
    if len(text) > MAX_FILENAME:
        stem, dot, suffix = text.rpartition(".")
        keep = f".{suffix}" if dot and len(suffix) <= 8 else ""
        text = (stem or text)[: MAX_FILENAME - len(keep)].rstrip() + keep
    return text or "download"


def require_space(folder: Path, wanted: int, *, reserve: int = RESERVE_BYTES) -> None:
    """Raise `StorageError` unless `wanted` bytes fit beside the reserve."""
    free = shutil.disk_usage(folder).free
    if free < wanted + reserve:
        raise disk_full(free)


def disk_full(free: int | None = None) -> StorageError:
    """Say that nothing more fits."""
    left = "" if free is None else f" ({free // 1_000_000} MB left)"
    return StorageError(
        f"This server's disk is full{left}: nothing was stored. Free some space, then try again."
    )


def storage_trouble(error: OSError) -> StorageError:
    """Word what the operating system said."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            "The storage folder cannot be written: give Indii's user the right to write there.",
            retryable=False,
        )
    return StorageError("The storage did not answer as it should. Try again in a minute.")


def gone() -> StorageError:
    """Say that a stored file is missing."""
    return StorageError("This file is no longer in the storage.", retryable=False)
