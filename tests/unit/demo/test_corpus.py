"""The evaluation corpus: labelled, repeatable, varied."""

from __future__ import annotations

import itertools

import numpy as np

from indii.demo.corpus import RATE, TEMPI, corpus, labelled
from indii.demo.synth import STYLES


def test_pieces_are_repeatable_and_labelled() -> None:
    first, again = labelled("trap", 1, 6.0), labelled("trap", 1, 6.0)
    assert np.array_equal(first.samples, again.samples)
    assert first.samples.dtype == np.float32
    assert len(first.samples) == 6 * RATE
    assert 0.2 < np.abs(first.samples).max() <= 1.1
    assert 0 <= first.key < 24
    assert "drums" in first.instruments


def test_every_genre_comes_round() -> None:
    pieces = list(itertools.islice(corpus(1, 2.0), len(STYLES)))
    assert [p.genre for p in pieces] == list(STYLES)
    for piece in pieces:
        low, high = TEMPI[piece.genre]
        assert 0.96 * low <= piece.bpm <= 1.04 * high
        assert float(piece.samples.std()) > 0.005
