"""The events page."""

import reflex as rx

from indii.admin.events import components as parts
from indii.admin.events.state import InboundEventsState
from indii.admin.frame.components import admin_page
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/events",
    title="Events · Indii",
    description="Events received from the payment provider.",
    on_load=InboundEventsState.load,
    active="admin",
)
def inbound() -> rx.Component:
    """Show what the outside world told us and how it went."""
    refresh = ui.button("Refresh", icon="retry", on_click=InboundEventsState.load)
    return admin_page("events", "Events", InboundEventsState, parts.inbound_events(), refresh)
