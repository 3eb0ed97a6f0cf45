"""Measures of an embedding model: retrieval by style, tempo and key; plain functions on arrays.

Definitions: tempo accuracy 1 and 2 (Gouyon et al. 2006, 4 % tolerance), key score of MIREX
(1 exact, 0.5 a fifth, 0.3 relative, 0.2 parallel), P@5 and mean average precision over all
other sounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

TEMPO_TOLERANCE: Final = 0.04
OCTAVES: Final = (1.0, 2.0, 0.5, 3.0, 1 / 3)


def is_same_tempo(heard: float, true: float) -> bool:
    """Accuracy 1: within 4 %."""
    return abs(heard / true - 1) < TEMPO_TOLERANCE


def is_same_tempo_or_octave(heard: float, true: float) -> bool:
    """Accuracy 2: within 4 % of the tempo, its double, half, triple or third."""
    return any(is_same_tempo(heard, true * factor) for factor in OCTAVES)


def key_score(heard: int, true: int) -> float:
    """Give the MIREX score of a key, 0..1."""
    if heard == true:
        return 1.0
    tonic, true_tonic = heard % 12, true % 12
    if heard // 12 == true // 12:
        return 0.5 if (tonic - true_tonic) % 12 in (5, 7) else 0.0
    if tonic == true_tonic:
        return 0.2
    major, minor = (tonic, true_tonic) if heard < 12 else (true_tonic, tonic)
    return 0.3 if (major - minor) % 12 == 3 else 0.0


def retrieval(vectors: NDArray[np.float32], labels: Sequence[str]) -> tuple[float, float]:
    """(P@5, mean average precision) of unit rows: does a sound find its own kind?"""
    names = np.asarray(labels)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    firsts, averages = [], []
    for i, row in enumerate(likeness):
        order = np.argsort(-row, kind="stable")[:-1]
        hits = names[order] == names[i]
        if not hits.any():
            continue
        precision = np.cumsum(hits) / np.arange(1, hits.size + 1)
        firsts.append(hits[:5].mean())
        averages.append(precision[hits].mean())
    return float(np.mean(firsts)), float(np.mean(averages))


def recognised(stored: NDArray[np.float32], edited: NDArray[np.float32]) -> float:
    """Share of edited copies (row by row) whose nearest stored sound is their own original."""
    nearest = (edited @ stored.T).argmax(axis=1)
    return float(np.mean(nearest == np.arange(len(edited))))
