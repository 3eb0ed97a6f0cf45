"""Ids: UUIDv7, so that they sort by the time they were made."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()


def read_id(text: str) -> UUID | None:
    """Return the id that somebody sent as text, or None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def require_id(text: str, missing: type[Exception]) -> UUID:
    """Return the id that somebody sent as text.

    Raises:
        missing: it is none, so that nothing has it.
    """
    found = read_id(text)
    if found is None:
        raise missing
    return found


def new_token() -> str:
    """Return 256 bits of randomness, safe in a URL or a cookie."""
    return secrets.token_urlsafe(32)


def reference() -> str:
    """Return a short id that a person can read out to support."""
    alphabet = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(8))


def hash_token(token: str) -> str:
    """Return what we keep of a token: 256 random bits need no slow hash.

    Ours are far shorter than what counts of it, so a megabyte in a cookie costs nothing to refuse.
    """
    return hashlib.sha256(token[:200].encode()).hexdigest()
