"""The first paint: public pages carry their content in the HTML that the server sends.

A page is rendered from the same view dataclasses and in the same classes as the Reflex components,
as a whole frame in `<div id="first">`. The Reflex tree stays hidden until its state has the same
data (`ui/first.py`), then takes over without a jump.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.types import Scope

from indii.kernel import edge
from indii.kernel.errors import NotFound
from indii.kernel.ssr import SsrPage, SsrRoute
from indii.shell.built_site import BuiltSite
from indii.ui.icons import icon_html

TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
META = re.compile(r'<meta (?:name="description"|property="og:[a-z]+"|name="twitter:[a-z]+")[^>]*>')


# As `ui.errors.not_found` draws it.
MISSING = """\
<div class="empty">{icon}<h1>No such {what}</h1>\
<p>This {what} was removed, renamed, or never existed.</p>\
<a class="btn btn-go" href="/">Go to Discover</a></div>"""


def _missing(what: str, path: str) -> SsrPage:
    return SsrPage(
        title="Nothing here · Indii",
        description=f"There is no {what} at this address.",
        path=path,
        body=MISSING.format(icon=icon_html("compass"), what=what),
        status=404,
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """A route and the parts of the address it captured."""

    route: SsrRoute
    params: Mapping[str, str]


class SsrPages:
    """All public pages with first HTML."""

    def __init__(self, routes: Sequence[SsrRoute], *, origin: str) -> None:
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
        query = QueryParams(scope["query_string"])
        try:
            page = await edge.fetch(matched.route.render, matched.params, query)
        except NotFound:
            page = _missing(matched.route.path.split("/")[1], scope["path"])
        first = site.framed(page.body, matched.route.frame)
        shell = site.starting_later(matched.route.takes_over)
        return self._compose(page, first, shell), page.status

    def missing(self, path: str, site: BuiltSite) -> str:
        """Return the document for an address that no page has."""
        page = _missing("page", path)
        return self._compose(page, site.framed(page.body, "index"), site.starting_later("404"))

    def _compose(self, page: SsrPage, framed: str, shell: str) -> str:
        document = META.sub("", TITLE.sub("", shell))
        first = f'<div id="first">{framed}</div>'
        document = document.replace("<html", "<html data-first", 1)
        document = document.replace("</head>", f"{self._head(page)}</head>", 1)
        return re.sub(r"(<body[^>]*>)", lambda m: m.group(1) + first, document, count=1)

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
