"""What a feature says to have a page in the first HTML; `shell/ssr_html` puts it together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from indii.kernel.context import ReadCtx


@dataclass(frozen=True, slots=True)
class SsrPage:
    """What a public page says before any script ran; `body` is safe HTML."""

    title: str
    description: str
    path: str
    body: str
    image: str = "/og.png"
    og_type: str = "website"
    json_ld: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    # Stylesheet-like hints: files the first paint needs, such as the first covers.
    preload: Sequence[str] = ()


Render = Callable[[ReadCtx, Mapping[str, str], QueryParams], SsrPage]


@dataclass(frozen=True, slots=True)
class SsrRoute:
    """An address with its renderer, the exported page that takes over and whose frame it wears."""

    path: str
    render: Render
    takes_over: str
    frame: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The address as an expression; `{slug}` matches one part."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))
