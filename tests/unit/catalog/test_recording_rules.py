"""Tags, titles, search words, states, gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.catalog.analysis.rules import is_reliable
from indii.catalog.recordings import rules
from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.errors import NotReadyToPublish, WrongState
from indii.kernel.errors import IndiiError
from indii.kernel.text import fold

WORDS = st.lists(st.text(max_size=40), max_size=30)


@given(WORDS)
def test_loosely_normalised_tags_always_fit(raw):
    tags = rules.normalise_tags(raw, strict=False)
    assert len(tags) <= rules.TAG_COUNT
    assert all(0 < len(t) <= rules.TAG_LENGTH for t in tags)
    assert all("," not in t and t == t.strip() and t == t.lower() for t in tags)
    assert len({fold(t) for t in tags}) == len(tags)


@given(WORDS)
def test_strictly_normalised_tags_fit_or_are_refused_on_their_field(raw):
    try:
        tags = rules.normalise_tags(raw)
    except IndiiError as error:
        assert error.field == "tags"  # noqa: PT017 - either outcome is fine
    else:
        assert tags == rules.normalise_tags(raw, strict=False)


def test_tags_read_as_typed():
    assert rules.normalise_tags([" #Dark ", "dark", "Boom  Bap", "Käse", "KASE", "a,b"]) == [
        "dark", "boom bap", "käse", "a b",
    ]  # fmt: skip


@given(st.text(max_size=400), st.text(max_size=400), WORDS)
def test_search_words_are_folded_once_each_and_never_too_long(title, producer, tags):
    text = rules.search_text(title=title, producer=producer, tags=tags, genre="r&b", mood="dark")
    words = text.split(" ") if text else []
    assert len(text) <= rules.SEARCH_LENGTH
    assert len(set(words)) == len(words)
    assert text == fold(text)


@given(st.text(max_size=300), st.text(max_size=300))
def test_there_is_always_a_title_to_begin_with(filename, tagged):
    title = rules.title_from(filename, tagged)
    assert 0 < len(title) <= rules.TITLE_LENGTH
    assert rules.clean_title(title)


@pytest.mark.parametrize(
    ("filename", "tagged", "title"),
    [
        ("cold_harbour.wav", "", "cold harbour"),
        ("C:\\beats\\Rust.final.mp3", "", "Rust.final"),
        ("../../etc/passwd", "", "passwd"),
        ("x.wav", " Cold\nHarbour ", "Cold Harbour"),
        (".wav", "", "wav"),
        ("", "", "Untitled"),
    ],
)
def test_a_title_from_a_file(filename, tagged, title):
    assert rules.title_from(filename, tagged).lstrip(".") == title


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_tempo_is_countable_or_refused(bpm):
    try:
        assert 20 <= rules.check_bpm(bpm) <= 400
    except IndiiError as error:
        assert error.field == "bpm"  # noqa: PT017 - either outcome is fine
        assert not 20 <= bpm <= 400


def test_deleted_is_the_end_and_nothing_returns_to_draft():
    for state in RecordingStatus:
        with pytest.raises(WrongState):
            rules.check_transition(state, RecordingStatus.DRAFT)
        if state is not RecordingStatus.DELETED:
            rules.check_transition(state, RecordingStatus.DELETED)
    for state in RecordingStatus:
        with pytest.raises(WrongState):
            rules.check_transition(RecordingStatus.DELETED, state)


@given(st.tuples(*[st.booleans()] * 6))
def test_publishing_is_blocked_exactly_while_something_is_missing(given_):
    has_master, title, genre, attested, ai_use, tiers = given_
    facts = rules.Readiness(
        has_master=has_master,
        title="Rust" if title else "",
        genre="drill" if genre else "",
        is_attested=attested,
        ai_use="none" if ai_use else "",
        tiers=["mp3_lease"] if tiers else [],
    )
    missing = rules.gaps(facts)
    assert len(missing) == given_.count(False)
    if missing:
        with pytest.raises(NotReadyToPublish) as refused:
            rules.require_ready(facts)
        assert refused.value.field == missing[0].field
    else:
        rules.require_ready(facts)


def test_only_a_sure_suggestion_is_believed():
    assert is_reliable(140.0, 0.5)
    assert not is_reliable(140.0, 0.49)
    assert not is_reliable(None, 1.0)
    assert is_reliable(0, 0.9)  # C major is a key


def test_small_covers_lie_beside_the_large():
    assert rules.small_cover_key("files/ab/x.webp") == "files/ab/x-96.webp"
