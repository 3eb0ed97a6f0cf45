"""From an arrangement to sound: parts to stems, stems to a mix, the mix to a master."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indii.demo.synth.dynamics import loudness, master
from indii.demo.synth.fx import (
    biquad,
    chain,
    drive,
    ducking,
    echo,
    reverberate,
    room,
    sweep,
    wow,
)
from indii.demo.synth.score import STEMS, Arrangement, Part, PieceSpec, Samples
from indii.demo.synth.styles import STYLES
from indii.demo.synth.tones import SR, count, swell

_LEVEL = {"intro": 1.1, "verse": 0.78, "break": 1.1, "outro": 0.9}


@dataclass(frozen=True)
class Rendering:
    """A finished piece. Samples are float32 (n, 2) at 44.1 kHz within -1..1.

    ``stems`` (drums, bass, harmony, melody, fx) sum to the mix before mastering.
    """

    mix: Samples
    stems: dict[str, Samples]
    bpm: float
    key: int
    sections: list[tuple[str, float]]


def render(spec: PieceSpec) -> Rendering:
    """Compose and render a piece; equal specs give equal samples.

    Raises:
        KeyError: the style is not one of ``STYLES``.
    """
    piece = STYLES[spec.style](spec)
    stems = mix_stems(piece)
    finished = master(np.sum(list(stems.values()), axis=0), piece.sound)
    starts = [(s.name, round(s.start * piece.beat_s, 3)) for s in piece.sections]
    return Rendering(
        np.ascontiguousarray(finished.T),
        {name: np.ascontiguousarray(x.T) for name, x in stems.items()},
        spec.bpm,
        spec.key,
        starts,
    )


def mix_stems(piece: Arrangement) -> dict[str, Samples]:
    """Every stem (2, n), wet, balanced, with a common scale that keeps their sum below 0 dBFS."""
    n = count(piece.seconds)
    kicks = [
        round(h.start * piece.beat_s * SR)
        for h in piece.hits
        if h.voice == "kick" and h.velocity > 0.3
    ]
    stems = {"drums": _drums(piece, n), "fx": _effects(piece, n)}
    for stem in STEMS:
        if stem not in stems:
            stems[stem] = _stem(piece, stem, n, kicks)
    for name, aim in piece.sound.balance.items():
        stems[name] *= np.float32(10 ** ((aim - loudness(stems[name])) / 20))
    shape = _shape(piece, n)
    for name in ("drums", "bass", "harmony", "melody"):
        stems[name] *= shape
    if piece.sound.wow:
        for name in ("harmony", "melody"):
            stems[name] = wow(stems[name], piece.sound.wow, piece.spec.seed)
    peak = float(np.abs(np.sum(list(stems.values()), axis=0)).max())
    scale = np.float32(0.89 / max(peak, 1e-6))
    # The very last moment is silence, so that nothing is cut off and nothing is faded.
    ending = swell(n, 0.0005, 0.25)
    return {name: stems[name] * scale * ending for name in STEMS}


def _shape(piece: Arrangement, n: int) -> Samples:
    """Verses a little below hooks, so that a hook arrives."""
    times = [s.start * piece.beat_s + edge for s in piece.sections for edge in (0.0, 0.03)]
    gains = [_LEVEL.get(s.name, 1.0) for s in piece.sections]
    before = [gains[0], *gains[:-1]]
    points = [g for pair in zip(before, gains, strict=True) for g in pair]
    return np.interp(np.arange(n) / SR, times, points).astype(np.float32)


def _place(bus: Samples, at: int, x: Samples, gain: float, pan: float = 0.0) -> None:
    """Add a sound to a stereo bus with equal-power panning."""
    room_left = bus.shape[-1] - at
    if at < 0 or room_left <= 0:
        return
    left = np.float32(gain * np.sqrt(1 - pan))
    right = np.float32(gain * np.sqrt(1 + pan))
    piece = x[..., :room_left]
    end = at + piece.shape[-1]
    bus[0, at:end] += left * (piece if piece.ndim == 1 else piece[0])
    bus[1, at:end] += right * (piece if piece.ndim == 1 else piece[1])


def _drums(piece: Arrangement, n: int) -> Samples:
    bus = np.zeros((2, n), dtype=np.float32)
    turns: dict[str, int] = {}
    for hit in piece.hits:
        strike = piece.kit[hit.voice]
        turn = turns[hit.voice] = turns.get(hit.voice, -1) + 1
        take = strike.takes[turn % len(strike.takes)]
        at = round(hit.start * piece.beat_s * SR)
        _place(bus, at, take, strike.gain * hit.velocity, strike.pan)
    if not piece.hits:
        return bus
    driven = drive(bus, piece.sound.drum_drive)
    return chain(driven, biquad("highpass", 30.0), biquad("lowpass", piece.sound.drum_top_hz))


def _effects(piece: Arrangement, n: int) -> Samples:
    bus = np.zeros((2, n), dtype=np.float32)
    for effect in piece.effects:
        _place(bus, round(effect.start * piece.beat_s * SR), effect.samples, effect.gain)
    return bus


def _line(piece: Arrangement, part: Part, n: int) -> Samples:
    """One part, dry."""
    bus = np.zeros((2, n), dtype=np.float32)
    for note in part.notes:
        tone = part.voice(note, note.length * piece.beat_s)
        _place(bus, round(note.start * piece.beat_s * SR), tone, part.gain, part.place.pan)
    for move in part.sweeps:
        first, last = (min(n, round(b * piece.beat_s * SR)) for b in (move.start, move.end))
        if last > first:
            path = np.geomspace(move.from_hz, move.to_hz, last - first)
            bus[:, first:last] = sweep(bus[:, first:last], path, move.kind)
    return bus


def _stem(piece: Arrangement, stem: str, n: int, kicks: list[int]) -> Samples:
    """Mix the parts of a stem with their echoes, ducking and the room they share."""
    dry = np.zeros((2, n), dtype=np.float32)
    send = np.zeros((2, n), dtype=np.float32)
    repeats = np.zeros((2, n), dtype=np.float32)
    holes: dict[float, Samples] = {}
    for part in (p for p in piece.parts if p.stem == stem and p.notes):
        line = _line(piece, part, n)
        if part.place.duck and kicks:
            if part.place.duck not in holes:
                holes[part.place.duck] = ducking(n, kicks, part.place.duck)
            line *= holes[part.place.duck]
        dry += line
        if part.place.reverb:
            send += np.float32(part.place.reverb) * line
        if part.place.delay:
            repeats += np.float32(part.place.delay) * line
    if repeats.any():
        wet = echo(repeats, piece.sound.delay_beats * piece.beat_s)
        dry += wet
        send += np.float32(0.25) * wet
    if send.any():
        dry += reverberate(send, room(piece.sound.room_s, piece.sound.room_hz))
    return dry
