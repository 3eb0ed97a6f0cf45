"""Files that want to hurt: small valid sounds, changed in listed ways, always the same for a seed.

`mutated(count, seed)` deals the classes out in turn, so that every class gets its share.
"""

from __future__ import annotations

import functools
import io
import math
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np

SECONDS = 1.2
RATE = 44_100
ENCODINGS: dict[str, tuple[str, str, str]] = {
    "wav": ("wav", "pcm_s16le", "s16"),
    "wav24.wav": ("wav", "pcm_s24le", "s32"),
    "wavfloat.wav": ("wav", "pcm_f32le", "flt"),
    "aiff": ("aiff", "pcm_s16be", "s16"),
    "flac": ("flac", "flac", "s16"),
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "m4a": ("ipod", "aac", "fltp"),
    "alac.m4a": ("ipod", "alac", "s16p"),
    "ogg": ("ogg", "vorbis", "fltp"),
    "opus": ("ogg", "libopus", "flt"),
}


def tone(seconds: float = SECONDS, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """A chord with a pulse, shape (channels, n), within -1..1."""
    time = np.arange(round(seconds * rate)) / rate
    sound = sum(np.sin(2 * math.pi * hertz * time) for hertz in (110, 220.5, 331, 557)) / 8
    sound = sound * (0.4 + 0.6 * np.exp(-6 * (time * 2 % 1)))
    return np.stack([sound * (1 - 0.1 * side) for side in range(channels)]).astype(np.float32)


def encode(
    kind: str,
    samples: np.ndarray,
    *,
    rate: int = RATE,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """Encode `samples`, shape (channels, n), as one of `ENCODINGS`."""
    container_name, codec, sample_format = ENCODINGS[kind]
    if codec == "libopus":
        rate = 48_000
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[samples.shape[0]]
    out, exact = io.BytesIO(), {"fflags": "+bitexact"}  # no random serial numbers, no dates
    with av.open(out, "w", format=container_name, options=exact | (options or {})) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(
            codec, rate=rate, layout=layout, options={"strict": "experimental"}
        )
        stream.format = sample_format
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


@functools.cache
def seeds() -> dict[str, bytes]:
    """One small valid file of every encoding, made here."""
    return {kind: encode(kind, tone()) for kind in ENCODINGS}


def _pick(rng: random.Random) -> tuple[str, bytearray]:
    kind = rng.choice(sorted(seeds()))
    return kind, bytearray(seeds()[kind])


def _name(kind: str) -> str:
    return kind if "." in kind else f"sound.{kind}"


Made = tuple[str, bytes]


def bit_flips_header(rng: random.Random) -> Made:
    """Up to twelve bits of the first 256 bytes."""
    kind, data = _pick(rng)
    for _ in range(rng.randint(1, 12)):
        data[rng.randrange(min(256, len(data)))] ^= 1 << rng.randrange(8)
    return _name(kind), bytes(data)


def bit_flips_body(rng: random.Random) -> Made:
    """One bit in about every 500 bytes."""
    kind, data = _pick(rng)
    for _ in range(max(1, len(data) // rng.choice((200, 500, 5000)))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return _name(kind), bytes(data)


def truncation(rng: random.Random) -> Made:
    """Cut anywhere, also inside the header."""
    kind, data = _pick(rng)
    return _name(kind), bytes(data[: rng.choice((rng.randrange(64), rng.randrange(len(data))))])


def zero_runs(rng: random.Random) -> Made:
    """A stretch of zeros."""
    kind, data = _pick(rng)
    at, length = rng.randrange(len(data)), rng.choice((16, 400, 5000))
    data[at : at + length] = bytes(min(length, len(data) - at))
    return _name(kind), bytes(data)


def size_lies(rng: random.Random) -> Made:
    """A 32-bit field of the head, or of a chunk, replaced by another number."""
    kind, data = _pick(rng)
    at = rng.randrange(0, min(200, len(data) - 4), 2)
    value = rng.choice((0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data) * 3))
    data[at : at + 4] = struct.pack(rng.choice(("<I", ">I")), value)
    return _name(kind), bytes(data)


def swapped_chunks(rng: random.Random) -> Made:
    """Two pieces exchanged."""
    kind, data = _pick(rng)
    a, b, c = sorted(rng.randrange(len(data)) for _ in range(3))
    return _name(kind), bytes(data[:a] + data[b:c] + data[a:b] + data[c:])


def giant_declared(rng: random.Random) -> Made:
    """Headers that promise hours, hundreds of channels, or absurd rates, over little data."""
    channels = rng.choice((0, 1, 2, 9, 255, 65535))
    rate = rng.choice((0, 1, 44_100, 10**6, 2**32 - 1))
    bits = rng.choice((0, 1, 16, 24, 32, 64, 65535))
    size = rng.choice((2**32 - 1, 2**31, 10**9))
    align = channels * bits // 8 % 65536
    head = struct.pack(
        "<4sI8sIHHIIHH4sI", b"RIFF", size, b"WAVEfmt ", 16, rng.choice((1, 3, 85, 0xFFFE)),
        channels, rate, rate * align % 2**32, align, bits, b"data", size,
    )  # fmt: skip
    if rng.random() < 0.4:
        return "giant.flac", _giant_flac(rng)
    return "giant.wav", head + rng.randbytes(rng.choice((0, 100, 50_000)))


def _giant_flac(rng: random.Random) -> bytes:
    data = bytearray(seeds()["flac"])
    rate, channels, bits = rng.choice((1, 44_100, 655_350, 2**20 - 1)), rng.randrange(8), 15
    total = rng.choice((2**36 - 1, 0, 10**10))
    packed = rate << 44 | channels << 41 | bits << 36 | total
    data[18:26] = packed.to_bytes(8, "big")
    return bytes(data)


def deep_id3(rng: random.Random) -> Made:
    """Huge, nested or lying ID3 tags and pictures."""
    mp3 = seeds()["mp3"]
    pick = rng.randrange(5)
    if pick == 0:  # a giant picture
        body = (
            b"APIC" + _big(5_000_000) + bytes(2) + b"\0image/png\0\3\0" + rng.randbytes(5_000_000)
        )
    elif pick == 1:  # a frame that claims more than the tag
        body = b"TIT2" + _big(2**31 - 1) + bytes(2) + b"\3hello"
    elif pick == 2:  # thousands of frames
        body = (b"TXXX" + _big(11) + bytes(2) + b"\3key\0value\0") * 20_000
    elif pick == 3:  # a title of a megabyte, in UTF-16 with odd surrogates
        text = b"\1\xff\xfe" + b"\x00\xd8\x41\x00" * 250_000
        body = b"TIT2" + _big(len(text)) + bytes(2) + text
    else:  # compressed frame that unpacks to much
        packed = zlib.compress(bytes(20_000_000))
        body = b"COMM" + _big(len(packed) + 4) + b"\0\x88" + _big(20_000_000) + packed
    tag = b"ID3\3\0\0" + _syncsafe(len(body)) + body
    depth = rng.choice((1, 1, 20))
    return "tagged.mp3", tag * (depth if pick in (1, 3) else 1) + mp3


def _big(value: int) -> bytes:
    return struct.pack(">I", value)


def _syncsafe(value: int) -> bytes:
    return bytes((value >> shift) & 0x7F for shift in (21, 14, 7, 0))


def polyglots(rng: random.Random) -> Made:
    """Two formats in one file."""
    kind, data = _pick(rng)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("../../etc/passwd"), "x")
    other = rng.choice(
        (archive.getvalue(), b"<html><script>alert(1)</script>", b"%PDF-1.7\n",
         b"GIF89a" + bytes(50),
         b"\x7fELF" + bytes(200), b"#!/bin/sh\nrm -rf /\n", b"\xff\xd8\xff\xe0" + bytes(100))
    )  # fmt: skip
    return _name(kind), other + bytes(data) if rng.random() < 0.5 else bytes(data) + other


def concatenations(rng: random.Random) -> Made:
    """Several files one behind the other, with other rates and channels."""
    pieces = [bytes(_pick(rng)[1]) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.5:
        pieces = [seeds()["mp3"], encode("mp3", tone(0.3, 22_050, 1), rate=22_050)] * 12
    return "joined.mp3", b"".join(pieces)


_MAGIC = (
    b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"fLaC\0\0\0\x22", b"ID3\4\0\0\0\0\x10\0", b"OggS\0\2",
    b"FORM\0\0\xff\xffAIFF", b"FORM\0\0\xff\xffAIFC", b"\0\0\0\x20ftypM4A ", b"\xff\xfb\x90\x64",
    b"\0\0\0\x08moov", b"RF64\xff\xff\xff\xffWAVEds64", b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead",
)  # fmt: skip


def noise_with_magic(rng: random.Random) -> Made:
    """Random bytes behind a true beginning."""
    return "noise.bin", rng.choice(_MAGIC) + rng.randbytes(rng.choice((4, 300, 30_000)))


def playlists(rng: random.Random) -> Made:
    """Texts that point to files and addresses."""
    target = rng.choice(
        ("/etc/passwd", "http://127.0.0.1:1/x.mp3", "file:///etc/hostname", "a.wav")
    )
    text = rng.choice(
        (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile '{target}'\n",
            f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
            f"file '{target}'\n",
            f"concat:{target}|{target}",
            f"{target}\n",
        )
    )
    return rng.choice(("list.mp3", "list.m3u8", "list.wav")), text.encode()


def zip_bombs(rng: random.Random) -> Made:
    """Archives with little inside that unpacks to much."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        info = zipfile.ZipInfo("a.wav")
        info.compress_type = zipfile.ZIP_DEFLATED
        packed.writestr(info, bytes(rng.choice((10_000, 20_000_000))))
    return rng.choice(("beat.wav", "beat.mp3")), out.getvalue()


def markup(rng: random.Random) -> Made:
    """SVG, XML, HTML, JSON named like sound."""
    return "page.wav", rng.choice(
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
            b"<!doctype html><title>x</title>",
            b'{"a": [' + b"[" * rng.randrange(5000) + b"]}",
            b"\xef\xbb\xbf<html>" + rng.randbytes(50),
        )
    )


def mp4_references(rng: random.Random) -> Made:
    """MP4 whose sound lies in another file."""
    data = bytearray(seeds()["m4a"])
    at = data.find(b"url \0\0\0\1")
    data[at : at + 4] = rng.choice((b"url ", b"alis", b"urn "))
    data[at + 7] = 0
    if rng.random() < 0.3:  # the entry says it is longer than its box
        data[at - 4 : at] = _big(rng.choice((0, 4, 500_000)))
    return "reference.m4a", bytes(data)


def tiny(rng: random.Random) -> Made:
    """Nothing, or nearly nothing."""
    return "tiny.wav", rng.choice((b"", bytes((rng.randrange(256),)), b"RIFF", b"fLaC", b"ID3"))


def pictures(rng: random.Random) -> Made:
    """Pictures named like sound."""
    heads = (
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"GIF89a",
        b"RIFF\x10\0\0\0WEBPVP8 ",
    )
    return "cover.mp3", rng.choice(heads) + rng.randbytes(500)


def float_poison(rng: random.Random) -> Made:
    """Float samples that are no numbers, or far beyond full scale."""
    samples = tone(0.5)
    spots = np.random.default_rng(rng.randrange(2**32)).integers(0, samples.shape[1], 50)
    samples[:, spots] = rng.choice((np.nan, np.inf, -np.inf, 1e30, 3.4e38))
    return "poison.wav", encode("wavfloat.wav", samples)


CLASSES: tuple[Callable[[random.Random], Made], ...] = (
    bit_flips_header, bit_flips_body, truncation, zero_runs, size_lies, swapped_chunks,
    giant_declared, deep_id3, polyglots, concatenations, noise_with_magic, playlists, zip_bombs,
    markup, mp4_references, tiny, pictures, float_poison,
)  # fmt: skip


def mutated(count: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield `count` (class name, file name, content); the same for the same seed."""
    rng = random.Random(seed)
    for index in range(count):
        make = CLASSES[index % len(CLASSES)]
        filename, data = make(rng)
        yield make.__name__, filename, data
