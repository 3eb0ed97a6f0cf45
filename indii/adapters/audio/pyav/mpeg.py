"""Find the first MPEG audio frames in bytes, and the frame count a Xing or VBRI header declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BITRATES: Final = {  # kbit/s by (MPEG-1?, layer); ISO 11172-3 and 13818-3, table of 2.4.2.3
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = (44100, 48000, 32000)
CHAIN: Final = 3
"""Frames that must follow each other exactly before bytes count as MPEG audio."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One MPEG audio frame header."""

    length: int
    samples: int
    rate: int
    layer: int
    side: int
    """Bytes of header and side information before the main data (layer III)."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where MPEG audio starts and how many samples its own header promises."""

    at: int
    declared_samples: int | None


def parse_frame(head: bytes, at: int) -> Frame | None:
    """Read the frame header at `at`, or None when there is none."""
    if at + 4 > len(head) or head[at] != 0xFF or head[at + 1] & 0xE0 != 0xE0:
        return None
    b1, b2, b3 = head[at + 1], head[at + 2], head[at + 3]
    version, layer = (b1 >> 3) & 3, 4 - ((b1 >> 1) & 3)
    index, rate_index = b2 >> 4, (b2 >> 2) & 3
    if version == 1 or layer == 4 or index in (0, 15) or rate_index == 3:
        return None
    first = version == 3  # MPEG-1
    rate = _RATES[rate_index] >> (0 if first else 1 if version == 2 else 2)
    bits = _BITRATES[first, layer][index] * 1000
    padding = (b2 >> 1) & 1
    if layer == 1:
        return Frame((12 * bits // rate + padding) * 4, 384, rate, 1, 4)
    samples = 1152 if layer == 2 or first else 576
    mono = b3 >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Frame(samples // 8 * bits // rate + padding, samples, rate, layer, 4 + side)


def first_frames(head: bytes) -> Found | None:
    """Return the first place where `CHAIN` frames of one rate follow each other, else None.

    Bytes that end with the chain unbroken (a very short file) count from one whole frame on.
    """
    at = head.find(b"\xff")
    while at >= 0:
        frame = parse_frame(head, at)
        if frame is not None and _chained(head, at, frame):
            return Found(at, _declared(head, at, frame))
        at = head.find(b"\xff", at + 1)
    return None


def _chained(head: bytes, at: int, frame: Frame) -> bool:
    here: Frame | None = frame
    for _ in range(CHAIN - 1):
        if here is None or (here.rate, here.layer) != (frame.rate, frame.layer):
            return False
        at += here.length
        if at >= len(head):
            return at == len(head)
        here = parse_frame(head, at)
    return here is not None and (here.rate, here.layer) == (frame.rate, frame.layer)


def _declared(head: bytes, at: int, frame: Frame) -> int | None:
    """Read the frame count of a Xing, Info or VBRI header; its own frame is not counted."""
    body = head[at + frame.side : at + frame.side + 12]
    if body[:4] in (b"Xing", b"Info") and len(body) == 12 and body[7] & 1:
        return int.from_bytes(body[8:12], "big") * frame.samples
    vbri = head[at + 36 : at + 36 + 18]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        return int.from_bytes(vbri[14:18], "big") * frame.samples
    return None
