"""The cart's forms, and the way out to the payment page and back, by document navigation."""

import html
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from indii.catalog.recordings.errors import RecordingNotFound
from indii.identity.accounts.rules import BUYER_COOKIE
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import ReadCtx, current_actor
from indii.kernel.cookies import cookie_in, keep_cookie
from indii.kernel.errors import IndiiError, TryAgain
from indii.kernel.flash import Flash, back_to, read_flash, refused
from indii.kernel.forms import form_fields
from indii.kernel.ids import hash_token, new_token, require_id
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute
from indii.store.checkout import commands, flows, queries
from indii.store.checkout.rules import CART_COOKIE, CART_LIFE, cart_token, left_words

CART, DONE = "/cart", "/downloads"
MAX_FORM = 4000
Fields = Mapping[str, str]

# A form's own redirect must stay on this site by our policy, so this page takes the next step.
_LEAVING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>To the payment page · Indii</title>
<meta name="robots" content="noindex"><meta name="color-scheme" content="dark light">
<meta http-equiv="refresh" content="0;url={url}"></head>
<body><p>Taking you to the payment page. <a href="{url}">Continue</a></p></body></html>"""
_CSP = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def _token_in(cookies: str) -> str:
    """Return the token of a guest's cart, "" where the browser has none."""
    return cart_token(cookie_in(cookies, CART_COOKIE))


def _cart_token(request: Request) -> str:
    return _token_in(request.headers.get("cookie", ""))


def show(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return the cart, and what the last form answered."""
    flash = read_flash(asked.cookies, CART) or Flash(CART)
    view = queries.cart_page(ctx, _token_in(asked.cookies))
    state = {
        "page": view,
        "errors": dict(flash.errors),
        "notice": flash.notice or left_words(asked.query.get("payment", "")),
        "naming": flash.values.get("recording_id", ""),
        "email": flash.values.get("email", "") or view.email,
        "is_ready": True,
    }
    return SsrPage(CART, state)


async def _change(
    request: Request, command: Callable[..., Any], facts: Callable[[Fields], dict[str, Any]]
) -> Response:
    """Change the cart as a form says and show it; a guest's first license begins a cart."""
    form = await form_fields(request, most_bytes=MAX_FORM)
    held = _cart_token(request)
    is_guest = current_actor.get().account_id is None
    token = held or new_token()
    try:
        await edge.perform(commands.merge_guest_cart, token=held)
        await edge.perform(command, token=token if is_guest else "", **facts(form))
    except IndiiError as error:
        # What was wrong with the name for one line is said at that line.
        line = form.get("recording_id", "")[:40] if "licensee_name" in form else ""
        response = refused(CART, error, values={"recording_id": line})
    else:
        response = back_to(CART)
    if is_guest and not held:
        life = int(CART_LIFE.total_seconds())
        keep_cookie(response, CART_COOKIE, token, max_age=life, for_scripts=True)
    return response


def _recording(form: Fields) -> UUID:
    return require_id(form.get("recording_id", ""), RecordingNotFound)


async def add(request: Request) -> Response:
    """Put a license into the cart."""
    return await _change(
        request,
        commands.add_to_cart,
        lambda form: {"recording_id": _recording(form), "tier": form.get("tier", "")},
    )


async def remove(request: Request) -> Response:
    """Take a license out of the cart."""
    return await _change(
        request, commands.remove_from_cart, lambda form: {"recording_id": _recording(form)}
    )


async def name(request: Request) -> Response:
    """Say who takes the licenses of the cart, or of one recording."""
    return await _change(
        request,
        commands.name_licensee,
        lambda form: {
            "name": form.get("licensee_name", ""),
            "alias": form.get("licensee_alias", ""),
            "recording_id": _recording(form) if "recording_id" in form else None,
        },
    )


async def accept(request: Request) -> Response:
    """Accept the contract that was shown, or take that back."""
    return await _change(
        request,
        commands.accept_contract,
        lambda form: {
            "recording_id": _recording(form),
            "sha256": form.get("sha256", ""),
            "accepts": form.get("accepts") == "yes",
        },
    )


async def start(request: Request) -> Response:
    """Place the order and go to where it is paid."""
    form = await form_fields(request, most_bytes=MAX_FORM)
    email = form.get("email", "")[:300]
    known = cookie_in(request.headers.get("cookie", ""), BUYER_COOKIE)
    token = known or new_token()
    try:
        await edge.perform(commands.merge_guest_cart, token=_cart_token(request))
        redirect = await edge.run(
            flows.start_checkout,
            token=_cart_token(request),
            email=email,
            buyer_hash=hash_token(token),
        )
    except IndiiError as error:
        return refused(CART, error, values={"email": email})
    if redirect.url:
        target = html.escape(redirect.url, quote=True)
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


ssr_routes = (SsrRoute(CART, show, takes_over="cart"),)

routes = [
    Route("/cart/add", add, methods=["POST"]),
    Route("/cart/remove", remove, methods=["POST"]),
    Route("/cart/licensee", name, methods=["POST"]),
    Route("/cart/accept", accept, methods=["POST"]),
    Route("/checkout", start, methods=["POST"]),
    Route("/checkout/leave", abandon, methods=["POST"]),
    Route("/checkout/return", return_from_payment),
]
