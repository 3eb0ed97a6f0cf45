"""The socket keeps the port of its page over TLS, also under the name of localhost.

The framework leaves the port out there, for a balancer on 443 that this site does not need: page
and socket share one address (`shell/built_site.py`).
"""

from typing import Any

from reflex.plugins import Plugin

STATE_JS = "utils/state.js"
DROPPED = 'endpoint.port = "";'
KEPT = "endpoint.port = window.location.port;"


def keep_port(script: str) -> str:
    """Return the framework's script with the page's port in the place of none.

    Raises:
        ValueError: it reads otherwise now, after an upgrade.
    """
    if KEPT not in script and script.count(DROPPED) != 1:
        raise ValueError(f"{STATE_JS} does not say {DROPPED!r} once: look at getBackendURL")
    return script.replace(DROPPED, KEPT)


class SocketPort(Plugin):
    """Changes the framework's script while the front end is compiled."""

    def pre_compile(self, **context: Any) -> None:
        """Ask for the change."""
        context["add_modify_task"](STATE_JS, keep_port)
