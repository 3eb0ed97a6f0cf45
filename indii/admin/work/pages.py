"""What the machinery is doing."""

import reflex as rx

from indii.admin.reports.components import admin_page
from indii.admin.work import components as parts
from indii.admin.work.state import EmailsState, InboundEventsState, WorkState
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/work",
    title="Jobs · Indii",
    description="Jobs of this installation, and what failed.",
    on_load=WorkState.load,
    active="admin",
)
def work() -> rx.Component:
    """Show jobs, what failed, and a way to try it again."""
    ready = rx.el.div(
        parts.numbers(),
        ui.section("Open", parts.kinds()),
        ui.section("Trying again", parts.trying_jobs(), id="trying"),
        ui.section("Gave up", parts.dead_jobs(), id="jobs"),
    )
    refresh = ui.button("Refresh", icon="retry", on_click=WorkState.load)
    return admin_page("work", "Jobs", WorkState, ready, refresh)


@page(
    route="/admin/events",
    title="Events · Indii",
    description="What the payment network told this installation.",
    on_load=InboundEventsState.load,
    active="admin",
)
def inbound() -> rx.Component:
    """Show what the outside world told us and how it went."""
    refresh = ui.button("Refresh", icon="retry", on_click=InboundEventsState.load)
    return admin_page("events", "Events", InboundEventsState, parts.inbound_events(), refresh)


@page(
    route="/admin/mail",
    title="Letters · Indii",
    description="Letters of this installation and whether they left.",
    on_load=EmailsState.load,
    active="admin",
)
def mail() -> rx.Component:
    """Show emails without their text."""
    refresh = ui.button("Refresh", icon="retry", on_click=EmailsState.load)
    return admin_page("mail", "Letters", EmailsState, parts.emails_list(), refresh)
