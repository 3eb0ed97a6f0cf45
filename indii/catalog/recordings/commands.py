"""What may be done to a recording, by its producer, an administrator or the workers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel import col

from indii.catalog.recordings import rules
from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.errors import NotVerified, RecordingNotFound, WrongState
from indii.catalog.recordings.events import (
    RecordingHidden,
    RecordingPublished,
    RecordingTakenDown,
)
from indii.catalog.recordings.models import MediaFile, Recording
from indii.identity.profiles.models import Profile
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.ids import new_id
from indii.kernel.text import clean_text, slugify


def own_recording(ctx: WriteCtx, recording_id: UUID) -> Recording:
    """Lock and return the actor's own recording; to anybody else it does not exist.

    Raises:
        RecordingNotFound: unknown, deleted, or somebody else's.
    """
    ctx.actor.require_role("producer")
    recording = locked_recording(ctx, recording_id)
    if not (ctx.actor.has_role("system") or recording.producer_id == ctx.actor.profile_id):
        raise RecordingNotFound
    return recording


def locked_recording(ctx: WriteCtx, recording_id: UUID) -> Recording:
    """Lock and return a recording for whoever may change it; no check who asks.

    Raises:
        RecordingNotFound: unknown or deleted.
    """
    recording = ctx.db.get(Recording, recording_id, with_for_update=True)
    if recording is None or recording.state == RecordingStatus.DELETED:
        raise RecordingNotFound
    return recording


def _free_slug(ctx: WriteCtx, title: str, *, own: UUID | None = None) -> str:
    base = slugify(title, fallback="recording")
    # Two people saving the same title at once must not race for the same address.
    ctx.db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"slug:{base}"))))
    taken = set(
        ctx.db.scalars(
            select(col(Recording.slug)).where(
                (col(Recording.slug) == base)
                | col(Recording.slug).regexp_match(f"^{base}-[0-9]+$"),
                col(Recording.id) != own if own else text("true"),
            )
        )
    )
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def _index(ctx: WriteCtx, recording: Recording) -> None:
    producer = ctx.db.get(Profile, recording.producer_id)
    recording.search_text = rules.search_text(
        title=recording.title,
        producer=producer.name if producer else "",
        tags=recording.tags,
        genre=recording.genre,
        mood=recording.mood,
    )


def create_draft(ctx: WriteCtx, *, title: str) -> UUID:
    """Begin a recording; only its producer sees it until it is published."""
    ctx.actor.require_role("producer")
    producer_id = ctx.actor.require_profile()
    title = rules.clean_title(title)
    recording = Recording(
        id=new_id(),
        slug=_free_slug(ctx, title),
        producer_id=producer_id,
        title=title,
        created_at=ctx.now,
    )
    _index(ctx, recording)
    ctx.db.add(recording)
    ctx.db.flush()
    return recording.id


def describe(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    title: str,
    genre: str,
    mood: str,
    bpm: float | None,
    key: int | None,
    tags: Sequence[str],
    credits: str,  # noqa: A002 - the field's own name
) -> None:
    """Set what the producer says about the recording; the address follows a draft's title."""
    recording = own_recording(ctx, recording_id)
    title = rules.clean_title(title)
    genre, mood = rules.check_genre(genre), rules.check_mood(mood)
    bpm, key = rules.check_bpm(bpm), rules.check_key(key)
    if recording.state == RecordingStatus.LIVE and not genre:
        raise IndiiError("A public recording needs a genre.", field="genre")
    if title != recording.title and recording.published_at is None:
        recording.slug = _free_slug(ctx, title, own=recording.id)
    recording.tags = rules.normalise_tags(tags)
    recording.credits = rules.clean_credits(credits)
    recording.title, recording.genre, recording.mood = title, genre, mood
    if bpm != recording.bpm:
        recording.bpm, recording.is_bpm_suggested = bpm, False
    if key != recording.key:
        recording.key, recording.is_key_suggested = key, False
    _index(ctx, recording)


def attest(ctx: WriteCtx, *, recording_id: UUID, holds_rights: bool, ai_use: str) -> None:
    """Keep what the producer declares about rights and machines ("" for not yet), and when."""
    recording = own_recording(ctx, recording_id)
    if ai_use:
        rules.check_ai_use(ai_use)
    if recording.state == RecordingStatus.LIVE:
        if not holds_rights:
            raise IndiiError(
                "Withdraw the recording first: a public recording needs confirmed rights.",
                field="rights",
            )
        rules.check_ai_use(ai_use)
    if holds_rights != (recording.rights_attested_at is not None):
        recording.rights_attested_at = ctx.now if holds_rights else None
    recording.ai_use = ai_use
    ctx.audit(
        "recording.attested", "recording", recording.id, holds_rights=holds_rights, ai_use=ai_use
    )


def _has_master(ctx: WriteCtx, recording_id: UUID) -> bool:
    found = select(col(MediaFile.id)).where(
        col(MediaFile.recording_id) == recording_id,
        col(MediaFile.kind).in_(rules.MASTERS),
        col(MediaFile.replaced_at).is_(None),
    )
    return ctx.db.scalars(found).first() is not None


def publish(
    ctx: WriteCtx, *, recording_id: UUID, bpm: float | None = None, key: int | None = None
) -> None:
    """Make it public; `bpm` and `key` are suggestions that stand in for what was left empty.

    Raises:
        NotReadyToPublish: something is missing.
    """
    recording = own_recording(ctx, recording_id)
    if recording.state == RecordingStatus.TAKEN_DOWN:
        raise WrongState("This recording was taken down; only a moderator can restore it.")
    rules.check_transition(recording.state, RecordingStatus.LIVE)
    if not (ctx.actor.is_verified or ctx.actor.has_role("system")):
        raise NotVerified
    rules.require_ready(rules.readiness(recording, has_master=_has_master(ctx, recording.id)))
    if recording.bpm is None and bpm is not None:
        recording.bpm, recording.is_bpm_suggested = bpm, True
    if recording.key is None and key is not None:
        recording.key, recording.is_key_suggested = key, True
    recording.state = RecordingStatus.LIVE
    recording.published_at = recording.published_at or ctx.now
    recording.withdrawn_at = None
    _index(ctx, recording)
    ctx.emit(RecordingPublished(recording.id))


def withdraw(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Hide it from everybody but its producer; what was licensed stays licensed."""
    recording = own_recording(ctx, recording_id)
    rules.check_transition(recording.state, RecordingStatus.WITHDRAWN)
    if recording.state == RecordingStatus.TAKEN_DOWN:
        raise WrongState("This recording was taken down; there is nothing to withdraw.")
    _hide(ctx, recording, RecordingStatus.WITHDRAWN)


def _hide(ctx: WriteCtx, recording: Recording, state: RecordingStatus) -> None:
    recording.state = state
    recording.withdrawn_at = ctx.now
    ctx.emit(RecordingHidden(recording.id))


def delete(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Hide it for good; rows and files stay for those who licensed it."""
    recording = own_recording(ctx, recording_id)
    rules.check_transition(recording.state, RecordingStatus.DELETED)
    _hide(ctx, recording, RecordingStatus.DELETED)
    ctx.audit("recording.deleted", "recording", recording.id)


def withdraw_all(ctx: WriteCtx, *, producer_id: UUID) -> int:
    """Withdraw every public recording of a producer whose account was closed; return how many."""
    ctx.actor.require_role("system")
    live = ctx.db.scalars(
        select(Recording)
        .where(
            col(Recording.producer_id) == producer_id,
            col(Recording.state) == RecordingStatus.LIVE,
        )
        .with_for_update()
    ).all()
    for recording in live:
        _hide(ctx, recording, RecordingStatus.WITHDRAWN)
    return len(live)


def mark_taken_down(ctx: WriteCtx, *, recording_id: UUID, reason: str) -> None:
    """Stop page, stream and search at once, with a reason that the producer reads."""
    ctx.actor.require_role("admin")
    recording = locked_recording(ctx, recording_id)
    rules.check_transition(recording.state, RecordingStatus.TAKEN_DOWN)
    reason = clean_text(reason)
    if not reason:
        raise IndiiError("Give the producer a reason.", field="reason")
    if len(reason) > rules.REASON_LENGTH:
        raise IndiiError(f"At most {rules.REASON_LENGTH} characters.", field="reason")
    recording.taken_down_from, recording.taken_down_reason = recording.state, reason
    _hide(ctx, recording, RecordingStatus.TAKEN_DOWN)
    ctx.emit(RecordingTakenDown(recording.id))
    ctx.audit("recording.taken_down", "recording", recording.id, reason=reason)


def clear_takedown(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Undo a takedown: the recording is again what it was before."""
    ctx.actor.require_role("admin")
    recording = locked_recording(ctx, recording_id)
    if recording.state != RecordingStatus.TAKEN_DOWN:
        raise WrongState("This recording is not taken down.")
    recording.state = RecordingStatus(recording.taken_down_from or RecordingStatus.WITHDRAWN)
    recording.taken_down_from = recording.taken_down_reason = ""
    if recording.state == RecordingStatus.LIVE:
        recording.withdrawn_at = None
        ctx.emit(RecordingPublished(recording.id))
    ctx.audit("recording.restored", "recording", recording.id)


def set_listing(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    price_from_minor: int | None,
    currency: str,
    tiers: Sequence[str],
) -> None:
    """Copy onto the recording what lists show of its offers; the store calls it."""
    recording = own_recording(ctx, recording_id)
    if not tiers and recording.state == RecordingStatus.LIVE:
        raise IndiiError(
            "A public recording keeps at least one license. Withdraw it first.", field="prices"
        )
    recording.price_from_minor, recording.currency = price_from_minor, currency
    recording.tiers = list(tiers)


def refresh_search_text(ctx: WriteCtx, *, producer_id: UUID) -> None:
    """Write the search words of all of a producer's recordings again, after a new name."""
    ctx.actor.require_role("system")
    ctx.db.flush()
    for recording in ctx.db.scalars(
        select(Recording).where(col(Recording.producer_id) == producer_id).with_for_update()
    ):
        _index(ctx, recording)
