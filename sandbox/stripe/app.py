"""The ASGI application: the API, the pages, the control API and the background tasks."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from psycopg import Error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.stripe import timers
from sandbox.stripe.api import Api, ApiRequest, ApiResponse
from sandbox.stripe.control import Control
from sandbox.stripe.instance import Instance
from sandbox.stripe.pages import Pages
from sandbox.stripe.settings import Settings
from sandbox.stripe.webhook_sender import WebhookSender

log = logging.getLogger(__name__)
API = ("/v1/", "/v2/")


def app() -> ASGIApp:
    """Return the stand-in that the environment describes (`SANDBOX_*`)."""
    return make_app(Settings.from_environment())


def make_app(settings: Settings) -> ASGIApp:
    """Return a stand-in; its database is opened when the server starts it."""
    instance = Instance(settings)
    sender = WebhookSender(instance)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            await instance.open()
        except Exception:
            # The server would only say that something failed.
            log.exception("The sandbox cannot start")
            raise
        tasks = [asyncio.create_task(timers.run(instance)), asyncio.create_task(sender.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await instance.close()

    async def healthz(_request: Request) -> Response:
        try:
            await instance.database.fetch("SELECT 1")
        except Error as error:
            return JSONResponse({"ready": False, "why": type(error).__name__}, 503)
        return JSONResponse({"ready": True})

    routes = [
        Route("/healthz", healthz),
        *Pages(instance).routes(),
        *Control(instance, sender).routes(),
    ]
    return Dispatcher(Api(instance), Starlette(routes=routes, lifespan=lifespan))


class Dispatcher:
    """Sends calls of the API to the api, everything else to the pages."""

    def __init__(self, api: Api, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._pages(scope, receive, send)
            return
        asked = ApiRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
            body=await _body(receive),
        )
        await _reply(await self._api.answer(asked), send)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _reply(answer: ApiResponse, send: Send) -> None:
    body = answer.body.encode()
    headers = {"Content-Type": "application/json", **answer.headers}
    # A line that breaks: the answer is announced, its first byte leaves, the rest never does.
    length = len(body)
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            *((k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()),
            (b"content-length", str(length).encode()),
        ],
    }
    await send(start)
    if answer.dropped:
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        raise ConnectionAbortedError("dropped on purpose")
    await send({"type": "http.response.body", "body": body})
