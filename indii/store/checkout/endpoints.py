"""The way out to the payment page and back, by document navigation."""

from starlette.requests import Request
from starlette.responses import Response
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
from indii.store.checkout import commands, flows
from indii.store.checkout.rules import CART_COOKIE, cart_token
from indii.store.orders.endpoints import leave_for

CART, DONE = "/cart", "/downloads"
MAX_FORM = 4000


def token_in(cookies: str) -> str:
    """Return the token of a guest's cart, "" where the browser has none."""
    return cart_token(cookie_in(cookies, CART_COOKIE))


def _cart_token(request: Request) -> str:
    return token_in(request.headers.get("cookie", ""))


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
    response = leave_for(redirect.url) if redirect.url else _done()
    if current_actor.get().account_id is None and not known:
        keep_cookie(response, BUYER_COOKIE, token, max_age=COOKIE_LIFE_S)
    return response


def _done(
    notice: str = "Thank you. Your purchase is here, and a receipt is on its way.",
) -> Response:
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
    "We cannot see your payment yet. If you paid, do not pay again: your files appear here within"
    " minutes, and we send you an e-mail."
)


async def return_from_payment(request: Request) -> Response:
    """Take a buyer back from the payment page; what they paid is theirs before they see it."""
    ref = request.query_params.get("session", "")[:200]
    try:
        found = await edge.run(flows.finish_checkout, session_ref=ref)
    except TryAgain:
        return back_to(DONE, Flash(DONE, notice=_LATER, kind="warn"))
    except IndiiError as error:
        return back_to(DONE, Flash(DONE, notice=error.message, kind="warn"))
    if not found.said:
        return back_to(found.path)
    return back_to(found.path, Flash(found.path, notice=found.said))


routes = [
    Route("/checkout", start, methods=["POST"]),
    Route("/checkout/leave", abandon, methods=["POST"]),
    Route("/checkout/return", return_from_payment),
]
