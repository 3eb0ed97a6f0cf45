"""Letters waiting to leave: written in the commit that caused them, sent by a worker.

Their text stays readable for `/dev/mailbox` in development only; in production it is blanked once
the letter has left, because it may carry a token.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Index, func, select
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from indii.kernel.context import WriteCtx
from indii.kernel.db import ReadSession, UtcTime
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare

SEND_MAIL = declare(JobKind("send_mail", queue="default", max_tries=8, priority=10))


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class QueuedLetter(SQLModel, table=True):
    """One letter."""

    __tablename__ = "queued_letter"
    __table_args__ = (Index("ix_queued_letter_created", "created_at"),)

    id: UUID = Field(primary_key=True)
    to: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    text: str
    html: str
    state: str = Field(default=LetterState.WAITING, max_length=10)
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
    html = env.get_template("letter.html.jinja").render(subject=subject, paragraphs=paragraphs)
    return subject.strip(), text.strip() + "\n", html


def queue_letter(ctx: WriteCtx, *, to: str, template: Path, **values: Any) -> UUID:
    """Write the letter and the job that sends it, in the open transaction."""
    subject, text, html = render(template, **values)
    letter = QueuedLetter(
        id=new_id(), to=to, subject=subject, text=text, html=html, created_at=ctx.now
    )
    ctx.db.add(letter)
    ctx.enqueue(SEND_MAIL.name, key=str(letter.id), payload={"letter_id": str(letter.id)})
    return letter.id


def newest(db: Session | ReadSession, *, limit: int = 50) -> list[QueuedLetter]:
    """Return the latest letters, newest first."""
    return list(
        db.scalars(select(QueuedLetter).order_by(col(QueuedLetter.created_at).desc()).limit(limit))
    )


def mark(db: Session, letter_id: UUID, state: LetterState, *, now: datetime, blank: bool) -> None:
    """Note how sending ended; `blank` wipes the text of a letter that has left."""
    letter = db.get(QueuedLetter, letter_id)
    if letter is None:
        return
    letter.state = state
    letter.sent_at = now if state is LetterState.SENT else None
    if blank:
        letter.text = letter.html = ""


def waiting_count(db: Session) -> int:
    """Return how many letters have not left."""
    waiting = col(QueuedLetter.state) == LetterState.WAITING
    return db.scalar(select(func.count()).select_from(QueuedLetter).where(waiting)) or 0
