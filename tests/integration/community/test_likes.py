"""Likes against the real database, through commands and through the handlers of a tab."""

import pytest
from sqlalchemy import func, select

from indii.catalog.recordings.commands import mark_taken_down
from indii.catalog.recordings.errors import RecordingNotFound
from indii.community.likes import state as likes_state
from indii.community.likes.commands import set_like
from indii.community.likes.models import RecordingLike
from indii.community.likes.queries import PAGE, LikesShown, liked_page, likes_of
from indii.community.likes.state import LikedState, LikesState
from indii.identity.accounts.commands import close_account
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import SignInNeeded
from indii.kernel.ids import new_id, read_id
from indii.ui.frame import PageSubjects
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.state.tab import Tab
from workers.queue import drain_queue
from workers.registry import load_rooms


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def rust(rt, ash):
    return make_recording(rt, ash, title="Rust")


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


def like(rt, actor, *recordings, is_liked=True):
    with rt.write(actor) as ctx:
        for one in recordings:
            set_like(ctx, recording_id=one, is_liked=is_liked)


def shown(rt, actor, *recordings, about=None):
    with rt.read(actor) as ctx:
        return likes_of(ctx, recordings, about=about)


def liked(rt, actor, after=None):
    with rt.read(actor) as ctx:
        return liked_page(ctx, after=after)


def test_a_like_is_set_once_and_taken_back(rt, ash, rust):
    mara = make_fan(rt)
    like(rt, mara, rust, rust)
    like(rt, ash, rust)  # their own counts too
    key = str(rust)
    assert shown(rt, mara, rust, about=rust) == LikesShown({key: True}, {key: 2})
    assert shown(rt, NOBODY, rust, about=rust) == LikesShown({}, {key: 2})
    like(rt, mara, rust, rust, is_liked=False)
    assert shown(rt, mara, rust, about=rust) == LikesShown({key: False}, {key: 1})


def test_only_members_like_only_what_they_may_see(rt, ash, rust):
    with pytest.raises(SignInNeeded):
        like(rt, NOBODY, rust)
    draft = make_recording(rt, ash, title="Draft", is_live=False)
    mara = make_fan(rt)
    for hidden in (draft, new_id()):
        with pytest.raises(RecordingNotFound):
            like(rt, mara, hidden)
        like(rt, mara, hidden, is_liked=False)


def test_what_was_taken_down_leaves_the_list_and_its_like_stays(rt, ash, rust):
    mara, other = make_fan(rt), make_recording(rt, ash, title="Halogen")
    like(rt, mara, rust, other)
    with rt.write(make_admin(rt)) as ctx:
        mark_taken_down(ctx, recording_id=rust, reason="An uncleared sample.")
    page = liked(rt, mara)
    assert ([row.title for row in page.rows], page.total) == (["Halogen"], "1 recording")
    like(rt, mara, rust, is_liked=False)
    assert shown(rt, mara, rust).likes == {str(rust): False}


def test_the_list_goes_on_and_costs_the_same_however_long(rt, ash, clock, query_count):
    mara = make_fan(rt)
    recordings = [make_recording(rt, ash, title=f"No. {n}") for n in range(PAGE + 2)]
    for one in recordings:
        clock.move(seconds=1)
        like(rt, mara, one)
    with query_count(3):
        page = liked(rt, mara)
    assert [row.id for row in page.rows] == [str(one) for one in recordings[:1:-1]]
    with query_count(4):
        older = liked(rt, mara, after=read_id(page.older.rpartition("=")[2]))
    assert [row.title for row in older.rows] == ["No. 1", "No. 0"]
    assert older.is_continued
    assert not older.older
    with query_count(1):
        assert all(shown(rt, mara, *recordings).likes.values())
    assert liked(rt, NOBODY).rows == []


def test_a_closed_account_likes_nothing(rt, rust):
    mara = make_fan(rt)
    like(rt, mara, rust)
    with rt.write(mara) as ctx:
        close_account(ctx)
    load_rooms()
    drain_queue(rt, ["events"])
    with rt.read(SYSTEM) as ctx:
        assert ctx.db.scalar(select(func.count()).select_from(RecordingLike)) == 0


def test_a_press_is_answered_whatever_becomes_of_it(rt, tab, as_, rust, monkeypatch):
    with as_(NOBODY):
        state = tab.run(LikesState, "like", str(rust), True, 7)
    assert (state.answered, state.likes) == (7, {})
    assert tab.state(NoticeState).kind == "sign-in"
    with as_(make_fan(rt)):
        assert tab.run(LikesState, "like", str(rust), True, 8).likes == {str(rust): True}
        assert tab.run(LikesState, "like", "no id", True, 9).answered == 9
        assert tab.state(NoticeState).kind == "error"
        assert tab.run(LikesState, "like", str(rust), False, 10).likes == {str(rust): False}
        monkeypatch.setattr(likes_state, "PER_MINUTE", 2)
        state = tab.run(LikesState, "like", str(rust), True, 11)
    assert (state.answered, state.likes) == (11, {str(rust): False})
    assert "Too many" in tab.state(NoticeState).text


@pytest.fixture
def every_page():
    """Register all pages and states, before a tab is opened on them."""
    import indii.app

    return indii.app.app


def test_the_frame_knows_the_likes_of_what_a_page_shows(every_page, rt, tab, as_, ash, rust):
    mara, other = make_fan(rt), make_recording(rt, ash, title="Halogen")
    like(rt, mara, rust)
    tab.at("/liked")
    with as_(mara):
        state = tab.run(LikedState, "load")
        assert state._subjects() == PageSubjects((rust,))
        found = tab.opened(LikesState)
        assert (found.is_signed_in, found.likes) == (True, {str(rust): True})
        assert tab.run(LikesState, "ask", str(other)).likes[str(other)] is False
    with as_(NOBODY):
        assert not tab.opened(LikesState).is_signed_in
