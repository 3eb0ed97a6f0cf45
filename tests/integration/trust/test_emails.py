"""One job an addressee: an e-mail that cannot be written takes no other with it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel import mail_queue
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job
from indii.kernel.mail_queue import SUBJECT_LENGTH, EmailStatus, QueuedEmail
from indii.store.downloads import commands as downloads
from indii.trust.refund_emails import commands as refund_emails
from indii.trust.refunds.commands import request_refund
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.paying import Storefront


def mailed(storefront: Storefront) -> Sequence[QueuedEmail]:
    return storefront.rows(select(QueuedEmail))


def refusing(address: str, before: Callable[..., object]) -> Callable[..., object]:
    """Write to everybody but one."""

    def queue(ctx: WriteCtx, *, to: str, **values: object) -> object:
        if to == address:
            raise ValueError("a template that does not like this name")
        return before(ctx, to=to, **values)

    return queue


@pytest.mark.parametrize("who", ["buyer", "first", "second"])
def test_everybody_else_is_written_to(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    other = make_producer(storefront.rt, "Bo")
    theirs = make_recording(storefront.rt, other, title="Theirs")
    people = {
        "buyer": "jo@example.com",
        "first": storefront.as_buyer(storefront.producer).email,
        "second": storefront.as_buyer(other).email,
    }
    others = set(people.values()) - {people[who]}
    wrong = refusing(people[who], mail_queue.queue_email)
    with monkeypatch.context() as patch:
        patch.setattr(downloads, "queue_email", wrong)
        sale = storefront.order(storefront.guest("jo@example.com"), storefront.recording(), theirs)
        storefront.pay(sale)
        storefront.drain()
        assert {email.to for email in mailed(storefront)} == others
    storefront.pass_time(minutes=20)
    storefront.drain()
    assert sorted(email.to for email in mailed(storefront)) == sorted(people.values())
    with storefront.rt.write(storefront.admin) as ctx:
        request_refund(ctx, order_id=sale.order_id, reason="Bought twice")
    with monkeypatch.context() as patch:
        patch.setattr(refund_emails, "queue_email", wrong)
        storefront.drain()
        told = {email.to for email in mailed(storefront) if "efunded" in email.subject}
        assert told == others
    storefront.pass_time(minutes=20)
    storefront.drain()
    assert sorted(email.to for email in mailed(storefront)) == sorted([*people.values()] * 2)
    # the fixture looks for bugs; this one was made on purpose
    with storefront.rt.write(SYSTEM) as ctx:
        for job in ctx.db.scalars(select(Job).where(col(Job.last_error) != "")):
            job.last_error = ""


def test_a_subject_made_of_long_titles_is_cut(storefront: Storefront) -> None:
    title = "A title as long as it may be " * 4
    storefront.bought(storefront.guest("jo@example.com"), storefront.recording(title[:118]))
    subjects = [email.subject for email in mailed(storefront)]
    assert len(subjects) == 2
    assert max(len(subject) for subject in subjects) <= SUBJECT_LENGTH


def test_sent_emails_are_forgotten_and_others_stay(storefront: Storefront) -> None:
    with storefront.rt.write(SYSTEM) as ctx:
        for state in EmailStatus:
            ctx.db.add(
                QueuedEmail(
                    id=new_id(), to="a@b.c", subject="s", text="", html="", state=state,
                    created_at=ctx.now, sent_at=ctx.now if state == EmailStatus.SENT else None,
                )
            )  # fmt: skip
    storefront.clock.move(days=2)
    with storefront.rt.write(SYSTEM) as ctx:
        assert mail_queue.delete_sent(ctx.db, before=ctx.now - timedelta(days=1)) == 1
    assert {email.state for email in mailed(storefront)} == {"refused", "waiting"}
