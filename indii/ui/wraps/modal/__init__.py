"""Wraps modal.jsx, a native dialog that a state may open."""

import reflex as rx

_LIBRARY = rx.asset("modal.jsx", shared=True).importable_path


class Modal(rx.Component):
    """A dialog opened by `data-open`, or by `is_open` when a state drives it."""

    library = _LIBRARY
    tag = "Modal"

    dialog_id: rx.Var[str]
    is_open: rx.Var[bool]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]
