"""Answer `probe` and `cover`: the header, cleaned tags, one second of proof. Child only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import av.error

from indii.adapters.audio.pyav.reading import (
    PADDING_MS,
    BlockDecoder,
    Opened,
    is_picture,
    opened,
    refuse_cut,
)
from indii.adapters.audio.pyav.refusals import Refusal
from indii.ports.audio import MAX_COVER_BYTES, MAX_DURATION_MS, MIN_DURATION_MS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

MAX_TAG: Final = 200
_TAGS: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title", "tit2", "inam"),
    "artist": ("artist", "tpe1", "album_artist", "iart"),
    "genre": ("genre", "tcon", "ignr"),
    "bpm": ("bpm", "tbpm", "tmpo", "tempo"),
    "key": ("initialkey", "tkey", "key", "initial key", "initial_key"),
    "date": ("date", "tdrc", "year", "tyer", "icrd"),
    "comment": ("comment", "comm", "icmt", "description"),
}
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def probe(file: BinaryIO, size: int) -> dict[str, Any]:
    """Describe `file` as the fields of `Probe`. Raises: Refusal."""
    with opened(file, size) as source:
        tags = clean_tags({**source.container.metadata, **source.stream.metadata})
        context = source.stream.codec_context
        name, lossless = context.name, _lossless(context.name)
        facts = {
            "format": _format(source.sniffed.kind, name),
            "codec": name.removesuffix("float"),  # FFmpeg's word for its decoder, not the codec
            "sample_rate": context.sample_rate,
            "channels": context.channels,
            "bit_depth": _depth(source) if lossless else None,
            "lossless": lossless,
            "tags": tags,
            "has_cover": any(is_picture(stream) for stream in source.container.streams.video),
        }
        _prove(source)
    file.seek(0)
    return {**facts, "duration_ms": _duration_ms(file, size)}


def _prove(source: Opened) -> None:
    """Decode up to the first second: a header alone is not sound."""
    walk = BlockDecoder(source)
    next(walk.blocks(), None)


def _duration_ms(file: BinaryIO, size: int) -> int:
    """Length by the header's promise, else by counting packets, else by decoding all of it."""
    with opened(file, size) as source:
        declared = source.declared_ms
        if declared is None or declared < MIN_DURATION_MS:
            declared = _counted_ms(source)
        elif source.sniffed.kind == "mp3":
            declared = _without_padding(source, declared)
        elif source.sniffed.kind in ("wav", "aiff"):
            _check_size(source, size, declared)
    if declared < MIN_DURATION_MS:  # rare: a header or time base that lies
        file.seek(0)
        with opened(file, size) as source:
            declared = _decoded_ms(source)
    if declared > MAX_DURATION_MS + PADDING_MS:
        raise Refusal("too_long")
    if declared < MIN_DURATION_MS:
        raise Refusal("too_short")
    return round(declared)


def _decoded_ms(source: Opened) -> float:
    walk = BlockDecoder(source)
    for _ in walk.blocks():
        pass
    return walk.decoded_ms


def _without_padding(source: Opened, declared: float) -> float:
    """Length of an MP3 without its encoder's padding, when FFmpeg read how much that is."""
    stream = source.stream
    exact = float((stream.duration or 0) * (stream.time_base or 0) * 1000)
    return exact if abs(exact - declared) < 200 else declared  # milliseconds


def _counted_ms(source: Opened) -> float:
    total = 0.0
    base = source.stream.time_base
    try:
        for packet in source.container.demux(source.stream):
            total += float((packet.duration or 0) * base) if base else 0.0
            if total * 1000 > MAX_DURATION_MS * 1.1:
                break
    except av.error.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
    return total * 1000


def _check_size(source: Opened, size: int, declared: float) -> None:
    """Uncompressed files show at once that bytes are missing."""
    context: Any = source.stream.codec_context
    width = {"u8": 1, "s8": 1, "s16": 2, "s24": 3, "s32": 4, "f32": 4, "f64": 8}
    bytes_a_sample = width[context.name.removeprefix("pcm_").removesuffix("le").removesuffix("be")]
    held = size * 1000 / (context.sample_rate * context.channels * bytes_a_sample)
    refuse_cut(declared, held)


def _format(kind: str, codec: str) -> str:
    return "opus" if kind == "ogg" and codec == "opus" else kind


def _lossless(codec: str) -> bool:
    return codec.startswith("pcm_") or codec in ("flac", "alac")


def _depth(source: Opened) -> int:
    """Bits a sample as stored: packed PCM by its name, FLAC and ALAC as their header says."""
    context: Any = source.stream.codec_context
    if context.name.startswith("pcm_"):
        return int("".join(char for char in context.name if char.isdigit()))
    raw = source.stream.codec_context.extradata or b""
    if context.name == "flac" and len(raw) >= 18:  # STREAMINFO, RFC 9639 8.2
        return ((raw[12] & 1) << 4 | raw[13] >> 4) + 1
    if context.name == "alac" and len(raw) >= 36:  # magic cookie behind its atom
        return raw[17]
    return int(context.format.bits) if context.format else 16


def clean_tags(raw: Mapping[str, str]) -> dict[str, str]:
    """Keep the known tags: decoded, without control characters, trimmed to `MAX_TAG`."""
    lowered = {key.lower(): value for key, value in raw.items()}
    found: dict[str, str] = {}
    for name, keys in _TAGS.items():
        for key in keys:
            text = clean_text(lowered.get(key, ""))
            if text:
                found[name] = text
                break
    return found


def clean_text(value: str) -> str:
    """One printable line: bytes that were no UTF-8 read as Windows-1252, spaces collapsed."""
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    printable = "".join(char if char.isprintable() else " " for char in value[: MAX_TAG * 20])
    return " ".join(printable.split())[:MAX_TAG].rstrip()


def cover(file: BinaryIO, size: int) -> bytes | None:
    """Return the embedded picture when it is a JPEG, PNG or WebP of sane size. Raises: Refusal."""
    with opened(file, size) as source:
        pictures = [stream for stream in source.container.streams.video if is_picture(stream)]
        if not pictures:
            return None
        try:
            packet = next(iter(source.container.demux(pictures[0])), None)
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            return None
        data = bytes(packet) if packet is not None else b""
    if not 0 < len(data) <= MAX_COVER_BYTES:
        return None
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data if webp or data.startswith(_PICTURES) else None
