"""Cookies of ours: how they are read from a header, and how they are set."""

from http.cookies import CookieError, SimpleCookie

from starlette.responses import Response

from indii.kernel import edge


def cookie_in(header: str, name: str) -> str | None:
    """Return the value of one cookie in a Cookie header."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None


def keep_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    max_age: int,
    path: str = "/",
    for_scripts: bool = False,
) -> None:
    """Have the browser keep this for `max_age` seconds, out of reach of other sites.

    Scripts cannot read it unless it is `for_scripts`. Where the site has TLS, the browser sends it
    over nothing else.
    """
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=path,
        secure=edge.runtime().site.is_secure,
        httponly=not for_scripts,
        samesite="lax",
    )
