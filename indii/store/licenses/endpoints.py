"""The cart and its forms, by document navigation; the papers of bought licenses."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from indii.catalog.recordings.errors import RecordingNotFound
from indii.kernel import edge
from indii.kernel.context import ReadCtx, current_actor
from indii.kernel.cookies import keep_cookie
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash, back_to, read_flash, refused, see_other
from indii.kernel.forms import form_fields
from indii.kernel.ids import new_token, require_id
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute
from indii.store.checkout.commands import merge_guest_cart
from indii.store.checkout.endpoints import CART, MAX_FORM, token_in
from indii.store.checkout.rules import CART_COOKIE, CART_LIFE, left_words
from indii.store.licenses import commands, flows, queries
from indii.store.licenses.errors import ContractNotFound
from indii.store.orders.errors import OrderNotFound

Fields = Mapping[str, str]


def show(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return the cart, and what the last form answered."""
    flash = read_flash(asked.cookies, CART) or Flash(CART)
    view = queries.cart_page(ctx, token_in(asked.cookies))
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
    held = token_in(request.headers.get("cookie", ""))
    is_guest = current_actor.get().account_id is None
    token = held or new_token()
    try:
        await edge.perform(merge_guest_cart, token=held)
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


async def contract(request: Request) -> Response:
    """Show the text of a contract in the cart: the one with this hash, or none."""
    text = await edge.fetch(
        queries.contract_in_cart,
        token_in(request.headers.get("cookie", "")),
        recording_id=require_id(request.path_params["recording_id"], ContractNotFound),
        sha256=request.path_params["sha256"],
    )
    # It names whoever takes the license.
    return PlainTextResponse(text, headers={"cache-control": "private, no-store"})


async def certificate(request: Request) -> Response:
    """Send a buyer to the certificate of a license that they bought."""
    certificate_id = require_id(request.path_params["certificate_id"], OrderNotFound)
    return see_other(await edge.run(flows.certificate_link, certificate_id=certificate_id))


ssr_routes = (SsrRoute(CART, show, takes_over="cart"),)

routes = [
    Route("/cart/add", add, methods=["POST"]),
    Route("/cart/remove", remove, methods=["POST"]),
    Route("/cart/licensee", name, methods=["POST"]),
    Route("/cart/accept", accept, methods=["POST"]),
    Route("/cart/contracts/{recording_id}/{sha256}", contract),
    Route("/api/orders/certificates/{certificate_id}", certificate),
]
