"""Our endpoints without the rest of the house: who asks is set by hand."""

from collections.abc import Iterable, Iterator
from functools import partial

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from indii.catalog.access.endpoints import routes as access_routes
from indii.catalog.uploads.endpoints import routes as intake_routes
from indii.kernel.context import NOBODY, Actor, current_actor
from indii.kernel.errors import IndiiError
from tests.tus import PART, SPOKEN


class Web:
    """A browser that can be anybody."""

    def __init__(self, portal: BlockingPortal, app: Starlette) -> None:
        self._portal, self._app = portal, app
        self.actor: Actor = NOBODY
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._acting), base_url="http://indii.test"
        )

    async def _acting(self, scope, receive, send):
        current_actor.set(self.actor)
        await self._app(scope, receive, send)

    def as_(self, actor: Actor) -> "Web":
        self.actor = actor
        return self

    def request(self, method: str, url: str, **more: object) -> httpx.Response:
        content = more.pop("content", None)
        if isinstance(content, Iterable) and not isinstance(content, bytes):
            content = _streamed(content)
        call = partial(self._client.request, method, url, content=content, **more)
        return self._portal.call(call)

    def get(self, url: str, **more: object) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: object) -> httpx.Response:
        return self.request("POST", url, **more)

    def tus(self, method: str, url: str, content: object = None, **headers: str) -> httpx.Response:
        """Ask as a tus client does; `upload_offset=5` becomes `Upload-Offset: 5`."""
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        if method == "PATCH":
            named = {"content-type": PART["Content-Type"], **named}
        return self.request(method, url, content=content, headers={**SPOKEN, **named})

    def close(self) -> None:
        self._portal.call(self._client.aclose)


async def _streamed(chunks):
    for chunk in chunks:
        yield chunk


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IndiiError)
    return JSONResponse({"error": error.message, "field": error.field}, int(error.status))


@pytest.fixture
def web(rt) -> Iterator[Web]:
    app = Starlette(
        routes=[*access_routes, *intake_routes], exception_handlers={IndiiError: _refused}
    )
    with start_blocking_portal() as portal:
        browser = Web(portal, app)
        yield browser
        browser.close()
