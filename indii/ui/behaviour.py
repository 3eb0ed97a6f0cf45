"""The manners of the app in the browser, mounted once around all pages."""

import reflex as rx

from indii.ui.wraps.chrome import Behaviour


def behaviour() -> rx.Component:
    """Mount dialogs, menus, busy forms and the announcement of route changes."""
    return Behaviour.create()
