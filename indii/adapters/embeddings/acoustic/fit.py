"""Re-create `constants-v1.json` from labelled sounds.

    python -m indii.adapters.embeddings.acoustic.fit some.module:sounds --about "seeds 5000-5099"

`some.module:sounds` is a callable that takes nothing and yields labelled sounds; it is named on
the command line because an adapter must not import a room. Fit on other seeds than those that
are evaluated. New constants are a new model version: every stored vector must be made again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indii.adapters.embeddings.acoustic.constants import PATH, Confidence, Constants, to_json
from indii.adapters.embeddings.acoustic.features import WEIGHTS, describe
from indii.adapters.embeddings.acoustic.spectra import RATE
from indii.adapters.embeddings.labelled import LabelledSound
from indii.adapters.embeddings.metrics import is_same_tempo

VERSION = "1"
_SMALLEST_SPREAD = 1e-4
_RIDGE = 0.002
_TWIN_EVERY = 3


def fit(sounds: Iterable[LabelledSound], about: str) -> Constants:
    """Mean and spread of every feature, and confidences calibrated on right and wrong answers."""
    rows, sizes = [], {}
    bpm: list[tuple[NDArray[np.float32], bool]] = []
    key: list[tuple[NDArray[np.float32], bool]] = []
    for number, sound in enumerate(sounds):
        samples = sound.pcm(RATE)
        features = describe(samples)
        sizes = {name: features.groups[name].size for name in WEIGHTS}
        rows.append(np.concatenate([features.groups[name] for name in WEIGHTS]))
        tempo, tonality = features.tempo, features.tonality
        if sound.bpm is not None:
            bpm.append((tempo.evidence, is_same_tempo(tempo.bpm, sound.bpm)))
        if number % _TWIN_EVERY == 0:
            bpm.append((describe(without_events(samples)).tempo.evidence, False))
        if sound.key is not None:
            key.append((tonality.evidence, tonality.key == sound.key))
    table = np.array(rows, dtype=np.float64)
    return Constants(
        version=VERSION,
        fitted_on=about,
        sizes=sizes,
        mean=table.mean(axis=0),
        std=np.maximum(table.std(axis=0), _SMALLEST_SPREAD),
        bpm=calibrate(*_columns(bpm)),
        key=calibrate(*_columns(key)),
    )


def without_events(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scramble the phases: the same spectrum with nothing left to tap to.

    Without such twins a corpus where every piece has a beat teaches that noise has one too.
    """
    spectrum = np.abs(np.fft.rfft(samples))
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, spectrum.size)
    return np.fft.irfft(spectrum * np.exp(1j * angle), samples.size).astype(np.float32)


def _columns(
    answers: list[tuple[NDArray[np.float32], bool]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    evidence = np.array([e for e, _ in answers], dtype=np.float64)
    return evidence, np.array([right for _, right in answers], dtype=np.float64)


def calibrate(evidence: NDArray[np.float64], right: NDArray[np.float64]) -> Confidence:
    """Logistic regression by Newton's method, with a small ridge so that it always converges."""
    centre, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    inputs = np.column_stack([np.ones(len(evidence)), (evidence - centre) / spread])
    penalty = _RIDGE * len(evidence) * np.diag([0.0] + [1.0] * evidence.shape[1])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - right) + penalty @ weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + penalty
        weights -= np.linalg.solve(curve + 1e-9 * np.eye(len(curve)), slope)
    slopes = weights[1:] / spread
    bias = float(weights[0] - slopes @ centre)
    return Confidence(round(bias, 4), tuple(round(float(s), 4) for s in slopes))


def main(argv: list[str] | None = None) -> int:
    """Fit on the named sounds and write the constants."""
    parser = argparse.ArgumentParser(description="Re-create the constants of acoustic-v1.")
    parser.add_argument("sounds", help="module:callable that yields labelled sounds")
    parser.add_argument("--about", required=True, help="what it was fitted on, kept in the file")
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(argv)
    module, _, name = options.sounds.partition(":")
    constants = fit(getattr(import_module(module), name)(), options.about)
    text = json.dumps(to_json(constants), indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{options.out}: {constants.mean.size} features of {constants.fitted_on}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
