"""One suite for every embeddings: what any implementation of the `embeddings` port must keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from indii.adapters.embeddings import librosa_model
from indii.adapters.embeddings.acoustic.model import AcousticModel
from indii.ports.embeddings import BAND_COUNT, EMBEDDING_DIM, Embeddings, PcmSource, UnknownModel
from indii.ports.errors import AudioRefused, PortError

ADAPTERS: dict[str, Callable[[], Embeddings]] = {"acoustic": AcousticModel}
if librosa_model.is_installed():
    ADAPTERS["librosa"] = librosa_model.LibrosaModel


@pytest.fixture(params=ADAPTERS, scope="module")
def embeddings(request: pytest.FixtureRequest) -> Embeddings:
    return ADAPTERS[request.param]()


def music(rate: int, seconds: float = 12.0) -> NDArray[np.float32]:
    """Plucked arpeggio over a kick at 100 BPM."""
    time = np.arange(int(rate * seconds)) / rate
    step = (time / 0.3).astype(int)
    hz = 220 * 2 ** (np.array([0, 3, 7, 12])[step % 4] / 12)
    pluck = np.sin(2 * np.pi * hz * time) * np.exp(-(time % 0.3) * 8)
    kick = np.sin(2 * np.pi * 55 * (time % 0.6)) * np.exp(-(time % 0.6) * 20)
    return np.asarray(0.3 * pluck + 0.5 * kick, dtype=np.float32)


def noise(rate: int) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(3).standard_normal(12 * rate)).astype(np.float32)


def asked(source: PcmSource) -> tuple[PcmSource, list[int]]:
    rates: list[int] = []

    def noting(rate: int) -> NDArray[np.float32]:
        rates.append(rate)
        return source(rate)

    return noting, rates


def test_ears_are_named_and_distinct(embeddings: Embeddings) -> None:
    models = [e.name for e in embeddings.models]
    assert models
    assert len(set(models)) == len(models)
    assert all(e.version and e.label for e in embeddings.models)


def test_vectors_are_unit_512_and_in_the_order_asked(embeddings: Embeddings) -> None:
    models = [e.name for e in reversed(embeddings.models)]
    hearing = embeddings.analyse(music, models)
    assert list(hearing.vectors) == models
    for vector in hearing.vectors.values():
        assert vector.shape == (EMBEDDING_DIM,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_same_samples_same_answer(embeddings: Embeddings) -> None:
    models = [e.name for e in embeddings.models]
    one, two = embeddings.analyse(music, models), embeddings.analyse(music, models)
    assert one.facts == two.facts
    for model in models:
        np.testing.assert_array_equal(one.vectors[model], two.vectors[model])


def test_another_instance_hears_the_same(embeddings: Embeddings) -> None:
    models = [e.name for e in embeddings.models]
    other = type(embeddings)()
    for model in models:
        np.testing.assert_array_equal(
            embeddings.analyse(music, models).vectors[model],
            other.analyse(music, models).vectors[model],
        )


def test_unlike_sounds_lie_apart(embeddings: Embeddings) -> None:
    for installed in embeddings.models:
        tune = embeddings.analyse(music, [installed.name]).vectors[installed.name]
        hiss = embeddings.analyse(noise, [installed.name]).vectors[installed.name]
        assert float(tune @ hiss) < 0.95


def test_facts_keep_their_ranges(embeddings: Embeddings) -> None:
    for source in (music, noise):
        facts = embeddings.analyse(source, []).facts
        assert facts.bpm is None or 20 < facts.bpm < 400
        assert facts.key is None or 0 <= facts.key < 24
        shares = (
            *(facts.bpm_confidence, facts.key_confidence, facts.energy),
            *(facts.brightness, facts.low_end, facts.density),
        )
        assert all(0 <= s <= 1 for s in shares)
        assert len(facts.bands) == BAND_COUNT


def test_no_models_gives_facts_only(embeddings: Embeddings) -> None:
    assert dict(embeddings.analyse(music, []).vectors) == {}


def test_samples_are_asked_for_once_and_left_alone(embeddings: Embeddings) -> None:
    source, rates = asked(music)
    embeddings.analyse(source, [embeddings.models[0].name])
    assert len(rates) == len(set(rates))
    kept = music(rates[0])
    copy = kept.copy()
    embeddings.analyse(lambda _: kept, [embeddings.models[0].name])
    np.testing.assert_array_equal(kept, copy)


def test_unknown_model_is_refused_before_listening(embeddings: Embeddings) -> None:
    source, rates = asked(music)
    with pytest.raises(UnknownModel) as refusal:
        embeddings.analyse(source, ["nobody"])
    assert not refusal.value.retryable
    assert rates == []
    with pytest.raises(UnknownModel):
        embeddings.embed_text("dark piano", "nobody")


def test_only_ears_that_read_answer_text(embeddings: Embeddings) -> None:
    for installed in embeddings.models:
        vector = embeddings.embed_text("dark piano", installed.name)
        assert (vector is not None) == installed.embeds_text


@pytest.mark.parametrize(
    "broken",
    [
        lambda n: np.zeros(n),
        lambda n: np.full(n, 0.5),
        lambda n: np.zeros(0),
        lambda n: np.ones(100),
        lambda n: np.full(n, np.nan),
        lambda n: np.where(np.arange(n) == n // 3, np.inf, 0.1 * np.sin(np.arange(n))),
    ],
    ids=["silence", "dc", "empty", "100 samples", "nan", "one inf"],
)
def test_nothing_to_hear_is_refused(
    embeddings: Embeddings, broken: Callable[[int], NDArray[np.float64]]
) -> None:
    with pytest.raises(AudioRefused) as refusal:
        embeddings.analyse(
            lambda rate: broken(rate * 5).astype(np.float32), [embeddings.models[0].name]
        )
    assert isinstance(refusal.value, PortError)
    assert not refusal.value.retryable
    assert str(refusal.value).endswith(".")


def test_check_passes(embeddings: Embeddings) -> None:
    embeddings.check()
