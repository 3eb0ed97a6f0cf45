"""Valid calls of the handlers of `admin/work`."""

from __future__ import annotations

from uuid import UUID, uuid4

from indii.kernel.ids import new_id
from indii.kernel.mail_queue import QueuedEmail
from tests.security.sampling import ADMIN, Sample, reads, sample
from tests.security.world import World

sample("WorkState.load", lambda w: _dead_work(w))


def _dead_work(world: World) -> Sample:
    world.dead_job("send_mail", str(uuid4()))
    return reads("/admin/work", "turquoise", ADMIN)


@sample("WorkState.retry")
def _retry_job(world: World) -> Sample:
    return Sample(
        payload={"job_id": str(world.dead_job("send_mail", str(uuid4())))},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"job", "audit_entry"}),
        at="/admin/work",
    )


@sample("EmailsState.load")
def _letters(world: World) -> Sample:
    with world.rt.write(world.admin.actor) as ctx:
        ctx.db.add(
            QueuedEmail(
                id=new_id(), to=world.fan.email, subject="A receipt", text="Thank you.",
                html="<p>Thank you.</p>", created_at=ctx.now,
            )
        )  # fmt: skip
    return reads("/admin/mail", "/dev/mailbox/", ADMIN)


def _told(world: World) -> UUID:
    """Something from outside that gave up."""
    from indii.kernel import inbox

    told = inbox.InboundMessage(
        "stripe", f"evt_{uuid4().hex}", "charge.updated", {}, world.rt.clock()
    )
    with world.rt.write(world.admin.actor) as ctx:
        event_id = inbox.store(ctx, told)
        assert event_id is not None
    world.dead_job("process_inbound", str(event_id), said="the turquoise network gave up")
    return event_id


@sample("InboundEventsState.load")
def _told_events(world: World) -> Sample:
    _told(world)
    return reads("/admin/events", "turquoise", ADMIN)


@sample("InboundEventsState.replay")
def _replay_told(world: World) -> Sample:
    return Sample(
        payload={"event_id": str(_told(world))},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"job", "audit_entry"}),
        at="/admin/events",
    )
