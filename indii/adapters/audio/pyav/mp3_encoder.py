"""Answer `mp3`: the master as buyers of a lossy file get it, nothing but encoded. Child only."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av

from indii.adapters.audio.pyav.digesting import sane
from indii.adapters.audio.pyav.reading import BlockDecoder, opened

if TYPE_CHECKING:
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

BIT_RATE: Final = 320_000
RATES: Final = (32_000, 44_100, 48_000)
"""Sample rates that have 320 kbit/s; at lower ones LAME also turns everything down by 5 %."""


class OffsetFile:
    """A writable file as if it began at `start`: what stands before is out of reach."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        """Forget whatever an earlier attempt left behind `start`."""
        self._file, self._start = file, start
        file.truncate(start)
        file.seek(start)

    def write(self, data: bytes) -> int:
        """Write every byte, though the file is unbuffered. Raises: OSError."""
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place counted from `start`, as `io` counts."""
        moved = offset + (self._start if whence == os.SEEK_SET else 0)
        return self._file.seek(moved, whence) - self._start

    def tell(self) -> int:
        """Say where the next byte goes."""
        return self._file.tell() - self._start


class Encoder:
    """Encode planar float blocks as a 320 kbit/s MP3 that starts and ends at the very sample."""

    def __init__(self, out: OffsetFile, rate: int, layout: str) -> None:
        """Write to `out`, which must be empty."""
        self._out, self._rate, self._layout, self._pts = out, rate, layout, 0
        # bitexact: the same master gives the same bytes, whatever wrote them
        self._container = av.open(
            out, "w", format="mp3", options={"fflags": "+bitexact", "id3v2_version": "0"}
        )
        self._stream = self._container.add_stream("libmp3lame", rate=rate, layout=layout)
        self._stream.bit_rate = BIT_RATE
        # the default, 32-bit integers, would cut off what a float master has above full scale
        self._stream.format = "fltp"
        self._stream.codec_context.thread_count = 1

    def add(self, samples: NDArray[np.float32]) -> None:
        """Encode one block, shape (channels, n)."""
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts = self._rate, self._pts
        frame.time_base = Fraction(1, self._rate)
        self._pts += samples.shape[1]
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Flush the encoder and write how long it was into the first frame."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


def mp3_rate(rate: int) -> int:
    """Return the sample rate of the MP3: the master's own, else the next one of its family."""
    if rate in RATES:
        return rate
    return 44_100 if rate % 11_025 == 0 else 48_000


def mp3(file: BinaryIO, size: int, *, out: BinaryIO, start: int) -> dict[str, Any]:
    """Encode `file` into `out` from its byte `start` on; return the whole length.

    One and two channels stay what they are, more are mixed down to two; nothing is turned up or
    down and nothing is cut off at full scale. Raises: Refusal.
    """
    with opened(file, size) as source:
        context = source.stream.codec_context
        layout = "mono" if context.channels == 1 else "stereo"
        walk = BlockDecoder(source, mp3_rate(context.sample_rate), layout)
        encoder = Encoder(OffsetFile(out, start), walk.rate, layout)
        for frame in walk.blocks():
            encoder.add(sane(frame.to_ndarray()))
        encoder.finish()
    return {"bytes": out.seek(0, os.SEEK_END)}
