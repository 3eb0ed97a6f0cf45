"""Writes of reports."""

from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.identity.profiles.models import Profile
from indii.identity.reports.enums import ReportKind, ReportStatus
from indii.identity.reports.errors import AlreadyReported, NothingToReport
from indii.identity.reports.models import Report
from indii.identity.reports.rules import check_report
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id


def file_report(ctx: WriteCtx, *, kind: str, subject_id: UUID, reason: str, details: str) -> UUID:
    """Flag something for the moderators, as a member or as a visitor; one open report each.

    Raises:
        AlreadyReported: this person's report of it is still open.
        NothingToReport: there is no such profile, it is one's own, or a machine asks.
        IndiiError: reason or details are not right; `field` says which.
    """
    known, why, said = check_report(kind, reason, details)
    if ctx.actor.is_bot:
        raise NothingToReport
    if known is ReportKind.PROFILE:
        _check_profile(ctx, subject_id)
    made: UUID | None = ctx.db.scalar(
        insert(Report)
        .values(
            id=new_id(),
            kind=known,
            subject_id=subject_id,
            reason=why,
            details=said,
            account_id=ctx.actor.account_id,
            reporter=_reporter(ctx),
            state=ReportStatus.OPEN,
            created_at=ctx.now,
            decision_note="",
        )
        .on_conflict_do_nothing(
            index_elements=["kind", "subject_id", "reporter"],
            index_where=text("state = 'open'"),
        )
        .returning(col(Report.id))
    )
    if made is None:
        raise AlreadyReported
    return made


def _reporter(ctx: WriteCtx) -> str:
    if ctx.actor.account_id is not None:
        return str(ctx.actor.account_id)
    return f"visitor:{ctx.actor.visitor[:64]}"


def _check_profile(ctx: WriteCtx, profile_id: UUID) -> None:
    found = ctx.db.scalar(select(col(Profile.id)).where(col(Profile.id) == profile_id))
    if found is None or found == ctx.actor.profile_id:
        raise NothingToReport


def decide_reports(
    ctx: WriteCtx, *, kind: ReportKind, subject_id: UUID, state: ReportStatus, note: str
) -> int:
    """Close every open report of the thing with one decision; return how many there were.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    closed = ctx.db.scalars(
        update(Report)
        .where(
            col(Report.kind) == kind,
            col(Report.subject_id) == subject_id,
            col(Report.state) == ReportStatus.OPEN,
        )
        .values(
            state=state,
            decided_at=ctx.now,
            decided_by=ctx.actor.account_id,
            decision_note=note,
        )
        .returning(col(Report.id))
    )
    return len(closed.all())
