"""Wraps tags.jsx, a field for several short words."""

import reflex as rx

_LIBRARY = rx.asset("tags.jsx", shared=True).importable_path


class TagsInput(rx.Component):
    """Chips with an input; `on_change` gets the whole list, a form gets it joined by commas."""

    library = _LIBRARY
    tag = "TagsInput"

    field_id: rx.Var[str]
    name: rx.Var[str]
    label: rx.Var[str]
    value: rx.Var[list[str]]
    limit: rx.Var[int]
    suggestions: rx.Var[list[str]]
    described_by: rx.Var[str]
    on_change: rx.EventHandler[rx.event.passthrough_event_spec(list[str])]
