"""The instruments by name, with the level at which each sits right beside the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indii.demo.synth import basses, keys, pads
from indii.demo.synth.score import Voice
from indii.demo.synth.voices import Gliding, Held, Ringing


@dataclass(frozen=True)
class Instrument:
    """How to get a fresh player, its level, and whether its tones last."""

    player: Callable[[], Voice]
    level: float
    sustained: bool = False


INSTRUMENTS: dict[str, Instrument] = {
    "rhodes": Instrument(lambda: Ringing(keys.rhodes, 0.18), 1.0),
    "piano": Instrument(lambda: Ringing(keys.piano, 0.15), 1.15),
    "felt": Instrument(lambda: Ringing(keys.felt, 0.25), 1.2),
    "guitar": Instrument(lambda: Ringing(keys.guitar, 0.2), 1.1),
    "muted guitar": Instrument(lambda: Ringing(keys.muted_guitar, 0.06), 1.1),
    "bell": Instrument(lambda: Ringing(keys.bell, 0.6), 0.85),
    "kalimba": Instrument(lambda: Ringing(keys.kalimba, 0.4), 1.2),
    "marimba": Instrument(lambda: Ringing(keys.marimba, 0.4), 1.2),
    "vibes": Instrument(lambda: Ringing(keys.vibes, 0.4), 0.95),
    "pluck": Instrument(lambda: Ringing(keys.pluck, 0.2), 1.1),
    "organ": Instrument(lambda: Ringing(keys.organ, 0.08), 0.8),
    "stab": Instrument(lambda: Ringing(keys.stab, 0.12), 1.1),
    "house piano": Instrument(lambda: Ringing(keys.house_piano, 0.12), 1.0),
    "music box": Instrument(lambda: Ringing(keys.music_box, 0.6), 0.85),
    "pad": Instrument(lambda: Held(pads.warm_pad, 0.18, 0.5), 0.75, True),
    "glass": Instrument(lambda: Held(pads.glass_pad, 0.35, 0.9), 0.8, True),
    "strings": Instrument(lambda: Held(pads.strings, 0.12, 0.35), 0.62, True),
    "choir": Instrument(lambda: Held(pads.choir, 0.16, 0.4), 0.75, True),
    "vox": Instrument(lambda: Held(pads.vox, 0.03, 0.15), 0.8, True),
    "flute": Instrument(lambda: Held(pads.flute, 0.03, 0.12), 0.95, True),
    "brass": Instrument(lambda: Held(pads.brass, 0.03, 0.12), 0.75, True),
    "supersaw": Instrument(lambda: Held(pads.super_saw, 0.01, 0.25), 0.6, True),
    "synth lead": Instrument(lambda: Held(pads.soft_lead, 0.008, 0.12), 0.8, True),
    "drone": Instrument(lambda: Held(pads.drone, 1.2, 2.0), 0.7, True),
    "808": Instrument(lambda: Gliding(basses.eight_oh_eight, 0.06), 1.0, True),
    "sub": Instrument(lambda: Gliding(basses.sub, 0.06), 1.0, True),
    "reese": Instrument(lambda: Gliding(basses.reese, 0.05), 0.9, True),
    "upright": Instrument(lambda: Ringing(basses.upright, 0.09), 1.1),
    "finger bass": Instrument(lambda: Ringing(basses.finger, 0.07), 1.0),
    "rubber bass": Instrument(lambda: Ringing(basses.rubber, 0.05), 0.95),
    "log drum": Instrument(lambda: Ringing(basses.log_drum, 0.08), 1.0),
    "pulse bass": Instrument(lambda: Ringing(basses.pulse, 0.04), 0.95),
}


def player(name: str) -> Voice:
    """Hire a fresh player of an instrument.

    Raises:
        KeyError: no instrument has this name.
    """
    return INSTRUMENTS[name].player()


def gain(name: str, wanted: float) -> float:
    """Correct a mixing gain by the instrument's own level."""
    return wanted * INSTRUMENTS[name].level
