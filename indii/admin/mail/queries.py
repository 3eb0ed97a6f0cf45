"""Reads of queued and sent e-mails."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.admin.frame.rules import PAGE, StateTab, list_address, state_tabs
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago
from indii.kernel.mail_queue import EmailStatus, QueuedEmail
from indii.kernel.paging import newest_first


@dataclass(frozen=True, slots=True)
class EmailRow:
    """An e-mail without what is in it."""

    id: str
    recipient: str
    subject: str
    state: str
    when: str
    at: str
    sent: str
    href: str


@dataclass(frozen=True, slots=True)
class EmailsPage:
    """E-mails, newest first; `older` is the address that continues the list."""

    rows: list[EmailRow] = field(default_factory=list)
    tabs: list[StateTab] = field(default_factory=list)
    older: str = ""


EMAIL_LABELS = {"": "All", "waiting": "Waiting", "refused": "Refused", "sent": "Sent"}


def emails(
    ctx: ReadCtx, *, state: str = "", after: UUID | None = None, has_mailbox: bool = False
) -> EmailsPage:
    """Return emails in one state or in all, without their text, which may carry a link.

    With a mailbox (a developer's installation has one) each leads to its text there.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    state = state if state in EMAIL_LABELS else ""
    page = newest_first(
        ctx.db,
        select(QueuedEmail),
        by=col(QueuedEmail.created_at),
        key=col(QueuedEmail.id),
        size=PAGE,
        after=after,
        only=col(QueuedEmail.state) == state if state else None,
    )
    counted = ctx.db.execute(
        select(col(QueuedEmail.state), func.count())
        .where(col(QueuedEmail.state) != EmailStatus.SENT)
        .group_by(col(QueuedEmail.state))
    )
    return EmailsPage(
        rows=[
            EmailRow(
                id=str(email.id),
                recipient=_masked(email.to),
                subject=email.subject,
                state=email.state,
                when=ago(email.created_at, ctx.now),
                at=email.created_at.isoformat(),
                sent=ago(email.sent_at, ctx.now) if email.sent_at else "",
                href=f"/dev/mailbox/{email.id}" if has_mailbox else "",
            )
            for email in page.rows
        ],
        tabs=state_tabs("mail", EMAIL_LABELS, {str(k): int(n) for k, n in counted}, state),
        older=list_address("mail", state=state, after=page.next_after) if page.next_after else "",
    )


def _masked(email: str) -> str:
    """Return an address that its owner would recognise and nobody else could write to."""
    local, _, domain = email.partition("@")
    return f"{local[:2]}…@{domain}"
