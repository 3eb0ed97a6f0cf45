"""Gauges say what stands in the tables."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from indii.kernel import inbox, jobs
from indii.kernel.context import SYSTEM
from indii.kernel.ids import new_id
from indii.kernel.inbox import InboundMessage
from indii.kernel.jobs import KINDS, Job, JobKind, JobStatus, declare
from indii.kernel.mail_queue import QueuedEmail
from indii.kernel.runtime import Runtime
from indii.store.orders.events import OrderPaid
from workers import gauges
from workers.queue import drain_queue
from workers.registry import load_rooms

load_rooms()


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.fixture
def removed() -> Iterator[JobKind]:
    """A kind of work that only the release before knew."""
    yield declare(JobKind("test_removed"))
    KINDS.pop("test_removed", None)


def test_they_are_true(rt: Runtime, removed: JobKind) -> None:
    with rt.write(SYSTEM) as ctx:
        ctx.emit(OrderPaid(new_id()))
        for number in range(3):
            inbox.store(ctx, InboundMessage("tower", f"evt_{number}", "bell.melted", {}, ctx.now))
        dead = jobs.enqueue(ctx.db, removed.name, key="k", payload={}, now=ctx.now)
        ctx.db.get_one(Job, dead).state = JobStatus.DEAD
        ctx.db.add(
            QueuedEmail(id=new_id(), to="a@b.c", subject="s", text="", html="", created_at=ctx.now)
        )
    KINDS.pop(removed.name)
    drain_queue(rt, ["inbound"], limit=2)
    drain_queue(rt, ["events"], limit=1)
    gauges.publish_jobs(rt)
    gauges.publish_messages(rt)
    assert value("indii_jobs", kind="process_inbound", state="queued") == 1
    assert value("indii_jobs", kind="store.write_receipt", state="queued") == 1
    assert value("indii_jobs", kind="test_removed", state="dead") == 1
    assert value("indii_outbox_waiting") == 4, "a job for each handler of a paid order"
    assert value("indii_mail_waiting") == 1
    states = {"waiting": 1, "dead": 0, "not_handled": 2}
    assert {state: value("indii_inbox", state=state) for state in states} == states
    drain_queue(rt, ["inbound"])
    gauges.publish_jobs(rt)
    assert value("indii_jobs", kind="process_inbound", state="queued") == 0
