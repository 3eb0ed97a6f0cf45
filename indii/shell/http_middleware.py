"""The outermost layer: what every HTTP answer gets, and who asks.

First HTML for public pages, a real 404, caching, security headers, the origin check for writes,
the actor of our own endpoints, a request id and the time it took.
"""

import re
import time
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indii.identity.accounts.rules import BUYER_COOKIE, SESSION_COOKIE
from indii.kernel import edge, metrics
from indii.kernel.context import NOBODY, Actor, Credentials, current_actor, request_id
from indii.kernel.cookies import cookie_in
from indii.kernel.errors import IndiiError
from indii.kernel.ids import reference
from indii.kernel.locale import current_locale, viewer_locale
from indii.kernel.logging import log
from indii.shell.built_site import BuiltSite
from indii.shell.compression import compressed
from indii.shell.refusals import refusal
from indii.shell.ssr_pages import SsrPages

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Our own routes that act for somebody; the others never ask who is there.
PERSONAL = ("/api/", "/auth/", "/cart/", "/checkout", "/media/", "/files/", "/dev/")
# Senders of webhooks have no origin; each proves itself by a signature over the raw body.
UNSIGNED_ORIGIN = ("/webhooks/",)
# No address of ours has such parts: no column takes them, browsers never send them.
INVALID_PATH = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]|/\\.\\.(?:/|$)")
FOREVER = "public, max-age=31536000, immutable"
# Anybody can make up a method or a path; a series for each would fill the memory.
METHODS = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
COUNTED = frozenset({
    "api", "auth", "cart", "checkout", "media", "files", "dev", "webhooks", "assets", "fonts",
    "icons", "healthz", "metrics", "ping", "_event",
})  # fmt: skip


def tokens(cookie_header: str) -> tuple[str | None, str | None]:
    """Return the tokens of session and buyer in a Cookie header, None for one that is missing."""
    return cookie_in(cookie_header, SESSION_COOKIE), cookie_in(cookie_header, BUYER_COOKIE)


def _split(address: str) -> SplitResult:
    """Return the parts of an address from a header, none of a malformed one."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def client_ip(scope: Scope, headers: Headers, *, trusted_hops: int) -> str:
    """Return the address of the client, believing only as many proxies as the operator runs."""
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part]
    if trusted_hops and len(forwarded) >= trusted_hops:
        return forwarded[-trusted_hops]
    client = scope.get("client")
    return client[0] if client else ""


class HttpMiddleware:
    """Wraps the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: BuiltSite,
        ssr_pages: SsrPages,
        origins: Iterable[str],
        is_secure: bool,
        trusted_hops: int = 0,
    ) -> None:
        self._app = app
        self._site = site
        self._ssr = ssr_pages
        self._origins = frozenset(origins)
        self._is_secure = is_secure
        self._trusted_hops = trusted_hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HTTP; let the socket and the lifespan pass."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before a byte is read: a page of somebody else's must not speak with a visitor's cookie.
        origin = Headers(scope=scope).get("origin")
        if origin is not None and not self._is_ours(origin, Headers(scope=scope)):
            log.warning("foreign_origin", kind="socket")
            await send({"type": "websocket.close", "code": 4403})
            return
        client = (client_ip(scope, Headers(scope=scope), trusted_hops=self._trusted_hops), 0)
        await self._app({**scope, "client": client}, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 500
        request_id.set(reference())
        current_actor.set(NOBODY)
        current_locale.set(viewer_locale(Headers(scope=scope).get("accept-language", "")))

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            await self._route(scope, receive, answer)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            metrics.HTTP_SECONDS.labels(
                self._counted(scope["path"], status), method, str(status)
            ).observe(time.perf_counter() - started)

    def _counted(self, path: str, status: int) -> str:
        """Return under which of a few names a request is counted."""
        if status == 404:
            return "missing"
        name = path.lstrip("/").partition("/")[0]
        is_page = self._site.page_file(path) is not None or self._ssr.match(path) is not None
        return name if name in COUNTED or is_page else "other"

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        # Endpoints that limit by address must see the person behind our own proxies.
        scope["client"] = (client_ip(scope, headers, trusted_hops=self._trusted_hops), 0)
        is_write = method not in SAFE and not path.startswith(UNSIGNED_ORIGIN)
        if is_write and not self._may_write(headers):
            log.warning("foreign_origin", kind="http", path=path)
            said = "This request came from another site and was refused."
            await JSONResponse({"error": said}, 403)(scope, receive, send)
            return
        if INVALID_PATH.search(path) or (path.startswith("/dev/") and not self._is_here(headers)):
            await PlainTextResponse("There is nothing here.\n", 404)(scope, receive, send)
            return
        if path.startswith(PERSONAL):
            try:
                current_actor.set(await self._actor(scope, headers))
            except IndiiError as error:
                await refusal(error, headers.get("accept", ""))(scope, receive, send)
                return
        if method in {"GET", "HEAD"}:
            ready = await self._page(scope, headers)
            if ready is not None:
                await ready(scope, receive, send)
                return
            if (file := self._site.page_file(path)) is not None:
                scope = {**scope, "path": file, "raw_path": file.encode()}
        await self._with_own_404(scope, receive, send)

    async def _with_own_404(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; a page that it does not have is ours to say so."""
        is_missing = False

        async def checked(message: Message) -> None:
            nonlocal is_missing
            if message["type"] == "http.response.start" and message["status"] == 404:
                kind = MutableHeaders(scope=message).get("content-type", "")
                is_missing = kind.startswith("text/html")
            if not is_missing:
                await send(message)

        await self._app(scope, receive, checked)
        if is_missing:
            document = self._ssr.missing(scope["path"], self._site)
            accepted = Headers(scope=scope).get("accept-encoding", "")
            await compressed(document, 404, accepted)(scope, receive, send)

    async def _page(self, scope: Scope, headers: Headers) -> Response | None:
        """Return what the edge itself can answer: first HTML, the env asset, a clean address."""
        path = scope["path"]
        if (script := self._site.env_script(path)) is not None:
            return Response(script, media_type="text/javascript")
        route = self._ssr.match(path)
        if route is None:
            if len(path) > 1 and path.endswith("/") and self._site.page_file(path.rstrip("/")):
                query = scope["query_string"].decode("latin-1")
                return RedirectResponse(path.rstrip("/") + (f"?{query}" if query else ""), 308)
            return None
        try:
            current_actor.set(await self._actor(scope, headers))
            document, status = await self._ssr.render(route, scope, self._site)
        except IndiiError as error:
            log.warning("ssr_failed", path=path, error=error.message)
            return None
        return compressed(document, status, headers.get("accept-encoding", ""))

    def _is_here(self, headers: Headers) -> bool:
        """Whether we were asked under a name that no stranger's name server can point at us."""
        name = _split(f"//{headers.get('host', '')}").hostname or ""
        known = {"localhost", *(_split(origin).hostname for origin in self._origins)}
        return name in known or name.replace(".", "").isdecimal() or ":" in name

    def _may_write(self, headers: Headers) -> bool:
        """Whether a write comes from our own pages or from no browser at all."""
        origin = headers.get("origin")
        if origin is not None:
            return self._is_ours(origin, headers)
        return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}

    def _is_ours(self, origin: str, headers: Headers) -> bool:
        if origin in self._origins:
            return True
        # The page itself and its server always agree on the host, whatever name was typed.
        host = _split(origin).netloc
        return bool(host) and host == headers.get("host") and self._site.any_host

    async def _actor(self, scope: Scope, headers: Headers) -> Actor:
        session, buyer = tokens(headers.get("cookie", ""))
        return await edge.resolve_actor(
            Credentials(
                session_token=session,
                buyer_token=buyer,
                ip=client_ip(scope, headers, trusted_hops=self._trusted_hops),
                user_agent=headers.get("user-agent", ""),
            )
        )

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        path = scope["path"]
        headers["x-request-id"] = request_id.get()
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "strict-origin-when-cross-origin"
        headers.setdefault("cross-origin-opener-policy", "same-origin")
        headers.setdefault("x-frame-options", "DENY")
        headers.setdefault("permissions-policy", "camera=(), geolocation=(), microphone=()")
        if self._is_secure:
            headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        if headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("content-security-policy", self._site.csp)
            headers.setdefault("cache-control", "no-cache")
        elif self._site.is_env(path):
            headers["cache-control"] = "no-cache"
        elif path.startswith("/assets/"):
            headers["cache-control"] = FOREVER
        elif path.startswith(("/fonts/", "/icons/")):
            headers.setdefault("cache-control", "public, max-age=604800")
