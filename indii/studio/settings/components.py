"""Pieces of the studio's settings."""

from typing import Any

import reflex as rx

from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.rules import LIMITS
from indii.studio.settings.queries import TermsForm
from indii.studio.settings.rules import ALLOWANCES
from indii.studio.settings.rules import LIMITS as TERM_LIMITS
from indii.studio.settings.state import SettingsState
from indii.studio.uploads.rules import SOUNDS
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.overlays import closes, dialog, opens
from indii.ui.wraps.uploader import uploader


def voice_tag_panel() -> rx.Component:
    """Show the voice tag; change or remove it."""
    view = SettingsState.view
    return ui.panel(
        rx.el.p(
            "A short spoken tag, mixed into your previews every 15 seconds. Purchased files never"
            " include it.",
            class_name="sub mb-4",
        ),
        _current_tag(),
        uploader(
            kind=FileKind.VOICE_TAG.value,
            accept=SOUNDS,
            max_bytes=LIMITS[FileKind.VOICE_TAG],
            label=rx.cond(view.voice_tag != "", "Drop another voice tag here", "Drop a voice tag"),
            hint="Up to 10 seconds and 5 MB.",
            on_checked=SettingsState.set_voice_tag,
        ),
        dialog(
            id="confirm-silent",
            title="Remove your voice tag?",
            text="All your previews are remade without it.",
            actions=[
                ui.button("Keep it", custom_attrs=closes()),
                ui.button(
                    "Remove",
                    kind="bad",
                    on_click=SettingsState.remove_voice_tag,
                    custom_attrs=closes(),
                ),
            ],
        ),
        title="Voice tag",
    )


def _current_tag() -> rx.Component:
    view = SettingsState.view
    return rx.cond(
        view.voice_tag != "",
        rx.el.div(
            rx.el.div(
                rx.el.b(view.voice_tag, class_name="block truncate font-medium"),
                rx.el.audio(
                    src="/api/own/voice-tag",
                    controls=True,
                    key=SettingsState.turn.to_string(),
                    class_name="w-full mt-2",
                    custom_attrs={
                        "preload": "none",
                        "controlsList": "nodownload noplaybackrate",
                        "aria-label": "Your voice tag",
                    },
                ),
                class_name="min-w-0 flex-1",
            ),
            ui.button("Remove", custom_attrs=opens("confirm-silent")),
            class_name="flex flex-wrap items-end gap-4 mb-4",
        ),
    )


def terms_panel() -> rx.Component:
    """Show what each license grants; each opens into its form."""
    return ui.panel(
        rx.el.p(
            "What each license grants, for all your recordings. Nothing changes for licenses"
            " already sold.",
            class_name="sub mb-2",
        ),
        rx.foreach(SettingsState.view.terms, _tier),
        title="Default terms",
    )


def _tier(terms: rx.Var[TermsForm]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.b(terms.label),
            rx.cond(terms.is_default, rx.fragment(), ui.badge("Your own")),
            rx.el.span(terms.words, class_name="sub block mt-1"),
            class_name="cursor-pointer py-4",
        ),
        forms.form(
            forms.hidden("tier", terms.tier),
            rx.el.div(
                *(_limit(terms, name, label) for name, label in TERM_LIMITS),
                class_name="grid gap-4 grid-cols-2 md:grid-cols-3 items-start",
            ),
            rx.el.div(
                *(
                    forms.check_field(
                        name,
                        label,
                        default_checked=getattr(terms, name),
                        id=f"f-{terms.tier}-{name}",
                    )
                    for name, label in ALLOWANCES
                ),
                class_name="flex flex-wrap gap-x-8 gap-y-3",
            ),
            rx.el.p("Leave a number empty for no limit.", class_name="hint"),
            _terms_actions(terms),
            on_submit=SettingsState.save_terms,
            key=terms.tier + SettingsState.turn.to_string(),
            class_name="grid gap-5 pb-5",
            no_validate=True,
        ),
        class_name="border-t border-line",
    )


def _terms_actions(terms: rx.Var[TermsForm]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            terms.is_default,
            rx.fragment(),
            ui.button("Use the default terms", on_click=SettingsState.reset_terms(terms.tier)),
        ),
        forms.submit("Save terms"),
        class_name="flex flex-wrap justify-end gap-3",
    )


def _limit(terms: Any, name: str, label: str) -> rx.Component:
    error = rx.cond(SettingsState.tier == terms.tier, SettingsState.errors[name], "")
    return forms.text_field(
        name,
        label,
        id=f"f-{terms.tier}-{name}",
        default_value=getattr(terms, name),
        placeholder="No limit",
        input_mode="numeric",
        auto_complete="off",
        max_length=14,
        error=error,
    )
