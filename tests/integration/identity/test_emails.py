"""E-mails on their way out: sent once, wiped in production, kept when refused."""

import pytest
from sqlalchemy import select

import workers.mail  # noqa: F401 - registers the worker
from indii.identity.accounts import flows
from indii.kernel.jobs import Job
from indii.kernel.mail_queue import QueuedEmail
from indii.ports.errors import MailError
from tests.factories.identity import make_fan, make_visitor
from workers.queue import drain_queue


class Refusing:
    """A mail server that takes nothing."""

    def __init__(self, *, retryable):
        self.retryable = retryable

    def send(self, _email):
        raise MailError("No such mailbox", retryable=self.retryable)


@pytest.fixture
def waiting(rt):
    make_fan(rt, email="mara@example.com")
    flows.forgot(rt, make_visitor(), email="mara@example.com", ip="")


def email(rt):
    with rt.write() as ctx:
        return ctx.db.scalar(select(QueuedEmail))


def job(rt):
    with rt.write() as ctx:
        return ctx.db.scalar(select(Job))


def test_an_email_leaves_once(rt, waiting):
    assert drain_queue(rt, ["default"]) == 1
    (file,) = (rt.site.state_dir / "mail").glob("*.eml")
    assert "To: mara@example.com" in file.read_text()
    assert email(rt).state == "sent"
    assert "token=" in email(rt).text
    assert drain_queue(rt, ["default"]) == 0


def test_what_has_left_is_wiped_in_production(rt, waiting):
    object.__setattr__(rt.site, "environment", "production")
    drain_queue(rt, ["default"])
    assert (email(rt).state, email(rt).text, email(rt).html) == ("sent", "", "")


def test_a_refused_email_is_kept_and_its_job_gives_up(rt, waiting):
    rt.mail = Refusing(retryable=False)
    drain_queue(rt, ["default"])
    assert email(rt).state == "refused"
    assert (job(rt).state, job(rt).last_error) == ("dead", "No such mailbox")


def test_a_busy_server_is_asked_again(rt, waiting, clock):
    rt.mail = Refusing(retryable=True)
    drain_queue(rt, ["default"])
    assert (email(rt).state, job(rt).state) == ("waiting", "queued")
    assert job(rt).run_at > clock()
