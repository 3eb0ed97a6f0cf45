"""Opening a page: its own handlers run as the guard would let them, then the frame is filled."""

from types import SimpleNamespace

import pytest

import indii.app  # noqa: F401 - all pages and parts of the frame are registered
from indii.admin.ledger.queries import LedgerCheck
from indii.admin.ledger.state import LedgerState
from indii.kernel.context import NOBODY
from indii.shell import opening
from indii.shell.opening import FrameState
from indii.shell.viewer import ViewerState
from indii.store.checkout.state import CartState
from indii.ui.frame import frame_parts
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_fan, make_producer
from tests.state.tab import Tab


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


def test_every_part_of_the_frame_is_filled_with_one_read(rt, tab, as_, query_count):
    ash = make_producer(rt, "Ash Verell", with_session=True)
    make_recording(rt, ash, title="Rust")
    assert {ViewerState, CartState} <= {part.state for part in frame_parts()}
    tab.at("/terms")
    with as_(ash), query_count(len(frame_parts()) + 3):
        assert tab.opened(ViewerState).name == "Ash Verell"
    assert tab.state(FrameState).is_hydrated


def test_a_page_opens_only_for_whom_its_handlers_allow(rt, tab, as_, monkeypatch):
    page = SimpleNamespace(handlers=(LedgerState.check,))
    monkeypatch.setattr(opening, "page_at", lambda _path: page)
    for actor, kind in ((NOBODY, "sign-in"), (make_fan(rt), "error")):
        with as_(actor):
            viewer = tab.opened(ViewerState)
        assert viewer.is_ready, "the frame is there all the same"
        assert tab.state(NoticeState).kind == kind
        assert tab.state(LedgerState).checked == LedgerCheck()


def test_a_failing_frame_leaves_the_page_and_says_so(rt, tab, as_, monkeypatch):
    monkeypatch.setattr(CartState, "_frame_asks", lambda _self: 1 / 0)
    tab.at("/terms")
    with as_(NOBODY):
        state = tab.opened(NoticeState)
    assert "reference" in state.text.lower()
    assert tab.state(FrameState).is_hydrated, "the tab goes on"
