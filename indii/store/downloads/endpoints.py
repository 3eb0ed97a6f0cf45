"""The library in first HTML, bought files over HTTP, and the link of a receipt."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indii.identity.accounts.rules import BUYER_COOKIE
from indii.identity.guests.commands import open_link
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import ReadCtx
from indii.kernel.cookies import keep_cookie
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash, back_to, read_flash, refused, see_other
from indii.kernel.forms import form_fields
from indii.kernel.ids import read_id, require_id
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute
from indii.store.downloads import flows, queries
from indii.store.orders.errors import OrderNotFound

PAGE = "/downloads"
MAX_FORM = 4000


def show(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return what was bought, and what the last form answered."""
    flash = read_flash(asked.cookies, PAGE) or Flash(PAGE)
    state = {
        "page": queries.downloads_page(ctx, after=read_id(asked.query.get("after", ""))),
        "notice": flash.notice,
        "email": flash.values.get("email", ""),
        "errors": dict(flash.errors),
        "is_ready": True,
    }
    return SsrPage(PAGE, state)


ssr_routes = (SsrRoute(PAGE, show, takes_over="downloads"),)


async def file(request: Request) -> Response:
    """Send a buyer to a file that they bought."""
    permission_id = require_id(request.path_params["permission_id"], OrderNotFound)
    return see_other(await edge.run(flows.file_link, permission_id=permission_id))


async def follow_link(request: Request) -> Response:
    """Change the link of an e-mail for a cookie, and show what was bought."""
    try:
        token = await edge.perform(open_link, token=request.query_params.get("token", ""))
    except IndiiError as error:
        return refused(PAGE, error)
    response = back_to(PAGE, Flash(PAGE, notice="Here is everything bought with your address."))
    keep_cookie(response, BUYER_COOKIE, token, max_age=COOKIE_LIFE_S)
    return response


async def request_link(request: Request) -> Response:
    """Mail a link to what was bought with an address, or look as if."""
    form = await form_fields(request, most_bytes=MAX_FORM)
    email = form.get("email", "")[:300]
    try:
        await edge.run(flows.send_link, email=email)
    except IndiiError as error:
        return refused(PAGE, error, values={"email": email})
    said = "If something was bought with this address, an e-mail with a link is on its way."
    return back_to(PAGE, Flash(PAGE, notice=said))


routes = [
    Route("/api/downloads/{permission_id}", file),
    Route("/api/downloads-link", request_link, methods=["POST"]),
    # Opened from an e-mail: the address bar's own GET, which a mail scanner may follow as well.
    Route("/downloads/open", follow_link),
]
