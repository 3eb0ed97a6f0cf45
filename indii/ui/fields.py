"""Fields for text, files and lists, each wired to its label, hint and error."""

from dataclasses import dataclass
from typing import Any

import reflex as rx


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
