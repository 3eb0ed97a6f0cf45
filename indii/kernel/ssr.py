"""What a feature says to have a page in the first HTML; `shell/ssr_pages` makes the document."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from indii.kernel.context import ReadCtx


@dataclass(frozen=True, slots=True)
class SsrRequest:
    """What an address asks: its parts, its query, and the browser's cookies."""

    params: Mapping[str, str] = field(default_factory=dict)
    query: QueryParams = field(default_factory=QueryParams)
    cookies: str = ""


@dataclass(frozen=True, slots=True)
class SsrPage:
    """What a page says before any script ran; `state` is what its Reflex state will then hold.

    Title and description are those of the page's registration unless they are given.
    """

    path: str
    state: Mapping[str, Any]
    title: str = ""
    description: str = ""
    image: str = "/og.png"
    og_type: str = "website"
    json_ld: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    # Stylesheet-like hints: files the first paint needs, such as the first covers.
    preload: Sequence[str] = ()


Render = Callable[[ReadCtx, SsrRequest], SsrPage]


@dataclass(frozen=True, slots=True)
class SsrRoute:
    """An address with what it shows, and the exported page that takes over."""

    path: str
    render: Render
    takes_over: str

    @property
    def page(self) -> str:
        """The route of the page whose components draw it."""
        return self.path.replace("{", "[").replace("}", "]")

    @property
    def pattern(self) -> re.Pattern[str]:
        """The address as an expression; `{slug}` matches one part."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))
