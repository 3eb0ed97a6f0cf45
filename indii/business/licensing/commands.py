"""A producer's own terms."""

from dataclasses import asdict

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.licensing.models import LicenseTerms
from indii.business.licensing.rules import DEFAULTS, Terms, check_terms, check_tier
from indii.kernel.context import WriteCtx


def set_terms(ctx: WriteCtx, *, tier: str, terms: Terms) -> None:
    """Set what a tier of the actor grants from now on; what was sold keeps its own text."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    known = check_tier(tier)
    values = asdict(check_terms(terms)) | {"updated_at": ctx.now}
    ctx.db.execute(
        insert(LicenseTerms)
        .values(profile_id=profile_id, tier=known, **values)
        .on_conflict_do_update(index_elements=["profile_id", "tier"], set_=values)
    )
    ctx.audit("terms.set", "profile", profile_id, tier=known, is_default=terms == DEFAULTS[known])


def reset_terms(ctx: WriteCtx, *, tier: str) -> None:
    """Go back to the default terms of a tier."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    known = check_tier(tier)
    ctx.db.execute(
        delete(LicenseTerms).where(
            col(LicenseTerms.profile_id) == profile_id, col(LicenseTerms.tier) == known
        )
    )
    ctx.audit("terms.reset", "profile", profile_id, tier=known)
