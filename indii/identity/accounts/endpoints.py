"""The entrance in first HTML, and its forms: natively posted, answered by 303.

A socket keeps the cookies of its handshake, so only a new document can change who somebody is.
"""

import html
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from indii.identity.accounts import commands, flows, queries
from indii.identity.accounts.enums import Role, TokenKind
from indii.identity.accounts.errors import EmailUnconfirmed, LinkUsed
from indii.identity.accounts.rules import (
    COOKIE_LIFE_S,
    RESET_LIFE,
    SESSION_COOKIE,
    entry_facts,
    safe_path,
)
from indii.identity.sessions import commands as sessions
from indii.kernel import edge
from indii.kernel.context import ReadCtx
from indii.kernel.cookies import keep_cookie
from indii.kernel.errors import IndiiError, SignInNeeded
from indii.kernel.flash import Flash, back_to, read_flash, refused
from indii.kernel.forms import form_fields
from indii.kernel.ssr import Render, SsrPage, SsrRequest, SsrRoute

RESET_COOKIE = "indii_reset"

# The tab's Reflex token points at the state of whoever was here before; only that one key goes.
_FRESH_SCRIPT = """\
sessionStorage.removeItem("token");
location.replace(document.currentScript.dataset.next);
"""
_FRESH_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>One moment · Indii</title>
<meta name="robots" content="noindex"><meta name="color-scheme" content="dark light">
<script src="/auth/fresh.js" data-next="{next}"></script>
<noscript><meta http-equiv="refresh" content="0;url={next}"></noscript></head>
<body><p><a href="{next}">Continue</a></p></body></html>"""
_FRESH_CSP = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def _ip(request: Request) -> str:
    return request.client.host if request.client else ""


def _where(path: str) -> str:
    """Return the query that carries on where somebody wanted to go."""
    return "" if path == "/" else "?" + urlencode({"next": path})


def _reset_tab(path: str) -> str:
    return "/auth/fresh?" + urlencode({"next": path})


async def sign_in(request: Request) -> Response:
    """Open a session."""
    form = await form_fields(request)
    path = safe_path(form.get("next", "/"))
    email = form.get("email", "")[:300]
    try:
        token = await edge.run(
            flows.sign_in,
            email=email,
            password=form.get("password", ""),
            ip=_ip(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except EmailUnconfirmed as error:
        return refused("/check-mail", error, values={"email": email})
    except IndiiError as error:
        return refused("/sign-in", error, values={"email": email}, where=_where(path))
    response = back_to(_reset_tab(path))
    keep_cookie(response, SESSION_COOKIE, token, max_age=COOKIE_LIFE_S)
    return response


async def sign_up(request: Request) -> Response:
    """Open an account, or look as if."""
    form = await form_fields(request)
    asked = form.get("role", Role.FAN)
    role = Role(asked) if asked in {Role.FAN, Role.PRODUCER} else Role.FAN
    values = {"email": form.get("email", "")[:300], "name": form.get("name", "")[:100]}
    try:
        await edge.run(
            flows.sign_up,
            email=values["email"],
            password=form.get("password", ""),
            name=form.get("name", ""),
            role=role,
            accepts=form.get("accepts") == "yes",
            ip=_ip(request),
        )
    except IndiiError as error:
        return refused("/sign-up", error, values=values | {"role": role})
    return back_to("/check-mail", Flash("/check-mail", values={"email": values["email"]}))


async def sign_out(request: Request) -> Response:
    """End this session, or all of them; the tab forgets what it showed."""
    form = await form_fields(request)
    try:
        if form.get("everywhere") == "yes":
            await edge.perform(sessions.end_all_sessions)
        else:
            await edge.perform(sessions.end_this_session)
    except SignInNeeded:
        pass  # nothing is left to end
    response = back_to(_reset_tab("/"))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


async def resend(request: Request) -> Response:
    """Mail the confirmation link again, or look as if."""
    form = await form_fields(request)
    values = {"email": form.get("email", "")[:300]}
    try:
        await edge.run(flows.resend, email=values["email"], ip=_ip(request))
    except IndiiError as error:
        return refused("/check-mail", error, values=values)
    said = "We sent the e-mail again. Only the newest link works."
    return back_to("/check-mail", Flash("/check-mail", values=values, notice=said))


async def verify(request: Request) -> Response:
    """Take a confirmation link."""
    try:
        token = request.query_params.get("token", "")
        await edge.perform(commands.verify_email, token=token)
    except LinkUsed as error:
        return refused("/check-mail", error)
    said = "Your e-mail is confirmed. You can sign in now."
    return back_to("/sign-in", Flash("/sign-in", notice=said, kind="good"))


async def forgot(request: Request) -> Response:
    """Mail a link for a new password, or look as if."""
    form = await form_fields(request)
    values = {"email": form.get("email", "")[:300]}
    try:
        await edge.run(flows.forgot, email=values["email"], ip=_ip(request))
    except IndiiError as error:
        return refused("/forgot", error, values=values)
    said = "If there is an account with this address, an e-mail is on its way."
    return back_to("/forgot", Flash("/forgot", values=values, notice=said, kind="good"))


async def open_reset(request: Request) -> Response:
    """Take a reset link; its token moves into a cookie, out of the address and the history."""
    token = request.query_params.get("token", "")
    if await edge.fetch(queries.email_of_token, token, TokenKind.RESET) is None:
        return refused("/forgot", LinkUsed())
    response = back_to("/reset")
    life = int(RESET_LIFE.total_seconds())
    keep_cookie(response, RESET_COOKIE, token, max_age=life, path="/auth/reset")
    return response


async def reset(request: Request) -> Response:
    """Set the new password."""
    form = await form_fields(request)
    token = request.cookies.get(RESET_COOKIE, "")
    try:
        await edge.run(flows.reset, token=token, password=form.get("password", ""))
    except LinkUsed as error:
        return refused("/forgot", error)
    except IndiiError as error:
        return refused("/reset", error)
    said = "Your new password is set. Sign in with it."
    response = back_to("/sign-in", Flash("/sign-in", notice=said, kind="good"))
    response.delete_cookie(RESET_COOKIE, path="/auth/reset")
    return response


async def change_password(request: Request) -> Response:
    """Replace the password of whoever is signed in."""
    form = await form_fields(request)
    current, new = form.get("current", ""), form.get("password", "")
    try:
        await edge.run(flows.change_password, current=current, new=new)
    except SignInNeeded:
        return back_to("/sign-in?next=/account")
    except IndiiError as error:
        return refused("/account", error, where="#password")
    said = "Password changed. Other browsers are signed out."
    return back_to("/account", Flash("/account", notice=said, kind="good"))


async def close(request: Request) -> Response:
    """Delete the account of whoever is signed in."""
    form = await form_fields(request)
    try:
        await edge.run(flows.close, password=form.get("password", ""))
    except SignInNeeded:
        return back_to("/sign-in")
    except IndiiError as error:
        asked = IndiiError(error.message, field="close")
        return refused("/account", asked, where="#delete")
    response = back_to(_reset_tab("/"))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


async def reset_tab(request: Request) -> Response:
    """Let the tab begin anew with whoever it belongs to now, then go on."""
    path = html.escape(safe_path(request.query_params.get("next", "/")))
    headers = {"cache-control": "no-store", "content-security-policy": _FRESH_CSP}
    return HTMLResponse(_FRESH_PAGE.format(next=path), headers=headers)


async def reset_tab_script(_request: Request) -> Response:
    """Return the two lines that `fresh` runs."""
    headers = {"cache-control": "public, max-age=3600"}
    return Response(_FRESH_SCRIPT, media_type="text/javascript", headers=headers)


def _entry(path: str) -> Render:
    def show(_ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
        facts = entry_facts(read_flash(asked.cookies, path) or Flash(path), asked.query)
        has_mailbox = edge.runtime().site.environment != "production"
        return SsrPage(path, facts | {"has_mailbox": has_mailbox, "is_ready": True})

    return show


ssr_routes = tuple(
    SsrRoute(path, _entry(path), takes_over=path.lstrip("/"))
    for path in ("/sign-in", "/sign-up", "/check-mail", "/forgot", "/reset")
)

routes = [
    Route("/auth/sign-in", sign_in, methods=["POST"]),
    Route("/auth/sign-up", sign_up, methods=["POST"]),
    Route("/auth/sign-out", sign_out, methods=["POST"]),
    Route("/auth/resend", resend, methods=["POST"]),
    Route("/auth/verify", verify, methods=["GET"]),
    Route("/auth/forgot", forgot, methods=["POST"]),
    Route("/auth/reset", open_reset, methods=["GET"]),
    Route("/auth/reset", reset, methods=["POST"]),
    Route("/auth/password", change_password, methods=["POST"]),
    Route("/auth/close", close, methods=["POST"]),
    Route("/auth/fresh", reset_tab, methods=["GET"]),
    Route("/auth/fresh.js", reset_tab_script, methods=["GET"]),
]
