"""Public pages' states: the address is the question, the view is the answer."""

from collections.abc import Iterator

import pytest

from indii.discovery.browse.state import HomeState, ProducerState, RecordingState
from indii.discovery.search.state import ExploreState
from indii.kernel.runtime import Runtime
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.state.tab import Tab


@pytest.fixture
def tab() -> Iterator[Tab]:
    made = Tab()
    yield made
    made.close()


def test_home_shows_what_is_new(rt: Runtime, tab: Tab) -> None:
    make_recording(rt, make_producer(rt), title="Rust")
    state = tab.run(HomeState, "load")
    assert [row.title for row in state.page.fresh] == ["Rust"]
    assert state.page.popular == [], "nobody has played it"
    assert state.is_ready


def test_explore_answers_the_address(rt: Runtime, tab: Tab) -> None:
    ash = make_producer(rt)
    make_recording(rt, ash, title="Rust", genre="trap")
    make_recording(rt, ash, title="Halogen", genre="techno")
    tab.at("/explore?genre=techno")
    state = tab.run(ExploreState, "load")
    assert [row.title for row in state.page.rows] == ["Halogen"]
    assert [chip.label for chip in state.page.chips] == ["Techno"]
    assert state.page.chips[0].href == "/explore"


@pytest.mark.parametrize(
    ("handler", "arguments", "address"),
    [
        ("search", [{"q": " dark  piano "}], "/explore?q=dark+piano&genre=trap"),
        ("search", [{"q": ""}], "/explore?genre=trap"),
        ("set_tempo", [132, 148], "/explore?genre=trap&bpm=132-148"),
        ("set_tempo", [40, 220], "/explore?genre=trap"),
        ("sort_by", ["price"], "/explore?genre=trap&sort=price"),
        ("sort_by", ["nonsense"], "/explore?genre=trap"),
    ],
)
def test_controls_lead_to_addresses(
    rt: Runtime, tab: Tab, handler: str, arguments: list[object], address: str
) -> None:
    tab.at("/explore?genre=trap&after=12")
    _, event = tab.call(ExploreState, handler, *arguments)
    assert address in str(event.args)


def test_a_recording_is_shown_with_its_tiers_and_a_missing_one_as_missing(
    rt: Runtime, tab: Tab
) -> None:
    make_recording(rt, make_producer(rt), title="Rust")
    tab.at("/recording/rust")
    state = tab.run(RecordingState, "load")
    assert state.page.facts.row.title == "Rust"
    assert [tier.label for tier in state.page.tiers] == ["MP3 lease"]
    tab.at("/recording/nothing")
    state = tab.run(RecordingState, "load")
    assert state.is_missing
    assert state.page.facts is None


def test_a_draft_is_missing_for_strangers(rt: Runtime, tab: Tab) -> None:
    make_recording(rt, make_producer(rt), title="Draft", is_live=False)
    tab.at("/recording/draft")
    assert tab.run(RecordingState, "load").is_missing


def test_a_producer_is_shown_with_their_recordings(rt: Runtime, tab: Tab) -> None:
    make_recording(rt, make_producer(rt, "Ash Verell"), title="Rust")
    tab.at("/producer/ash-verell")
    state = tab.run(ProducerState, "load")
    assert (state.page.profile.name, state.page.total) == ("Ash Verell", "1 recording")
    tab.at("/producer/nobody")
    assert tab.run(ProducerState, "load").is_missing
