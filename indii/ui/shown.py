"""What the first HTML already said is not sent again over the socket.

The document carries its state as JSON, from which the page is drawn as soon as its scripts run
(`wraps/handover`). A tab that is new says so in a cookie with the view's digest; when the page's
`load` arrives at the very same view, that view stays at home.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import json_dumps

from indii.kernel.cookies import cookie_in

COOKIE = "indii_shown"
#: The var that holds a page's view, by the habit of the house.
VIEW = "page"


def digest(view: Any) -> str:
    """Return what names this view."""
    return hashlib.sha256(json_dumps(view).encode()).hexdigest()[:24]


def state_json(state: Any, values: Mapping[str, Any]) -> str:
    """Return these values as the browser's store takes them, safe inside a script element."""
    marked = {name + FIELD_MARKER: value for name, value in values.items()}
    return json_dumps({state.get_full_name(): marked}).replace("<", "\\u003c")


def claimed(state: Any) -> str:
    """Return the digest of what this tab shows, "" when it does not wait for its first view."""
    said = state.router.headers.cookie or ""
    if COOKIE not in said or VIEW not in type(state).__fields__:
        return ""
    is_blank = getattr(state, VIEW) == type(state).__fields__[VIEW].default_value()
    return (cookie_in(said, COOKIE) or "") if is_blank else ""


def keep_back(state: Any, shown: str) -> None:
    """Leave the view out of what is sent, if it is the one that is shown."""
    if VIEW in state.dirty_vars and digest(state.get_value(VIEW)) == shown:
        state.dirty_vars.discard(VIEW)
