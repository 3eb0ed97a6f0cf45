"""What a producer sold."""

import reflex as rx

from indii.store.orders import components as parts
from indii.store.orders.state import SalesState
from indii.ui import primitives as ui
from indii.ui.page import page


def _ready() -> rx.Component:
    found = SalesState.page
    return rx.fragment(
        parts.holds(),
        rx.cond(
            (found.rows.length() > 0) | SalesState.is_continued,
            rx.fragment(parts.numbers(), parts.sales_table()),
            parts.nothing_sold(),
        ),
    )


@page(
    route="/studio/sales",
    title="Sales · Indii",
    description="What you sold, with your share.",
    on_load=SalesState.load,
    active="studio",
)
def sales() -> rx.Component:
    """Show what is owed first, then every sale that it was summed from."""
    waiting = rx.fragment(ui.panel_skeleton(2), ui.table_skeleton(6))
    inside = rx.match(SalesState.access, ("producer", _ready()), ("", waiting), rx.fragment())
    shown = ui.page(
        ui.page_head("Sales", ui.link_button("Studio", href="/studio", icon="studio")), inside
    )
    is_outside = (SalesState.access == "fan") | (SalesState.access == "anonymous")
    return rx.cond(is_outside, parts.no_access(), shown)
