"""Where one can go: the rail on a desk, the tab bar on a phone. What is not built is not here."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from indii.ui.controls import avatar, kbd
from indii.ui.icons import icon
from indii.ui.links import link
from indii.ui.page import Active
from indii.ui.theme import theme_toggle


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the frame shows of whoever looks, as Vars; `is_ready` once the server has said."""

    name: Any
    avatar: Any
    roles: Any
    is_signed_in: Any
    is_ready: Any
    # How many licenses lie in the cart.
    cart: Any = 0

    def has(self, role: str) -> Any:
        """Whether the viewer has this role."""
        return self.roles.contains(role)


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: where it leads, its word, its sign, and the key that opens it."""

    active: Active
    href: str
    word: str
    sign: str
    key: str = ""


DISCOVER = Place("discover", "/", "Discover", "compass")
SEARCH = Place("search", "/explore", "Search", "search", "/")
# For everybody: a guest's browser may have bought something, or an e-mail opens it.
LIBRARY = Place("library", "/downloads", "Library", "library")
CART = Place("cart", "/cart", "Cart", "cart")
STUDIO = Place("studio", "/studio", "Studio", "studio")
SELL = Place("studio", "/account", "Sell your music", "upload")
ADMIN = Place("admin", "/admin/reports", "Admin", "shield")
SIGN_IN = Place("account", "/sign-in", "Sign in", "sign_in")

# Phones have less room for words.
_SHORT = {"Sell your music": "Sell"}


def brand(*, href: str = "/") -> rx.Component:
    """Show the name of the house, which leads home."""
    return link(rx.el.i(), rx.el.span("indii"), href=href, class_name="brand", aria_label="Indii")


def _entry(place: Place, active: str, *, tab: bool, more: Any = None) -> rx.Component:
    is_on = place.active == active
    base = "tab" if tab else "nav"
    attributes = {"aria-current": "page"} if is_on else {}
    word = _SHORT.get(place.word, place.word) if tab else place.word
    key = [kbd(place.key)] if place.key and not tab else []
    return link(
        icon(place.sign),
        rx.el.span(word),
        *key,
        *([] if more is None else [more]),
        href=place.href,
        class_name=f"{base} on" if is_on else base,
        title=place.word,
        custom_attrs=attributes,
    )


def _account(viewer: Viewer, active: str, *, tab: bool) -> rx.Component:
    base = "tab" if tab else "nav"
    mine = link(
        avatar(viewer.avatar, viewer.name, 18 if tab else 28),
        rx.el.span("Account" if tab else viewer.name),
        href="/account",
        class_name=f"{base} on" if active == "account" else base,
        title="Account",
        custom_attrs={"aria-current": "page"} if active == "account" else {},
    )
    return rx.cond(viewer.is_signed_in, mine, _entry(SIGN_IN, active, tab=tab))


def _cart(viewer: Viewer, active: str, *, tab: bool) -> rx.Component:
    number = rx.el.span(viewer.cart, rx.el.span(" in it", class_name="sr"), class_name="count num")
    more = rx.cond(viewer.cart > 0, number, rx.fragment())
    return _entry(CART, active, tab=tab, more=more)


def _own_places(viewer: Viewer, active: str, *, tab: bool) -> rx.Component:
    """Show what depends on the viewer; before the server has spoken its room is kept empty."""
    work = rx.cond(
        viewer.has("producer"), _entry(STUDIO, active, tab=tab), _entry(SELL, active, tab=tab)
    )
    admin = rx.cond(viewer.has("admin"), _entry(ADMIN, active, tab=tab), rx.fragment())
    waiting = rx.el.span(class_name="tab" if tab else "nav")
    return rx.cond(viewer.is_ready, rx.fragment(work, admin), waiting)


def _own_account(viewer: Viewer, active: str, *, tab: bool) -> rx.Component:
    waiting = rx.el.span(class_name="tab" if tab else "nav")
    return rx.cond(viewer.is_ready, _account(viewer, active, tab=tab), waiting)


def rail(viewer: Viewer, active: str) -> rx.Component:
    """Make the left rail."""
    return rx.el.nav(
        brand(),
        _entry(DISCOVER, active, tab=False),
        _entry(SEARCH, active, tab=False),
        _entry(LIBRARY, active, tab=False),
        _cart(viewer, active, tab=False),
        _own_places(viewer, active, tab=False),
        rx.el.div(_own_account(viewer, active, tab=False), theme_toggle(), class_name="rail-foot"),
        class_name="rail",
        aria_label="Main",
    )


def tabbar(viewer: Viewer, active: str) -> rx.Component:
    """Make the phone's tab bar."""
    return rx.el.nav(
        _entry(DISCOVER, active, tab=True),
        _entry(SEARCH, active, tab=True),
        _entry(LIBRARY, active, tab=True),
        _cart(viewer, active, tab=True),
        _own_places(viewer, active, tab=True),
        _own_account(viewer, active, tab=True),
        class_name="tabbar",
        aria_label="Main",
    )
