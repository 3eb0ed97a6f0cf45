"""The acoustic model on sounds with a known answer, on handled copies and on hostile input."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indii.adapters.embeddings.acoustic import spectra
from indii.adapters.embeddings.acoustic.constants import from_json, shipped_constants, to_json
from indii.adapters.embeddings.acoustic.features import WEIGHTS, describe
from indii.adapters.embeddings.acoustic.model import MODEL, AcousticModel
from indii.adapters.embeddings.acoustic.selftest import run
from indii.ports.embeddings import AudioAnalysis
from indii.ports.errors import AudioRefused, PortError
from tests.unit.adapters.embeddings import sounds

MODEL_NAME = AcousticModel()


def hear(samples: sounds.F32) -> AudioAnalysis:
    return MODEL_NAME.analyse(sounds.of(samples), [MODEL])


def closeness(one: sounds.F32, other: sounds.F32) -> float:
    return float(hear(one).vectors[MODEL] @ hear(other).vectors[MODEL])


@pytest.mark.parametrize("bpm", [72.0, 84.5, 90.0, 100.0, 118.3, 128.0, 140.0, 150.0])
def test_clicks_have_their_tempo(bpm: float) -> None:
    facts = hear(sounds.clicks(bpm)).facts
    assert facts.bpm == pytest.approx(bpm, rel=0.01)
    assert facts.bpm_confidence > 0.8


@pytest.mark.parametrize("bpm", [90, 100, 119.3, 120, 133.7, 140, 160])
def test_a_tempo_is_read_to_a_twentieth_of_a_percent(bpm: float) -> None:
    # Whole autocorrelation lags would say 160.3 for 160, and a producer would see it.
    assert hear(sounds.clicks(bpm, seconds=30.0)).facts.bpm == pytest.approx(bpm, rel=5e-4)


@pytest.mark.parametrize("bpm", [60.0, 174.0, 200.0])
def test_extreme_clicks_keep_their_tempo_up_to_an_octave(bpm: float) -> None:
    heard = hear(sounds.clicks(bpm)).facts.bpm
    assert heard is not None
    assert min(abs(heard * k / bpm - 1) for k in (0.5, 1, 2)) < 0.01


@pytest.mark.parametrize("key", range(24))
def test_cadences_have_their_key(key: int) -> None:
    facts = hear(sounds.cadence(key)).facts
    assert facts.key == key
    assert facts.key_confidence > 0.5


@pytest.mark.parametrize("cents", [-40, -20, 25, 45])
def test_key_survives_another_tuning(cents: int) -> None:
    samples = sounds.cadence(21)
    at = np.arange(0, samples.size - 1, 2 ** (cents / 1200))
    tuned = np.interp(at, np.arange(samples.size), samples).astype(np.float32)
    assert hear(tuned).facts.key == 21


def test_noise_has_neither_beat_nor_key() -> None:
    for seed in range(4):
        noise = np.random.default_rng(seed).standard_normal(20 * sounds.RATE).astype(np.float32)
        facts = hear(0.1 * noise).facts
        assert facts.bpm is None
        assert facts.bpm_confidence < 0.5
        assert facts.key is None


def test_a_held_chord_has_no_beat() -> None:
    time_s = np.arange(20 * sounds.RATE) / sounds.RATE
    held = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220, 261.63, 329.63))
    assert hear(np.asarray(0.1 * held, np.float32)).facts.bpm is None


def test_loudness_changes_nothing() -> None:
    loud = sounds.beat()
    soft = hear((0.01 * loud).astype(np.float32))
    assert closeness(loud, (0.01 * loud).astype(np.float32)) > 0.9999
    assert soft.facts.bpm == hear(loud).facts.bpm
    assert soft.facts.energy == pytest.approx(hear(loud).facts.energy, abs=1e-3)


@pytest.mark.parametrize("offset", [0.2, -0.5])
def test_dc_changes_nothing(offset: float) -> None:
    samples = sounds.beat()
    assert closeness(samples, samples + np.float32(offset)) > 0.99


@pytest.mark.parametrize("hz", [10_500, 10_100])
def test_a_low_passed_copy_stays_beside_its_master(hz: float) -> None:
    samples = sounds.beat()
    assert closeness(samples, sounds.without_top(samples, hz)) > 0.98


def test_a_trimmed_copy_is_nearer_than_any_other_piece() -> None:
    pieces = [sounds.beat(bpm, seed=i) for i, bpm in enumerate((88, 96, 104, 120, 132))]
    trimmed = (0.5 * pieces[1][int(1.3 * sounds.RATE) :]).astype(np.float32)
    likeness = [closeness(trimmed, p) for p in pieces]
    assert int(np.argmax(likeness)) == 1
    assert likeness[1] > 0.9


def test_a_pause_inside_changes_little() -> None:
    samples = sounds.beat(seconds=60)
    paused = np.concatenate([samples, np.zeros(30 * sounds.RATE, np.float32)])
    assert closeness(samples, paused) > 0.9


def test_facts_order_sounds_as_people_would() -> None:
    rng = np.random.default_rng(5)
    hiss = np.diff(rng.standard_normal(12 * sounds.RATE)).astype(np.float32)
    bass = sounds.without_top(hiss, 110)
    assert hear(hiss).facts.brightness > 0.9
    assert hear(bass).facts.low_end > 0.8 > 0.2 > hear(hiss).facts.low_end
    busy, sparse = hear(sounds.clicks(200)).facts, hear(sounds.clicks(60)).facts
    assert busy.density > sparse.density


def test_bands_peak_where_the_sound_is() -> None:
    time_s = np.arange(10 * sounds.RATE) / sounds.RATE
    low = hear(np.sin(2 * np.pi * 100 * time_s).astype(np.float32)).facts.bands
    high = hear(np.sin(2 * np.pi * 8000 * time_s).astype(np.float32)).facts.bands
    assert max(low) == max(high) == 255
    assert low.index(255) < 5
    assert high.index(255) > 50


def test_an_hour_costs_no_more_than_four_minutes() -> None:
    hour = np.tile(sounds.beat(seconds=60), 60)
    started = time.process_time()
    tracemalloc.start()
    hear(hour)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # the hour itself, not counted here, is 318 MB
    assert time.process_time() - started < 10  # traced, on a slow and busy machine


def test_windows_follow_the_rule() -> None:
    rng = np.random.default_rng(1)
    for seconds, count, length in ((10, 1, 10), (45, 2, 22.5), (240, 8, 30), (600, 8, 30)):
        samples = rng.standard_normal(int(seconds * sounds.RATE)).astype(np.float32)
        windows = spectra.heard_windows(samples)
        assert len(windows) == count
        assert all(abs(w.size / sounds.RATE - length) < 0.01 for w in windows)


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.9, 6.0])
def test_short_sounds_are_heard(seconds: float) -> None:
    vector = hear(sounds.beat()[: int(seconds * sounds.RATE) + 1]).vectors[MODEL]
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_too_short_for_a_beat_says_no_bpm() -> None:
    assert hear(sounds.clicks(120, seconds=2.5)).facts.bpm is None


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(0, np.float32), "shorter"),
        (np.zeros(RATE := sounds.RATE * 3, np.float32), "silent"),
        (np.full(RATE, 0.7, np.float32), "silent"),
        (np.full(RATE, 1e-7, np.float32), "silent"),
        (np.full(RATE, np.nan, np.float32), "not sound"),
        (np.full(RATE, -np.inf, np.float32), "not sound"),
        (np.full(RATE, 3e38, np.float32), "not sound"),
        (np.zeros((RATE, 2), np.float32), "one channel"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(samples: sounds.F32, words: str) -> None:
    with pytest.raises(AudioRefused, match=words):
        hear(samples)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    seconds=st.floats(1.0, 5.0),
    gain=st.sampled_from([1e-4, 0.1, 1.0, 100.0]),
    kind=st.sampled_from(["sparse", "noise", "square", "ramp", "impulse"]),
)
def test_no_sound_makes_a_broken_vector(seed: int, seconds: float, gain: float, kind: str) -> None:
    rng = np.random.default_rng(seed)
    size = int(seconds * sounds.RATE) + 1
    samples = {
        "sparse": lambda: rng.standard_normal(size) * (rng.random(size) < 1e-3),
        "noise": lambda: rng.standard_normal(size),
        "square": lambda: np.sign(np.sin(np.arange(size) * rng.uniform(0.001, 3))),
        "ramp": lambda: np.linspace(-1, 1, size),
        "impulse": lambda: (np.arange(size) == size // 2).astype(float),
    }[kind]()
    assume(np.sqrt(np.mean((gain * samples) ** 2)) > 1e-4)
    hearing = hear((gain * samples).astype(np.float32))
    assert np.isfinite(hearing.vectors[MODEL]).all()
    assert np.linalg.norm(hearing.vectors[MODEL]) == pytest.approx(1, abs=1e-4)


def test_constants_fit_the_features() -> None:
    constants = shipped_constants()
    features = describe(sounds.beat())
    assert list(constants.sizes) == list(WEIGHTS)
    assert dict(constants.sizes) == {n: g.size for n, g in features.groups.items()}
    assert constants.mean.size == constants.std.size == sum(constants.sizes.values())
    assert (constants.std > 0).all()
    assert to_json(from_json(to_json(constants))) == to_json(constants)


def test_self_test_notices_a_deaf_model() -> None:
    class Deaf(AcousticModel):
        def analyse(self, pcm, models):
            del pcm
            return super().analyse(sounds.of(sounds.clicks(77)), models)

    with pytest.raises(PortError, match="self-test"):
        run(Deaf())
