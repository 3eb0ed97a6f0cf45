"""Signed, expiring tokens: everything that a link promises is inside what is signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Final, NamedTuple

from indii.ports.errors import LinkExpired, LinkInvalid

MAX_TOKEN: Final = 2048
_PURPOSE: Final = b"indii.storage.link.v1\x00"
"""Keeps this key's other signatures from being replayed here."""


class LinkPayload(NamedTuple):
    """What one link gives, and until when (UNIX seconds)."""

    key: str
    expires_at: int
    filename: str
    content_type: str


def sign(secret: bytes, promise: LinkPayload) -> str:
    """Return the token of `promise`: payload and HMAC-SHA256, safe inside a path."""
    payload = _encode(json.dumps(promise, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{payload}.{_encode(_mac(secret, payload))}"


def unsign(secret: bytes, token: str, *, now: float) -> LinkPayload:
    """Return what `token` promises. Raises: LinkInvalid, LinkExpired."""
    payload, dot, signature = token.partition(".")
    if not dot or len(token) > MAX_TOKEN or not token.isascii():
        raise LinkInvalid
    if not hmac.compare_digest(_encode(_mac(secret, payload)), signature):
        raise LinkInvalid
    try:
        key, expires_at, filename, content_type = json.loads(_decode(payload))
    except (ValueError, binascii.Error) as error:
        raise LinkInvalid from error
    if now >= expires_at:
        raise LinkExpired
    return LinkPayload(key, expires_at, filename, content_type)


def _mac(secret: bytes, payload: str) -> bytes:
    return hmac.digest(secret, _PURPOSE + payload.encode(), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
