"""What may come in: kinds, sizes, how many at once, and what a checked file is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.errors import FileRefused, TooLarge, TooManyUploads
from indii.kernel.errors import IndiiError
from indii.kernel.format import duration, size
from indii.kernel.text import clean_line

MB = 1_000_000
PART_BYTES = 8 * 1024 * 1024
"""How much our own page sends at once."""
PIECE_BYTES = 1024 * 1024
"""How much of a part is in memory at once."""
MOST_PART_BYTES = 64 * 1024 * 1024
"""How much anybody may send at once: so long may one request hold a file."""
LIMITS: Mapping[FileKind, int] = {
    FileKind.MAIN_WAV: 500 * MB,
    FileKind.MAIN_MP3: 500 * MB,
    FileKind.STEMS_ZIP: 500 * MB,
    FileKind.COVER: 15 * MB,
    FileKind.VOICE_TAG: 5 * MB,
}
MOST_BYTES = max(LIMITS.values())
OPEN_UPLOADS = 10
UNFINISHED_BYTES = 4_000 * MB
"""How much one account may have lying here that belongs to no recording yet."""
VOICE_TAG_MS = 10_000
ABANDONED_AFTER = timedelta(hours=24)
"""How long a checked file waits for its recording."""
RESUMABLE_FOR = timedelta(hours=72)
"""How long after its announcement a file may still arrive: over a weekend."""
RESERVE_BYTES = 1_000 * MB
"""Space on the disk that uploads leave alone."""
FILENAME_LENGTH = 200
CHECK_UPLOAD = "check_upload"
"""The kind of work that looks into a file."""
CHECK_FAILED = "This file could not be checked on our side. Please upload it again."

FILE_LABELS = {
    FileKind.MAIN_WAV: "lossless master",
    FileKind.MAIN_MP3: "MP3 master",
    FileKind.STEMS_ZIP: "stems",
    FileKind.COVER: "cover",
    FileKind.VOICE_TAG: "voice tag",
}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a part's bytes should come to."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What the content of an upload turned out to be."""

    kind: FileKind
    format: str
    facts: Mapping[str, Any]


def check_request(kind: str, filename: str, count: int) -> tuple[FileKind, str]:
    """Return the kind and a name fit to be shown.

    Raises:
        IndiiError: unknown kind, no bytes.
        TooLarge: more bytes than this kind may have.
    """
    if kind not in set(LIMITS):
        raise IndiiError("This kind of file cannot be uploaded.", field="kind")
    known = FileKind(kind)
    if count <= 0:
        raise FileRefused("This file is empty.", field="bytes")
    if count > LIMITS[known]:
        raise TooLarge(
            f"This file is {size(count)}. {FILE_LABELS[known].capitalize()}: at most"
            f" {size(LIMITS[known])}.",
            field="bytes",
        )
    return known, display_name(filename)


def display_name(filename: str) -> str:
    """Return the last part of a name from a browser, on one line; never used as a path."""
    name = clean_line(PurePath(filename.replace("\\", "/")).name)
    if len(name) > FILENAME_LENGTH:
        stem, dot, ending = name.rpartition(".")
        keep = f"{dot}{ending}" if stem and len(ending) <= 8 else ""
        name = name[: FILENAME_LENGTH - len(keep)] + keep
    return name or "file"


def check_quota(*, open_count: int, unfinished_bytes: int, count: int) -> None:
    """Pass if another upload of `count` bytes may begin.

    Raises:
        TooManyUploads: enough is under way.
    """
    if open_count >= OPEN_UPLOADS:
        raise TooManyUploads(
            f"{OPEN_UPLOADS} uploads are already in progress. Finish or cancel one first."
        )
    if unfinished_bytes + count > UNFINISHED_BYTES:
        raise TooManyUploads(
            f"Uploads of {size(unfinished_bytes)} are waiting to be used."
            " Use or remove some of them first."
        )


def checked_kind(asked: FileKind, *, is_lossless: bool) -> FileKind:
    """Return which master a sound is, by its content rather than by what was said."""
    if asked not in {FileKind.MAIN_WAV, FileKind.MAIN_MP3}:
        return asked
    return FileKind.MAIN_WAV if is_lossless else FileKind.MAIN_MP3


def check_voice_tag(duration_ms: int) -> None:
    """Pass if it is short enough to be spoken over a preview.

    Raises:
        FileRefused: it is not.
    """
    if duration_ms > VOICE_TAG_MS:
        raise FileRefused(
            f"A voice tag may last {VOICE_TAG_MS // 1000} seconds; this one lasts"
            f" {duration_ms / 1000:.1f}."
        )


def storage_key(upload_id: UUID, ending: str) -> str:
    """Return where a checked file lies: made from our id, never from a name of theirs."""
    # The front of a UUIDv7 is the time, so its end spreads files over folders.
    return f"files/{upload_id.hex[-2:]}/{upload_id}.{ending}"


def describe_sound(facts: Mapping[str, Any]) -> str:
    """Return a line like `WAV · 44.1 kHz · 24 bit · stereo · 3:12`."""
    channels = facts["channels"]
    parts = [
        facts["format"].upper(),
        f"{facts['sample_rate'] / 1000:g} kHz",
        f"{facts['bit_depth']} bit" if facts.get("bit_depth") else "",
        {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels"),
        duration(facts["duration_ms"]),
    ]
    return " · ".join(p for p in parts if p)
