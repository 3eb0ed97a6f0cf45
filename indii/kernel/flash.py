"""A word from one document to the next: what a form answered, kept in the browser for a minute.

A native form post ends in a 303, so its errors and the typed values travel in a signed cookie that
no script can read. Nothing secret belongs in it, and nobody but us can write it.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from indii.kernel import edge
from indii.kernel.cookies import cookie_in, keep_cookie
from indii.kernel.errors import IndiiError

COOKIE = "indii_flash"
LIFE_S = 60
_MAX_CHARS = 3500


@dataclass(frozen=True, slots=True)
class Flash:
    """What the page at `to` should say once: errors by field, what was typed, a notice."""

    to: str
    errors: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    kind: str = "info"


def _mac(secret: bytes, body: str) -> str:
    return hmac.new(secret, b"flash:" + body.encode(), hashlib.sha256).hexdigest()


def sign(secret: bytes, flash: Flash, *, now: datetime) -> str:
    """Return the cookie's value; typed values are dropped if it would be too long to keep."""
    data = asdict(flash) | {"at": int(now.timestamp())}
    # without padding: "=" would have to be quoted in a cookie
    body = urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
    if len(body) > _MAX_CHARS and flash.values:
        return sign(secret, Flash(flash.to, flash.errors, {}, flash.notice, flash.kind), now=now)
    return f"{body}.{_mac(secret, body)}"


def unsign(secret: bytes, value: str, *, now: datetime) -> Flash | None:
    """Return what was sealed less than a minute ago with this secret, else None."""
    body, _, mac = value.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(secret, body).encode()):
        return None
    data = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    age = now.timestamp() - data.pop("at")
    return Flash(**data) if -5 <= age <= LIFE_S else None


def see_other(url: str) -> Response:
    """Send a browser on, to an address that is good only now."""
    return RedirectResponse(url, 303, headers={"cache-control": "no-store"})


def back_to(path: str, flash: Flash | None = None) -> Response:
    """Answer a form: see other, with a word for the page there."""
    rt = edge.runtime()
    response = see_other(path)
    if flash is None:
        response.delete_cookie(COOKIE, path="/")
        return response
    keep_cookie(response, COOKIE, sign(rt.site.secret, flash, now=rt.clock()), max_age=LIFE_S)
    return response


def refused(
    path: str, error: IndiiError, *, values: Mapping[str, str] | None = None, where: str = ""
) -> Response:
    """Answer a form with what was wrong with it; `where` adds a query to the page's address."""
    flash = Flash(path, errors=error.errors, values=values or {})
    return back_to(path + where, flash)


def read_flash(cookie_header: str, page: str) -> Flash | None:
    """Return what the last form left for this page, if that was less than a minute ago."""
    value = cookie_in(cookie_header, COOKIE)
    rt = edge.runtime()
    flash = unsign(rt.site.secret, value, now=rt.clock()) if value else None
    return flash if flash is not None and flash.to == page else None
