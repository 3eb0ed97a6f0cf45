"""Forms with their labels, hints and errors wired together: `from indii.ui import forms`.

Texts may be Vars. A field keeps its own text while somebody types: give `default_value` and read it
on submit or on blur; a `value` bound to a state would travel to the server and back per keystroke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from indii.ui.controls import BUTTON_CLASS, SIZE_CLASS, classes, when
from indii.ui.icons import icon as draw
from indii.ui.tokens import ButtonKind, Size
from indii.ui.wraps.range import RangeInput
from indii.ui.wraps.tags import TagsInput


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


# ---- fields for text, files and lists -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldIds:
    """The ids that tie a control to its words, and the attributes that say so."""

    field_id: str
    hint: Any
    error: Any

    def attributes(self) -> dict[str, Any]:
        """Return what the control itself must carry."""
        ids = [f"{self.field_id}-error", f"{self.field_id}-hint"]
        described = [
            i for i, text in zip(ids, (self.error, self.hint), strict=True) if has_text(text)
        ]
        wired: dict[str, Any] = {"id": self.field_id}
        if described:
            wired["aria-describedby"] = " ".join(described)
        if isinstance(self.error, rx.Var):
            wired["aria-invalid"] = rx.cond(self.error, "true", "false")
        elif self.error:
            wired["aria-invalid"] = "true"
        return wired

    def words(self) -> list[Any]:
        """Return hint and error, where there are such."""
        said = []
        if has_text(self.hint):
            said.append(help_text("hint", self.field_id, self.hint))
        if has_text(self.error):
            said.append(help_text("error", self.field_id, self.error))
        return said


def has_text(text: Any) -> bool:
    """Whether there may be something to say."""
    return isinstance(text, rx.Var) or bool(text)


def help_text(kind: str, field_id: str, text: Any) -> rx.Component:
    """Make the hint or the error of a field."""
    attributes = {"id": f"{field_id}-{kind}"}
    if kind == "error":
        attributes["aria-live"] = "polite"
    return rx.el.p(text, class_name=kind, custom_attrs=attributes)


def _label(text: Any, field_id: str, *, is_optional: bool) -> rx.Component:
    extra = [rx.el.small("optional")] if is_optional else []
    return rx.el.label(text, *extra, html_for=field_id, class_name="label")


def labelled(
    label: Any, wiring: FieldIds, control: Any, *, is_optional: bool = False
) -> rx.Component:
    """Put a label over a control and its words below."""
    return rx.el.div(
        _label(label, wiring.field_id, is_optional=is_optional),
        control,
        *wiring.words(),
        class_name="field",
    )


def text_field(
    name: str,
    label: Any,
    *,
    type: str = "text",  # noqa: A002 - the attribute's own name
    hint: Any = "",
    error: Any = "",
    unit: str = "",
    is_optional: bool = False,
    id: str = "",  # noqa: A002 - the attribute's own name
    **props: Any,
) -> rx.Component:
    """Make a line of text; `unit` stands at its right end."""
    wiring = FieldIds(id or f"f-{name}", hint, error)
    attributes = wiring.attributes() | props.pop("custom_attrs", {})
    control = rx.el.input(
        name=name, type=type, class_name="input", custom_attrs=attributes, **props
    )
    if unit:
        control = rx.el.div(control, rx.el.span(unit), class_name="input-unit")
    return labelled(label, wiring, control, is_optional=is_optional)


def textarea_field(
    name: str,
    label: Any,
    *,
    rows: int = 5,
    hint: Any = "",
    error: Any = "",
    is_optional: bool = False,
    id: str = "",  # noqa: A002 - the attribute's own name
    **props: Any,
) -> rx.Component:
    """Make a field for several lines."""
    wiring = FieldIds(id or f"f-{name}", hint, error)
    attributes = wiring.attributes() | {"rows": rows} | props.pop("custom_attrs", {})
    control = rx.el.textarea(name=name, class_name="textarea", custom_attrs=attributes, **props)
    return labelled(label, wiring, control, is_optional=is_optional)


def options(choices: Any) -> list[Any]:
    """Make the options of a select from pairs (value, text), or from a Var of such pairs."""
    if isinstance(choices, rx.Var):
        return [rx.foreach(choices, lambda pair: rx.el.option(pair[1], value=pair[0]))]
    return [rx.el.option(text, value=value) for value, text in choices]


def select_field(
    name: str,
    label: Any,
    choices: Any,
    *,
    hint: Any = "",
    error: Any = "",
    is_optional: bool = False,
    id: str = "",  # noqa: A002 - the attribute's own name
    **props: Any,
) -> rx.Component:
    """Make a native select; `choices` are pairs (value, text)."""
    wiring = FieldIds(id or f"f-{name}", hint, error)
    attributes = wiring.attributes() | props.pop("custom_attrs", {})
    control = rx.el.select(
        *options(choices), name=name, class_name="select", custom_attrs=attributes, **props
    )
    return labelled(label, wiring, control, is_optional=is_optional)


def file_field(
    name: str,
    label: Any,
    *,
    accept: str,
    hint: Any = "",
    error: Any = "",
    is_optional: bool = False,
    **props: Any,
) -> rx.Component:
    """Make a native file input."""
    wiring = FieldIds(f"f-{name}", hint, error)
    attributes = wiring.attributes() | {"accept": accept} | props.pop("custom_attrs", {})
    control = rx.el.input(
        name=name, type="file", class_name="file", custom_attrs=attributes, **props
    )
    return labelled(label, wiring, control, is_optional=is_optional)


def hidden(name: str, value: Any) -> rx.Component:
    """Send a value that nobody sees."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


# ---- fields for choosing ----------------------------------------------------------------


def check_field(
    name: str,
    label: Any,
    *,
    value: str = "yes",
    hint: Any = "",
    error: Any = "",
    id: str = "",  # noqa: A002 - the attribute's own name
    **props: Any,
) -> rx.Component:
    """Make a box to tick; `label` may hold links."""
    wiring = FieldIds(id or f"f-{name}", "", error)
    attributes = wiring.attributes() | props.pop("custom_attrs", {})
    note = [rx.el.small(hint)] if has_text(hint) else []
    box = rx.el.label(
        rx.el.input(name=name, type="checkbox", value=value, custom_attrs=attributes, **props),
        rx.el.span(label, *note),
        class_name="check",
    )
    return rx.el.div(box, *wiring.words(), class_name="field") if has_text(error) else box


@dataclass(frozen=True, slots=True)
class Choice:
    """One card of a choice: its value, its name, a line about it."""

    value: str
    title: str
    text: str = ""


def radio_cards(
    name: str,
    legend: Any,
    choices: Sequence[Choice],
    *,
    value: Any = None,
    default: str | None = None,
    on_change: Any = None,
    error: Any = "",
) -> rx.Component:
    """Make a choice among few things that need a line each."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="label"),
        *(
            rx.el.label(
                _radio(name, c.value, value, default, on_change),
                rx.el.b(c.title),
                *([rx.el.span(c.text)] if c.text else []),
                class_name="choice",
            )
            for c in choices
        ),
        *([help_text("error", f"f-{name}", error)] if has_text(error) else []),
        class_name="cards-choice",
    )


def segmented(
    name: str,
    legend: str,
    choices: Sequence[tuple[str, str]],
    *,
    value: Any = None,
    default: str | None = None,
    on_change: Any = None,
) -> rx.Component:
    """Make a choice among two to four words side by side."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="sr"),
        *(
            rx.el.label(_radio(name, key, value, default, on_change), rx.el.span(text))
            for key, text in choices
        ),
        class_name="segmented",
    )


def _radio(name: str, key: str, value: Any, default: str | None, on_change: Any) -> rx.Component:
    props: dict[str, Any] = {}
    if value is not None:
        props["checked"] = value == key
    elif default is not None:
        props["default_checked"] = default == key
    if on_change is not None:
        props["on_change"] = on_change(key) if callable(on_change) else on_change
    return rx.el.input(type="radio", name=name, value=key, **props)


def tags_field(
    name: str,
    label: str,
    *,
    value: Any = (),
    on_change: Any = None,
    hint: Any = "Press Enter or comma after each",
    limit: int = 8,
    suggestions: Any = (),
) -> rx.Component:
    """Make a field for several short words; the form sends them joined by commas."""
    wiring = FieldIds(f"f-{name}", hint, "")
    extra = {} if on_change is None else {"on_change": on_change}
    control = TagsInput.create(
        field_id=wiring.field_id,
        name=name,
        label=label,
        value=value if isinstance(value, rx.Var) else list(value),
        limit=limit,
        suggestions=suggestions if isinstance(suggestions, rx.Var) else list(suggestions),
        described_by=f"{wiring.field_id}-hint",
        **extra,
    )
    return labelled(label, wiring, control)


def range_field(
    name: str,
    label: str,
    *,
    lo: int,
    hi: int,
    value: tuple[Any, Any],
    step: int = 1,
    unit: str = "",
    on_commit: Any = None,
) -> rx.Component:
    """Make a slider with two thumbs; `on_commit(low, high)` fires when one is let go."""
    extra = {} if on_commit is None else {"on_commit": on_commit}
    return RangeInput.create(
        name=name,
        label=label,
        lo=lo,
        hi=hi,
        from_value=value[0],
        to_value=value[1],
        step=step,
        unit=unit,
        **extra,
    )
