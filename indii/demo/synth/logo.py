"""A producer's sound logo: a wordless, vocoder-like motif. A sound, not speech."""

from __future__ import annotations

import zlib

import numpy as np

from indii.demo.synth.fx import bandpass, biquad, chain, reverberate, room
from indii.demo.synth.keys import bell
from indii.demo.synth.pads import vox
from indii.demo.synth.score import Samples
from indii.demo.synth.tones import count, fade, hz, level, noise, soften, swell

SECONDS = 1.25
_SHAPES = ((0, 7, 4, 12), (12, 7, 9, 4), (0, 4, 7, 9), (7, 0, 4, 12), (4, 7, 12, 7), (0, 5, 7, 12))


def voice_tag(producer_slug: str) -> Samples:
    """About 1.2 s of mono float32 at 44.1 kHz, its peak at -3 dBFS, the same for the same slug."""
    seed = zlib.crc32(producer_slug.encode())
    rng = np.random.default_rng(seed)
    root = 55 + int(rng.integers(0, 8))
    shape = _SHAPES[seed % len(_SHAPES)]
    grid = float(rng.choice([0.11, 0.13, 0.15]))
    n = count(SECONDS)
    out = np.zeros((2, n), dtype=np.float32)
    for index, step in enumerate(shape):
        at = count(0.02 + grid * index)
        last = index == len(shape) - 1
        seconds = 0.55 if last else grid * 1.15
        tone = vox(hz(root + step), seconds, 0.9 if index % 2 else 0.4)
        tone = tone * swell(tone.shape[-1], 0.008, 0.06 if not last else 0.3)
        _add(out, at, 0.5 * tone)
        if last:
            _add(out, at, 0.22 * bell(hz(root + step + 12), 0.7))
    breath = bandpass(noise(count(0.18), seed), 4200.0, 0.8) * fade(count(0.18), 22.0)
    _add(out, 0, np.float32(0.06) * np.stack([breath, breath]))
    out = chain(out + 0.22 * reverberate(out, room(0.6, 5000.0)), biquad("highpass", 160.0))
    return soften(level(out.mean(axis=0), 0.707), 0.002, 0.12)


def _add(bus: Samples, at: int, x: Samples) -> None:
    piece = x[:, : bus.shape[-1] - at]
    bus[:, at : at + piece.shape[-1]] += piece
