"""How an instrument is played: caching of rendered tones, velocity layers, gates and releases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from indii.demo.synth.score import Note, Samples
from indii.demo.synth.tones import count, hz, swell


def _layer(velocity: float, layers: int) -> float:
    """Round to one of a few velocities that sound different, not only louder."""
    return (min(layers - 1, int(velocity * layers)) + 0.6) / layers


@dataclass
class Ringing:
    """Struck or plucked: ``make(hz, strength)`` rings by itself and is damped when released."""

    make: Callable[[float, float], Samples]
    release_s: float = 0.12
    _tones: dict[tuple[int, float], Samples] = field(default_factory=dict)

    def __call__(self, note: Note, gate_s: float) -> Samples:
        """Play a note, damped after its gate."""
        at = (note.pitch, _layer(note.velocity, 3))
        if at not in self._tones:
            self._tones[at] = self.make(hz(at[0]), at[1])
        tone = self._tones[at]
        n = min(tone.shape[-1], count(gate_s + self.release_s))
        damped = tone[..., :n] * np.float32(note.velocity)
        fall = min(n, count(self.release_s))
        damped[..., n - fall :] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2
        return damped


@dataclass
class Held:
    """Bowed, blown or synthesised: ``make(hz, seconds, strength)`` lasts as long as its note."""

    make: Callable[[float, float, float], Samples]
    attack_s: float = 0.02
    release_s: float = 0.2
    _tones: dict[tuple[int, int, float], Samples] = field(default_factory=dict)

    def __call__(self, note: Note, gate_s: float) -> Samples:
        """Play a note with its rise and fall."""
        ticks = max(1, round(gate_s * 50))
        at = (note.pitch, ticks, _layer(note.velocity, 2))
        if at not in self._tones:
            seconds = ticks / 50 + self.release_s
            raw = self.make(hz(at[0]), seconds, at[2])
            self._tones[at] = raw * swell(raw.shape[-1], self.attack_s, self.release_s)
        return self._tones[at] * np.float32(note.velocity)


@dataclass
class Gliding:
    """Basses that may slide: ``make(hz, hz at the end, seconds, strength)``."""

    make: Callable[[float, float, float, float], Samples]
    release_s: float = 0.06
    _tones: dict[tuple[int, int, int], Samples] = field(default_factory=dict)

    def __call__(self, note: Note, gate_s: float) -> Samples:
        """Play a note, sliding to ``note.glide`` when it has one."""
        ticks = max(2, round(gate_s * 50))
        end = note.glide if note.glide is not None else note.pitch
        at = (note.pitch, end, ticks)
        if at not in self._tones:
            raw = self.make(hz(note.pitch), hz(end), ticks / 50 + self.release_s, 0.8)
            self._tones[at] = raw * swell(raw.shape[-1], 0.001, self.release_s)
        return self._tones[at] * np.float32(note.velocity)
