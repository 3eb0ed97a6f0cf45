"""The form of a tip, in first HTML and by document navigation: straight to the payment page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indii.identity.accounts.rules import BUYER_COOKIE, hash_token
from indii.identity.guests.rules import COOKIE_LIFE_S
from indii.kernel import edge
from indii.kernel.context import ReadCtx, current_actor
from indii.kernel.cookies import cookie_in, keep_cookie
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash, read_flash, refused
from indii.kernel.forms import form_fields
from indii.kernel.ids import new_token
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute
from indii.kernel.text import slugify
from indii.store.checkout.rules import left_words
from indii.store.orders.endpoints import leave_for
from indii.store.tips import flows, queries
from indii.store.tips.commands import NewTip

MAX_FORM = 8000
KEPT = ("amount", "typed", "giver", "message", "is_public", "email", "recording")


def show(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return the form of a tip, with what the last try answered and what had been typed.

    Raises:
        NobodyToTip: no producer has this address, or the recording is not theirs.
    """
    slug = asked.params["slug"][:60]
    path = f"/tip/{slug}"
    flash = read_flash(asked.cookies, path) or Flash(path)
    typed = flash.values
    view = queries.tip_page(
        ctx,
        slug,
        recording=asked.query.get("recording", "")[:120],
        amount=typed.get("amount", "") or asked.query.get("amount", "")[:12],
    )
    state = {
        "page": view,
        "slug": slug,
        "errors": dict(flash.errors),
        "typed": typed.get("typed", ""),
        "message": typed.get("message", ""),
        "giver": typed.get("giver", "") or view.giver,
        "email": typed.get("email", ""),
        "is_public": bool(typed.get("is_public", "")),
        "notice": left_words(asked.query.get("payment", "")),
        "is_ready": True,
    }
    return SsrPage(path, state, title=f"Tip {view.name} · Indii")


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


ssr_routes = (SsrRoute("/tip/{slug}", show, takes_over="__spa-fallback"),)

routes = [Route("/api/tips", start, methods=["POST"])]
