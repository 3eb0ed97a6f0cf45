"""Recognise a file by its first bytes, so that only six known demuxers can ever be reached.

FFmpeg's own guessing would try more than 300 demuxers, among them playlists and text formats that
open further files. Nothing here trusts a name or an extension; nothing here decodes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from indii.adapters.audio.pyav.mpeg import first_frames
from indii.adapters.audio.pyav.refusals import Refusal

if TYPE_CHECKING:
    from typing import BinaryIO

HEAD_BYTES: Final = 64 * 1024
MAX_ID3_BYTES: Final = 32 * 1024 * 1024
MAX_JUNK: Final = 4096
"""A stream recorded from the air may start inside a frame; more before the first one is not MP3."""
MAX_ATOMS: Final = 4096
MAX_CHUNKS: Final = 256
UNKNOWN_LENGTH: Final = 0x7FFF_0000
DEMUXERS: Final = {
    "wav": "wav", "aiff": "aiff", "flac": "flac", "mp3": "mp3", "m4a": "mov", "ogg": "ogg",
}  # fmt: skip

_OTHERS: Final[tuple[tuple[bytes, int, str], ...]] = (
    (b"PK\x03\x04", 0, "archive"), (b"PK\x05\x06", 0, "archive"), (b"Rar!", 0, "archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "archive"), (b"\x1f\x8b", 0, "archive"), (b"BZh", 0, "archive"),
    (b"\xfd7zXZ", 0, "archive"), (b"(\xb5/\xfd", 0, "archive"), (b"ustar", 257, "archive"),
    (b"\x89PNG", 0, "picture"), (b"\xff\xd8\xff", 0, "picture"), (b"GIF8", 0, "picture"),
    (b"WEBP", 8, "picture"), (b"II*\x00", 0, "picture"), (b"MM\x00*", 0, "picture"),
    (b"BM", 0, "picture"), (b"ftypheic", 4, "picture"), (b"ftypavif", 4, "picture"),
    (b"ftypmif1", 4, "picture"),
    (b"%PDF", 0, "document"), (b"\xd0\xcf\x11\xe0", 0, "document"), (b"\x7fELF", 0, "document"),
    (b"MZ", 0, "document"), (b"SQLite format", 0, "document"), (b"{\\rtf", 0, "document"),
    (b"MThd", 0, "midi"), (b"RMID", 8, "midi"), (b"FLhd", 0, "project"),
    (b"\x1aE\xdf\xa3", 0, "format"), (b"0&\xb2u", 0, "format"), (b"wvpk", 0, "format"),
    (b"MAC ", 0, "format"), (b"TTA1", 0, "format"), (b"caff", 0, "format"), (b"DSD ", 0, "format"),
    (b"#!AMR", 0, "format"), (b".snd", 0, "format"), (b"ADIF", 0, "format"), (b"MPCK", 0, "format"),
    (b"FLV\x01", 0, "video"), (b"AVI ", 8, "video"), (b"\x00\x00\x01\xba", 0, "video"),
)  # fmt: skip
_TEXT_STARTS: Final = (b"<", b"{", b"[", b"#", b"ffconcat", b"file ", b"http:", b"https:", b"//")
_PLAYLISTS: Final = (
    b"#EXTM3U", b"#EXTINF", b"ffconcat", b"[playlist]", b"file ", b"http:", b"https:",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The container family of a file and what its own header promises."""

    kind: str
    declared_samples: int | None = None
    """Samples a channel that the header promises, where the family can promise them."""
    skip: int = 0
    """Bytes of ID3 that stand before the real content."""


def sniff(file: BinaryIO, size: int) -> Sniffed:
    """Recognise `file` of `size` bytes. Raises: Refusal with the reason that fits best."""
    if size == 0:
        raise Refusal("empty")
    file.seek(0)
    head = file.read(HEAD_BYTES)
    skip = _id3_length(head)
    if skip:
        if skip > min(size, MAX_ID3_BYTES):
            raise Refusal("incomplete")
        file.seek(skip)
        head = file.read(HEAD_BYTES)
    kind = _kind(head)
    if kind == "m4a":
        _walk_mp4(file, size)
        return Sniffed("m4a")
    if kind == "wav" and skip == 0:
        return Sniffed("wav", declared_samples=_wav_samples(file, size))
    if kind is not None and (skip == 0 or kind == "flac"):
        return Sniffed(kind, skip=skip)
    refused = _refused_magic(head) or _refused_text(head)
    found = first_frames(head)
    if found is not None and (skip or (found.at <= MAX_JUNK and not refused)):
        return Sniffed("mp3", declared_samples=found.declared_samples, skip=skip)
    raise Refusal(refused or "not_audio")


def _id3_length(head: bytes) -> int:
    """Return the length of a leading ID3v2 tag, header and footer included, else 0."""
    if len(head) < 10 or head[:3] != b"ID3" or head[3] == 0xFF or head[4] == 0xFF:
        return 0
    if any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + 10 + (10 if head[5] & 0x10 else 0)


def _kind(head: bytes) -> str | None:
    """Name the container family whose magic stands at the start of `head`."""
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") and not _refused_magic(head):
        return "m4a"
    return None


def _refused_magic(head: bytes) -> str | None:
    """Name the reason when `head` starts like something that is certainly not taken."""
    for magic, at, reason in _OTHERS:
        if head[at : at + len(magic)] == magic:
            return reason
    if len(head) > 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "format"  # ADTS: raw AAC without a container
    return None


def _refused_text(head: bytes) -> str | None:
    """Name the reason when `head` is text: a playlist, or anything else that people can read."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(_PLAYLISTS):
        return "playlist"
    if text.startswith(_TEXT_STARTS):
        return "text"
    sample = text[:2048]
    readable = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in sample)
    return "text" if len(sample) > 15 and readable > 0.95 * len(sample) else None


def _wav_samples(file: BinaryIO, size: int) -> int | None:
    """Return the samples a WAV's data chunk promises; FFmpeg quietly trusts the file's length.

    None for RF64 and for the placeholders of programs that wrote to a pipe.
    """
    at, align = 12, 0
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or at > size:
            break
        name, length = struct.unpack("<4sI", head)
        if name == b"fmt ":
            align = int.from_bytes(file.read(14)[12:], "little")
        elif name == b"data":
            return length // align if align and 0 < length < UNKNOWN_LENGTH else None
        at += 8 + length + (length & 1)
    return None


_PARENTS: Final = {b"moov", b"trak", b"mdia", b"minf", b"dinf"}


def _walk_mp4(file: BinaryIO, size: int) -> None:
    """Refuse an MP4 that lacks its index, or whose data references point outside the file."""
    seen: set[bytes] = set()
    stack: list[tuple[int, int]] = [(0, size)]
    for _ in range(MAX_ATOMS):
        if not stack:
            break
        at, end = stack.pop()
        atom = _atom(file, at, end)
        if atom is None:
            continue
        name, body, stop = atom
        if stop > size and name in (b"moov", b"mdat"):
            raise Refusal("incomplete")
        seen.add(name)
        stack.append((stop, end))
        if name == b"dref":
            _check_references(file, body, min(stop, size))
        elif name in _PARENTS:
            stack.append((body, min(stop, end)))
    if b"moov" not in seen:
        raise Refusal("incomplete")


def _atom(file: BinaryIO, at: int, end: int) -> tuple[bytes, int, int] | None:
    """Read one atom head: its name, where its body starts and where it stops."""
    if end - at < 8:
        return None
    file.seek(at)
    header = file.read(16)
    length, name = struct.unpack(">I4s", header[:8])
    body = at + 8
    if length == 1 and len(header) == 16:
        length, body = struct.unpack(">Q", header[8:16])[0], at + 16
    elif length == 0:
        length = end - at
    return (name, body, at + length) if length >= body - at else None


def _check_references(file: BinaryIO, body: int, end: int) -> None:
    """Refuse data references without the "in this very file" flag."""
    file.seek(body)
    data = file.read(min(end - body, 4096))
    at, left = 8, int.from_bytes(data[4:8], "big")
    while left > 0 and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if not data[at + 11] & 1:
            raise Refusal("references")
        if length < 12:
            break
        at, left = at + length, left - 1


def wav_header(data_bytes: int, rate: int) -> bytes:
    """Head of a 16-bit mono WAV file that holds `data_bytes` bytes of samples."""
    return struct.pack(
        "<4sI8sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVEfmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", data_bytes,
    )  # fmt: skip
