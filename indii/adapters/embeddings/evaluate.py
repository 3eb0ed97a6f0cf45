"""Hold embedding models to labelled sounds: rendered once, for every model and for chance.

Figures on composed sounds catch regressions and compare methods; they are no claim about how
a model does on real music.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from time import process_time
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from indii.adapters.embeddings import metrics
from indii.adapters.embeddings.labelled import LabelledSound
from indii.ports.embeddings import KEY_COUNT, Embeddings, PcmSource, SoundFacts

T = TypeVar("T")

Edit = Callable[[PcmSource], PcmSource]
"""Turns a sound into the same sound handled roughly."""

BEATLESS: Final = frozenset({"ambient"})
"""Styles whose tempo is nominal: nobody could tap to them, so BPM is not asked of them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one model did; every share is 0..1, unanswered questions count as wrong."""

    name: str
    sounds: int
    precision_at_5: float
    mean_average_precision: float
    bpm_accuracy_1: float
    bpm_accuracy_2: float
    bpm_answered: float
    key_exact: float
    key_mirex: float
    key_answered: float
    recognised: Mapping[str, float]
    cpu_ms_per_sound: float


@dataclass(slots=True)
class _Answers:
    """What one model answered so far."""

    vectors: list[NDArray[np.float32]] = field(default_factory=list)
    facts: list[SoundFacts] = field(default_factory=list)
    edited: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Truth:
    genre: str
    bpm: float | None
    key: int | None


def evaluate(
    candidates: Sequence[Embeddings],
    sounds: Iterable[LabelledSound],
    *,
    edits: Mapping[str, Edit] | None = None,
    beatless: Collection[str] = BEATLESS,
) -> list[Score]:
    """Score each candidate's default model, in order, and chance last; `sounds` is read once."""
    sheets = [_Answers() for _ in candidates]
    truths = []
    for sound in sounds:
        source = cache(sound.pcm)
        bpm = None if sound.genre in beatless else sound.bpm
        truths.append(_Truth(sound.genre, bpm, sound.key))
        for candidate, sheet in zip(candidates, sheets, strict=True):
            _listen(candidate, sheet, source, edits or {})
    scores = [
        _score(candidate.models[0].name, sheet, truths)
        for candidate, sheet in zip(candidates, sheets, strict=True)
    ]
    return [*scores, chance(truths)]


def _listen(
    candidate: Embeddings, sheet: _Answers, source: PcmSource, edits: Mapping[str, Edit]
) -> None:
    model = candidate.models[0].name
    rendering = 0.0

    def timed(rate: int) -> NDArray[np.float32]:
        nonlocal rendering
        started = process_time()
        samples = source(rate)
        rendering += process_time() - started
        return samples

    started = process_time()
    hearing = candidate.analyse(timed, [model])
    sheet.seconds.append(process_time() - started - rendering)
    sheet.vectors.append(hearing.vectors[model])
    sheet.facts.append(hearing.facts)
    for name, edit in edits.items():
        vector = candidate.analyse(edit(source), [model]).vectors[model]
        sheet.edited.setdefault(name, []).append(vector)


def _score(name: str, sheet: _Answers, truths: Sequence[_Truth]) -> Score:
    stored = np.array(sheet.vectors)
    p5, average = metrics.retrieval(stored, [t.genre for t in truths])
    tempi = [(f.bpm, t.bpm) for f, t in zip(sheet.facts, truths, strict=True) if t.bpm is not None]
    keys = [(f.key, t.key) for f, t in zip(sheet.facts, truths, strict=True) if t.key is not None]
    return Score(
        name=name,
        sounds=len(truths),
        precision_at_5=p5,
        mean_average_precision=average,
        bpm_accuracy_1=_share(h is not None and metrics.is_same_tempo(h, t) for h, t in tempi),
        bpm_accuracy_2=_share(
            h is not None and metrics.is_same_tempo_or_octave(h, t) for h, t in tempi
        ),
        bpm_answered=_share(h is not None for h, _ in tempi),
        key_exact=_share(h == t for h, t in keys),
        key_mirex=_share(0.0 if h is None else metrics.key_score(h, t) for h, t in keys),
        key_answered=_share(h is not None for h, _ in keys),
        recognised={n: metrics.recognised(stored, np.array(e)) for n, e in sheet.edited.items()},
        cpu_ms_per_sound=1000 * float(np.median(sheet.seconds)),
    )


def _share(values: Iterable[float]) -> float:
    listed = list(values)
    return float(np.mean(listed)) if listed else 0.0


def chance(truths: Sequence[_Truth]) -> Score:
    """Score what needs no model: random vectors, and the best single answer for BPM and key."""
    genres = [t.genre for t in truths]
    tempi = [t.bpm for t in truths if t.bpm is not None]
    keys = [t.key for t in truths if t.key is not None]
    draws = [metrics.retrieval(_random_rows(len(truths), seed), genres) for seed in range(20)]
    p5, average = np.mean(draws, axis=0)
    return Score(
        name="chance",
        sounds=len(truths),
        precision_at_5=float(p5),
        mean_average_precision=float(average),
        bpm_accuracy_1=_best(tempi, tempi, metrics.is_same_tempo),
        bpm_accuracy_2=_best(tempi, tempi, metrics.is_same_tempo_or_octave),
        bpm_answered=1.0,
        key_exact=_best(range(KEY_COUNT), keys, lambda guess, true: guess == true),
        key_mirex=_best(range(KEY_COUNT), keys, metrics.key_score),
        key_answered=1.0,
        recognised={},
        cpu_ms_per_sound=0.0,
    )


def _best(guesses: Iterable[T], truths: Sequence[T], score: Callable[[T, T], float]) -> float:
    return max((_share(score(g, t) for t in truths) for g in guesses), default=0.0)


def _random_rows(count: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def trimmed_and_quieter(source: PcmSource) -> PcmSource:
    """Play the same piece, cut 1.3 s into the start and 6 dB softer."""

    def edited(rate: int) -> NDArray[np.float32]:
        return np.asarray(0.5 * source(rate)[int(1.3 * rate) :], dtype=np.float32)

    return edited


def low_passed(source: PcmSource) -> PcmSource:
    """Play the same piece without anything above 10.5 kHz, as an encoder at 64 kbit/s leaves it."""

    def edited(rate: int) -> NDArray[np.float32]:
        samples = source(rate)
        spectrum = np.fft.rfft(samples)
        spectrum[int(10_500 * samples.size / rate) :] = 0
        return np.fft.irfft(spectrum, samples.size).astype(np.float32)

    return edited


EDITS: Final[Mapping[str, Edit]] = {
    "trimmed 1.3 s, -6 dB": trimmed_and_quieter,
    "low-passed at 10.5 kHz": low_passed,
}
"""Edits that need no encoder."""
