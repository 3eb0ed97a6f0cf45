"""Write an ID3v2.3 tag: the version that every player, DJ deck and file manager reads.

FFmpeg's own writer puts a comment, a tempo and a key where few programs look, hence this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indii.ports.audio import MAX_COVER_BYTES, TAG_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_VALUE: Final = 200
_FRAMES: Final = {
    "title": b"TIT2", "artist": b"TPE1", "genre": b"TCON", "bpm": b"TBPM", "key": b"TKEY",
    "date": b"TYER", "comment": b"COMM",
}  # fmt: skip
_LATIN, _UTF16 = b"\0", b"\1"
_ENGLISH: Final = b"eng"
_FRONT_COVER: Final = b"\3"
_PICTURES: Final = {b"\xff\xd8\xff": b"image/jpeg", b"\x89PNG\r\n\x1a\n": b"image/png"}


def tag(values: Mapping[str, str], cover: bytes | None) -> bytes:
    """Return the tag to put before the sound, b"" when there is nothing to say.

    Values become one printable line of at most `MAX_VALUE` characters; a date becomes its year.
    Raises: ValueError for a name that is none of `TAG_NAMES` or a picture that is no JPEG or PNG.
    """
    if unknown := sorted(set(values) - set(TAG_NAMES)):
        message = f"unknown tags: {', '.join(unknown)}"
        raise ValueError(message)
    lines = {name: _line(values.get(name, "")) for name in TAG_NAMES}
    lines["date"] = lines["date"][:4] if lines["date"][:4].isdecimal() else ""
    frames = b"".join(_text(name, line) for name, line in lines.items() if line)
    if cover is not None:
        frames += _frame(b"APIC", _picture(cover))
    return b"ID3\3\0\0" + _syncsafe(len(frames)) + frames if frames else b""


def _line(value: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in value[: MAX_VALUE * 20])
    return " ".join(printable.split())[:MAX_VALUE].rstrip()


def _text(name: str, line: str) -> bytes:
    encoding, text = (_LATIN, line.encode()) if line.isascii() else (_UTF16, line.encode("utf-16"))
    if name != "comment":
        return _frame(_FRAMES[name], encoding + text)
    nameless = b"\0" if encoding == _LATIN else "".encode("utf-16") + b"\0\0"
    return _frame(_FRAMES[name], encoding + _ENGLISH + nameless + text)


def _picture(cover: bytes) -> bytes:
    kind = next((mime for magic, mime in _PICTURES.items() if cover.startswith(magic)), None)
    if kind is None or len(cover) > MAX_COVER_BYTES:
        message = f"a cover is a JPEG or PNG of at most {MAX_COVER_BYTES} bytes"
        raise ValueError(message)
    return _LATIN + kind + b"\0" + _FRONT_COVER + b"\0" + cover


def _frame(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "big") + b"\0\0" + body


def _syncsafe(length: int) -> bytes:
    return bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
