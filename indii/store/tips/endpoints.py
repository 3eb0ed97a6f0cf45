"""The form of a tip, by document navigation: straight to the payment page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indii.identity.accounts.rules import BUYER_COOKIE, hash_token
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import current_actor
from indii.kernel.cookies import cookie_in, keep_cookie
from indii.kernel.errors import IndiiError
from indii.kernel.flash import refused
from indii.kernel.forms import form_fields
from indii.kernel.ids import new_token
from indii.kernel.text import slugify
from indii.store.orders.endpoints import leave_for
from indii.store.tips import flows
from indii.store.tips.commands import NewTip

MAX_FORM = 8000
KEPT = ("amount", "typed", "giver", "message", "is_public", "email", "recording")


async def start(request: Request) -> Response:
    """Place the tip and go to where it is paid; a form that is refused keeps what was typed."""
    form = await form_fields(request, most_bytes=MAX_FORM)
    # Only what can be part of an address: the form is shown again there.
    slug = slugify(form.get("slug", ""), fallback="nobody")
    said = {name: form.get(name, "")[:2000] for name in KEPT}
    said["recording"] = slugify(said["recording"], fallback="", limit=120)
    known = cookie_in(request.headers.get("cookie", ""), BUYER_COOKIE)
    token = known or new_token()
    tip = NewTip(slug=slug, **said | {"is_public": bool(said["is_public"])})  # type: ignore[arg-type]
    try:
        way = await edge.run(flows.start_tip, tip=tip, buyer_hash=hash_token(token))
    except IndiiError as error:
        where = f"?recording={said['recording']}" if said["recording"] else ""
        return refused(f"/tip/{slug}", error, values=said, where=where)
    response = leave_for(way.url)
    if current_actor.get().account_id is None and not known:
        keep_cookie(response, BUYER_COOKIE, token, max_age=COOKIE_LIFE_S)
    return response


routes = [Route("/api/tips", start, methods=["POST"])]
