"""The measure itself: definitions, chance, and that a better model scores better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from indii.adapters.embeddings import librosa_model, metrics
from indii.adapters.embeddings.acoustic.fit import calibrate, fit
from indii.adapters.embeddings.acoustic.model import AcousticModel
from indii.adapters.embeddings.evaluate import EDITS, evaluate
from indii.ports.errors import PortError
from tests.unit.adapters.embeddings import sounds


@dataclass(frozen=True)
class Labelled:
    genre: str
    bpm: float | None
    key: int | None
    samples: sounds.F32

    def pcm(self, rate: int, /) -> sounds.F32:
        assert rate == sounds.RATE
        return self.samples


def corpus() -> list[Labelled]:
    clicks = [Labelled("clicks", bpm, None, sounds.clicks(bpm, 10)) for bpm in (80, 120)]
    tunes = [Labelled("ambient", 60, k, sounds.cadence(k)) for k in (0, 5, 14, 21)]
    return [*clicks, *tunes]


@pytest.mark.parametrize(
    ("heard", "true", "score"),
    [(0, 0, 1), (7, 0, 0.5), (5, 0, 0.5), (21, 0, 0.3), (0, 21, 0.3), (12, 0, 0.2), (2, 0, 0)],
)
def test_key_score_is_that_of_mirex(heard: int, true: int, score: float) -> None:
    assert metrics.key_score(heard, true) == score


def test_tempo_accuracies() -> None:
    assert metrics.is_same_tempo(123, 120)
    assert not metrics.is_same_tempo(126, 120)
    assert metrics.is_same_tempo_or_octave(60.5, 120)
    assert not metrics.is_same_tempo_or_octave(90, 120)


def test_retrieval_of_perfect_and_mixed_spaces() -> None:
    perfect = np.repeat(np.eye(2, dtype=np.float32), 6, axis=0)
    labels = ["a"] * 6 + ["b"] * 6
    assert metrics.retrieval(perfect, labels) == (1.0, 1.0)
    p5, average = metrics.retrieval(perfect, ["a", "b"] * 6)
    assert p5 < 0.6
    assert average < 0.6


def test_scores_of_the_acoustic_ear_beat_chance() -> None:
    acoustic, chance = evaluate([AcousticModel()], iter(corpus()), edits=EDITS)
    assert acoustic.sounds == chance.sounds == 6
    assert acoustic.bpm_accuracy_1 == 1.0
    assert acoustic.key_exact == 1.0
    assert acoustic.recognised.keys() == EDITS.keys()
    assert acoustic.key_mirex > chance.key_mirex
    assert acoustic.mean_average_precision > chance.mean_average_precision
    assert acoustic.cpu_ms_per_sound > 0


def test_librosa_is_optional_and_says_so() -> None:
    if librosa_model.is_installed():
        pytest.skip("librosa is here")
    with pytest.raises(PortError, match="extra `eval`"):
        librosa_model.LibrosaModel()


def test_fit_makes_constants_that_an_ear_can_use() -> None:
    constants = fit(iter(corpus()), "a test")
    assert constants.fitted_on == "a test"
    model = AcousticModel(constants)
    vector = model.analyse(sounds.of(sounds.beat()), ["acoustic-v1"]).vectors["acoustic-v1"]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_calibration_recovers_a_known_curve() -> None:
    rng = np.random.default_rng(0)
    evidence = rng.uniform(0, 1, (4000, 1))
    truth = 1 / (1 + np.exp(-(8 * evidence[:, 0] - 4)))
    curve = calibrate(evidence, (rng.random(4000) < truth).astype(float))
    for x in (0.2, 0.5, 0.8):
        assert curve.of([x]) == pytest.approx(1 / (1 + np.exp(-(8 * x - 4))), abs=0.06)
