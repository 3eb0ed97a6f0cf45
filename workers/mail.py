"""Sending letters: the text leaves by the mail port, and what it carried is wiped."""

from urllib.parse import urlsplit
from uuid import UUID

from indii.kernel import mail_queue, metrics
from indii.kernel.context import SYSTEM
from indii.kernel.mail_queue import SEND_MAIL, LetterState, QueuedLetter
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from indii.ports.mail import Letter
from workers.registry import Task, job


@job(SEND_MAIL)
def send(rt: Runtime, task: Task) -> None:
    """Hand one letter over; one that the server refuses for good is kept as refused."""
    letter = _waiting(rt, UUID(task.payload["letter_id"]))
    if letter is None:
        return
    letter_id = UUID(task.payload["letter_id"])
    try:
        rt.mail.send(letter)
    except PortError as error:
        metrics.MAIL.labels("retry" if error.retryable else "refused").inc()
        if not error.retryable:
            _mark(rt, letter_id, LetterState.REFUSED)
        raise
    metrics.MAIL.labels("sent").inc()
    _mark(rt, letter_id, LetterState.SENT)


def _waiting(rt: Runtime, letter_id: UUID) -> Letter | None:
    with rt.read() as ctx:
        row = ctx.db.get(QueuedLetter, letter_id)
        if row is None or row.state == LetterState.SENT:
            return None
        return Letter(
            to=row.to,
            subject=row.subject,
            text=row.text,
            html=row.html,
            # The same id on every try, so that a mailbox can tell a repeat from a second letter.
            message_id=f"<{letter_id}@{urlsplit(rt.site.public_url).hostname or 'localhost'}>",
            headers={"Auto-Submitted": "auto-generated"},
        )


def _mark(rt: Runtime, letter_id: UUID, state: LetterState) -> None:
    blank = rt.site.environment == "production"
    with rt.write(SYSTEM) as ctx:
        mail_queue.mark(ctx.db, letter_id, state, now=ctx.now, blank=blank)
