"""The line that says the connection is lost; stands in for Reflex's overlay and its toasts."""

import reflex as rx

from indii.ui.wraps.chrome import ConnectionBanner


def connection_banner() -> rx.Component:
    """Say after a moment that the site reconnects; nothing while all is well."""
    return ConnectionBanner.create()
