"""Eight ways to write a piece. Each module composes; none of them renders."""

from __future__ import annotations

from collections.abc import Callable

from indii.demo.synth.score import Arrangement, PieceSpec
from indii.demo.synth.styles import (
    afrobeat,
    ambient,
    boombap,
    drill,
    house,
    lofi,
    techno,
    trap,
)

STYLES: dict[str, Callable[[PieceSpec], Arrangement]] = {
    "trap": trap.compose,
    "drill": drill.compose,
    "lofi": lofi.compose,
    "boombap": boombap.compose,
    "house": house.compose,
    "techno": techno.compose,
    "ambient": ambient.compose,
    "afrobeat": afrobeat.compose,
}
