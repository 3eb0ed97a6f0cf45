"""Fields for choosing: boxes, cards, segments, tags, a range."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from indii.ui.fields import FieldIds, has_text, help_text, labelled
from indii.ui.wraps.range import RangeInput
from indii.ui.wraps.tags import TagsInput


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
