"""Wraps modal.jsx, a native dialog that a state may open."""

import reflex as rx

_LIBRARY = rx.asset("modal.jsx", shared=True).importable_path


class Modal(rx.Component):
    """A dialog opened by `data-open`, by `is_open` when a state drives it, or by a call.

    With `called_by` any element that carries this attribute opens it and says the value; what the
    dialog shows is waited for until `ready_for` is that value.
    """

    library = _LIBRARY
    tag = "Modal"

    dialog_id: rx.Var[str]
    is_open: rx.Var[bool]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]
    called_by: rx.Var[str]
    ready_for: rx.Var[str]
    on_call: rx.EventHandler[rx.event.passthrough_event_spec(str)]

    def ssr(self) -> None:
        """Show nothing: what opens a dialog needs scripts."""
