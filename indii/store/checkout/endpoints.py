"""The way out to the payment page and back, by document navigation."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from indii.identity.accounts.rules import BUYER_COOKIE
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import current_actor
from indii.kernel.cookies import cookie_in, keep_cookie
from indii.kernel.errors import IndiiError, TryAgain
from indii.kernel.flash import Flash, back_to, refused
from indii.kernel.forms import form_fields
from indii.kernel.ids import hash_token, new_token
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


def _cart_token(request: Request) -> str:
    return cookie_in(request.headers.get("cookie", ""), CART_COOKIE) or ""


async def start(request: Request) -> Response:
    """Place the order and go to where it is paid."""
    form = await form_fields(request, most_bytes=MAX_FORM)
    email = form.get("email", "")[:300]
    known = cookie_in(request.headers.get("cookie", ""), BUYER_COOKIE)
    token = known or new_token()
    try:
        way = await edge.run(
            flows.start_checkout,
            token=_cart_token(request),
            email=email,
            buyer_hash=hash_token(token),
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
        keep_cookie(response, BUYER_COOKIE, token, max_age=COOKIE_LIFE_S)
    return response


def _done(notice: str = "Thank you. It is all here, and a receipt is on its way.") -> Response:
    return back_to(DONE, Flash(DONE, notice=notice))


async def abandon(request: Request) -> Response:
    """End the open checkout of the cart, so that what it holds is free again."""
    try:
        said = await edge.run(flows.abandon_checkout, token=_cart_token(request))
    except IndiiError as error:
        return refused(CART, error)
    return back_to(CART, Flash(CART, notice=said))


# Whoever comes from the payment page and reads "try again" would pay again.
_LATER = (
    "We cannot see your payment at this moment. If you paid, do not pay again: your files appear"
    " here within minutes, and we write to you."
)


async def return_from_payment(request: Request) -> Response:
    """Take a buyer back from the payment page; what they paid is theirs before they see it."""
    ref = request.query_params.get("session", "")[:200]
    try:
        said = await edge.run(flows.finish_checkout, session_ref=ref)
    except TryAgain:
        return back_to(DONE, Flash(DONE, notice=_LATER, kind="warn"))
    except IndiiError as error:
        return back_to(DONE, Flash(DONE, notice=error.message, kind="warn"))
    return _done(said) if said else back_to(CART)


routes = [
    Route("/checkout", start, methods=["POST"]),
    Route("/checkout/leave", abandon, methods=["POST"]),
    Route("/checkout/return", return_from_payment),
]
