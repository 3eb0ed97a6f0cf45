"""Wraps dock.jsx. Rows and pages speak to it by browser events, never by import."""

from typing import Any

import reflex as rx

from indii.ui.icons import icon

# Linked side by side, so that the modules find each other; only the dock is imported by name.
for _part in (
    "analyse.js",
    "colors.js",
    "engine.js",
    "heard.js",
    "icons.jsx",
    "memory.js",
    "page.js",
    "prefetch.js",
    "queue.js",
    "queue.jsx",
    "session.js",
    "store.js",
    "wave.jsx",
):
    rx.asset(_part, shared=True)

_DOCK = rx.asset("dock.jsx", shared=True)


class PlayerDock(rx.Component):
    """The dock and what it encloses; everything after the first play happens in the browser."""

    library = _DOCK.importable_path
    tag = "PlayerDock"

    plays_url: rx.Var[str]
    recording_path: rx.Var[str]
    producer_path: rx.Var[str]
    license_hash: rx.Var[str]
    actions: rx.Var[Any]

    def ssr(self) -> rx.Component:
        """Show the dock's room; the first press on Play fills it (`shell/inline_scripts.py`)."""
        names = rx.el.span(rx.el.b(), rx.el.span(), class_name="player-names")
        cover = rx.el.img(class_name="player-cover", alt="")
        play = rx.el.button(
            icon("play", size=16),
            type="button",
            class_name="player-play",
            custom_attrs={"aria-label": "Loading", "aria-busy": "true"},
        )
        return rx.el.section(
            rx.el.div(
                rx.el.div(
                    rx.el.span(cover, names, class_name="player-room"), class_name="player-now"
                ),
                rx.el.div(play, class_name="player-ctl"),
                class_name="player-bar",
            ),
            class_name="player",
            aria_label="Player",
            hidden=True,
            id="dock-before",
        )


def player_dock(
    *children: rx.Component,
    plays_url: str = "/api/plays",
    recording_path: str = "/recording/",
    producer_path: str = "/producer/",
    license_hash: str = "#license",
    actions: rx.Var[Any] | None = None,
) -> rx.Component:
    """Return the dock around `children`; an empty `license_hash` leaves the License link out.

    `actions` draws what can be done with the item that plays: a function of it in the browser.
    """
    return PlayerDock.create(
        *children,
        plays_url=plays_url,
        recording_path=recording_path,
        producer_path=producer_path,
        license_hash=license_hash,
        **({} if actions is None else {"actions": actions}),
    )
