"""What every audio adapter promises about the MP3 that buyers of a lossless master get."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.id3 import ID3

from indii.adapters.audio.pyav import PyAvAudio
from indii.adapters.audio.pyav.mp3_encoder import OffsetFile
from indii.ports.audio import MAX_COVER_BYTES, Audio
from indii.ports.errors import AudioRefused, PortError
from tests.contract.audio.test_audio_port import REFUSALS, write
from tests.factories.sounds import picture
from tests.hostile.mutate import ENCODINGS, encode, mutated, seeds, tone

LOSSLESS = ("wav", "wav24.wav", "wavfloat.wav", "aiff", "flac", "alac.m4a")


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> PyAvAudio:
    return PyAvAudio(tmp_path_factory.mktemp("scratch"))


def made(audio: Audio, folder: Path, data: bytes, **more: object) -> Path:
    to = folder / "made.mp3"
    size = audio.mp3(write(folder, data), to=to, **({"tags": {}} | more))  # type: ignore[arg-type]
    assert size == to.stat().st_size
    assert sorted(path.name for path in folder.iterdir()) == ["made.mp3", "sound.bin"]
    return to


def samples(path: Path) -> np.ndarray:
    """All samples as a player that knows about gaps hears them, shape (channels, n)."""
    with av.open(str(path)) as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)


@pytest.mark.parametrize("kind", ENCODINGS)
def test_every_format_becomes_a_320_mp3(audio: Audio, tmp_path: Path, kind: str) -> None:
    to = made(audio, tmp_path, seeds()[kind])
    found = audio.probe(to)
    assert (found.format, found.channels, found.has_cover) == ("mp3", 2, False)
    assert found.sample_rate == (48_000 if kind == "opus" else 44_100)
    assert dict(found.tags) == {}
    with av.open(str(to)) as container:
        assert container.streams.audio[0].codec_context.bit_rate == 320_000


@pytest.mark.parametrize("kind", LOSSLESS)
def test_the_length_is_kept_to_the_sample(audio: Audio, tmp_path: Path, kind: str) -> None:
    sound = tone(2.345)
    to = made(audio, tmp_path, encode(kind, sound))
    assert samples(to).shape == sound.shape


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000])
def test_nothing_is_turned_up_or_down_or_shifted(
    audio: Audio, tmp_path: Path, rate: int, channels: int
) -> None:
    sound = tone(3, rate, channels)
    to = made(audio, tmp_path, encode("wavfloat.wav", sound, rate=rate))
    assert audio.probe(to).sample_rate == rate
    heard = samples(to)
    assert heard.shape == sound.shape
    for side in range(channels):
        gain = float(np.dot(heard[side], sound[side]) / np.dot(sound[side], sound[side]))
        assert gain == pytest.approx(1, abs=0.003)
        rest = heard[side] - sound[side]
        assert 10 * np.log10(np.mean(sound[side] ** 2) / np.mean(rest**2)) > 40


@pytest.mark.parametrize(
    ("rate", "becomes"),
    [
        (8_000, 48_000),
        (11_025, 44_100),
        (16_000, 48_000),
        (22_050, 44_100),
        (24_000, 48_000),
        (88_200, 44_100),
        (96_000, 48_000),
        (176_400, 44_100),
        (192_000, 48_000),
    ],
)
def test_other_rates_become_one_that_has_320(
    audio: Audio, tmp_path: Path, rate: int, becomes: int
) -> None:
    to = made(audio, tmp_path, encode("wav", tone(2, rate), rate=rate))
    assert audio.probe(to).sample_rate == becomes
    heard, meant = samples(to), tone(2, becomes)
    assert heard.shape[1] == pytest.approx(meant.shape[1], abs=20)
    length = min(heard.shape[1], meant.shape[1]) - 2000
    rest = heard[0, 1000:length] - meant[0, 1000:length]
    assert np.sqrt(np.mean(rest**2)) < 0.02 * np.sqrt(np.mean(meant**2))


def test_more_than_two_channels_become_stereo(audio: Audio, tmp_path: Path) -> None:
    assert audio.probe(made(audio, tmp_path, encode("wav", tone(1, channels=6)))).channels == 2


def test_float_masters_above_full_scale_are_not_cut_off(audio: Audio, tmp_path: Path) -> None:
    sound = tone(2) * np.float32(6)
    heard = samples(made(audio, tmp_path, encode("wavfloat.wav", sound)))
    assert np.abs(sound).max() > 2
    assert np.abs(heard - sound).max() < 0.1


def test_what_is_no_number_becomes_silence(audio: Audio, tmp_path: Path) -> None:
    sound = tone(1)
    sound[:, ::1000] = np.nan
    sound[:, 1::1000] = 3e38
    heard = samples(made(audio, tmp_path, encode("wavfloat.wav", sound)))
    assert np.isfinite(heard).all()


def test_tags_are_where_players_look_and_the_sources_own_are_gone(
    audio: Audio, tmp_path: Path
) -> None:
    tags = {
        "title": "Straße 東\n2", "artist": "Zoë", "comment": "Licensed through Indii", "bpm": "140",
        "genre": "Drill", "key": "F#m", "date": "2026-11-20",
    }  # fmt: skip
    source = encode("mp3", tone(), tags={"title": "Secret", "album": "Secret"})
    to = made(audio, tmp_path, source, tags=tags)
    assert b"Secret" not in to.read_bytes()
    written = ID3(to)
    assert written.version == (2, 3, 0)
    found = {name: str(frame) for name, frame in written.items()}
    assert found.pop("TDRC") == "2026"
    assert found == {
        "TIT2": "Straße 東 2", "TPE1": "Zoë", "COMM::eng": "Licensed through Indii",
        "TBPM": "140", "TCON": "Drill", "TKEY": "F#m",
    }  # fmt: skip
    assert dict(audio.probe(to).tags) == tags | {"title": "Straße 東 2", "date": "2026"}
    assert samples(to).shape == samples(write(tmp_path, source)).shape


def test_a_comment_in_any_script_is_read_back(audio: Audio, tmp_path: Path) -> None:
    to = made(audio, tmp_path, seeds()["wav"], tags={"comment": "Über 東京"})
    assert str(ID3(to)["COMM::eng"]) == "Über 東京"


def test_tags_are_bounded_and_without_control_characters(audio: Audio, tmp_path: Path) -> None:
    tags = {"title": "Ä" * 500, "artist": "a\0b\x1b[31m\u202ec\ud800", "comment": "\n", "date": "?"}
    written = ID3(made(audio, tmp_path, seeds()["wav"], tags=tags))
    assert {name: str(frame) for name, frame in written.items()} == {
        "TIT2": "Ä" * 200, "TPE1": "a b [31m c",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_cover_is_in_it(audio: Audio, tmp_path: Path, form: str) -> None:
    cover = picture(form=form)
    to = made(audio, tmp_path, seeds()["flac"], tags={"title": "Rust"}, cover=cover)
    (frame,) = ID3(to).getall("APIC")
    assert (frame.mime, frame.type, frame.data) == (f"image/{form.lower()}", 3, cover)
    assert audio.probe(to).has_cover
    assert audio.cover(to) == cover


def test_what_a_caller_may_not_ask_for(audio: Audio, tmp_path: Path) -> None:
    source, to = write(tmp_path, seeds()["wav"]), tmp_path / "made.mp3"
    for more in (
        {"tags": {"lyrics": "la"}},
        {"tags": {}, "cover": picture(form="WEBP")},
        {"tags": {}, "cover": b""},
        {"tags": {}, "cover": b"\xff\xd8\xff" + bytes(MAX_COVER_BYTES)},
    ):
        with pytest.raises(ValueError, match=r"tags|cover"):
            audio.mp3(source, to=to, **more)  # type: ignore[arg-type]
    assert not to.exists()


@pytest.mark.parametrize("reason", REFUSALS)
def test_refusals_are_those_of_digest_and_leave_nothing(
    audio: Audio, tmp_path: Path, reason: str
) -> None:
    source = write(tmp_path, REFUSALS[reason](), "beat.wav")
    with pytest.raises(AudioRefused) as caught:
        audio.mp3(source, to=tmp_path / "made.mp3", tags={"title": "Rust"})
    assert caught.value.reason == reason
    assert [path.name for path in tmp_path.iterdir()] == ["beat.wav"]


def test_trouble_of_this_machine_is_no_refusal(audio: Audio, tmp_path: Path) -> None:
    with pytest.raises(PortError) as caught:
        audio.mp3(tmp_path / "missing.wav", to=tmp_path / "made.mp3", tags={})
    assert not isinstance(caught.value, AudioRefused)


def test_the_same_master_gives_the_same_bytes_also_at_once(audio: Audio, tmp_path: Path) -> None:
    source = write(tmp_path, encode("flac", tone(3)))

    def make(index: int) -> bytes:
        to = tmp_path / f"{index}.mp3"
        audio.mp3(source, to=to, tags={"title": "Rust"})
        return to.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(6)))) == 1


def test_an_older_file_is_replaced_whole(audio: Audio, tmp_path: Path) -> None:
    to = tmp_path / "made.mp3"
    to.write_bytes(bytes(5_000_000))
    size = audio.mp3(write(tmp_path, seeds()["wav"]), to=to, tags={})
    assert to.stat().st_size == size < 100_000


def test_hostile_files_end_only_themselves(tmp_path: Path) -> None:
    audio = PyAvAudio(tmp_path / "scratch")
    audio.check()
    pid, to, taken = audio.server_pid, tmp_path / "made.mp3", 0
    for _, _, data in mutated(54, 20261121):
        try:
            audio.mp3(write(tmp_path, data), to=to, tags={"title": "x"})
        except AudioRefused:
            assert not to.exists()
        else:
            to.unlink()
            taken += 1
    assert taken
    assert audio.server_pid == pid


def test_a_second_attempt_forgets_the_first_but_not_the_tag() -> None:
    file = io.BytesIO(b"tag" + b"left behind")
    file.seek(0)
    out = OffsetFile(file, 3)
    assert out.write(b"sound") == 5
    assert (out.seek(1), out.tell()) == (1, 1)
    out.write(b"O")
    assert out.seek(0, 2) == 5
    assert file.getvalue() == b"tagsOund"
