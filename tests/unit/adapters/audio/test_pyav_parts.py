"""The pure parts of the audio adapter: recognising, cleaning, drawing, ducking."""

from __future__ import annotations

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.adapters.audio.pyav import digesting, preview, reading
from indii.adapters.audio.pyav.mpeg import first_frames, parse_frame
from indii.adapters.audio.pyav.probing import clean_tags, clean_text
from indii.adapters.audio.pyav.refusals import WORDS, Refusal, clock
from indii.adapters.audio.pyav.sniff import sniff, wav_header
from indii.ports.audio import PEAKS
from tests.hostile.mutate import encode, seeds, tone


def kind(data: bytes) -> str:
    return sniff(io.BytesIO(data), len(data)).kind


def refusal(data: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        sniff(io.BytesIO(data), len(data))
    return caught.value.reason


@pytest.mark.parametrize(
    ("name", "family"),
    [("wav", "wav"), ("aiff", "aiff"), ("flac", "flac"), ("mp3", "mp3"), ("m4a", "m4a"),
     ("alac.m4a", "m4a"), ("ogg", "ogg"), ("opus", "ogg")],
)  # fmt: skip
def test_families(name: str, family: str) -> None:
    assert kind(seeds()[name]) == family


def test_sound_behind_id3() -> None:
    tag = b"ID3\4\0\0\0\0\1\0" + bytes(128)
    assert kind(tag + seeds()["mp3"]) == "mp3"
    assert kind(tag + seeds()["flac"]) == "flac"
    assert refusal(tag + b"<html>" * 50) == "text"
    assert refusal(tag[:20]) == "incomplete"
    assert refusal(tag + seeds()["wav"]) == "not_audio"


def test_mp3_may_start_inside_a_frame_but_not_behind_a_page() -> None:
    assert kind(bytes(300) + seeds()["mp3"]) == "mp3"
    assert refusal(b"<html>" + b" " * 300 + seeds()["mp3"]) == "text"
    assert refusal(bytes(9000) + seeds()["mp3"]) == "not_audio"
    assert refusal(b"%PDF-1.7 " + seeds()["mp3"]) == "document"


def test_raw_aac_is_named_a_format() -> None:
    assert refusal(b"\xff\xf1\x50\x80" + bytes(100)) == "format"


@given(st.binary(max_size=300))
def test_sniffing_never_fails_otherwise(data: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert kind(data) in {"wav", "aiff", "flac", "mp3", "m4a", "ogg"}


@given(
    st.binary(max_size=60),
    st.sampled_from([b"ID3\4\0\0\0\0\0\0", b"\0\0\0\x18ftyp", b"RIFF\0\0\0\0WAVE"]),
)
def test_sniffing_survives_true_beginnings(data: bytes, start: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert kind(start + data)


def test_mp4_atoms_that_loop_or_lie_end() -> None:
    free = struct.pack(">I4s", 8, b"free")
    assert refusal(struct.pack(">I4s", 8, b"ftyp") + free * 10_000) == "incomplete"
    assert refusal(struct.pack(">I4s", 16, b"ftyp") + b"M4A " + bytes(4) + free * 3) == "incomplete"
    assert refusal(struct.pack(">I4sQ", 1, b"ftyp", 2**63) + bytes(40)) == "incomplete"
    assert refusal(struct.pack(">I4s", 0, b"mdat") + bytes(40)) == "incomplete"


def test_mpeg_header_of_known_frames() -> None:
    frame = parse_frame(b"\xff\xfb\x90\x64", 0)
    assert frame is not None
    assert (frame.length, frame.samples, frame.rate, frame.layer) == (417, 1152, 44_100, 3)
    frame = parse_frame(b"\xff\xf3\x84\xc4", 0)
    assert frame is not None
    assert (frame.samples, frame.rate) == (576, 24_000)
    for bad in (b"\xff\xff\xff\xff", b"\xff\xfb\xf0\x00", b"\xff\xfb\x0c\x00", b"\xff\xe9\x90\x00"):
        assert parse_frame(bad, 0) is None


def test_xing_promises_the_frames() -> None:
    found = first_frames(encode("mp3", tone(3))[:65_536])
    assert found is not None
    assert found.declared_samples is not None
    assert found.declared_samples == pytest.approx(3 * 44_100, abs=3 * 1152)


def test_every_refusal_is_a_sentence() -> None:
    for reason in WORDS:
        words = Refusal(reason, codec="x", channels=9, rate=1, declared="1 s", decoded="1 s").words
        assert words.endswith(".")
        assert "{" not in words
        assert 20 < len(words) < 220
    assert [clock(ms) for ms in (400, 12_000, 187_000, 3_660_000)] == [
        "0.4 s",
        "12 s",
        "3:07",
        "61:00",
    ]


@given(st.text(max_size=400))
def test_cleaned_text_is_one_short_printable_line(text: str) -> None:
    found = clean_text(text)
    assert len(found) <= 200
    assert found == "" or found.isprintable()
    assert found == found.strip()


def test_tags_choose_the_best_name() -> None:
    assert clean_tags({"TIT2": "a", "TITLE": "b", "x": "c", "BPM": "", "TBPM": "98"}) == {
        "title": "b", "bpm": "98",
    }  # fmt: skip
    latin = b"Stra\xdfe".decode("utf-8", "surrogateescape")
    assert clean_tags({"title": latin}) == {"title": "Straße"}


def test_waveform_is_relative_and_complete() -> None:
    for count in (1, 7, 799, 800, 801, 20_000):
        drawn = digesting.waveform(np.linspace(0, 0.5, count, dtype=np.float32) + 0.01)
        assert len(drawn) == PEAKS
        assert drawn[-1] == 255
        assert drawn[0] <= drawn[-1]
    assert digesting.waveform(np.zeros(5, np.float32)) == bytes(PEAKS)


def test_gain_obeys_loudness_ceiling_and_range() -> None:
    assert digesting.gain_db(-20, -12) == 6
    assert digesting.gain_db(-20, -3) == 2
    assert digesting.gain_db(-8, 0) == -6
    assert digesting.gain_db(-69, -60) == 30
    assert digesting.gain_db(None, -3) == 0
    assert digesting.gain_db(None, 3) == -4
    assert digesting.gain_db(10, 34) == -35
    assert digesting.gain_db(None, None) == 0


@pytest.mark.parametrize("loud", [0.01, 0.5, 5.0])
def test_music_at_the_ceiling_plus_any_tag_stays_under_it(loud: float) -> None:
    rng = np.random.default_rng(4)
    voice = rng.standard_normal((2, 44_100)).astype(np.float32)
    voice *= min(loud, 0.56) / np.abs(voice).max()
    tag = preview.VoiceTag(voice)
    for at in range(0, preview.PERIOD, reading.BLOCK):
        for sign in (1, -1):
            music = np.full((2, reading.BLOCK), sign * preview.CEILING, np.float32)
            assert np.abs(tag.over(music, at)).max() <= preview.CEILING * 1.0001
    quiet = tag.over(np.ones((2, reading.BLOCK), np.float32), 8 * reading.RATE)
    assert np.allclose(quiet, 1)
    steps = np.abs(np.diff(tag.over(np.ones((1, reading.BLOCK), np.float32), 14 * reading.RATE)))
    assert steps.max() < 0.01  # the music goes down without a click, before the tag begins


def walk(data: bytes, **changes: int) -> float:
    with reading.opened(io.BytesIO(data), len(data)) as source:
        steps = reading.BlockDecoder(source)
        for _ in steps.blocks():
            pass
        return steps.decoded_ms


@pytest.fixture(autouse=True)
def _leave_cpu_limits_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "allow_cpu", lambda _: None)


def test_too_long_is_also_counted_where_nothing_is_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_DURATION_MS", 500)
    data = bytearray(seeds()["flac"])
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    with pytest.raises(Refusal) as caught:
        walk(bytes(data))
    assert caught.value.reason == "too_long"
    with pytest.raises(Refusal) as caught:
        walk(seeds()["wav"])
    assert caught.value.reason == "too_long"


def test_a_pipe_written_wav_has_no_promise() -> None:
    data = bytearray(seeds()["wav"])
    at = data.find(b"data") + 4
    for placeholder in (0xFFFFFFFF, 0x7FFFFFFF):
        data[at : at + 4] = struct.pack("<I", placeholder)
        assert walk(bytes(data)) == pytest.approx(1200, abs=1)


def test_mp3s_that_change_their_shape_once_are_taken() -> None:
    joined = encode("mp3", tone(1)) + encode("mp3", tone(1, 22_050, 1), rate=22_050)
    assert sniff(io.BytesIO(joined), len(joined)).kind == "mp3"
    assert walk(joined) > 900


def test_wav_header_is_a_wav() -> None:
    data = wav_header(16_000, 8000) + bytes(16_000)
    assert walk(data) == pytest.approx(1000, abs=1)
