"""Wraps handover.jsx, which takes the first HTML away when the page can stand alone."""

import reflex as rx


class SsrHandover(rx.Component):
    """Takes `#ssr` away once `is_ready`, and brings along what somebody did there."""

    library = rx.asset("handover.jsx", shared=True).importable_path
    tag = "SsrHandover"

    is_ready: rx.Var[bool]

    def ssr(self) -> None:
        """Show nothing."""
