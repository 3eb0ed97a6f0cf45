"""What every audio adapter promises, on files of all formats made here."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from indii.adapters.audio.pyav import PyAvAudio
from indii.ports.audio import PEAKS, Audio
from indii.ports.errors import AudioRefused, PortError
from tests.hostile.mutate import encode, seeds, tone

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    + bytes(64)
    + b"\xff\xd9"
)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> PyAvAudio:
    return PyAvAudio(tmp_path_factory.mktemp("scratch"))


def write(folder: Path, data: bytes, name: str = "sound.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


EXPECTED = {
    "wav": ("wav", "pcm_s16le", 16),
    "wav24.wav": ("wav", "pcm_s24le", 24),
    "wavfloat.wav": ("wav", "pcm_f32le", 32),
    "aiff": ("aiff", "pcm_s16be", 16),
    "flac": ("flac", "flac", 16),
    "mp3": ("mp3", "mp3", None),
    "m4a": ("m4a", "aac", None),
    "alac.m4a": ("m4a", "alac", 16),
    "ogg": ("ogg", "vorbis", None),
    "opus": ("opus", "opus", None),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_every_format_is_known_by_content(audio: Audio, tmp_path: Path, kind: str) -> None:
    found = audio.probe(write(tmp_path, seeds()[kind], "wrong.txt"))
    assert (found.format, found.codec, found.bit_depth) == EXPECTED[kind]
    assert found.lossless is (found.bit_depth is not None)
    assert found.channels == 2
    assert found.duration_ms == pytest.approx(1109 if kind == "opus" else 1200, abs=60)
    assert found.sample_rate == (48_000 if kind == "opus" else 44_100)


@pytest.mark.parametrize("kind", EXPECTED)
def test_digest_hears_the_same_sound_in_every_format(
    audio: Audio, tmp_path: Path, kind: str
) -> None:
    preview = tmp_path / "preview.mp3"
    digest = audio.digest(write(tmp_path, seeds()[kind]), preview_to=preview)
    assert digest.lufs == pytest.approx(-19.2, abs=0.6)
    assert digest.true_peak_db == pytest.approx(-8.6, abs=0.6)
    assert len(digest.peaks) == PEAKS
    assert max(digest.peaks) == 255
    assert preview.stat().st_size == digest.preview_bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["preview.mp3", "sound.bin"]


def test_preview_is_at_its_loudness_and_names_nobody(audio: Audio, tmp_path: Path) -> None:
    tags = {"title": "Secret", "artist": "Nobody"}
    source = write(tmp_path, encode("mp3", tone(3) * 0.7, tags=tags))
    preview = tmp_path / "preview.mp3"
    digest = audio.digest(source, preview_to=preview)
    heard = audio.digest(preview, preview_to=tmp_path / "again.mp3")
    assert digest.lufs is not None
    assert heard.lufs == pytest.approx(-14, abs=0.2)
    assert digest.preview_gain_db == pytest.approx(-14 - digest.lufs, abs=0.02)
    with av.open(str(preview)) as container:
        assert container.metadata == {}
        assert container.streams.audio[0].codec_context.bit_rate == 128_000
    assert b"Secret" not in preview.read_bytes()


def test_true_peak_ceiling_beats_loudness(audio: Audio, tmp_path: Path) -> None:
    sound = tone(5) * 0.02
    sound[:, ::22_050] = 0.9
    digest = audio.digest(
        write(tmp_path, encode("wavfloat.wav", sound)), preview_to=tmp_path / "p.mp3"
    )
    assert digest.true_peak_db is not None
    assert digest.preview_gain_db == pytest.approx(-1 - digest.true_peak_db, abs=0.02)


def heard(path: Path) -> np.ndarray:
    """All samples of a preview as a browser hears them, shape (2, n)."""
    with av.open(str(path)) as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)


def sine(seconds: float, level_db: float) -> np.ndarray:
    time = np.arange(round(44_100 * seconds)) / 44_100
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 220 * time)
    return np.stack([wave, wave]).astype(np.float32)


def beyond_a_sine(sound: np.ndarray) -> float:
    """What of a 220 Hz tone is not that tone, as a share of it: a flat top is full of it."""
    middle = sound[0, 4_410:-4_410].astype(np.float64)
    time = np.arange(len(middle)) / 44_100
    turn = np.stack([np.sin(2 * np.pi * 220 * time), np.cos(2 * np.pi * 220 * time)])
    found, *_ = np.linalg.lstsq(turn.T, middle, rcond=None)
    return float(np.std(middle - found @ turn) / np.std(middle))


@pytest.mark.parametrize("sound", [sine(4, 3), sine(0.25, 3), sine(4, 34)],
                         ids=["long", "too short for a loudness", "absurd"])  # fmt: skip
def test_a_master_above_full_scale_does_not_clip(
    audio: Audio, tmp_path: Path, sound: np.ndarray
) -> None:
    preview = tmp_path / "p.mp3"
    digest = audio.digest(write(tmp_path, encode("wavfloat.wav", sound)), preview_to=preview)
    assert digest.true_peak_db is not None
    assert digest.true_peak_db + digest.preview_gain_db <= -0.99
    assert np.abs(heard(preview)).max() < 10 ** (-0.6 / 20)
    assert beyond_a_sine(heard(preview)[:, : sound.shape[1]]) < 0.01


def test_a_quiet_master_without_a_loudness_keeps_its_level(audio: Audio, tmp_path: Path) -> None:
    sound, preview = sine(0.25, -20), tmp_path / "p.mp3"
    digest = audio.digest(write(tmp_path, encode("wavfloat.wav", sound)), preview_to=preview)
    assert (digest.lufs, digest.preview_gain_db) == (None, 0)
    level = np.abs(heard(preview)[:, 4_410:-4_410]).max()
    assert 20 * np.log10(level) == pytest.approx(-20, abs=0.1)


def test_silence_has_no_loudness(audio: Audio, tmp_path: Path) -> None:
    digest = audio.digest(
        write(tmp_path, encode("wav", tone(1) * 0)), preview_to=tmp_path / "p.mp3"
    )
    assert (digest.lufs, digest.true_peak_db, digest.preview_gain_db) == (None, None, 0)
    assert not any(digest.peaks)


def test_voice_tag_every_fifteen_seconds_over_ducked_music(audio: Audio, tmp_path: Path) -> None:
    time = np.arange(44_100 * 18) / 44_100
    music = np.stack([0.5 * np.sin(2 * np.pi * 220 * time)] * 2).astype(np.float32)
    voice = np.stack([0.3 * np.sin(2 * np.pi * 3000 * time[:44_100])] * 2).astype(np.float32)
    preview = tmp_path / "p.mp3"
    audio.digest(
        write(tmp_path, encode("flac", music)),
        preview_to=preview,
        voice_tag=write(tmp_path, encode("mp3", voice), "voice.mp3"),
    )
    heard = audio.pcm(preview, 44_100)

    def level(hertz: float, at: float) -> float:
        part = heard[round(at * 44_100) : round((at + 0.4) * 44_100)]
        turn = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / 44_100)
        return float(20 * np.log10(2 * abs((part * turn).mean()) + 1e-9))

    for start in (0, 15):
        assert level(3000, start + 0.3) > -25
        assert level(220, 8) - level(220, start + 0.3) == pytest.approx(10, abs=1.5)
    for quiet in (3, 12, 17):
        assert level(3000, quiet) < -60
        assert level(220, quiet) == pytest.approx(level(220, 8), abs=0.5)
    measured = audio.digest(preview, preview_to=tmp_path / "again.mp3")
    assert measured.true_peak_db is not None
    assert measured.true_peak_db < -0.5


def test_pcm_is_the_same_before_and_after_digest(audio: Audio, tmp_path: Path) -> None:
    sound = tone(2.3)
    source = write(tmp_path, encode("wavfloat.wav", sound))
    for rate in (22_050, 44_100, 48_000):
        fresh = audio.pcm(source, rate)
        assert fresh.dtype == np.float32
        assert fresh.ndim == 1
        assert len(fresh) == pytest.approx(2.3 * rate, abs=3)
    audio.digest(source, preview_to=tmp_path / "p.mp3")
    assert np.array_equal(audio.pcm(source, 48_000), fresh)
    mono = sound.mean(axis=0)
    assert np.abs(audio.pcm(source, 44_100) - mono).max() < 1e-6


def test_tags_are_cleaned_and_trimmed(audio: Audio, tmp_path: Path) -> None:
    tags = {
        "title": "Night\x07 Drive\u202e\n2", "artist": "Ä" * 500, "genre": " Drill ", "TBPM": "140",
        "TKEY": "F#m", "date": "2026", "comment": "\x1b[31m", "encoder": "x", "lyrics": "y",
    }  # fmt: skip
    found = audio.probe(write(tmp_path, encode("mp3", tone(), tags=tags))).tags
    assert found["title"] == "Night Drive 2"
    assert found["artist"] == "Ä" * 200
    assert (found["genre"], found["bpm"], found["key"]) == ("Drill", "140", "F#m")
    assert found["date"] == "2026"
    assert found["comment"] == "[31m"
    assert set(found) <= {"title", "artist", "genre", "bpm", "key", "date", "comment"}


@pytest.mark.parametrize("kind", ["flac", "ogg", "m4a", "aiff", "wav"])
def test_titles_survive_in_every_format(audio: Audio, tmp_path: Path, kind: str) -> None:
    data = encode(kind, tone(), tags={"title": "Straße", "artist": "Zoë"})
    found = audio.probe(write(tmp_path, data)).tags
    assert found["title"] == "Straße"
    if kind != "aiff":
        assert found["artist"] == "Zoë"


def test_tags_that_are_not_utf8_are_read_as_western(audio: Audio, tmp_path: Path) -> None:
    data = encode("wav", tone(), tags={"title": "Stra__e"}).replace(b"Stra__e", b"Stra\xdfe!")
    assert audio.probe(write(tmp_path, data)).tags["title"] == "Straße!"


def with_cover(picture: bytes) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=44_100, layout="stereo")
        image = container.add_stream("mjpeg", rate=1)
        image.width = image.height = 16
        image.pix_fmt = "yuvj420p"
        image.disposition = av.stream.Disposition.attached_pic
        packet = av.Packet(picture)
        packet.stream, packet.pts, packet.dts, packet.time_base = image, 0, 0, Fraction(1, 1)
        frame = av.AudioFrame.from_ndarray(tone(), format="fltp", layout="stereo")
        frame.sample_rate = 44_100
        container.start_encoding()
        container.mux(packet)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def test_cover_is_handed_out_only_when_it_is_a_picture(audio: Audio, tmp_path: Path) -> None:
    source = write(tmp_path, with_cover(JPEG))
    assert audio.probe(source).has_cover
    assert audio.cover(source) == JPEG
    assert audio.cover(write(tmp_path, with_cover(b"<svg onload=alert(1)>" * 9))) is None
    assert audio.cover(write(tmp_path, seeds()["flac"])) is None


def film(*, sound: bool) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width = picture.height = 32
        voice = container.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        for _ in range(6):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if voice is not None:
            frame = av.AudioFrame.from_ndarray(tone(), format="fltp", layout="stereo")
            frame.sample_rate = 44_100
            container.mux(voice.encode(frame))
            container.mux(voice.encode(None))
    return out.getvalue()


def patched(kind: str, at: int, new: bytes) -> bytes:
    data = bytearray(seeds()[kind])
    data[at : at + len(new)] = new
    return bytes(data)


def locked() -> bytes:
    return seeds()["m4a"].replace(b"mp4a", b"drms", 1)


REFUSALS = {
    "empty": lambda: b"",
    "not_audio": lambda: bytes(range(256)) * 20,
    "text": lambda: b"<!doctype html><title>beat.wav</title>",
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "archive": lambda: b"PK\x03\x04" + bytes(500),
    "playlist": lambda: b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n",
    "references": lambda: seeds()["m4a"].replace(b"url \0\0\0\1", b"url \0\0\0\0"),
    "midi": lambda: b"MThd\0\0\0\6" + bytes(50),
    "project": lambda: b"FLhd\6\0\0\0" + bytes(50),
    "format": lambda: b"\x1aE\xdf\xa3" + bytes(50),
    "codec": lambda: patched("wav", 20, b"\x11\x00"),
    "no_sound": lambda: b"fLaC\0\0\0\x22" + bytes(34),
    "video_only": lambda: film(sound=False),
    "video": lambda: film(sound=True),
    "drm": locked,
    "truncated": lambda: encode("wav", tone(3))[:200_000],
    "incomplete": lambda: seeds()["m4a"][:9000],
    "too_short": lambda: encode("wav", tone(0.1)),
    "channels": lambda: patched("wav", 22, b"\x09\x00"),
    "sample_rate": lambda: patched("wav", 24, (400_000).to_bytes(4, "little")),
    "too_long": lambda: _promising_flac(61 * 60),
}


def _promising_flac(seconds: int) -> bytes:
    """A short FLAC whose STREAMINFO promises `seconds` at 44.1 kHz."""
    data = bytearray(seeds()["flac"])
    data[21] = data[21] & 0xF0
    data[22:26] = (seconds * 44_100).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("reason", REFUSALS)
def test_refusals_say_why_and_what_to_do(audio: Audio, tmp_path: Path, reason: str) -> None:
    source, preview = write(tmp_path, REFUSALS[reason](), "beat.wav"), tmp_path / "p.mp3"
    for attempt in (
        lambda: audio.probe(source),
        lambda: audio.digest(source, preview_to=preview),
        lambda: audio.pcm(source, 22_050),
    ):
        with pytest.raises(AudioRefused) as caught:
            attempt()
        assert caught.value.reason == reason
        assert not caught.value.retryable
        assert caught.value.message.endswith(".")
        assert len(caught.value.message.split(". ")) >= 2 or ":" in caught.value.message
        assert "/" not in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["beat.wav"]


@pytest.mark.parametrize("kind", ["flac", "mp3", "alac.m4a", "aiff"])
def test_a_cut_file_is_refused_where_its_header_promises_more(
    audio: Audio, tmp_path: Path, kind: str
) -> None:
    whole = encode(kind, tone(5))
    with pytest.raises(AudioRefused) as caught:
        audio.digest(write(tmp_path, whole[: len(whole) // 2]), preview_to=tmp_path / "p.mp3")
    assert caught.value.reason in {"truncated", "incomplete"}


def test_a_slightly_torn_mp3_is_taken(audio: Audio, tmp_path: Path) -> None:
    whole = encode("mp3", tone(9))
    torn = write(tmp_path, whole[:-2000] + bytes(300))
    digest = audio.digest(torn, preview_to=tmp_path / "p.mp3")
    assert digest.duration_ms == pytest.approx(8_900, abs=150)


@pytest.mark.parametrize("channels", [1, 6, 8])
def test_other_channel_counts_become_stereo(audio: Audio, tmp_path: Path, channels: int) -> None:
    source = write(tmp_path, encode("wav", tone(1, channels=channels)))
    assert audio.probe(source).channels == channels
    digest = audio.digest(source, preview_to=tmp_path / "p.mp3")
    assert digest.lufs is not None
    assert digest.lufs == pytest.approx(-19 if channels == 1 else -14, abs=6)


@pytest.mark.parametrize("rate", [8000, 22_050, 96_000, 192_000])
def test_other_rates_keep_their_length(audio: Audio, tmp_path: Path, rate: int) -> None:
    source = write(tmp_path, encode("wav", tone(1, rate=rate), rate=rate))
    assert audio.probe(source).sample_rate == rate
    assert len(audio.pcm(source, 44_100)) == pytest.approx(44_100, abs=4)


def test_a_voice_tag_that_is_no_sound_is_named(audio: Audio, tmp_path: Path) -> None:
    source = write(tmp_path, seeds()["wav"])
    for data in (b"<html>" * 9, encode("wav", tone() * 0)):
        tag = write(tmp_path, data, "tag.wav")
        with pytest.raises(AudioRefused, match="voice tag"):
            audio.digest(source, preview_to=tmp_path / "p.mp3", voice_tag=tag)
    assert not (tmp_path / "p.mp3").exists()


def test_what_is_not_a_file_is_not_opened(audio: Audio, tmp_path: Path) -> None:
    with pytest.raises(PortError) as caught:
        audio.probe(tmp_path / "missing.wav")
    assert not isinstance(caught.value, AudioRefused)
    assert not caught.value.retryable
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo):
        with pytest.raises(AudioRefused):
            audio.probe(path)
    with pytest.raises(ValueError, match="rate"):
        audio.pcm(write(tmp_path, seeds()["wav"]), 1)


def test_too_large_is_refused_before_it_is_read(audio: Audio, tmp_path: Path) -> None:
    source = tmp_path / "huge.wav"
    with source.open("wb") as file:
        file.truncate(501 * 1024 * 1024)
    with pytest.raises(AudioRefused, match="500 MB"):
        audio.probe(source)


def test_several_threads_at_once(audio: Audio, tmp_path: Path) -> None:
    sources = [write(tmp_path, seeds()[kind], f"{index}") for index, kind in enumerate(EXPECTED)]
    with ThreadPoolExecutor(8) as pool:
        probes = list(pool.map(audio.probe, sources * 2))
        digests = list(
            pool.map(lambda path: audio.digest(path, preview_to=path.with_suffix(".mp3")), sources)
        )
    assert [probe.format for probe in probes] == [EXPECTED[kind][0] for kind in EXPECTED] * 2
    assert all(digest.lufs is not None for digest in digests)


def test_check_passes(audio: Audio) -> None:
    audio.check()
