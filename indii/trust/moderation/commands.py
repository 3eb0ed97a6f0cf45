"""Decisions of moderators: each is checked, audited, and told to whom it concerns."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.commands import clear_takedown as restore_in_catalog
from indii.catalog.recordings.commands import mark_taken_down as take_down_in_catalog
from indii.catalog.recordings.models import Recording
from indii.identity.accounts.models import Account
from indii.identity.profiles import commands as profiles
from indii.identity.profiles.models import Profile
from indii.identity.reports.commands import decide_reports
from indii.identity.reports.enums import ReportKind, ReportStatus
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import JobKind, declare
from indii.kernel.mail_queue import queue_email
from indii.store.tips.commands import remove_message
from indii.trust.moderation.errors import SubjectGone
from indii.trust.moderation.rules import clean_reason

_TEMPLATES = Path(__file__).parent / "templates"
# Written apart from the decision, which must not fail because its e-mail does.
DECISION_EMAIL = declare(JobKind("decision_email", max_tries=10, priority=15))


def dismiss(ctx: WriteCtx, *, kind: str, subject_id: UUID, note: str) -> int:
    """Close the open reports of a thing that stays as it is; return how many there were.

    Raises:
        NotAllowed: the actor is no administrator.
        ReasonMissing: the note for the record is empty.
    """
    ctx.actor.require_role("admin")
    said = clean_reason(note)
    if kind not in set(ReportKind):
        raise SubjectGone
    closed = decide_reports(
        ctx,
        kind=ReportKind(kind),
        subject_id=subject_id,
        state=ReportStatus.DISMISSED,
        note=said,
    )
    ctx.audit("reports.dismissed", kind, subject_id, note=said, reports=closed)
    return closed


def take_down(ctx: WriteCtx, *, recording_id: UUID, reason: str) -> None:
    """Stop page, stream and search at once, uphold its reports, tell the producer why.

    Raises:
        NotAllowed: the actor is no administrator.
        ReasonMissing: nothing is said.
        IndiiError: it is not up.
    """
    ctx.actor.require_role("admin")
    said = clean_reason(reason)
    take_down_in_catalog(ctx, recording_id=recording_id, reason=said)
    upheld = decide_reports(
        ctx,
        kind=ReportKind.RECORDING,
        subject_id=recording_id,
        state=ReportStatus.UPHELD,
        note=said,
    )
    ctx.audit("reports.upheld", ReportKind.RECORDING, recording_id, reports=upheld)
    _tell_producer(ctx, recording_id, "taken_down", reason=said, was_reported=upheld > 0)


def restore(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Undo a takedown and tell the producer.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it is not taken down.
    """
    ctx.actor.require_role("admin")
    restore_in_catalog(ctx, recording_id=recording_id)
    _tell_producer(ctx, recording_id, "restored")


def blank_profile(ctx: WriteCtx, *, profile_id: UUID, reason: str) -> None:
    """Remove text and picture of a profile and tell its owner why.

    Raises:
        NotAllowed: the actor is no administrator.
        ReasonMissing: nothing is said.
    """
    ctx.actor.require_role("admin")
    said = clean_reason(reason)
    profiles.clear_profile(ctx, profile_id=profile_id)
    upheld = decide_reports(
        ctx,
        kind=ReportKind.PROFILE,
        subject_id=profile_id,
        state=ReportStatus.UPHELD,
        note=said,
    )
    ctx.audit("profile.blanked", "profile", profile_id, reason=said, reports=upheld)
    _tell(ctx, profile_id, profile_id, "profile_blanked", reason=said)


def remove_tip_message(ctx: WriteCtx, *, tip_id: UUID, reason: str) -> None:
    """Take the message of a tip off its page and uphold its reports; the money stays.

    Raises:
        NotAllowed: the actor is no administrator.
        ReasonMissing: nothing is said.
        TipGone: there is no such message, or it was removed already.
    """
    ctx.actor.require_role("admin")
    said = clean_reason(reason)
    remove_message(ctx, tip_id=tip_id)
    upheld = decide_reports(
        ctx,
        kind=ReportKind.TIP_MESSAGE,
        subject_id=tip_id,
        state=ReportStatus.UPHELD,
        note=said,
    )
    ctx.audit("reports.upheld", ReportKind.TIP_MESSAGE, tip_id, reason=said, reports=upheld)


def _tell_producer(ctx: WriteCtx, recording_id: UUID, template: str, **values: object) -> None:
    found = ctx.db.get(Recording, recording_id)
    if found is None:
        raise SubjectGone
    _tell(ctx, found.producer_id, recording_id, template, title=found.title, **values)


def _tell(
    ctx: WriteCtx, profile_id: UUID, subject_id: UUID, template: str, **values: object
) -> None:
    payload = {"profile": str(profile_id), "template": template, "values": values}
    ctx.enqueue(DECISION_EMAIL.name, key=f"{template}:{subject_id}", payload=payload)


def queue_decision_email(
    ctx: WriteCtx, *, profile_id: UUID, template: str, values: Mapping[str, object]
) -> None:
    """Write to the owner of a profile what was decided; a closed account is told nothing."""
    email = ctx.db.scalar(
        select(col(Account.email))
        .join(Profile, col(Profile.account_id) == col(Account.id))
        .where(col(Profile.id) == profile_id, col(Account.disabled_at).is_(None))
    )
    if email is not None:
        queue_email(ctx, to=email, template=_TEMPLATES / template, **values)
