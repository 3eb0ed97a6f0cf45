"""What the machinery is doing."""

import reflex as rx

from indii.trust.backoffice import components as parts
from indii.trust.backoffice.state import WorkState
from indii.trust.moderation.components import admin_tabs, not_yours
from indii.ui import primitives as ui
from indii.ui.page import page


@page(
    route="/admin/work",
    title="Work · Indii",
    description="Jobs, events, letters and the audit log of this installation.",
    on_load=WorkState.load,
    active="moderation",
)
def work() -> rx.Component:
    """Show jobs, dead letters, mail and the audit log."""
    ready = rx.el.div(
        parts.numbers(),
        ui.section("Jobs", parts.kinds()),
        ui.section("Gave up", parts.dead_jobs()),
        ui.section("Events that nobody took", parts.dead_events()),
        ui.section("Letters not sent", parts.letters()),
        ui.section("Audit log", parts.audit()),
    )
    waiting = rx.el.div(ui.panel_skeleton(3), ui.table_skeleton(6), class_name="grid gap-5")
    return ui.page(
        ui.page_head("Moderation", ui.button("Refresh", icon="retry", on_click=WorkState.load)),
        admin_tabs("work"),
        rx.cond(WorkState.is_ready, rx.cond(WorkState.is_allowed, ready, not_yours()), waiting),
    )
