"""The first HTML of a page, as the server writes it around what an address asks."""

from functools import cache
from typing import Any

from starlette.datastructures import QueryParams

from indii.kernel.runtime import Runtime
from indii.kernel.ssr import Render, SsrPage, SsrRequest
from indii.ui.drawn.page import DrawnPage, compile_page
from indii.ui.page import pages


@cache
def _drawn(route: str) -> DrawnPage:
    page = next(p for p in pages() if p.route == route)
    return compile_page(page.body, page.ssr)


def ssr_html(
    rt: Runtime, route: str, render: Render, query: str = "", **params: str
) -> tuple[SsrPage, str]:
    """Return what the feature says of a page, and the page's body as HTML; no frame around it."""
    with rt.read() as ctx:
        page = render(ctx, SsrRequest(params, QueryParams(query)))
    return page, draw(route, **page.state)


def draw(route: str, **state: Any) -> str:
    """Return a page's body with these values in its state; its module must be imported."""
    return _drawn(route)(**state)
