"""The frame around every page: places to go, the page, what the site has to say, room for the dock.

The frame is drawn again by every page, so it holds no state of its own; what must outlive a page
(dock, command menu, manners, the last word) is mounted around the app by `app_wraps()`.
"""

from collections.abc import Callable
from functools import wraps

import reflex as rx

from indii.shell.command_menu import command_menu
from indii.shell.navbar import Viewer, brand, rail, tabbar
from indii.shell.player_dock import player_wrap
from indii.shell.viewer import ViewerState
from indii.store.checkout.state import CartState
from indii.ui.behaviour import behaviour
from indii.ui.connection import connection_banner
from indii.ui.errors import error_boundary
from indii.ui.frame import mounted_around_pages
from indii.ui.links import link
from indii.ui.page import Active, Body, Page
from indii.ui.player import player_dock
from indii.ui.state import NoticeState
from indii.ui.theme import head_components, theme_toggle
from indii.ui.wraps.chrome import Notice

Wraps = dict[tuple[int, str], Callable[[bool], rx.Component | None]]

VIEWER = Viewer(
    name=ViewerState.name,
    avatar=ViewerState.avatar,
    roles=ViewerState.roles,
    is_signed_in=ViewerState.is_signed_in,
    is_ready=ViewerState.is_ready,
    cart=CartState.lines,
)


def head() -> list[rx.Component]:
    """Return what belongs into every `<head>`."""
    return head_components()


def app_wraps() -> Wraps:
    """Return what stands around all pages, in place of Reflex's overlay and its toasts."""
    return {
        (55, "ErrorBoundary"): lambda _stateful: error_boundary(),
        (5, "Manners"): lambda _stateful: global_listeners(VIEWER),
        **player_wrap(),
    }


def global_listeners(viewer: Viewer) -> rx.Component:
    """Mount what listens everywhere: dialogs, keys, the connection, what features bring."""
    notice = Notice.create(
        text=NoticeState.text,
        kind=NoticeState.kind,
        serial=NoticeState.serial,
        on_dismiss=NoticeState.dismiss,
    )
    return rx.fragment(
        behaviour(), connection_banner(), command_menu(viewer), *mounted_around_pages(), notice
    )


def framed(page: Page, viewer: Viewer = VIEWER) -> Body:
    """Return the page's function with the frame that it asks for.

    It keeps the module of the page: Reflex puts all code of one module into one chunk.
    """

    @wraps(page.body)
    def whole() -> rx.Component:
        if page.frame == "plain":
            return plain_frame(page.body())
        return frame(page.body(), active=page.active, viewer=viewer)

    return whole


def standing(page: Page, viewer: Viewer = VIEWER) -> Body:
    """Return the page's function with all that stands on the screen before any script runs."""
    whole = framed(page, viewer)

    @wraps(page.body)
    def with_dock() -> rx.Component:
        return rx.fragment(whole(), player_dock())

    return with_dock


def frame(body: rx.Component, *, viewer: Viewer, active: Active = "") -> rx.Component:
    """Put the whole frame around a page's body."""
    return rx.fragment(
        _skip(),
        rx.el.div(
            rail(viewer, active),
            _main(body),
            _foot(),
            rx.el.div(class_name="dock-slot", custom_attrs={"id": "dock-slot"}),
            tabbar(viewer, active),
            class_name="frame",
        ),
    )


def plain_frame(body: rx.Component) -> rx.Component:
    """Put only the name of the house around a body: signing in, legal texts, errors."""
    return rx.fragment(
        _skip(),
        rx.el.div(
            rx.el.header(brand(), theme_toggle(), class_name="plain-head"),
            _main(body),
            _foot(has_theme=False),
            rx.el.div(class_name="dock-slot", custom_attrs={"id": "dock-slot"}),
            class_name="frame frame-plain",
        ),
    )


def _skip() -> rx.Component:
    return link("Skip to content", href="#main", class_name="skip")


def _main(body: rx.Component) -> rx.Component:
    return rx.el.main(body, class_name="main", tab_index=-1, custom_attrs={"id": "main"})


def _foot(*, has_theme: bool = True) -> rx.Component:
    return rx.el.footer(
        rx.el.p("Indii, an open-source home for independent music"),
        link("Terms", href="/terms"),
        link("Privacy", href="/privacy"),
        rx.el.button(
            "Keyboard shortcuts",
            type="button",
            class_name="not-phone",
            custom_attrs={"data-open": "shortcuts", "aria-haspopup": "dialog"},
        ),
        *([rx.el.span(theme_toggle(with_text=True), class_name="only-phone")] if has_theme else []),
        class_name="foot",
    )
