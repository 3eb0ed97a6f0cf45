"""Open a recognised sound file and walk its samples in even blocks. Runs in the child only."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import av
import av.error

from indii.adapters.audio.pyav.refusals import Refusal, clock
from indii.adapters.audio.pyav.sniff import DEMUXERS, Sniffed, sniff
from indii.ports.audio import MAX_BYTES, MAX_DURATION_MS, MIN_DURATION_MS

if TYPE_CHECKING:
    from typing import BinaryIO

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

RATE: Final = 44_100
"""Everything is measured and rendered at this rate, in stereo."""
BLOCK: Final = RATE
"""Samples a block: one second."""
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_CHANNELS: Final = 8
PADDING_MS: Final = 500
"""What an encoder may add to exactly 60 minutes."""
MAX_LAYOUT_CHANGES: Final = 16
CPU_START_S: Final = 20
CPU_PER_SECOND: Final = 0.15
"""CPU seconds a decoded second may cost; ten times what the slowest real machine here needed."""
PCM_CODECS: Final = frozenset(
    f"pcm_{kind}{end}" for kind in ("s16", "s24", "s32", "f32", "f64") for end in ("le", "be")
) | {"pcm_u8", "pcm_s8"}
CODECS: Final[dict[str, frozenset[str]]] = {
    "wav": PCM_CODECS,
    "aiff": PCM_CODECS,
    "flac": frozenset({"flac"}),
    "mp3": frozenset({"mp3", "mp3float"}),
    "m4a": frozenset({"aac", "alac"}),
    "ogg": frozenset({"vorbis", "opus", "flac"}),
}
_FULL_NAMES: Final = {"m4a": "mov,mp4,m4a,3gp,3g2,mj2"}
_LOCKED: Final = frozenset({"drms", "enca", "drmi", "encv"})


@dataclass(slots=True)
class Opened:
    """One open file: what it is, its only sound stream, what it promises."""

    sniffed: Sniffed
    container: InputContainer
    stream: AudioStream

    @property
    def declared_ms(self) -> float | None:
        """Length promised by the header (not an estimate from the bitrate), if it promises one."""
        rate = self.stream.codec_context.sample_rate
        if self.sniffed.declared_samples is not None:
            return self.sniffed.declared_samples * 1000 / rate
        if self.sniffed.kind == "mp3" or not self.stream.duration or not self.stream.time_base:
            return None
        return float(self.stream.duration * self.stream.time_base * 1000)


@contextlib.contextmanager
def opened(file: BinaryIO, size: int) -> Iterator[Opened]:
    """Open `file`; its demuxer and decoders are fixed beforehand. Raises: Refusal."""
    if size > MAX_BYTES:
        raise Refusal("too_large")
    sniffed = sniff(file, size)
    file.seek(0)
    allowed = CODECS[sniffed.kind]
    options = {
        "protocol_whitelist": "none",
        "format_whitelist": _FULL_NAMES.get(sniffed.kind, sniffed.kind),
        "codec_whitelist": ",".join(sorted(allowed)),
    }
    try:
        container = av.open(
            file, "r", format=DEMUXERS[sniffed.kind], options=options,
            metadata_errors="surrogateescape",
        )  # fmt: skip
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError) as error:
        raise Refusal("no_sound") from error
    with container:
        source = Opened(sniffed, container, _only_sound(container, allowed))
        if (source.declared_ms or 0) > MAX_DURATION_MS + PADDING_MS:
            raise Refusal("too_long")
        yield source


def _only_sound(container: InputContainer, allowed: frozenset[str]) -> AudioStream:
    """Choose the sound stream and refuse films, locked, absurd and unknown ones."""
    film = any(not is_picture(stream) for stream in container.streams.video)
    if not container.streams.audio:
        raise Refusal("video_only" if film else "no_sound")
    if film:
        raise Refusal("video")
    stream = container.streams.audio[0]
    context: Any = stream.codec_context  # None when FFmpeg knows no decoder for it
    if context is not None and context.codec_tag in _LOCKED:
        raise Refusal("drm")
    name = context.name if context is not None else "?"
    if name not in allowed:
        raise Refusal("codec", codec=name)
    context.thread_count = 1
    if not 1 <= context.channels <= MAX_CHANNELS:
        raise Refusal("channels", channels=context.channels)
    if not MIN_RATE <= context.sample_rate <= MAX_RATE:
        raise Refusal("sample_rate", rate=context.sample_rate)
    return stream


def is_picture(stream: Any) -> bool:
    """Say whether a video stream is only an embedded cover."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


@dataclass(slots=True)
class BlockDecoder:
    """Decode a whole file into even float blocks while watching length, damage and CPU."""

    source: Opened
    rate: int = RATE
    layout: str = "stereo"
    samples: int = 0
    packets: int = 0
    damaged: int = 0
    _changes: int = field(default=0, init=False)

    def blocks(self) -> Iterator[AudioFrame]:
        """Yield planar float frames of `BLOCK` samples (the last one shorter) in `layout`.

        Raises: Refusal when the whole turns out to be truncated, damaged, too long or silent.
        """
        resampler: av.AudioResampler | None = None
        shape: tuple[object, ...] | None = None
        for frame in self._frames():
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or now != shape:
                if resampler is not None:
                    yield from self._count(resampler.resample(None))
                self._changed(frame)
                resampler = av.AudioResampler("fltp", self.layout, self.rate, BLOCK)
                shape = now
            frame.pts = None
            yield from self._count(resampler.resample(frame))
        if resampler is not None:
            yield from self._count(resampler.resample(None))
        self._judge()

    def _frames(self) -> Iterator[AudioFrame]:
        demuxed = iter(self.source.container.demux(self.source.stream))
        while True:
            try:
                packet = next(demuxed)
            except StopIteration:
                return
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, ValueError) as error:
                if isinstance(error, MemoryError):
                    raise
                self.damaged += 1
                return
            self.packets += 1
            try:
                yield from packet.decode()
            except av.error.EOFError:
                continue
            except (av.error.FFmpegError, ValueError) as error:
                if isinstance(error, MemoryError):
                    raise
                self.damaged += 1

    def _changed(self, frame: AudioFrame) -> None:
        """Refuse frames no resampler should see; files may change shape, but not endlessly."""
        self._changes += 1
        if self._changes > MAX_LAYOUT_CHANGES:
            raise Refusal("damaged")
        if not 1 <= frame.layout.nb_channels <= MAX_CHANNELS:
            raise Refusal("channels", channels=frame.layout.nb_channels)
        if not MIN_RATE <= frame.sample_rate <= MAX_RATE:
            raise Refusal("sample_rate", rate=frame.sample_rate)

    def _count(self, frames: list[AudioFrame]) -> Iterator[AudioFrame]:
        for frame in frames:
            self.samples += frame.samples
            if self.samples > (MAX_DURATION_MS + PADDING_MS) * self.rate // 1000:
                raise Refusal("too_long")
            allow_cpu(self.samples / self.rate)
            yield frame

    @property
    def decoded_ms(self) -> float:
        """Milliseconds decoded so far."""
        return self.samples * 1000 / self.rate

    def _judge(self) -> None:
        """Apply the rules for a whole file once its end is reached.

        Damaged: more than three packets and one per cent of them could not be decoded (MP3s with
        a torn first frame or some junk before their tags are common and harmless).
        """
        if self.samples == 0:
            raise Refusal("no_sound")
        declared = self.source.declared_ms
        if declared is not None:
            refuse_cut(declared, self.decoded_ms)
        if self.damaged > max(3, self.packets // 100):
            raise Refusal("damaged")
        if self.decoded_ms < MIN_DURATION_MS:
            raise Refusal("too_short")


def refuse_cut(declared_ms: float, held_ms: float) -> None:
    """Refuse a file that holds less than it promises.

    Two per cent are forgiven, at least 0.3 and at most 2 seconds: encoders pad, and the last
    frames of many MP3s are torn. Raises: Refusal.
    """
    if held_ms < declared_ms - max(300.0, min(declared_ms * 0.02, 2000.0)):
        raise Refusal("truncated", declared=clock(declared_ms), decoded=clock(held_ms))


def allow_cpu(seconds: float) -> None:
    """Let this process use CPU in step with the `seconds` of sound that it has really decoded.

    A file that makes the decoder spin without yielding sound is stopped after `CPU_START_S`.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = round(CPU_START_S + seconds * CPU_PER_SECOND)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))
