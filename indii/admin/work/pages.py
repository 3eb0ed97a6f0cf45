"""The jobs page."""

import reflex as rx

from indii.admin.frame.components import admin_page
from indii.admin.work import components as parts
from indii.admin.work.state import WorkState
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
        ui.section("To be retried", parts.trying_jobs(), id="trying"),
        ui.section("Failed", parts.dead_jobs(), id="jobs"),
    )
    refresh = ui.button("Refresh", icon="retry", on_click=WorkState.load)
    return admin_page("work", "Jobs", WorkState, ready, refresh)
