"""The composer: deterministic, distinct, in key, balanced and never clipped."""

from __future__ import annotations

import itertools
import wave
from pathlib import Path

import numpy as np
import pytest

from indii.demo.synth import SR, STEMS, STYLES, PieceSpec, Rendering, render, voice_tag, write_wav
from indii.demo.synth.dynamics import CEILING, loudness, master
from indii.demo.synth.melody import Tone, awkwardness, rhythm
from indii.demo.synth.song import form
from indii.demo.synth.theory import MAJOR, MINOR, Key, chord, progression, voice_lead

TEMPO = {
    "trap": 142,
    "drill": 141,
    "lofi": 78,
    "boombap": 90,
    "house": 123,
    "techno": 132,
    "ambient": 68,
    "afrobeat": 106,
}


def short(style: str, seed: int = 3, key: int = 17) -> PieceSpec:
    """A spec whose piece is as short as the style's forms allow."""
    return PieceSpec(style, seed, TEMPO[style], key, seconds=14)


@pytest.fixture(scope="module")
def pieces() -> dict[str, Rendering]:
    """Three styles in full; the corpus tests sound all of them."""
    return {style: render(short(style)) for style in ("trap", "boombap", "ambient")}


def test_equal_specs_give_equal_bytes(tmp_path: Path, pieces: dict[str, Rendering]) -> None:
    again = render(short("boombap"))
    write_wav(tmp_path / "a.wav", pieces["boombap"].mix)
    write_wav(tmp_path / "b.wav", again.mix)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert all(np.array_equal(again.stems[s], pieces["boombap"].stems[s]) for s in STEMS)


def test_another_seed_is_another_piece(pieces: dict[str, Rendering]) -> None:
    other = render(short("boombap", seed=4)).mix
    mine = pieces["boombap"].mix
    n = min(len(other), len(mine))
    assert abs(np.corrcoef(other[:n, 0], mine[:n, 0])[0, 1]) < 0.9


def test_stems_sum_to_the_mix_before_mastering(pieces: dict[str, Rendering]) -> None:
    for style, piece in pieces.items():
        assert tuple(piece.stems) == STEMS
        together = np.sum([piece.stems[name].T for name in STEMS], axis=0)
        assert np.abs(together).max() < 1
        arranged = STYLES[style](short(style))
        assert np.allclose(master(together, arranged.sound).T, piece.mix, atol=1e-4)


def test_masters_are_loud_clean_and_end(pieces: dict[str, Rendering]) -> None:
    for style, piece in pieces.items():
        mix = piece.mix
        assert mix.dtype == np.float32
        assert mix.shape[1] == 2
        assert np.isfinite(mix).all()
        assert np.abs(mix).max() <= CEILING + 1e-6, style
        assert abs(float(mix.mean())) < 2e-3, style
        assert -13.0 < loudness(mix.T) < -9.5, style
        assert np.abs(mix[-64:]).max() < 2e-3, style
        assert np.corrcoef(mix.T)[0, 1] > 0.1, style


def chroma(piece: Rendering) -> np.ndarray:
    pitched = piece.stems["harmony"] + piece.stems["melody"]
    spectrum = np.abs(np.fft.rfft(pitched[: 1 << 19].mean(axis=1), 1 << 19)) ** 2
    hertz = np.fft.rfftfreq(1 << 19, 1 / SR)
    heard = (hertz > 110) & (hertz < 1800)
    classes = np.round(69 + 12 * np.log2(hertz[heard] / 440)).astype(int) % 12
    weights = np.bincount(classes, spectrum[heard], 12)
    return weights / weights.sum()


def test_harmony_and_melody_stay_in_the_declared_key(pieces: dict[str, Rendering]) -> None:
    for style, piece in pieces.items():
        inside = [(piece.key + step) % 12 for step in MINOR]
        assert chroma(piece)[inside].sum() > 0.9, style


@pytest.mark.parametrize(
    ("style", "key"), list(zip(STYLES, (0, 13, 2, 23, 5, 18, 7, 9), strict=True))
)
def test_every_style_writes_in_major_and_minor(style: str, key: int) -> None:
    piece = STYLES[style](PieceSpec(style, key, TEMPO[style], key))
    scale = {(key + step) % 12 for step in (MAJOR if key < 12 else MINOR)}
    pitches = [n.pitch for p in piece.parts for n in p.notes]
    assert np.mean([pitch % 12 in scale for pitch in pitches]) > 0.93
    assert all(n.length > 0 and 0 < n.velocity <= 1 for p in piece.parts for n in p.notes)
    assert {h.voice for h in piece.hits} <= set(piece.kit)
    assert "hook" in [s.name for s in piece.sections]
    assert 45 <= piece.seconds <= 60


def test_forms_last_45_to_60_seconds_at_every_tempo() -> None:
    for bpm in range(58, 161):
        for tail_s in (3.2, 6.0):
            sections = form(PieceSpec("trap", 1, bpm, 0), tail_s)
            assert 45 <= sections[-1].end * 60 / bpm + tail_s <= 60, bpm


def test_numerals_are_read_in_the_keys_own_scale() -> None:
    c_minor = Key.numbered(12)
    assert chord(c_minor, "VImaj7").tones == (8, 0, 3, 7)
    assert chord(c_minor, "iv9").tones == (5, 8, 0, 3, 7)
    assert chord(Key.numbered(0), "Vsus4").tones == (7, 0, 2)
    assert chord(Key.numbered(0), "iim7b5").tones == (2, 5, 8, 0)
    with pytest.raises(ValueError, match="roman numeral"):
        chord(c_minor, "H7")


def test_voices_move_little_between_chords() -> None:
    chords = progression(Key.numbered(0), "Imaj9 vi9 ii9 V9")
    voicings = voice_lead(chords, low=53, high=74)
    for before, after in itertools.pairwise(voicings):
        moves = [min(abs(p - q) for q in before) for p in after]
        assert max(moves) <= 5
    assert all(53 <= p <= 74 for voicing in voicings for p in voicing)


def test_rhythms_are_read_from_their_grid() -> None:
    assert rhythm("x--x .... x-") == [(0.0, 0.75), (0.75, 0.25), (2.0, 0.5)]


def test_a_leaping_line_is_more_awkward_than_a_walking_one() -> None:
    walk = [Tone(i, 1, p, 0.7) for i, p in enumerate((72, 74, 76, 74, 72, 69, 67, 69))]
    leap = [Tone(i, 1, p, 0.7) for i, p in enumerate((72, 84, 69, 81, 60, 72, 72, 72))]
    assert awkwardness(walk) < awkwardness(leap)


@pytest.mark.parametrize(("bits", "width"), [(16, 2), (24, 3)])
def test_wav_files_carry_the_samples(tmp_path: Path, bits: int, width: int) -> None:
    t = np.arange(SR // 10) / SR
    tone = np.stack([np.sin(440 * t), 0.25 * np.sin(220 * t)], axis=1).astype(np.float32)
    write_wav(tmp_path / "tone.wav", tone, bits=bits)
    with wave.open(str(tmp_path / "tone.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, width, SR)
        assert file.getnframes() == len(tone)
        data = np.frombuffer(file.readframes(len(tone)), np.uint8).reshape(-1, 2, width)
    top = data[..., -1].astype(np.int8).astype(float) / 128
    assert np.abs(top - tone).max() < 0.02


def test_wav_refuses_other_depths(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bits"):
        write_wav(tmp_path / "x.wav", np.zeros(4, np.float32), bits=8)


def test_voice_tags_are_short_distinct_and_repeatable() -> None:
    first, other = voice_tag("ash-verell"), voice_tag("miko-tann")
    assert first.ndim == 1
    assert 1.0 <= len(first) / SR <= 1.5
    assert 0.5 < np.abs(first).max() <= 0.72
    assert np.array_equal(first, voice_tag("ash-verell"))
    assert not np.array_equal(first, other)
