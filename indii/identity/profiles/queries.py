"""Reads of profiles."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from indii.identity.profiles.errors import ProfileNotFound
from indii.identity.profiles.models import Profile
from indii.identity.profiles.rules import avatar_url
from indii.kernel.context import ReadCtx


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """What anybody may see of a profile."""

    id: str
    slug: str
    name: str
    bio: str
    avatar: str
    is_producer: bool
    joined: str
    joined_at: str


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """A profile as its owner edits it."""

    id: str
    slug: str
    name: str
    bio: str
    avatar: str
    is_producer: bool


def open_profiles() -> Select[Profile]:
    """Return the statement for profiles whose account is open: the only ones to be shown."""
    return select(Profile).where(col(Profile.closed_at).is_(None))


def _public(profile: Profile) -> PublicProfile:
    return PublicProfile(
        id=str(profile.id),
        slug=profile.slug,
        name=profile.name,
        bio=profile.bio,
        avatar=avatar_url(profile.id, profile.avatar_key),
        is_producer=profile.is_producer,
        joined=f"{profile.created_at:%B %Y}",
        joined_at=profile.created_at.isoformat(),
    )


def public_profile(ctx: ReadCtx, slug: str) -> PublicProfile:
    """Return the profile under this address.

    Raises:
        ProfileNotFound: there is none, or its account is closed.
    """
    profile = ctx.db.scalar(open_profiles().where(col(Profile.slug) == slug))
    if profile is None:
        raise ProfileNotFound
    return _public(profile)


def find_public_profile(ctx: ReadCtx, profile_id: UUID) -> PublicProfile | None:
    """Return the profile with this id, or None if it must not be shown."""
    profile = ctx.db.scalar(open_profiles().where(col(Profile.id) == profile_id))
    return _public(profile) if profile else None


def own_profile(ctx: ReadCtx) -> OwnProfile:
    """Return the actor's own profile.

    Raises:
        SignInNeeded: nobody is signed in.
    """
    profile = ctx.db.get(Profile, ctx.actor.require_profile())
    if profile is None:
        raise ProfileNotFound
    return OwnProfile(
        id=str(profile.id),
        slug=profile.slug,
        name=profile.name,
        bio=profile.bio,
        avatar=avatar_url(profile.id, profile.avatar_key),
        is_producer=profile.is_producer,
    )


def avatar_key(ctx: ReadCtx, profile_id: UUID) -> str:
    """Return where the picture of an open profile lies.

    Raises:
        ProfileNotFound: there is no such profile, or it has no picture.
    """
    profile = ctx.db.scalar(open_profiles().where(col(Profile.id) == profile_id))
    if profile is None or not profile.avatar_key:
        raise ProfileNotFound
    key: str = profile.avatar_key
    return key
