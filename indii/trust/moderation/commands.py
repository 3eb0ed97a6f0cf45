"""Decisions of moderators: each is checked, audited, and told to whom it concerns."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.commands import clear_takedown as restore_in_catalog
from indii.catalog.recordings.commands import mark_taken_down as take_down_in_catalog
from indii.catalog.recordings.models import Recording
from indii.identity.accounts.models import Account
from indii.identity.accounts.rules import Site
from indii.identity.profiles import commands as profiles
from indii.identity.profiles.models import Profile
from indii.identity.reports.commands import decide_reports
from indii.identity.reports.enums import ReportKind, ReportStatus
from indii.kernel.context import WriteCtx
from indii.kernel.mail_queue import queue_email
from indii.trust.moderation.errors import SubjectGone
from indii.trust.moderation.rules import clean_reason

_TEMPLATES = Path(__file__).parent / "templates"


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


def take_down(ctx: WriteCtx, *, recording_id: UUID, reason: str, site: Site) -> None:
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
    _tell_producer(ctx, recording_id, "taken_down", site, reason=said, was_reported=upheld > 0)


def restore(ctx: WriteCtx, *, recording_id: UUID, site: Site) -> None:
    """Undo a takedown and tell the producer.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it is not taken down.
    """
    ctx.actor.require_role("admin")
    restore_in_catalog(ctx, recording_id=recording_id)
    _tell_producer(ctx, recording_id, "restored", site)


def blank_profile(ctx: WriteCtx, *, profile_id: UUID, reason: str, site: Site) -> str:
    """Remove text and picture of a profile and tell its owner; return where the picture lies.

    Raises:
        NotAllowed: the actor is no administrator.
        ReasonMissing: nothing is said.
    """
    ctx.actor.require_role("admin")
    said = clean_reason(reason)
    picture = profiles.clear_profile(ctx, profile_id=profile_id)
    upheld = decide_reports(
        ctx,
        kind=ReportKind.PROFILE,
        subject_id=profile_id,
        state=ReportStatus.UPHELD,
        note=said,
    )
    ctx.audit("profile.blanked", "profile", profile_id, reason=said, reports=upheld)
    _email_owner(ctx, profile_id, "profile_blanked", site, reason=said)
    return picture


def _tell_producer(
    ctx: WriteCtx, recording_id: UUID, template: str, site: Site, **values: object
) -> None:
    found = ctx.db.get(Recording, recording_id)
    if found is None:
        raise SubjectGone
    _email_owner(ctx, found.producer_id, template, site, title=found.title, **values)


def _email_owner(
    ctx: WriteCtx, profile_id: UUID, template: str, site: Site, **values: object
) -> None:
    email = ctx.db.scalar(
        select(col(Account.email))
        .join(Profile, col(Profile.account_id) == col(Account.id))
        .where(col(Profile.id) == profile_id, col(Account.disabled_at).is_(None))
    )
    if email is not None:
        queue_email(ctx, to=email, template=_TEMPLATES / template, site=site, **values)
