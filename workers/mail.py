"""Sending emails: the text leaves by the mail port, and what it carried is wiped."""

from urllib.parse import urlsplit
from uuid import UUID

from indii.kernel import mail_queue, metrics
from indii.kernel.context import SYSTEM
from indii.kernel.mail_queue import SEND_MAIL, EmailStatus, QueuedEmail
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from indii.ports.mail import Email
from workers.registry import Task, job


@job(SEND_MAIL)
def send(rt: Runtime, task: Task) -> None:
    """Hand one email over; one that the server refuses for good is kept as refused."""
    email = _waiting(rt, UUID(task.payload["email_id"]))
    if email is None:
        return
    email_id = UUID(task.payload["email_id"])
    try:
        rt.mail.send(email)
    except PortError as error:
        metrics.MAIL.labels("retry" if error.retryable else "refused").inc()
        if not error.retryable:
            _mark(rt, email_id, EmailStatus.REFUSED)
        raise
    metrics.MAIL.labels("sent").inc()
    _mark(rt, email_id, EmailStatus.SENT)


def _waiting(rt: Runtime, email_id: UUID) -> Email | None:
    with rt.read() as ctx:
        row = ctx.db.get(QueuedEmail, email_id)
        if row is None or row.state == EmailStatus.SENT:
            return None
        return Email(
            to=row.to,
            subject=row.subject,
            text=row.text,
            html=row.html,
            # The same id on every try, so that a mailbox can tell a repeat from a second email.
            message_id=f"<{email_id}@{urlsplit(rt.site.public_url).hostname or 'localhost'}>",
            headers={"Auto-Submitted": "auto-generated"},
        )


def _mark(rt: Runtime, email_id: UUID, state: EmailStatus) -> None:
    blank = rt.site.environment == "production"
    with rt.write(SYSTEM) as ctx:
        mail_queue.mark(ctx.db, email_id, state, now=ctx.now, blank=blank)
