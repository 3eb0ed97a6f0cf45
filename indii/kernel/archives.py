"""Look into a stems zip that a stranger uploaded, without writing a byte of it to the disk.

The central directory is read by this module alone, in bounds: the standard library would load
whatever a hostile directory claims, and stops reading an entry where its own size field lies.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from indii.kernel.errors import IndiiError

CHUNK: Final = 256 * 1024
MAX_NAME: Final = 400
SMALL_BYTES: Final = 1024 * 1024
"""Entries below this may compress as well as they like: a second of silence does."""
AUDIO_SUFFIXES: Final = frozenset(
    {".wav", ".aif", ".aiff", ".flac", ".mp3", ".m4a", ".ogg", ".opus"}
)
_NESTED: Final = frozenset({".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".jar"})
_CLUTTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini", "icon\r"})
_HEADS: Final = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3")
_STORED, _DEFLATED = 0, 8
_END: Final = struct.Struct("<4s4H2IH")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")


class ArchiveRefused(IndiiError):
    """This archive cannot be taken; `reason` is a stable word for tests and metrics."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, field="stems")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One sound file inside an archive; sizes in bytes."""

    name: str
    bytes: int
    packed_bytes: int


@dataclass(frozen=True, slots=True)
class _Found:
    """One line of the central directory."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    made_by: int
    attributes: int
    at: int


def inspect_zip(
    path: Path,
    *,
    max_total: int = 2 * 1024**3,
    max_entries: int = 200,
    max_ratio: float = 50.0,
) -> tuple[ZipEntry, ...]:
    """Return the sound files of a zip whose every entry was checked by unpacking it in memory.

    `max_total` bounds the unpacked bytes, `max_ratio` how much larger than packed an entry may be.
    Folders and the clutter of macOS and Windows are allowed and left out.
    Raises: ArchiveRefused, worded for a person.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = list(_directory(file, size, max_entries))
        sounds = [entry for entry in found if _is_wanted(entry)]
        _check_names(sounds)
        _check_sizes(found, max_total, max_ratio)
        _check_overlap(found, size)
        for entry in found:
            _unpack(file, entry, is_sound=entry in sounds)
    if not sounds:
        raise ArchiveRefused("This archive holds no sound files.", reason="empty")
    return tuple(ZipEntry(entry.name, entry.size, entry.packed) for entry in sounds)


def _broken(reason: str = "broken") -> ArchiveRefused:
    return ArchiveRefused(
        "This is not a whole zip archive. Pack the stems again as a plain .zip file.",
        reason=reason,
    )


def _directory(file: BinaryIO, size: int, max_entries: int) -> Iterator[_Found]:
    """Read the central directory, bounded by what `max_entries` entries can need."""
    tail_at = max(0, size - 65_557)
    file.seek(tail_at)
    tail = file.read()
    end_at = tail.rfind(b"PK\x05\x06")
    if end_at < 0 or end_at + _END.size > len(tail):
        raise _broken()
    _, disk, first_disk, _, count, length, at, _ = _END.unpack_from(tail, end_at)
    if disk or first_disk or at == 0xFFFFFFFF or count == 0xFFFF:
        raise _broken("zip64")
    if tail[max(0, end_at - 20) :][:4] == b"PK\x06\x07":
        raise _broken("zip64")
    if count > max_entries:
        raise ArchiveRefused(
            f"This archive holds {count} files; at most {max_entries} are taken.",
            reason="too_many",
        )
    if at + length > tail_at + end_at or length > max_entries * (_ENTRY.size + 2 * MAX_NAME + 1024):
        raise _broken()
    file.seek(at)
    data = file.read(length)
    place = 0
    for _ in range(count):
        if data[place : place + 4] != b"PK\x01\x02" or place + _ENTRY.size > len(data):
            raise _broken()
        entry, place = _entry(data, place)
        yield entry
    if place != len(data):
        raise _broken()


def _entry(data: bytes, place: int) -> tuple[_Found, int]:
    (_, made_by, _, flags, method, _, _, crc, packed, size, name_length, extra, comment, _, _,
     attributes, at) = _ENTRY.unpack_from(data, place)  # fmt: skip
    raw = data[place + _ENTRY.size : place + _ENTRY.size + name_length]
    name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    found = _Found(name, raw, flags, method, crc, packed, size, made_by >> 8, attributes, at)
    return found, place + _ENTRY.size + name_length + extra + comment


def _is_wanted(entry: _Found) -> bool:
    """Refuse what no entry may be; say whether this one is a sound rather than clutter."""
    name = entry.name
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise ArchiveRefused("A file in this archive has an unusable name.", reason="name")
    path = PurePosixPath(name)
    if name.startswith(("/", "\\")) or "\\" in name or ".." in path.parts or ":" in name:
        raise ArchiveRefused(
            f"“{_short(name)}” would be unpacked outside its folder. Pack the stems again.",
            reason="path",
        )
    if entry.flags & 0x2041:
        raise ArchiveRefused(
            "This archive is locked with a password. Pack the stems without one.",
            reason="encrypted",
        )
    kind = entry.attributes >> 28
    if entry.made_by in (3, 19) and kind not in (0, 4, 8):
        raise ArchiveRefused(
            f"“{_short(name)}” is a link, not a file. Pack the files themselves.", reason="link"
        )
    if name.endswith("/"):
        if entry.size or entry.packed > 2:
            raise _broken()
        return False
    if path.parts[0] == "__MACOSX" or path.name.lower() in _CLUTTER:
        return False
    suffix = path.suffix.lower()
    if suffix in _NESTED:
        raise ArchiveRefused(
            f"“{_short(name)}” is an archive inside the archive. Pack the sound files directly.",
            reason="nested",
        )
    if suffix not in AUDIO_SUFFIXES:
        raise ArchiveRefused(
            f"“{_short(name)}” is not a sound file. Pack only WAV, AIFF, FLAC, MP3, M4A or OGG.",
            reason="not_audio",
        )
    return True


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"…{name[-58:]}"


def _check_names(sounds: list[_Found]) -> None:
    """Names must differ on every file system: without regard to case and composition."""
    seen: set[str] = set()
    for entry in sounds:
        name = unicodedata.normalize("NFC", entry.name).casefold()
        if name in seen:
            raise ArchiveRefused(
                f"“{_short(entry.name)}” is in this archive twice. Rename one of them.",
                reason="duplicate",
            )
        seen.add(name)


def _check_sizes(found: list[_Found], max_total: int, max_ratio: float) -> None:
    if sum(entry.size for entry in found) > max_total:
        raise ArchiveRefused(
            f"Unpacked, this archive is larger than {max_total / 1024**3:.3g} GB.",
            reason="too_large",
        )
    for entry in found:
        if entry.method not in (_STORED, _DEFLATED) or 0xFFFFFFFF in (entry.size, entry.packed):
            raise _broken("method")
        if entry.size > SMALL_BYTES and entry.size > entry.packed * max_ratio:
            raise ArchiveRefused(
                f"“{_short(entry.name)}” unpacks to far more than sound does.", reason="ratio"
            )


def _check_overlap(found: list[_Found], size: int) -> None:
    """Every entry has bytes of its own: shared ones are how small archives become huge."""
    end = 0
    for entry in sorted(found, key=lambda item: item.at):
        if entry.at < end or entry.at + _LOCAL.size + entry.packed > size:
            raise _broken("overlap")
        end = entry.at + _LOCAL.size + len(entry.raw_name) + entry.packed


def _unpack(file: BinaryIO, entry: _Found, *, is_sound: bool) -> None:
    """Unpack one entry in chunks: its name, promised length, checksum and first bytes must hold."""
    file.seek(entry.at)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise _broken()
    name_length, extra = _LOCAL.unpack(head)[-2:]
    if file.read(name_length) != entry.raw_name:
        raise _broken("name")
    file.seek(extra, 1)
    length, crc, start = 0, 0, b""
    for chunk in _chunks(file, entry):
        start = start or chunk[:16]
        length, crc = length + len(chunk), zlib.crc32(chunk, crc)
        if length > entry.size:
            raise _broken("lies")
    if (length, crc) != (entry.size, entry.crc):
        raise _broken("lies")
    if is_sound and not _sounds(start):
        raise ArchiveRefused(
            f"“{_short(entry.name)}” holds no sound. Export it again.", reason="not_audio"
        )


def _chunks(file: BinaryIO, entry: _Found) -> Iterator[bytes]:
    left = entry.packed
    if entry.method == _STORED:
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflate.eof:
            packed = inflate.unconsumed_tail
            if not packed:
                packed = file.read(min(CHUNK, left))
                left -= len(packed)
            chunk = inflate.decompress(packed, CHUNK)
            if not packed and not chunk:
                raise _broken("lies")
            if chunk:
                yield chunk
    except zlib.error as error:
        raise _broken("lies") from error
    if left or inflate.unused_data:
        raise _broken("lies")


def _sounds(start: bytes) -> bool:
    is_mpeg = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0
    return start.startswith(_HEADS) or start[4:8] == b"ftyp" or is_mpeg
