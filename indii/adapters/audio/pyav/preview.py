"""Render what strangers may hear: gain, the voice tag over ducked music, MP3 without metadata."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Self

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from indii.adapters.audio.pyav.reading import BLOCK, RATE, BlockDecoder, opened
from indii.adapters.audio.pyav.refusals import Refusal
from indii.ports.audio import PREVIEW_CEILING_DB, VOICE_TAG_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

Floats = NDArray[np.float32]

BIT_RATE: Final = 128_000
LAME_SCALE: Final = 0.95
"""LAME's own 128 kbit/s preset turns everything down by this factor; a test watches it."""
PERIOD: Final = round(VOICE_TAG_EVERY_S * RATE)
MAX_TAG_S: Final = 8.0
TAG_LUFS: Final = -16.0
TAG_PEAK_DB: Final = -5.0
DUCK_DB: Final = -10.0
ATTACK_S, RELEASE_S, HOLD_S = 0.06, 0.35, 0.25
CEILING: Final = float(10 ** (PREVIEW_CEILING_DB / 20))


class VoiceTag:
    """A spoken mark laid out over one period, with the gain curve the music follows under it."""

    def __init__(self, samples: Floats) -> None:
        """Prepare the period from the tag's own samples, shape (2, n)."""
        bed = np.zeros((2, PERIOD), np.float32)
        length = min(samples.shape[1], round(MAX_TAG_S * RATE))
        fade = min(length, RATE // 50)
        bed[:, :length] = samples[:, :length]
        bed[:, length - fade : length] *= np.linspace(1, 0, fade, dtype=np.float32)
        # one block longer than the period, so that any block is a plain slice
        self._bed = np.concatenate([bed, bed[:, :BLOCK]], axis=1)
        duck = _duck(bed)
        self._duck = np.concatenate([duck, duck[:BLOCK]])

    def over(self, music: Floats, at: int) -> Floats:
        """Return `music`, shape (2, n <= BLOCK), that starts at sample `at`, ducked and marked."""
        span = slice(at % PERIOD, at % PERIOD + music.shape[1])
        mixed: Floats = music * self._duck[span] + self._bed[:, span]
        return mixed

    @classmethod
    def read(cls, file: BinaryIO, size: int, meter: Callable[..., Any]) -> Self:
        """Decode the tag and bring it to speaking loudness. Raises: Refusal naming the tag."""
        measured, blocks, held = meter(hops=False), [], 0
        try:
            with opened(file, size) as source:
                for frame in BlockDecoder(source).blocks():
                    samples = np.clip(np.nan_to_num(frame.to_ndarray()), -64, 64)
                    if held < MAX_TAG_S * RATE:
                        blocks.append(samples)
                        measured.add(samples)
                        held += samples.shape[1]
        except Refusal as refusal:
            refusal.words = f"The voice tag cannot be used. {refusal.words}"
            raise
        lufs, peak = measured.finish()
        if peak is None:
            raise Refusal("silent_tag")
        gain = TAG_PEAK_DB - peak if lufs is None else min(TAG_LUFS - lufs, TAG_PEAK_DB - peak)
        joined = np.concatenate(blocks, axis=1).astype(np.float32)
        return cls(joined * np.float32(10 ** (gain / 20)))


def _duck(bed: Floats) -> Floats:
    """Return the music's gain over one period, shape (PERIOD,), known before anything plays.

    A side chain that sees the future: the music is already down when the tag speaks, comes back
    slowly, and at every sample music at the ceiling plus the tag stays under the ceiling. That is
    the limiter: the sum cannot overshoot, so nothing has to be squashed afterwards.
    """
    level = np.abs(bed).max(axis=0)
    step = RATE // 100
    coarse = np.pad(level, (0, -len(level) % step)).reshape(-1, step).max(axis=1)
    depth = np.where(coarse > 0.02, 10 ** (DUCK_DB / 20), 1.0)  # speech, not breath
    depth = np.minimum(depth, 1 - coarse / CEILING)
    hold, attack = round(HOLD_S * 100), max(1, round(ATTACK_S * 100))
    held = np.minimum.reduce([np.roll(depth, shift) for shift in range(-attack, hold)])
    smooth = _slew(held, attack, round(RELEASE_S * 100))
    centres = (np.arange(len(smooth)) + 0.5) * step
    curve = np.interp(np.arange(bed.shape[1]), centres, smooth)
    gain: Floats = np.minimum(curve, 1 - level / CEILING).astype(np.float32)
    return gain


def _slew(target: NDArray[np.float64], attack: int, release: int) -> NDArray[np.float64]:
    """Follow `target` downward within `attack` steps ahead of time and upward over `release`."""
    wrapped = np.concatenate([target, target, target])
    for index in range(1, len(wrapped)):
        wrapped[index] = min(wrapped[index], wrapped[index - 1] + 1 / release)
    for index in range(len(wrapped) - 2, -1, -1):
        wrapped[index] = min(wrapped[index], wrapped[index + 1] + 1 / attack)
    return wrapped[len(target) : 2 * len(target)]


class Preview:
    """Encode stereo blocks as a 128 kbit/s MP3."""

    def __init__(self, out: BinaryIO, gain_db: float, tag: VoiceTag | None) -> None:
        """Write to `out`, which must be empty and seekable."""
        self._out, self._tag, self._pts = out, tag, 0
        self._gain = np.float32(10 ** (gain_db / 20))
        self._make_up = np.float32(1 / LAME_SCALE)
        # bitexact keeps the muxer from naming itself: no metadata at all, same bytes every time
        self._container = av.open(
            out, "w", format="mp3", options={"fflags": "+bitexact", "id3v2_version": "0"}
        )
        self._stream = self._container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        self._stream.bit_rate = BIT_RATE
        self._stream.codec_context.thread_count = 1

    def add(self, samples: Floats) -> None:
        """Encode one block, shape (2, n)."""
        mixed = samples * self._gain
        if self._tag is not None:
            mixed = self._tag.over(mixed, self._pts)
        mixed *= self._make_up
        np.clip(mixed, -self._make_up, self._make_up, out=mixed)
        frame = av.AudioFrame.from_ndarray(mixed, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._pts, Fraction(1, RATE)
        self._pts += samples.shape[1]
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> int:
        """Flush the encoder; return the length of the file in bytes."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._out.seek(0, 2)
