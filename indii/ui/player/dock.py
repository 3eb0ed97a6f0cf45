"""Wraps dock.jsx. Rows and pages speak to it by browser events, never by import."""

from typing import Any

import reflex as rx

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
