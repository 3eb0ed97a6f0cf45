"""The studio's settings."""

import reflex as rx

from indii.studio.dashboard.components import producers_only
from indii.studio.settings.components import terms_panel, voice_tag_panel
from indii.studio.settings.state import SettingsState
from indii.ui import primitives as ui
from indii.ui.page import page


def _settings() -> rx.Component:
    return ui.page(
        ui.page_head(
            "Voice tag and terms", ui.link_button("Back to studio", href="/studio", kind="quiet")
        ),
        rx.el.div(voice_tag_panel(), terms_panel(), class_name="grid gap-5 max-w-4xl"),
    )


def _waiting() -> rx.Component:
    return ui.page(
        rx.el.header(rx.el.div(rx.el.h1("Voice tag and terms")), class_name="page-head"),
        rx.el.div(ui.panel_skeleton(2), ui.panel_skeleton(5), class_name="grid gap-5 max-w-4xl"),
    )


@page(
    route="/studio/settings",
    title="Voice tag and terms · Indii",
    description="Your voice tag and what your licenses grant.",
    on_load=SettingsState.load,
    active="studio",
)
def settings() -> rx.Component:
    """Show the voice tag and the terms."""
    return producers_only(SettingsState.access, _settings, _waiting())
