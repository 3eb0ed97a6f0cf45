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

    def ssr(self) -> rx.Component:
        """Show the track with its two ends; the thumbs need scripts."""
        span = self.hi - self.lo
        ends = {
            "--lo": (self.from_value - self.lo) / span,
            "--hi": (self.to_value - self.lo) / span,
        }
        return rx.fragment(
            rx.el.div(rx.el.i(), rx.el.i(), class_name="range", custom_attrs={"style": ends}),
            rx.el.div(
                rx.el.span(self.from_value),
                rx.el.span(self.unit),
                rx.el.span(self.to_value),
                class_name="range-ends num",
                custom_attrs={"aria-hidden": "true"},
            ),
        )
