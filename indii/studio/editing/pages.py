"""The page on which one recording is worked on."""

import reflex as rx

from indii.studio.dashboard.components import producers_only
from indii.studio.editing.components import (
    about_panel,
    confirmations,
    cover_panel,
    files_panel,
    licenses_panel,
    publish_panel,
    rights_panel,
    sound_panel,
    work_panel,
)
from indii.studio.editing.state import EditState
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.page import page


def _form() -> rx.Component:
    return forms.form(
        about_panel(),
        sound_panel(),
        licenses_panel(),
        rights_panel(),
        rx.el.div(
            rx.cond(
                EditState.errors.length() > 0,
                rx.el.p("Not saved: check the marked fields.", class_name="error", role="alert"),
            ),
            forms.submit("Save"),
            class_name="flex flex-wrap items-center justify-end gap-4",
        ),
        on_submit=EditState.save,
        key="form-" + EditState.opened.to_string(),
        class_name="grid gap-5 pt-3",
        no_validate=True,
    )


def _editor() -> rx.Component:
    view = EditState.view
    return rx.fragment(
        ui.page(
            ui.page_head(
                view.title,
                ui.link_button("All recordings", href="/studio"),
                sub=rx.cond(view.duration != "0:00", view.duration, "No sound yet"),
            )
        ),
        rx.el.div(
            _form(),
            rx.el.aside(
                publish_panel(),
                work_panel(),
                files_panel(),
                cover_panel(),
                aria_label="State and files",
            ),
            class_name="two",
        ),
        confirmations(),
    )


def _missing() -> rx.Component:
    return ui.page(
        ui.empty_state(
            "No such recording",
            "It was deleted, or it belongs to another account.",
            ui.link_button("Back to the studio", href="/studio", kind="go"),
            icon="search",
            is_page=True,
        )
    )


def _waiting() -> rx.Component:
    return ui.page(
        rx.el.header(rx.el.div(rx.el.h1("Recording")), class_name="page-head"),
        rx.el.div(ui.panel_skeleton(5), ui.panel_skeleton(3), class_name="grid gap-5"),
    )


def _studio() -> rx.Component:
    return rx.cond(
        EditState.is_ready, rx.cond(EditState.is_missing, _missing(), _editor()), _waiting()
    )


@page(
    route="/studio/recording/[slug]",
    title=rx.cond(
        EditState.view.title != "", EditState.view.title + " · Studio · Indii", "Studio · Indii"
    ),
    description="Add details, set prices and publish a recording.",
    on_load=EditState.load,
    active="studio",
)
def recording() -> rx.Component:
    """Show the form beside what the recording is made of."""
    return producers_only(EditState.access, _studio, _waiting())
