"""The studio's first page."""

import reflex as rx

from indii.studio.dashboard.components import (
    chart,
    dashboard_skeleton,
    numbers,
    producers_only,
    recordings_table,
)
from indii.studio.dashboard.state import DashboardState
from indii.ui import primitives as ui
from indii.ui.page import page


def _nothing_yet() -> rx.Component:
    return ui.empty_state(
        "Nothing here yet",
        "Upload your first recording. It stays a draft until you publish it.",
        ui.link_button("Upload a recording", href="/studio/upload", kind="go"),
        icon="upload",
    )


def _studio() -> rx.Component:
    return ui.page(
        ui.page_head(
            "Studio",
            ui.link_button("Sales", href="/studio/sales"),
            ui.link_button("Voice tag and terms", href="/studio/settings"),
            ui.link_button("Upload", href="/studio/upload", kind="go", icon="upload"),
        ),
        rx.cond(
            DashboardState.view.is_empty,
            _nothing_yet(),
            rx.fragment(
                numbers(), rx.cond(DashboardState.view.has_plays, chart()), recordings_table()
            ),
        ),
    )


@page(
    route="/studio",
    title="Studio · Indii",
    description="Your recordings, their plays and their prices.",
    on_load=DashboardState.load,
    active="studio",
)
def studio() -> rx.Component:
    """Show the numbers first, then what they are summed from."""
    return producers_only(DashboardState.access, _studio, dashboard_skeleton())
