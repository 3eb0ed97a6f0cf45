"""Decisions about profiles: names, addresses, which words the site keeps for itself."""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from indii.identity.profiles.errors import (
    BioTooLong,
    NameMissing,
    NameTooLong,
    SlugMalformed,
    SlugTaken,
)
from indii.kernel.form_models import FormModel, follows
from indii.kernel.text import clean_line, clean_text, slugify

MAX_NAME, MAX_BIO, MAX_SLUG = 60, 1000, 60
AVATAR_PX = 256
MAX_AVATAR_BYTES = 5_000_000
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

# Words of our own addresses, now or soon, and words that would pass for the house speaking.
_RESERVED_WORDS = """
    about account accounts admin administrator api apps artist artists assets auth avatar billing
    blog browse cart certificate charts check-mail checkout community contact copyright cookies
    dashboard dev discover dmca docs download downloads edit embed event events explore faq feed
    files followers following forgot forum forums genre genres health healthz help home host inbox
    index indii invite jobs label labels legal library licence licences license licenses login
    logout me media membership memberships merch messages metrics mod moderation moderator music
    new news notifications null offers official open order orders owner payout payouts ping play
    player playlist playlists presskit pricing privacy producer producers profile profiles
    promotion radio recording recordings register release releases report reports reset root
    search security sell session sessions settings shop sign-in sign-out sign-up signin signout
    signup similar sitemap staff static status stems store stream streams studio support system
    tag tags team terms track tracks trending trust undefined upload uploads user users venue
    venues verify webhook webhooks work www you
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


def clean_name(text: str) -> str:
    """Return the name on one line.

    Raises:
        NameMissing: nothing visible is left.
        NameTooLong: it does not fit.
    """
    name = clean_line(text[: MAX_NAME * 20])
    if not name:
        raise NameMissing
    if len(name) > MAX_NAME:
        raise NameTooLong(MAX_NAME)
    return name


def clean_bio(text: str) -> str:
    """Return the text without control characters.

    Raises:
        BioTooLong: it does not fit.
    """
    bio = clean_text(text[: MAX_BIO * 20])
    if len(bio) > MAX_BIO:
        raise BioTooLong(MAX_BIO)
    return bio


def clean_slug(text: str) -> str:
    """Return an address part that a person may choose.

    Raises:
        SlugMalformed: it is not 2 to 60 of [a-z0-9] with single hyphens between.
        SlugTaken: the site needs the word itself.
    """
    slug = text.strip().lower()
    if not 2 <= len(slug) <= MAX_SLUG or not _SLUG.fullmatch(slug):
        raise SlugMalformed
    if slug in RESERVED:
        raise SlugTaken
    return slug


class ProfileForm(FormModel):
    """How somebody appears; an address that stays is not looked at again."""

    name: Annotated[str, follows(clean_name)]
    slug: Annotated[str, follows(clean_slug)] = ""
    bio: Annotated[str, follows(clean_bio)]


def slug_candidates(name: str, profile_id: UUID) -> Iterator[str]:
    """Yield addresses for a new name, the nicest first; the last is never taken."""
    base = slugify(name, fallback="artist", limit=MAX_SLUG - 13)
    if len(base) >= 2 and base not in RESERVED:
        yield base
    for number in range(2, 10):
        yield f"{base}-{number}"
    yield f"{base}-{profile_id.hex[-12:]}"


def avatar_url(profile_id: UUID, avatar_key: str) -> str:
    """Return the address of the picture, "" without one; it changes with the picture."""
    if not avatar_key:
        return ""
    version = hashlib.sha256(avatar_key.encode()).hexdigest()[:10]
    return f"/media/avatar/{profile_id}?v={version}"
