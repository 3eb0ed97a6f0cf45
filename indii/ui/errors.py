"""Pages for when something failed: what happened, what is safe, what to do, a reference."""

from typing import Any

import reflex as rx

from indii.ui.controls import link_button
from indii.ui.waiting import empty_state
from indii.ui.wraps.chrome import Boundary, BrokenPage


def error_boundary(**props: Any) -> rx.Component:
    """Return the boundary for `rx.App(app_wraps={(55, "ErrorBoundary"): …})`."""
    broken = BrokenPage.create(error=rx.Var("event_args.error", _var_type=dict))
    return Boundary.create(fallback_render=rx.Var.create(broken), **props)


def error_page(
    title: Any, text: Any, action: Any = None, *, icon: str = "warning", reference: Any = None
) -> rx.Component:
    """Make a whole page for a failure: `text` says what is safe and what to do."""
    page = empty_state(title, text, action, icon=icon, is_page=True)
    if reference is None:
        return page
    return rx.el.div(page, rx.el.p("Reference ", reference, class_name="num faint text-center"))


def not_found(what: str = "page") -> rx.Component:
    """Say that nothing lives at this address."""
    return error_page(
        f"No such {what}",
        f"This {what} was removed, renamed, or never existed.",
        link_button("Go to Discover", href="/", kind="go"),
        icon="compass",
    )


def not_allowed() -> rx.Component:
    """Say that this page needs another account."""
    return error_page(
        "Not for this account",
        "You are signed in, but your account has no access to this page.",
        link_button("Go to your account", href="/account", kind="go"),
        icon="shield",
    )


def sign_in_needed(href: Any = "/sign-in") -> rx.Component:
    """Say that this page needs an account."""
    return error_page(
        "Sign in to see this",
        "This page needs an account.",
        link_button("Sign in", href=href, kind="go"),
        icon="key",
    )
