"""Ctrl-K / ⌘K: everything the site has, by name. The panel is fetched when first asked for."""

from typing import Any

import reflex as rx

from indii.shell.navbar import Viewer
from indii.ui.icons import SOLID, STROKED

_LIBRARY = rx.asset("command_menu.jsx", shared=True).importable_path
rx.asset("command_panel.jsx", shared=True)

#: (word, address, icon, who may see it). "" is everybody, "in" and "out" the signed in and others.
PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("Discover", "/", "compass", ""),
    ("Search recordings", "/explore", "search", ""),
    ("Library", "/downloads", "library", ""),
    ("Cart", "/cart", "cart", ""),
    ("Studio", "/studio", "studio", "producer"),
    ("Upload a recording", "/studio/upload", "upload", "producer"),
    ("Sales", "/studio/sales", "studio", "producer"),
    ("Reports", "/admin/reports", "flag", "admin"),
    ("Orders", "/admin/orders", "queue", "admin"),
    ("Ledger", "/admin/ledger", "queue", "admin"),
    ("Events", "/admin/events", "queue", "admin"),
    ("Jobs", "/admin/work", "queue", "admin"),
    ("E-mails", "/admin/mail", "mail", "admin"),
    ("Audit log", "/admin/audit", "shield", "admin"),
    ("Account", "/account", "user", "in"),
    ("Sign in", "/sign-in", "sign_in", "out"),
    ("Create an account", "/sign-up", "user", "out"),
    ("Terms", "/terms", "info", ""),
    ("Privacy", "/privacy", "shield", ""),
)
_DRAWN = ("search", "note", "user", "sun", "command", "info")


class CommandMenu(rx.Component):
    """Listens for the keys and loads its panel on demand."""

    library = _LIBRARY
    tag = "CommandMenu"

    places: rx.Var[list[list[str]]]
    icons: rx.Var[dict[str, str]]
    roles: rx.Var[list[str]]
    is_signed_in: rx.Var[bool]
    suggest_url: rx.Var[str]
    search_path: rx.Var[str]


def command_menu(
    viewer: Viewer, *, suggest_url: str = "/api/suggest", places: Any = PLACES
) -> rx.Component:
    """Mount the menu, the help sheet and their keys, once around all pages."""
    names = sorted({sign for _, _, sign, _ in places} | set(_DRAWN))
    return CommandMenu.create(
        places=[list(place) for place in places],
        icons={name: STROKED.get(name) or SOLID[name] for name in names},
        roles=viewer.roles,
        is_signed_in=viewer.is_signed_in,
        suggest_url=suggest_url,
        search_path="/explore",
    )
