"""What may come in, and under which name it lies here."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads import rules
from indii.catalog.uploads.errors import FileRefused, TooLarge, TooManyUploads
from indii.kernel.errors import IndiiError
from indii.kernel.ids import new_id
from indii.ports.storage import KEY_PATTERN


@given(st.text(max_size=600))
def test_a_shown_name_is_short_on_one_line_and_no_path(filename):
    name = rules.display_name(filename)
    assert 0 < len(name) <= rules.FILENAME_LENGTH
    assert "/" not in name
    assert "\n" not in name
    assert name.isprintable() or name.strip()


def test_a_long_name_keeps_its_ending():
    assert rules.display_name("x" * 300 + ".wav").endswith("x.wav")


@pytest.mark.parametrize(
    "ending", ["wav", "aiff", "flac", "mp3", "m4a", "ogg", "opus", "zip", "webp"]
)
def test_keys_are_ours(ending):
    assert re.fullmatch(KEY_PATTERN, rules.storage_key(new_id(), ending))


@given(st.text(max_size=12), st.integers(-10, 10**12))
def test_an_announcement_is_taken_or_refused(kind, count):
    try:
        known, _ = rules.check_request(kind, "a.wav", count)
    except (TooLarge, FileRefused, IndiiError):
        return
    assert 0 < count <= rules.LIMITS[known]


def test_kinds_follow_content():
    for asked in (FileKind.MAIN_WAV, FileKind.MAIN_MP3):
        assert rules.checked_kind(asked, is_lossless=True) == FileKind.MAIN_WAV
        assert rules.checked_kind(asked, is_lossless=False) == FileKind.MAIN_MP3
    assert rules.checked_kind(FileKind.VOICE_TAG, is_lossless=True) == FileKind.VOICE_TAG


def test_quotas():
    rules.check_quota(open_count=9, unfinished_bytes=0, count=1)
    with pytest.raises(TooManyUploads):
        rules.check_quota(open_count=10, unfinished_bytes=0, count=1)
    with pytest.raises(TooManyUploads):
        rules.check_quota(open_count=0, unfinished_bytes=rules.UNFINISHED_BYTES, count=1)


def test_voice_tags_are_short():
    rules.check_voice_tag(10_000)
    with pytest.raises(FileRefused):
        rules.check_voice_tag(10_001)


@pytest.mark.parametrize(
    ("channels", "bits", "line"),
    [
        (2, 24, "FLAC · 48 kHz · 24 bit · stereo · 3:12"),
        (1, None, "FLAC · 48 kHz · mono · 3:12"),
        (6, None, "FLAC · 48 kHz · 6 channels · 3:12"),
    ],
)
def test_a_sound_in_one_line(channels, bits, line):
    facts = {
        "format": "flac", "sample_rate": 48_000, "bit_depth": bits, "channels": channels,
        "duration_ms": 192_000,
    }  # fmt: skip
    assert rules.describe_sound(facts) == line
