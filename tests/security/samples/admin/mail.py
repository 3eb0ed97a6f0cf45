"""Valid calls of the handlers of `admin/mail`."""

from __future__ import annotations

from indii.kernel.ids import new_id
from indii.kernel.mail_queue import QueuedEmail
from tests.security.sampling import ADMIN, Sample, reads, sample
from tests.security.world import World


@sample("EmailsState.load")
def _emails(world: World) -> Sample:
    with world.rt.write(world.admin.actor) as ctx:
        ctx.db.add(
            QueuedEmail(
                id=new_id(), to=world.fan.email, subject="A receipt", text="Thank you.",
                html="<p>Thank you.</p>", created_at=ctx.now,
            )
        )  # fmt: skip
    return reads("/admin/mail", "/dev/mailbox/", ADMIN)
