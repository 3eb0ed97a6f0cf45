"""WAV files by the standard library: 16 bit with fixed dither, or 24 bit."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from indii.demo.synth.score import Samples
from indii.demo.synth.tones import SR


def write_wav(path: Path | str, samples: Samples, *, bits: int = 16, rate: int = SR) -> None:
    """Write (n,) or (n, channels) in -1..1; equal samples give equal bytes.

    Raises:
        ValueError: ``bits`` is neither 16 nor 24.
    """
    frames = samples if samples.ndim == 2 else samples[:, None]
    if bits == 16:
        # Triangular dither from a fixed seed: quiet tails stay smooth, bytes stay the same.
        rng = np.random.default_rng(16)
        dither = rng.random(frames.shape, dtype=np.float32) - rng.random(
            frames.shape, dtype=np.float32
        )
        data = np.clip(np.round(frames * 32767 + dither), -32768, 32767).astype("<i2").tobytes()
    elif bits == 24:
        whole = np.clip(np.round(frames.astype(np.float64) * 8388607), -8388608, 8388607)
        words = np.ascontiguousarray(whole.astype("<i4"))
        data = words.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    else:
        raise ValueError(f"16 or 24 bits, not {bits}")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(data)
