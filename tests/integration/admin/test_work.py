"""What administrators read about the machinery: whole lists in pages, true numbers."""

from datetime import timedelta

import pytest

from indii.admin.work.queries import PAGE, SHORT_PAGE, emails, inbound_page, work
from indii.kernel import inbox
from indii.kernel.context import NOBODY
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.ids import new_id
from indii.kernel.inbox import InboundMessage
from indii.kernel.jobs import Job, JobKind, declare
from tests.factories.identity import make_admin, make_fan, make_producer

HEAVY = declare(JobKind("test_heavy"))


@pytest.fixture
def noor(rt):
    return make_admin(rt)


def test_every_event_is_reached_and_counted(rt, noor):
    many = 2 * PAGE + 3
    with rt.write() as ctx:
        # all at one moment: the ids decide
        for n in range(many):
            about = {"object": f"ch_{n}"}
            event = InboundMessage("stripe", f"evt_{n}", "charge.refunded", about, ctx.now)
            inbox.store(ctx, event)
    seen, after = [], None
    for size in (PAGE, PAGE, 3):
        with rt.read(noor) as ctx:
            page = inbound_page(ctx, state="waiting", after=after)
            standing = inbox.counts(ctx.db)
        assert len(page.rows) == size
        seen += [row.about for row in page.rows]
        after = new_id() if not page.older else page.older.rpartition("=")[2]
    assert len(set(seen)) == many
    assert seen[:2] == [f"object: ch_{many - 1}", f"object: ch_{many - 2}"]
    assert (page.older, page.tabs[1].count) == ("", str(many))
    assert standing == {"waiting": many, "dead": 0, "not_handled": 0}
    with rt.read(noor) as ctx:
        assert inbound_page(ctx, state="dead").rows == []


def test_failures_of_one_moment_are_all_reached(rt, noor):
    many = SHORT_PAGE + 2
    with rt.write() as ctx:
        for n in range(many):
            ctx.db.add(
                Job(
                    id=new_id(), kind=HEAVY.name, key=str(n), queue="default", priority=1,
                    payload={}, state="dead", tries=5, last_error="No disk.", run_at=ctx.now,
                    created_at=ctx.now - timedelta(hours=n), finished_at=ctx.now,
                )
            )  # fmt: skip
    with rt.read(noor) as ctx:
        first = work(ctx)
        assert first.dead_jobs == many
        assert len(first.jobs) == SHORT_PAGE
        second = work(ctx, jobs=first.jobs[-1].id)
    keys = [job.about for job in first.jobs + second.jobs]
    assert keys == [str(n) for n in reversed(range(many))]
    assert second.older_jobs == ""
    # one list goes on, the other stays
    with rt.read(noor) as ctx:
        third = work(ctx, trying=first.jobs[-1].id)
    assert f"trying={first.jobs[-1].id}" in third.older_jobs
    assert third.jobs == first.jobs


def test_the_lists_are_for_administrators(rt):
    for actor in (NOBODY, make_fan(rt), make_producer(rt)):
        for query in (inbound_page, emails):
            with rt.read(actor) as ctx, pytest.raises((SignInNeeded, NotAllowed)):
                query(ctx, after=new_id())
        with rt.read(actor) as ctx, pytest.raises((SignInNeeded, NotAllowed)):
            work(ctx, jobs=new_id())
