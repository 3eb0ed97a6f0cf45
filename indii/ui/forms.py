"""Forms with their labels, hints and errors wired together: `from indii.ui import forms`.

Texts may be Vars. A field keeps its own text while somebody types: give `default_value` and read it
on submit or on blur; a `value` bound to a state would travel to the server and back per keystroke.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from indii.ui.choices import (
    Choice,
    check_field,
    radio_cards,
    range_field,
    segmented,
    tags_field,
)
from indii.ui.controls import BUTTON_CLASS, SIZE_CLASS, classes, when
from indii.ui.fields import (
    file_field,
    hidden,
    options,
    select_field,
    text_field,
    textarea_field,
)
from indii.ui.icons import icon as draw
from indii.ui.tokens import ButtonKind, Size


class NativeForm(BaseHTML):
    """A bare form element; `rx.el.form` prevents the browser's own submit, this one does not."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    no_validate: rx.Var[bool]


def native_form(
    *children: Any, action: Any, method: str = "post", class_name: str = "form", **props: Any
) -> rx.Component:
    """Make a form that the browser posts; its submit button turns busy and cannot fire twice."""
    attributes = {"data-native": "", **props.pop("custom_attrs", {})}
    return NativeForm.create(
        *children,
        action=action,
        method=method,
        class_name=class_name,
        custom_attrs=attributes,
        **props,
    )


def form(*children: Any, on_submit: Any, class_name: str = "form", **props: Any) -> rx.Component:
    """Make a form that a state handles; the handler gets a dict by field name."""
    return rx.el.form(*children, on_submit=on_submit, class_name=class_name, **props)


def submit(
    text: Any,
    *,
    busy: str = "Saving…",
    is_busy: Any = None,
    kind: ButtonKind = "go",
    size: Size = "md",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make the button that sends a form; while `is_busy` it turns and says `busy` to readers."""
    attributes = dict(props.pop("custom_attrs", {}))
    inside = [text]
    if is_busy is not None:
        attributes |= {"data-busy": rx.cond(is_busy, "", rx.Var("undefined"))}
        attributes |= {"aria-disabled": rx.cond(is_busy, "true", "false")}
        inside.append(rx.el.span(when(is_busy, lambda: busy), class_name="sr", role="status"))
    return rx.el.button(
        *inside,
        type="submit",
        class_name=classes("btn" + BUTTON_CLASS[kind] + SIZE_CLASS[size], class_name),
        custom_attrs=attributes,
        **props,
    )


def form_error(text: Any) -> rx.Component:
    """Say what went wrong with the whole form; nothing while `text` is empty."""
    made = rx.el.div(draw("warning"), rx.el.div(text), class_name="notice notice-bad")
    return rx.el.div(when(text, lambda: made), role="alert")


def actions(*children: Any) -> rx.Component:
    """Line the buttons up under a form."""
    return rx.el.div(*children, class_name="form-actions")


def row(*fields: Any) -> rx.Component:
    """Set fields side by side where there is room."""
    return rx.el.div(*fields, class_name="field-row")


__all__ = [
    "Choice",
    "NativeForm",
    "actions",
    "check_field",
    "file_field",
    "form",
    "form_error",
    "hidden",
    "native_form",
    "options",
    "radio_cards",
    "range_field",
    "row",
    "segmented",
    "select_field",
    "submit",
    "tags_field",
    "text_field",
    "textarea_field",
]
