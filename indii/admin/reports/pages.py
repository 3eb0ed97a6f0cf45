"""What was reported, and what was taken down."""

import reflex as rx

from indii.admin.frame.components import admin_tabs, not_an_admin
from indii.admin.reports import components as parts
from indii.admin.reports.state import ModerationState
from indii.ui import primitives as ui
from indii.ui.page import page


def _queue() -> rx.Component:
    queue = ModerationState.queue
    nothing = ui.empty_state(
        "Nothing to decide",
        "New reports appear here, oldest first.",
        icon="check",
    )
    listed = rx.el.ol(
        rx.foreach(queue.things, parts.reported), class_name="grid gap-4 content-start"
    )
    return rx.cond(queue.total > 0, listed, nothing)


def _aside() -> rx.Component:
    downs = ModerationState.downs
    nothing = rx.el.p("No recording is taken down.", class_name="sub")
    return rx.el.div(
        ui.panel(
            rx.cond(downs.length() > 0, rx.el.ul(rx.foreach(downs, parts.taken_down)), nothing),
            title="Taken down",
        ),
        ui.panel(
            rx.el.p("For complaints received elsewhere.", class_name="sub mb-4"),
            parts.look_up_form(),
            title="Take down without a report",
        ),
        class_name="grid gap-5 content-start",
    )


@page(
    route="/admin/reports",
    title="Reports · Indii",
    description="What people reported, and what was taken down.",
    on_load=ModerationState.load,
    active="admin",
)
def reports() -> rx.Component:
    """Show the queue and decide."""
    ready = rx.el.div(
        _queue(), _aside(), class_name="grid gap-6 lg:grid-cols-[minmax(0,1fr)_372px]"
    )
    waiting = rx.el.div(ui.panel_skeleton(4), ui.panel_skeleton(4), class_name="grid gap-4")
    return ui.page(
        ui.page_head("Reports"),
        admin_tabs("reports"),
        rx.cond(
            ModerationState.is_ready,
            rx.cond(ModerationState.is_allowed, ready, not_an_admin()),
            waiting,
        ),
        parts.decision_dialog(),
    )
