"""Writes of profiles."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from indii.identity.profiles.errors import ProfileNotFound, SlugTaken
from indii.identity.profiles.events import ProfileRenamed
from indii.identity.profiles.models import Profile
from indii.identity.profiles.rules import ProfileForm, clean_name, slug_candidates
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.form_models import read_form
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare

DELETE_PICTURE = declare(JobKind("delete_picture"))


def create_profile(ctx: WriteCtx, *, account_id: UUID, name: str, is_producer: bool) -> UUID:
    """Give a new account its public face, under the nicest address that is free."""
    ctx.actor.require_role("system")
    profile_id = new_id()
    cleaned = clean_name(name)
    for slug in slug_candidates(cleaned, profile_id):
        made = ctx.db.execute(
            insert(Profile)
            .values(
                id=profile_id,
                account_id=account_id,
                slug=slug,
                name=cleaned,
                bio="",
                avatar_key="",
                is_producer=is_producer,
                created_at=ctx.now,
            )
            .on_conflict_do_nothing(index_elements=["slug"])
            .returning(col(Profile.id))
        ).first()
        if made is not None:
            return profile_id
    raise SlugTaken


def _own(ctx: WriteCtx) -> Profile:
    profile = ctx.db.get(Profile, ctx.actor.require_profile(), with_for_update=True)
    if profile is None:
        raise ProfileNotFound
    return profile


def update_profile(ctx: WriteCtx, *, name: str, slug: str, bio: str) -> None:
    """Change how the actor appears.

    Raises:
        InvalidForm: with a sentence for each field that is not right.
        SlugTaken: somebody else has that address.
    """
    profile = _own(ctx)
    wanted, fields = slug.strip().lower(), {"name": name, "bio": bio}
    if wanted != profile.slug:
        fields["slug"] = wanted
    form = read_form(ProfileForm, fields)
    if wanted != profile.slug:
        taken = select(col(Profile.id)).where(col(Profile.slug) == wanted)
        if ctx.db.scalar(taken) is not None:
            raise SlugTaken
    if (profile.name, profile.slug) != (form.name, wanted):
        ctx.emit(ProfileRenamed(profile.id))
    profile.name, profile.slug, profile.bio = form.name, wanted, form.bio
    try:
        ctx.db.flush()
    except IntegrityError as error:
        # somebody took the address between the look and the write
        raise SlugTaken from error


def set_avatar(ctx: WriteCtx, *, key: str) -> str:
    """Show the stored picture from now on ("" for none); return where the one before lies."""
    profile = _own(ctx)
    before, profile.avatar_key = profile.avatar_key, key
    return before


def become_producer(ctx: WriteCtx) -> None:
    """List the actor's profile among producers."""
    _own(ctx).is_producer = True


def clear_profile(ctx: WriteCtx, *, profile_id: UUID) -> None:
    """Remove text and picture of somebody's profile.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    profile = ctx.db.get(Profile, profile_id, with_for_update=True)
    if profile is None:
        raise ProfileNotFound
    if profile.avatar_key:
        ctx.enqueue(DELETE_PICTURE.name, key=profile.avatar_key)
    profile.bio, profile.avatar_key = "", ""


def anonymise_profile(ctx: WriteCtx, *, profile_id: UUID) -> str:
    """Close the profile of a closed account and make it nameless; return where its picture lies."""
    if ctx.actor.profile_id != profile_id:
        ctx.actor.require_role("system")
    profile = ctx.db.get(Profile, profile_id, with_for_update=True)
    if profile is None:
        raise IndiiError("This profile is already deleted.")
    before, profile.closed_at = profile.avatar_key, ctx.now
    profile.name, profile.bio, profile.avatar_key = "Deleted account", "", ""
    profile.slug = f"deleted-{profile.id.hex[-12:]}"
    return before
