"""Answer `digest` and `pcm`: one decode measured, then rendered as the preview. Child only."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import av.error
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from indii.adapters.audio.pyav.preview import Preview, VoiceTag
from indii.adapters.audio.pyav.reading import BLOCK, RATE, BlockDecoder, opened
from indii.ports.audio import PEAKS, PREVIEW_CEILING_DB, PREVIEW_LUFS

if TYPE_CHECKING:
    from typing import BinaryIO

    from av.audio.frame import AudioFrame

Floats = NDArray[np.float32]

KEEP_SECONDS: Final = 12 * 60
"""Longer recordings are decoded a second time instead of being kept as PCM on the disk."""
FRAME_BYTES: Final = 8  # stereo float32
MAX_KEPT_BYTES: Final = KEEP_SECONDS * RATE * FRAME_BYTES
HOP: Final = 512
"""Samples of one short peak; a waveform value is the mean of the short peaks in its slice."""
LOUDEST: Final = 64.0
"""Samples beyond 36 dB over full scale are an accident, not music."""
STEP: Final = RATE // 10
SILENT: Final = 1e-5
LOWEST_LUFS: Final = -70.0
MOST_GAIN_DB: Final = 30.0
TIME_BASE: Final = Fraction(1, RATE)


class Meter:
    """EBU R 128 loudness, true peak and short peaks of 44.1 kHz stereo blocks."""

    def __init__(self, *, hops: bool = True) -> None:
        """Build the measuring graph; without `hops` no waveform is collected."""
        self._graph = Graph()
        self._graph.threads = 1
        self._in = self._graph.add_abuffer(
            sample_rate=RATE, format="fltp", layout="stereo", time_base=TIME_BASE
        )
        meter = self._graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
        self._out = self._graph.add("abuffersink")
        self._in.link_to(meter)
        meter.link_to(self._out)
        self._graph.configure()
        self._pts = 0
        self._last: dict[str, str] = {}
        self._hops: list[Floats] | None = [] if hops else None

    def add(self, samples: Floats) -> None:
        """Measure one block, shape (2, n)."""
        frame = as_frame(samples, self._pts)
        self._pts += samples.shape[1]
        if self._hops is not None:
            loud = np.abs(samples).max(axis=0)
            self._hops.append(np.maximum.reduceat(loud, np.arange(0, len(loud), HOP)))
        self._in.push(frame)
        self._pull()

    def _pull(self) -> None:
        while True:
            try:
                frame: Any = self._out.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._last = frame.metadata or self._last

    def finish(self) -> tuple[float | None, float | None]:
        """Return (LUFS, dBTP) of all blocks; None where there was nothing to hear."""
        # the filter reports once per 100 ms: silence completes the last of them
        if missing := -self._pts % STEP:
            self._in.push(as_frame(np.zeros((2, missing), np.float32), self._pts))
        self._in.push(None)
        self._pull()
        lufs = float(self._last.get("lavfi.r128.I", "-inf"))
        peak = float(self._last.get("lavfi.r128.true_peak", "0"))  # linear, not dB
        return (
            round(lufs, 2) if LOWEST_LUFS < lufs < math.inf else None,
            round(20 * math.log10(peak), 2) if SILENT < peak < math.inf else None,
        )

    def peaks(self) -> bytes:
        """Return `PEAKS` values, 255 for the loudest slice, all zero for silence."""
        return waveform(np.concatenate(self._hops or [np.zeros(1, np.float32)]))


def waveform(hops: Floats) -> bytes:
    """Reduce short peaks, shape (n,), to `PEAKS` bytes: slice means relative to the loudest."""
    edges = np.linspace(0, len(hops), PEAKS + 1)
    total = np.concatenate([[0.0], np.cumsum(hops, dtype=np.float64)])
    means = np.diff(np.interp(edges, np.arange(len(total)), total)) / np.diff(edges)
    top = float(means.max())
    scaled = means * (255 / top) if top > 1e-5 else np.zeros(PEAKS)  # 100 dB down
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8).tobytes()


def as_frame(samples: Floats, pts: int) -> AudioFrame:
    """Wrap planar stereo samples, shape (2, n), as a frame that starts at sample `pts`."""
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, pts, TIME_BASE
    return frame


def gain_db(lufs: float | None, true_peak: float | None) -> float:
    """Linear gain to the preview's loudness, held under its true-peak ceiling.

    What is too short or too sparse to have a loudness keeps its level, unless it would clip.
    """
    if true_peak is None:
        return 0.0
    wanted = 0.0 if lufs is None else min(PREVIEW_LUFS - lufs, MOST_GAIN_DB)
    # The ceiling knows no limit downward: float masters may lie any way above full scale.
    return round(min(wanted, PREVIEW_CEILING_DB - true_peak), 2)


def digest(
    file: BinaryIO, size: int, *, preview_to: BinaryIO, kept: BinaryIO, tag: VoiceTag | None
) -> dict[str, Any]:
    """Measure `file`, write the preview, leave stereo PCM in `kept` unless it is very long.

    Gain needs the loudness of the whole, hence two steps: decode once while measuring and keeping
    float PCM, then render from that. Past `KEEP_SECONDS` the second step decodes again, because a
    gigabyte of scratch costs more than a tenth of the encoder's time. Raises: Refusal.
    """
    meter = Meter()
    with opened(file, size) as source:
        walk = BlockDecoder(source)
        for frame in walk.blocks():
            samples = sane(frame.to_ndarray())
            meter.add(samples)
            _keep(kept, samples, walk.samples)
    lufs, true_peak = meter.finish()
    gain = gain_db(lufs, true_peak)
    is_kept = walk.samples <= KEEP_SECONDS * RATE
    preview = Preview(preview_to, gain, tag)
    for samples in kept_blocks(kept) if is_kept else decoded_blocks(file, size):
        preview.add(samples)
    return {
        "duration_ms": round(walk.decoded_ms),
        "lufs": lufs,
        "true_peak_db": true_peak,
        "peaks": base64.b64encode(meter.peaks()).decode(),
        "preview_bytes": preview.finish(),
        "preview_gain_db": gain,
        "kept": is_kept,
    }


def _keep(kept: BinaryIO, samples: Floats, so_far: int) -> None:
    if so_far <= KEEP_SECONDS * RATE:
        kept.write(samples.data)  # planar, block after block
    elif kept.tell():
        kept.seek(0)
        kept.truncate()


def sane(samples: NDArray[Any]) -> Floats:
    """Silence what is no number and bound what is absurd (float files may hold anything)."""
    if samples.min() < -LOUDEST or samples.max() > LOUDEST or np.isnan(samples.min()):
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        samples = np.clip(samples, -LOUDEST, LOUDEST)
    return samples.astype(np.float32, copy=False)


def kept_blocks(kept: BinaryIO) -> Iterator[Floats]:
    """Yield the stereo blocks, shape (2, n), that `digest` left in `kept`."""
    kept.seek(0)
    while data := kept.read(BLOCK * FRAME_BYTES):
        yield np.frombuffer(data, np.float32).reshape(2, -1)


def decoded_blocks(file: BinaryIO, size: int) -> Iterator[Floats]:
    """Yield the same blocks by decoding. Raises: Refusal."""
    file.seek(0)
    with opened(file, size) as source:
        for frame in BlockDecoder(source).blocks():
            yield sane(frame.to_ndarray())


def pcm(blocks: Iterator[Floats], rate: int, out: BinaryIO) -> int:
    """Write mono float32 at `rate` to `out`; return the number of samples.

    Kept and decoded blocks hold the same values, so both ways give the same samples.
    """
    written = 0
    resampler = av.AudioResampler("flt", "mono", rate, rate)
    pts = 0
    for samples in blocks:
        mono = (samples[:1] + samples[1:]) * np.float32(0.5)
        if rate == RATE:
            written += out.write(mono.data) // 4
            continue
        frame = av.AudioFrame.from_ndarray(mono, format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, pts, TIME_BASE
        pts += mono.shape[1]
        for piece in resampler.resample(frame):
            written += out.write(piece.to_ndarray().data) // 4
    if rate != RATE and pts:
        for piece in resampler.resample(None):
            written += out.write(piece.to_ndarray().data) // 4
    return written
