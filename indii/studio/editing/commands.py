"""Saving all of a recording's form in one commit."""

from collections.abc import Mapping
from uuid import UUID

from indii.catalog.recordings.commands import attest, describe, own_recording
from indii.kernel.context import WriteCtx
from indii.store.offers.commands import set_offers
from indii.studio.editing.rules import read_details


def save_recording(ctx: WriteCtx, *, recording_id: UUID, typed: Mapping[str, str]) -> str:
    """Save description, prices and attestation, or none of it; return the recording's slug.

    Raises:
        IndiiError: on the field that was refused.
    """
    details = read_details(typed, ctx.site.currency)
    form = details.form
    recording = own_recording(ctx, recording_id)
    describe(
        ctx,
        recording_id=recording_id,
        title=form.title,
        genre=form.genre,
        mood=form.mood,
        bpm=form.bpm,
        key=form.key,
        tags=form.tags,
        credits=form.credits,
    )
    set_offers(ctx, recording_id=recording_id, prices=details.prices)
    was_attested = recording.rights_attested_at is not None
    has_changed = (form.holds_rights, form.ai_use) != (was_attested, recording.ai_use)
    if has_changed:
        attest(
            ctx,
            recording_id=recording_id,
            holds_rights=form.holds_rights,
            ai_use=form.ai_use,
        )
    return recording.slug
