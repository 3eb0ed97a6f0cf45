"""The first paint: public pages carry their content in the HTML that the server sends.

A page is written by the function that was compiled from its Reflex components (`ui/drawn`), frame
and all, into `<div id="ssr">`. The Reflex tree stays hidden until its state has the same data
(`ui/ssr_handover.py`), then takes over without a jump.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from indii.kernel import edge
from indii.kernel.errors import NotFound
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute
from indii.shell.built_site import BuiltSite
from indii.shell.inline_scripts import BEFORE
from indii.ui.drawn.page import DrawnPage
from indii.ui.page import pages
from indii.ui.shown import VIEW, digest, state_json

TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
META = re.compile(r'<meta (?:name="description"|property="og:[a-z]+"|name="twitter:[a-z]+")[^>]*>')


def _missing(what: str, path: str) -> SsrPage:
    return SsrPage(
        title="Nothing here · Indii",
        description=f"There is no {what} at this address.",
        path=path,
        state={"is_ready": True, "is_missing": True},
        status=404,
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """A route and the parts of the address it captured."""

    route: SsrRoute
    params: Mapping[str, str]


def _shown(page: SsrPage, draw: DrawnPage) -> str:
    """Return what the scripts of the page begin with: its state, and what was pressed before."""
    name = digest(page.state[VIEW]) if VIEW in page.state else "none"
    state = state_json(draw.state, page.state)
    return (
        f'<script type="application/json" id="ssr-state" data-digest="{name}">{state}</script>'
        f"<script>{BEFORE}</script>"
    )


class SsrPages:
    """All public pages with first HTML."""

    def __init__(
        self, routes: Sequence[SsrRoute], drawn: Mapping[str, DrawnPage], *, origin: str
    ) -> None:
        self._drawn = drawn
        self._registered = {page.route: page for page in pages()}
        self._routes = [(route.pattern, route) for route in routes]
        self._origin = origin

    def match(self, path: str) -> Matched | None:
        """Return the route of this address, or None."""
        for pattern, route in self._routes:
            if found := pattern.fullmatch(path):
                return Matched(route, found.groupdict())
        return None

    async def render(self, matched: Matched, scope: Scope, site: BuiltSite) -> tuple[str, int]:
        """Return the document and its status; what does not exist is a real 404."""
        asked = SsrRequest(
            params=matched.params,
            query=QueryParams(scope["query_string"]),
            cookies=Headers(scope=scope).get("cookie", ""),
        )
        try:
            page = await edge.fetch(matched.route.render, asked)
        except NotFound:
            page = _missing(matched.route.path.split("/")[1], scope["path"])
        registered = self._registered[matched.route.page]
        page = replace(
            page,
            title=page.title or registered.title,
            description=page.description or registered.description,
        )
        shell = site.starting_later(matched.route.takes_over)
        return self._compose(page, self._drawn[matched.route.page], shell), page.status

    def missing(self, path: str, site: BuiltSite) -> str:
        """Return the document for an address that no page has."""
        shell = site.starting_later("404")
        return self._compose(_missing("page", path), self._drawn["404"], shell)

    def _compose(self, page: SsrPage, draw: DrawnPage, shell: str) -> str:
        document = META.sub("", TITLE.sub("", shell))
        # Inside, where React looks for nothing of its own.
        drawn = f'<div id="ssr">{draw(**page.state)}{_shown(page, draw)}</div>'
        document = document.replace("<html", "<html data-ssr", 1)
        document = document.replace("</head>", f"{self._head(page)}{draw.head}</head>", 1)
        return re.sub(r"(<body[^>]*>)", lambda m: m.group(1) + drawn, document, count=1)

    def _head(self, page: SsrPage) -> str:
        url, image = self._origin + page.path, page.image
        image = image if image.startswith("http") else self._origin + image
        properties = {
            "og:title": page.title,
            "og:description": page.description,
            "og:type": page.og_type,
            "og:url": url,
            "og:image": image,
            "og:site_name": "Indii",
        }
        parts = [
            f"<title>{html.escape(page.title)}</title>",
            f'<meta name="description" content="{html.escape(page.description)}">',
            f'<link rel="canonical" href="{html.escape(url)}">',
            *(
                f'<meta property="{name}" content="{html.escape(value)}">'
                for name, value in properties.items()
            ),
            '<meta name="twitter:card" content="summary_large_image">',
        ]
        if page.json_ld:
            # "<" could end the script element early.
            facts = json.dumps(self._absolute(page.json_ld), ensure_ascii=False)
            facts = facts.replace("<", "\\u003c")
            parts.append(f'<script type="application/ld+json">{facts}</script>')
        parts += [f'<link rel="preload" as="image" href="{html.escape(p)}">' for p in page.preload]
        return "".join(parts)

    def _absolute(self, facts: Any) -> Any:
        """Return the facts with every address that begins with a slash made whole."""
        if isinstance(facts, Mapping):
            return {key: self._absolute(value) for key, value in facts.items()}
        if isinstance(facts, list):
            return [self._absolute(value) for value in facts]
        is_path = isinstance(facts, str) and facts.startswith("/")
        return self._origin + facts if is_path else facts
