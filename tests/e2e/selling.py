"""What was bought, given back and is being paid on the tested site, for its pages to show."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from indii.kernel import inbox, jobs
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.ids import hash_token, new_id
from indii.kernel.inbox import InboundMessage, InboundStatus
from indii.kernel.jobs import Job, JobStatus
from indii.kernel.mail_queue import QueuedEmail
from tests.e2e.catalogue import People, finish_setup
from tests.factories.orders import (
    download,
    leave_pending,
    make_order,
    make_paid_order,
    pay_order,
    refund,
    returned,
)
from tests.serving import Site

GUEST_TOKEN = "what-a-guest-of-the-tested-site-shows"
GUEST = Actor(visitor="a-guest", buyer=hash_token(GUEST_TOKEN))


def sell(site: Site, people: People) -> None:
    """Let the fan and a guest buy; leave every state that a page can show."""
    rt, fan, admin = site.rt, people.fan.actor, people.admin.actor
    harbour, signal, long, salt = (
        _recording(site, slug)
        for slug in ("cold-harbour", "no-signal", "a-very-long-title%", "saltwater")
    )
    aside = make_order(rt, GUEST, [(signal, "wav_lease")], email="returned@example.com")
    pay_order(rt, aside, has_papers=False, off=-100)
    returned(rt, admin, aside)
    back = make_paid_order(rt, fan, [(_recording(site, "rust"), "mp3_lease")], name="Lena Moss")
    refund(rt, admin, back)
    bought = make_paid_order(
        rt, fan, [(harbour, "wav_lease"), (signal, "mp3_lease")], name="Lena Moss", alias="MOSS",
    )  # fmt: skip
    download(rt, fan, bought)
    refund(rt, admin, bought, lines=1, outcome="failed")
    make_paid_order(rt, fan, [(salt, "mp3_lease")], name="Lena Moss")
    pay_order(rt, make_order(rt, fan, [(long, "wav_lease")], name="Lena Moss"), has_papers=False)
    # The last one of hers: its cart stays as it is until the money came.
    leave_pending(rt, make_order(rt, fan, [(long, "mp3_lease")], name="Lena Moss"))
    make_paid_order(
        rt, GUEST, [(harbour, "mp3_lease")], email="guest@example.com", buyer_token=GUEST_TOKEN,
        name="Nightshift Recordings GmbH",
    )  # fmt: skip
    pay_order(rt, make_order(rt, GUEST, [(signal, "wav_lease")]), has_papers=False, off=-100)
    make_order(rt, GUEST, [(signal, "exclusive")])
    _tell(site)


def _recording(site: Site, slug: str) -> UUID:
    with site.rt.read(SYSTEM) as ctx:
        found = ctx.db.execute(
            text("SELECT id FROM recording WHERE slug LIKE :slug"), {"slug": slug}
        )
        return found.scalars().first()  # type: ignore[return-value]


def _tell(site: Site) -> None:
    """Events from outside, e-mails and jobs, in every state; none of them is ever worked off."""
    finish_setup(site)
    with site.rt.write(SYSTEM) as ctx:
        tomorrow = ctx.now + timedelta(days=1)
        for number, state in enumerate(("done", "waiting", "dead", "not_handled")):
            told = InboundMessage(
                "stripe", f"evt_test_{number}", "checkout.session.completed",
                {"object": f"cs_test_{number}", "payment": ""}, ctx.now,
            )  # fmt: skip
            event_id = inbox.store(ctx, told)
            ctx.write_jobs()
            job = ctx.db.scalars(select(Job).where(col(Job.key) == str(event_id))).one()
            if state in set(InboundStatus):
                ctx.db.get_one(inbox.InboundEvent, event_id).state = state
            job.state = {"waiting": "queued", "dead": "dead"}.get(state, "done")
            job.tries, job.run_at = 3 * number, tomorrow
            job.last_error = "The payment provider did not answer." if state == "dead" else ""
        for number, state in enumerate(("sent", "waiting", "refused")):
            ctx.db.add(
                QueuedEmail(
                    id=new_id(), to="lena@example.com", subject=f"Your receipt {number + 1}",
                    text="Hello.", html="<p>Hello.</p>", state=state, created_at=ctx.now,
                    sent_at=ctx.now if state == "sent" else None,
                )
            )  # fmt: skip
        for key, state in (("one", JobStatus.DEAD), ("two", JobStatus.QUEUED)):
            job_id = jobs.enqueue(ctx.db, "send_mail", key=key, payload={}, now=ctx.now)
            job = ctx.db.get_one(Job, job_id)
            job.state, job.tries, job.run_at = state, 4, tomorrow
            job.last_error = "The mail server did not answer: connection refused by 192.0.2.1."
            job.finished_at = ctx.now if state == JobStatus.DEAD else None
