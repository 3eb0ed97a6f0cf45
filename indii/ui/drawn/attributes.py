"""The props that React takes, as the attributes that HTML has."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from reflex_base.vars.base import LiteralVar

VOID = frozenset(
    ["area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
RENAMED = {"className": "class", "htmlFor": "for", "to": "href", "httpEquiv": "http-equiv",
           "defaultValue": "value", "defaultChecked": "checked"}  # fmt: skip
#: What a browser would follow, send to or load.
ADDRESSES = frozenset({"href", "src", "action", "formaction", "xlink:href", "poster"})
#: Props for React and its router; a handler in lower case would be a script of the page's own.
UNSEEN = re.compile(
    r"(?i:on[a-z])|(key|ref|prefetch|discover|replace|reloadDocument|preventScrollReset"
    r"|viewTransition|suppressHydrationWarning)$"
)
#: What is made in the browser: emotion's classes, inner HTML.
UNDRAWABLE = frozenset({"css", "dangerouslySetInnerHTML", "srcDoc"})
_HYPHENATED = re.compile(r"(stroke|fill|clip|text|stop|font)[A-Z]")
_UNITLESS = re.compile(r"--|.*(opacity|order|zIndex|flex|lineHeight|fontWeight)", re.IGNORECASE)
#: SVG is case-sensitive.
_CASED = frozenset({"viewBox", "preserveAspectRatio"})

Read = Callable[[Any], str]


def html_name(prop: str) -> str:
    """Return the attribute's name for a prop of React."""
    if prop in RENAMED:
        return RENAMED[prop]
    if prop in _CASED:
        return prop
    return hyphens(prop) if _HYPHENATED.match(prop) else prop.lower()


def hyphens(name: str) -> str:
    """Return a camelCase name as CSS writes it."""
    return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def style_expression(pairs: Mapping[str, Any], read: Read) -> str:
    """Return the expression for an inline style; a bare number is one of pixels, as in React."""
    parts = []
    for name, value in pairs.items():
        unit = "px" if isinstance(value, int) and not _UNITLESS.match(name) else ""
        said = read(LiteralVar.create(value))
        parts.append(f"{hyphens(name)!r} + ':' + css({said}) + {unit!r}")
    return "(" + " + ';' + ".join(parts) + ")"
