"""E-mails about refunds: who is written to, and what."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from indii.kernel.context import WriteCtx
from indii.kernel.jobs import JobKind, declare
from indii.kernel.mail_queue import queue_email
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.models import Refund
from indii.trust.refunds.queries import FailureEmailFacts, RefundedSeller, failure_note, refund_note

REFUND_EMAIL = declare(JobKind("refund_email", max_tries=10, priority=15))
TEMPLATES = Path(__file__).parent / "templates"


def ask_for_refund_emails(ctx: WriteCtx, *, refund_id: UUID) -> None:
    """Have the buyer and everybody whose sale was refunded written to."""
    note = refund_note(ctx.reading, refund_id)
    if note is None:
        return
    _ask(ctx, refund_id, "refunded")
    for seller in note.sellers:
        _ask(ctx, refund_id, "refund_of_sale", seller.profile_id)


def ask_for_failure_emails(ctx: WriteCtx, *, refund_id: UUID) -> None:
    """Have administrators told of a refund that failed, and whoever was told otherwise before."""
    # Whoever is telling the buyer at this moment that money comes is waited for.
    ctx.db.get(Refund, refund_id, with_for_update=True, populate_existing=True)
    note = failure_note(ctx.reading, refund_id)
    if note is None:
        return
    if "@" in ctx.site.contact:
        _ask(ctx, refund_id, "refund_failed")
    else:
        for account_id in note.admins:
            _ask(ctx, refund_id, "refund_failed", account_id)
    if note.is_emailed:
        _ask(ctx, refund_id, "not_refunded")
    for seller in note.sellers:
        _ask(ctx, refund_id, "sale_holds", seller.profile_id)


def _ask(ctx: WriteCtx, refund_id: UUID, email: str, to: UUID | None = None) -> None:
    payload = {"refund": str(refund_id), "email": email, "to": str(to) if to else ""}
    ctx.enqueue(REFUND_EMAIL.name, key=f"{refund_id}:{email}:{to or ''}", payload=payload)


def queue_refund_email(ctx: WriteCtx, *, refund_id: UUID, email: str, to: UUID | None) -> None:
    """Write one e-mail about a refund to one person.

    Raises:
        KeyError: nobody here writes such an e-mail.
    """
    ctx.actor.require_role("system")
    _EMAILS[email](ctx, refund_id, to)


def _refunded(ctx: WriteCtx, refund_id: UUID, _to: UUID | None) -> None:
    note = refund_note(ctx.reading, refund_id)
    if note is None or not _note_told(ctx, refund_id):
        return
    said = {"number": note.number, "amount": note.amount, "reason": note.reason}
    template = TEMPLATES / ("returned" if note.came else "refunded")
    more = {"came": note.came, "total": note.total, "lines": note.lines, "ended": note.ended}
    queue_email(ctx, to=note.email, template=template, **said, **more)


def _note_told(ctx: WriteCtx, refund_id: UUID) -> bool:
    """Note that the buyer is told of money on its way; False if it failed since."""
    found = ctx.db.execute(
        update(Refund)
        .where(col(Refund.id) == refund_id, col(Refund.state) != RefundStatus.FAILED)
        .values(emailed_at=ctx.now)
        .returning(col(Refund.id))
    ).first()
    return found is not None


def _refund_of_sale(ctx: WriteCtx, refund_id: UUID, to: UUID | None) -> None:
    note = refund_note(ctx.reading, refund_id)
    if note is None or note.has_failed:
        return
    said = {"number": note.number, "reason": note.reason, "ended": note.seller_ended}
    for seller in _chosen(note.sellers, to):
        template = TEMPLATES / "refund_of_sale"
        queue_email(ctx, to=seller.email, template=template, lines=seller.lines, **said)


def _chosen(sellers: Sequence[RefundedSeller], to: UUID | None) -> Sequence[RefundedSeller]:
    return [seller for seller in sellers if seller.profile_id == to]


def _refund_failed(ctx: WriteCtx, refund_id: UUID, to: UUID | None) -> None:
    note = failure_note(ctx.reading, refund_id)
    address = note.admins.get(to) if note and to else ctx.site.contact
    if note is not None and address:
        _of_failure(ctx, address, "refund_failed", note)


def _not_refunded(ctx: WriteCtx, refund_id: UUID, _to: UUID | None) -> None:
    note = failure_note(ctx.reading, refund_id)
    if note is not None:
        _of_failure(ctx, note.email, "not_refunded", note)


def _sale_holds(ctx: WriteCtx, refund_id: UUID, to: UUID | None) -> None:
    note = failure_note(ctx.reading, refund_id)
    if note is None:
        return
    for seller in _chosen(note.sellers, to):
        _of_failure(ctx, seller.email, "sale_holds", note, lines=seller.lines)


def _of_failure(
    ctx: WriteCtx, to: str, template: str, note: FailureEmailFacts, **more: object
) -> None:
    queue_email(
        ctx,
        to=to,
        template=TEMPLATES / template,
        number=note.number,
        amount=note.amount,
        note=note,
        contact=ctx.site.contact_or_operator,
        **more,
    )


_EMAILS: dict[str, Callable[[WriteCtx, UUID, UUID | None], None]] = {
    "refunded": _refunded,
    "refund_of_sale": _refund_of_sale,
    "refund_failed": _refund_failed,
    "not_refunded": _not_refunded,
    "sale_holds": _sale_holds,
}
