"""The application: every room's pages and endpoints, the frame, the guard and the edge.

Importing it opens nothing, because the export runs without a database; the runtime starts in the
lifespan of a serving process.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import reflex as rx
from reflex import constants
from reflex.environment import environment
from reflex.event import EventSpec
from reflex.utils import prerequisites
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from indii.kernel import edge
from indii.kernel.errors import IndiiError, TryAgain
from indii.kernel.ids import reference
from indii.kernel.logging import log
from indii.kernel.ssr import SsrRoute
from indii.ports.errors import PortError
from indii.settings import settings
from indii.shell import dev, health
from indii.shell.built_site import BuiltSite
from indii.shell.guard import Guard
from indii.shell.http_middleware import HttpMiddleware
from indii.shell.layout import app_wraps, framed, head, standing
from indii.shell.opening import FrameState, queue_one_event
from indii.shell.refusals import refusal
from indii.shell.ssr_pages import SsrPages
from indii.shell.tab_states import keep_states_small
from indii.tables import ROOMS
from indii.ui.drawn.page import DrawnPage, compile_page
from indii.ui.page import pages
from indii.ui.styles import collect_styles


def features(module: str) -> list[Any]:
    """Return this module of every feature that has one, in the order of the floors."""
    here = Path(__file__).parent
    found = [f for room in (*ROOMS, "shell") for f in sorted((here / room).glob(f"*/{module}.py"))]
    names = [f"indii.{f.parent.parent.name}.{f.parent.name}.{module}" for f in found]
    return [import_module(name) for name in names]


def own_api() -> Starlette:
    """Return the routes that are ours, with refusals as JSON."""
    routes: list[BaseRoute] = [*health.routes, *dev.routes]
    for module in features("endpoints"):
        routes += module.routes

    async def refused(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, IndiiError) else TryAgain(str(error))
        return refusal(known, request.headers.get("accept", ""))

    return Starlette(routes=routes, exception_handlers={IndiiError: refused, PortError: refused})


def ssr_routes() -> Sequence[SsrRoute]:
    """Return the public pages that carry their content in the first HTML."""
    return [
        route for module in features("endpoints") for route in getattr(module, "ssr_routes", ())
    ]


def drawn_pages() -> dict[str, DrawnPage]:
    """Return the public pages as functions that write their first HTML, frame and all, by route.

    Raises:
        NotDrawable: a page cannot be drawn; so an export fails before anybody sees the page.
    """
    return {p.route: compile_page(standing(p), p.ssr) for p in pages() if p.ssr}


def at_the_edge(app: ASGIApp, drawn: Mapping[str, DrawnPage]) -> ASGIApp:
    """Wrap the application in its outermost layer."""
    config = settings()
    client = prerequisites.get_web_dir() / "build" / "client"
    return HttpMiddleware(
        app,
        site=BuiltSite(client, any_host=config.environment != "production"),
        ssr_pages=SsrPages(ssr_routes(), drawn, origin=config.url),
        origins=config.origins,
        is_secure=config.is_secure,
        trusted_hops=config.trusted_proxy_hops,
    )


@asynccontextmanager
async def serving(app: Any = None) -> AsyncGenerator[None]:  # noqa: ARG001 - Reflex passes the app
    """Start the runtime with the process and let go of it at the end."""
    from indii.bootstrap import make_runtime

    runtime = make_runtime()
    edge.install(runtime)
    yield
    edge.install(None)
    runtime.engine.dispose()


def on_backend_exception(exception: Exception) -> EventSpec | None:
    """Log what no handler worded: only Reflex's own part of an event can get here."""
    log.error("unhandled_event", reference=reference(), exc_info=exception)
    return None


def stylesheets() -> list[str]:
    """Return what Reflex bundles; a process that only serves has no pages to style."""
    if environment.REFLEX_BACKEND_ONLY.get():
        return []
    return ["tokens.css", collect_styles(Path.cwd() / constants.Dirs.APP_ASSETS, ROOMS)]


def make_app() -> rx.App:
    """Return the whole application."""
    for module in ("state", "components", "pages"):
        features(module)
    # After every page was imported: a drawing reads the states of them all.
    drawn = drawn_pages()
    queue_one_event()
    made = rx.App(
        app_wraps=app_wraps(),
        head_components=head(),
        stylesheets=stylesheets(),
        html_lang="en",
        toaster=None,
        # Tailwind brings the same reset; two of them are 2 kB more on every page.
        reset_style=False,
        backend_exception_handler=on_backend_exception,
        api_transformer=[own_api(), partial(at_the_edge, drawn=drawn)],
    )
    keep_states_small(made)
    made.add_middleware(Guard())
    made.register_lifespan_task(serving)
    for page in pages():
        made.add_page(
            framed(page),
            route=page.route,
            title=page.title,
            description=page.description,
            image=page.image,
            on_load=FrameState.open,
        )
    return made


app = make_app()
