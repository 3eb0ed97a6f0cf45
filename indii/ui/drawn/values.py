"""Values as JavaScript and React treat them: what a compiled page calls while it writes."""

import json
import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import quote

from markupsafe import escape
from reflex_base.utils.serializers import serialize

#: Addresses that run a script, as React finds them: control characters and breaks do not hide one.
SCRIPT_URL = re.compile(
    r"[\x00-\x1f ]*j[\r\n\t]*a[\r\n\t]*v[\r\n\t]*a[\r\n\t]*s[\r\n\t]*c[\r\n\t]*r[\r\n\t]*i"
    r"[\r\n\t]*p[\r\n\t]*t[\r\n\t]*:",
    re.IGNORECASE,
)
#: What could end a declaration and begin another; the browser's own style setter refuses the same.
BREAKS_STYLE = re.compile(r"[;{}\\\n\r\f]|/\*|\*/")
#: Attributes that are there or not.
FLAGS = frozenset({
    "async", "autofocus", "autoplay", "checked", "controls", "default", "defer", "disabled",
    "formnovalidate", "hidden", "inert", "loop", "multiple", "muted", "novalidate", "open",
    "playsinline", "readonly", "required", "reversed", "selected",
})  # fmt: skip
#: Attributes that say "true" or "false".
WORDED = re.compile(r"(data|aria)-|(contenteditable|draggable|spellcheck)$")


def get(thing: Any, key: Any) -> Any:
    """Return `thing?.[key]`."""
    if thing is None:
        return None
    if isinstance(key, str):
        return thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key)
    return thing[key] if -len(thing) <= key < len(thing) else None


def plain(value: Any) -> Any:
    """Return a value as Reflex sends it to the browser."""
    if value is None or type(value) in {str, int, float, bool}:
        return value
    return value.value if isinstance(value, Enum) else serialize(value)


def dumps(value: Any) -> str:
    """Return `JSON.stringify(value)`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain)


def js(value: Any) -> str:
    """Return `String(value)`."""
    if type(value) is str:
        return value
    value = plain(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else dumps(value)


def add(left: Any, right: Any) -> Any:
    """Return `left + right`."""
    is_text = isinstance(left, str) or isinstance(right, str)
    return js(left) + js(right) if is_text else left + right


def same(left: Any, right: Any) -> bool:
    """Return `left === right`."""
    if type(left) is str is type(right):
        return bool(left == right)
    left, right = plain(left), plain(right)
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def truthy(value: Any) -> bool:
    """Return `Boolean(value)`: an empty list is true there."""
    return value is True or value not in (None, False, 0, "")


def text(value: Any) -> str:
    """Return a child of an element, escaped."""
    if isinstance(value, list | tuple):
        return "".join(map(text, value))
    return "" if value is None or isinstance(value, bool) else escape(js(value))


def attr(name: str, value: Any) -> str:
    """Return an attribute with the space before it, escaped; nothing where React leaves it out."""
    if name in FLAGS:
        return f' {name}=""' if truthy(value) else ""
    if value is None or (isinstance(value, bool) and not WORDED.match(name)):
        return ""
    return f' {name}="{escape(js(value))}"'


def url(address: Any) -> Any:
    """Return an address, "#" in place of one that would run a script."""
    return "#" if isinstance(address, str) and SCRIPT_URL.match(address) else address


def css(value: Any) -> str:
    """Return the value of a declaration, "" for one that would not stay a single value."""
    said = js(value)
    return "" if BREAKS_STYLE.search(said) else said


#: Everything that the expressions of a page may name.
SPACE: Mapping[str, Any] = {
    f.__name__: f for f in (get, dumps, js, add, same, truthy, text, attr, url, css, quote, math)
}
