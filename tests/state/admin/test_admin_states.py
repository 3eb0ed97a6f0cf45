"""Handlers of the administrators' pages."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.admin.reports.state import ModerationState
from indii.admin.work.state import WorkState
from indii.catalog.recordings.models import Recording
from indii.identity.reports.flows import report
from indii.kernel.context import NOBODY
from indii.kernel.jobs import Job, JobKind, declare, enqueue
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer, make_visitor
from tests.state.tab import Tab

SHAKY = declare(JobKind("test_shaky"))


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


@pytest.fixture
def rust(rt):
    recording = make_recording(rt, make_producer(rt, "Ash"), title="Rust")
    report(
        rt, make_visitor(), kind="recording", subject_id=str(recording), reason="spam", details=""
    )
    return recording


def state_of(rt, recording):
    with rt.read() as ctx:
        return ctx.db.scalar(select(col(Recording.state)).where(col(Recording.id) == recording))


def test_taking_down_from_the_queue_and_restoring(rt, tab, as_, rust):
    with as_(make_admin(rt)):
        state = tab.run(ModerationState, "load")
        (thing,) = state.queue.things
        tab.run(ModerationState, "choose", "take_down", thing.kind, thing.id, thing.title)
        state = tab.run(ModerationState, "decide", {"reason": " "})
        assert "reason" in state.errors
        assert state.action == "take_down"
        state = tab.run(ModerationState, "decide", {"reason": "Not yours."})
        assert (state.action, state.queue.total, state.downs[0].title) == ("", 0, "Rust")
        assert state_of(rt, rust) == "taken_down"
        state = tab.run(ModerationState, "restore", str(rust))
    assert state.downs == []
    assert state_of(rt, rust) == "live"
    assert tab.state(NoticeState).kind == "good"


def test_dismissing(rt, tab, as_, rust):
    with as_(make_admin(rt)):
        tab.run(ModerationState, "choose", "dismiss", "recording", str(rust), "Rust")
        state = tab.run(ModerationState, "decide", {"reason": "Fine."})
    assert state.queue.total == 0
    assert state_of(rt, rust) == "live"


def test_looking_up_by_address(rt, tab, as_, rust):
    with as_(make_admin(rt)):
        state = tab.run(ModerationState, "look_up", {"address": "/recording/nothing"})
        assert "address" in state.errors
        state = tab.run(ModerationState, "look_up", {"address": "/recording/rust"})
    assert (state.action, state.title) == ("take_down", "Rust")


@pytest.mark.parametrize("make", [lambda _rt: NOBODY, make_fan, make_producer])
def test_others_see_and_change_nothing(rt, tab, as_, rust, make):
    # The guard would stop them at the door; the commands and queries stop them again.
    with as_(make(rt)):
        state = tab.run(ModerationState, "load")
        assert not state.is_allowed
        assert state.queue.total == 0
        tab.run(ModerationState, "choose", "take_down", "recording", str(rust), "Rust")
        tab.run(ModerationState, "decide", {"reason": "Mine."})
        tab.run(ModerationState, "look_up", {"address": "rust"})
        work = tab.run(WorkState, "load")
        assert not work.is_allowed
        assert work.work.kinds == ()
        tab.run(WorkState, "retry", str(rust))
    assert state_of(rt, rust) == "live"


def test_work_is_tried_again(rt, tab, as_):
    with rt.write() as ctx:
        job_id = enqueue(ctx.db, SHAKY.name, key="k", payload={}, now=ctx.now)
        job = ctx.db.get(Job, job_id)
        job.state, job.last_error, job.finished_at = "dead", "No disk.", ctx.now
    with as_(make_admin(rt)):
        state = tab.run(WorkState, "load")
        assert [j.error for j in state.work.jobs] == ["No disk."]
        state = tab.run(WorkState, "retry", state.work.jobs[0].id)
        assert state.work.jobs == ()
        tab.run(WorkState, "retry", "nonsense")
        tab.run(WorkState, "retry", str(job_id))
    assert "not waiting" in tab.state(NoticeState).text
