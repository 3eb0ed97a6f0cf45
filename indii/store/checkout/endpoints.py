"""The way out to the payment page and back, by document navigation."""

import html
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from indii.identity.accounts.rules import BUYER_COOKIE, hash_token
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import current_actor
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash, back_to, cookie_in, refused
from indii.kernel.ids import new_token
from indii.store.checkout import flows

CART_COOKIE = "indii_cart"
CART, DONE = "/cart", "/downloads"
MAX_FORM = 4000

# A form's own redirect must stay on this site by our policy, so this page takes the next step.
_LEAVING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>To the payment page · Indii</title>
<meta name="robots" content="noindex"><meta name="color-scheme" content="dark light">
<meta http-equiv="refresh" content="0;url={url}"></head>
<body><p>Taking you to the payment page. <a href="{url}">Continue</a></p></body></html>"""
_CSP = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


async def _form(request: Request) -> Mapping[str, str]:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MAX_FORM:
        raise IndiiError("This form is too large.")
    async with request.form(max_files=0, max_fields=8) as posted:
        return {name: value for name, value in posted.items() if isinstance(value, str)}


def _cart_token(request: Request) -> str:
    return cookie_in(request.headers.get("cookie", ""), CART_COOKIE) or ""


async def start(request: Request) -> Response:
    """Place the order and go to where it is paid."""
    form = await _form(request)
    email = form.get("email", "")[:300]
    known = cookie_in(request.headers.get("cookie", ""), BUYER_COOKIE)
    token = known or new_token()
    try:
        way = await edge.run(
            flows.start_checkout,
            token=_cart_token(request),
            email=email,
            buyer_hash=hash_token(token[:200]),
        )
    except IndiiError as error:
        return refused(CART, error, values={"email": email})
    if way.url:
        target = html.escape(way.url, quote=True)
        response: Response = HTMLResponse(
            _LEAVING.format(url=target),
            headers={"cache-control": "no-store", "content-security-policy": _CSP},
        )
    else:
        response = _done()
    if current_actor.get().account_id is None and not known:
        response.set_cookie(
            BUYER_COOKIE,
            token,
            max_age=COOKIE_LIFE_S,
            path="/",
            secure=edge.runtime().site.is_secure,
            httponly=True,
            samesite="lax",
        )
    return response


def _done(notice: str = "Thank you. It is all here, and a receipt is on its way.") -> Response:
    return back_to(DONE, Flash(DONE, notice=notice))


async def leave(request: Request) -> Response:
    """End the open checkout of the cart, so that what it holds is free again."""
    try:
        said = await edge.run(flows.leave_checkout, token=_cart_token(request))
    except IndiiError as error:
        return refused(CART, error)
    return back_to(CART, Flash(CART, notice=said))


async def come_back(request: Request) -> Response:
    """Take a buyer back from the payment page; what they paid is theirs before they see it."""
    ref = request.query_params.get("session", "")[:200]
    try:
        said = await edge.run(flows.finish_checkout, session_ref=ref)
    except IndiiError as error:
        return back_to(DONE, Flash(DONE, notice=error.message, kind="warn"))
    return _done(said) if said else back_to(CART)


routes = [
    Route("/checkout", start, methods=["POST"]),
    Route("/checkout/leave", leave, methods=["POST"]),
    Route("/checkout/return", come_back),
]
