"""Valid calls of the handlers of `admin/work`."""

from __future__ import annotations

from uuid import uuid4

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
