"""E-mails waiting to leave: written in the commit that caused them, sent by a worker.

Their text stays readable for `/dev/mailbox` in development only; in production it is blanked once
the email has left, because it may carry a token.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import CursorResult, Index, delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from indii.kernel.context import WriteCtx
from indii.kernel.db import ReadSession, UtcTime
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare
from indii.kernel.text import cut

SUBJECT_LENGTH = 200
SEND_MAIL = declare(JobKind("send_mail", queue="default", max_tries=10, priority=10))


class EmailStatus(StrEnum):
    """Where a email stands."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class QueuedEmail(SQLModel, table=True):
    """One email."""

    __tablename__ = "queued_email"
    __table_args__ = (Index("ix_queued_email_created", "created_at"),)

    id: UUID = Field(primary_key=True)
    to: str = Field(max_length=254)
    subject: str = Field(max_length=SUBJECT_LENGTH)
    text: str
    html: str
    state: str = Field(default=EmailStatus.WAITING, max_length=10)
    created_at: UtcTime
    sent_at: UtcTime | None = None


def render(template: Path, **values: Any) -> tuple[str, str, str]:
    """Return (subject, text, html) of `template`.txt.jinja, whose first line is the subject.

    The HTML is the text's paragraphs in our frame, so that both always say the same.
    """
    loader = FileSystemLoader([template.parent, Path(__file__).parent / "templates"])
    env = Environment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html.jinja",), default=False),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
    )
    body = env.get_template(f"{template.name}.txt.jinja").render(**values)
    subject, _, text = body.partition("\n")
    paragraphs = [p.strip() for p in text.strip().split("\n\n")]
    html = env.get_template("email.html.jinja").render(subject=subject, paragraphs=paragraphs)
    return subject.strip(), text.strip() + "\n", html


def queue_email(ctx: WriteCtx, *, to: str, template: Path, **values: Any) -> UUID:
    """Write the email and the job that sends it, in the open transaction.

    The template is given the `site` beside the values. A subject made of people's words may be
    longer than a subject can be: it is cut.
    """
    subject, text, html = render(template, site=ctx.site, **values)
    email = QueuedEmail(
        id=new_id(),
        to=to,
        subject=cut(subject, SUBJECT_LENGTH),
        text=text,
        html=html,
        created_at=ctx.now,
    )
    ctx.db.add(email)
    ctx.enqueue(SEND_MAIL.name, key=str(email.id), payload={"email_id": str(email.id)})
    return email.id


def newest(db: Session | ReadSession, *, limit: int = 50) -> list[QueuedEmail]:
    """Return the latest emails, newest first."""
    return list(
        db.scalars(select(QueuedEmail).order_by(col(QueuedEmail.created_at).desc()).limit(limit))
    )


def mark(db: Session, email_id: UUID, state: EmailStatus, *, now: datetime, blank: bool) -> None:
    """Note how sending ended; `blank` wipes the text of a email that has left."""
    email = db.get(QueuedEmail, email_id)
    if email is None:
        return
    email.state = state
    email.sent_at = now if state is EmailStatus.SENT else None
    if blank:
        email.text = email.html = ""


def delete_sent(db: Session, *, before: datetime) -> int:
    """Delete emails that left before then; what waits or was refused stays. Return how many."""
    gone = db.execute(
        delete(QueuedEmail)
        .where(col(QueuedEmail.state) == EmailStatus.SENT, col(QueuedEmail.sent_at) < before)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", gone).rowcount


def waiting_count(db: Session) -> int:
    """Return how many emails have not left."""
    waiting = col(QueuedEmail.state) == EmailStatus.WAITING
    return db.scalar(select(func.count()).select_from(QueuedEmail).where(waiting)) or 0
