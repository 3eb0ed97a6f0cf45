"""Wraps range.jsx, a slider with two thumbs."""

import reflex as rx

_LIBRARY = rx.asset("range.jsx", shared=True).importable_path


class RangeInput(rx.Component):
    """Two thumbs on one track; `on_commit(low, high)` fires when a thumb is let go."""

    library = _LIBRARY
    tag = "RangeInput"

    name: rx.Var[str]
    label: rx.Var[str]
    lo: rx.Var[int]
    hi: rx.Var[int]
    from_value: rx.Var[int]
    to_value: rx.Var[int]
    step: rx.Var[int]
    unit: rx.Var[str]
    on_commit: rx.EventHandler[rx.event.passthrough_event_spec(int, int)]
