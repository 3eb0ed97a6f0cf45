"""Why two recordings are called similar: sentences from measured numbers, never from taste."""

from collections.abc import Sequence
from dataclasses import dataclass

from indii.kernel.music_keys import camelot, compatible

# A difference below these is one that listeners hardly name; units are those of `SoundFacts`.
CLOSE_BPM = 6.0
CLOSE_SHARE = 0.08
# Tags that name an instrument, as a sentence names it; any other tag is said to be a tag.
INSTRUMENTS = {"808": "808s"} | {
    name: name
    for name in (
        "bells", "choir", "congas", "flute", "guitar", "horns", "house piano", "felt piano",
        "kalimba", "log drum", "marimba", "music box", "organ", "pads", "piano", "rhodes",
        "sliding bass", "strings", "synth", "synth lead", "upright bass", "vocal chops",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traits:
    """The measured facts of one recording; shares are 0..1."""

    bpm: float | None
    key: int | None
    energy: float
    brightness: float
    low_end: float
    density: float
    tags: Sequence[str] = ()


def why(a: Traits, b: Traits) -> str:
    """Return why `b` is near `a`, at most three reasons; the overall sound if none else holds."""
    reasons = [r for r in (_key(a, b), _bpm(a, b), _tags(a, b), *_shares(a, b)) if r]
    if not reasons:
        return "similar overall sound"
    return ", ".join(reasons[:3])


def _key(a: Traits, b: Traits) -> str:
    if a.key is None or b.key is None:
        return ""
    if a.key == b.key:
        return f"same key ({camelot(a.key)})"
    return f"compatible key ({camelot(b.key)})" if b.key in compatible(a.key) else ""


def _bpm(a: Traits, b: Traits) -> str:
    if a.bpm is None or b.bpm is None:
        return ""
    for factor, words in ((1.0, ""), (2.0, " at double time"), (0.5, " at half time")):
        apart = abs(a.bpm * factor - b.bpm)
        if apart <= CLOSE_BPM:
            return f"{'same tempo' if apart < 0.5 else f'{apart:.0f} bpm apart'}{words}"
    return ""


def _tags(a: Traits, b: Traits) -> str:
    shared = [tag for tag in a.tags if tag in set(b.tags)]
    if used := [INSTRUMENTS[tag] for tag in shared if tag in INSTRUMENTS]:
        return f"both use {' and '.join(used[:2])}"
    return f"both tagged {' and '.join(shared[:2])}" if shared else ""


def _shares(a: Traits, b: Traits) -> list[str]:
    """Return what both have much or little of: only where the two really agree."""
    found: list[tuple[float, str]] = []
    for x, y, much, little in (
        (a.low_end, b.low_end, "heavy low end", "light low end"),
        (a.brightness, b.brightness, "bright", "dark in tone"),
        (a.density, b.density, "busy rhythm", "sparse rhythm"),
        (a.energy, b.energy, "loud and full", "quiet"),
    ):
        middle = (x + y) / 2
        if abs(x - y) <= CLOSE_SHARE and abs(middle - 0.5) > 0.15:
            found.append((abs(middle - 0.5), much if middle > 0.5 else little))
    return [word for _, word in sorted(found, reverse=True)]
