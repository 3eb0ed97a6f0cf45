"""Mounts the player around the whole app, outside every page, so that navigation cannot end it."""

from collections.abc import Callable

import reflex as rx

from indii.ui.actions import drawn_in_browser
from indii.ui.player import player_dock

# Outside the error boundary (55): a page that fails leaves the music and the dock alone.
PRIORITY = 60


def player_wrap() -> dict[tuple[int, str], Callable[[bool], rx.Component | None]]:
    """Return the entry for `rx.App(extra_app_wraps=…)`."""
    dock = player_dock(actions=drawn_in_browser("recording", "dock"))
    return {(PRIORITY, "PlayerDock"): lambda _stateful: dock}
