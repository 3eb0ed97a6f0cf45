"""Pieces of the studio's first page, and the door that every studio page has."""

from typing import Any

import reflex as rx

from indii.catalog.recordings.components import play_data
from indii.studio.dashboard.queries import StudioRow, StudioTab
from indii.studio.dashboard.rules import HEIGHT, WIDTH
from indii.studio.dashboard.state import DashboardState
from indii.ui import primitives as ui


def producers_only(access: Any, make: Any, waiting: rx.Component) -> rx.Component:
    """Show the page to producers; tell everybody else how to become one."""
    return rx.match(
        access,
        ("producer", make()),
        ("fan", _offer()),
        ("anonymous", _sign_in_notice()),
        waiting,
    )


def _sign_in_notice() -> rx.Component:
    return ui.page(
        ui.empty_state(
            "The studio is for producers",
            "Sign in to upload recordings, set your prices and see who listens.",
            ui.link_button("Sign in", href="/sign-in?next=/studio", kind="go"),
            icon="studio",
            is_page=True,
        )
    )


def _offer() -> rx.Component:
    return ui.page(
        ui.empty_state(
            "Sell your own music",
            "Open a studio to upload recordings, choose the licenses you offer and set your"
            " prices. It costs nothing.",
            ui.button("Open my studio", kind="go", on_click=DashboardState.start_selling),
            icon="studio",
            is_page=True,
        )
    )


def numbers() -> rx.Component:
    """Show what happened; every number opens the rows it was summed from."""
    view = DashboardState.view
    return ui.stats(
        ui.stat("Published", view.live, view.live_note, href="/studio?state=live"),
        ui.stat("Plays today", view.today, "one per listener per day", href="/studio?sort=recent"),
        ui.stat(
            "Plays in 28 days",
            view.recent,
            view.change,
            trend=rx.match(view.trend, ("up", "up"), ("down", "down"), "sub"),
            href="/studio?sort=recent",
        ),
        ui.stat("All-time plays", view.ever, "all recordings", href="/studio?sort=plays"),
    )


def chart() -> rx.Component:
    """Draw 28 days of plays over the 28 days before."""
    drawn = DashboardState.view.chart
    stroke = {"fill": "none", "vectorEffect": "non-scaling-stroke"}
    return ui.panel(
        rx.el.div(
            rx.el.svg(
                rx.el.svg.path(
                    d=drawn.area, custom_attrs={"fill": "var(--signal)", "fillOpacity": "0.12"}
                ),
                rx.el.svg.path(
                    d=drawn.before,
                    custom_attrs={
                        **stroke, "stroke": "var(--faint)", "strokeWidth": "1.5",
                        "strokeDasharray": "3 4",
                    },
                ),
                rx.el.svg.path(
                    d=drawn.line,
                    custom_attrs={**stroke, "stroke": "var(--signal)", "strokeWidth": "2"},
                ),
                view_box=f"0 0 {WIDTH} {HEIGHT}",
                class_name="block w-full h-36 border-b border-line overflow-visible",
                role="img",
                custom_attrs={"preserveAspectRatio": "none", "aria-label": drawn.words},
            ),
            rx.el.span(drawn.top, class_name="num faint absolute top-0 right-0 text-xs"),
            class_name="relative",
        ),
        _legend(),
        title="Plays by day",
        class_name="mb-6",
    )  # fmt: skip


def _legend() -> rx.Component:
    drawn = DashboardState.view.chart
    return rx.el.div(
        rx.el.span(drawn.first_day),
        rx.el.span(
            rx.el.i(class_name="inline-block w-4 border-t-2 border-signal align-middle mr-2"),
            "these 28 days",
            rx.el.i(
                class_name="inline-block w-4 border-t-2 border-dashed border-edge"
                " align-middle ml-4 mr-2"
            ),
            "the 28 before",
            class_name="not-phone",
        ),
        rx.el.span(drawn.last_day),
        class_name="flex justify-between faint text-xs mt-2",
    )


def _tab(tab: rx.Var[StudioTab]) -> rx.Component:
    return ui.link(
        tab.label,
        rx.el.span(tab.count, class_name="num"),
        href=tab.href,
        class_name=rx.cond(tab.is_on, "tab-link on", "tab-link"),
        custom_attrs={"aria-current": rx.cond(tab.is_on, "page", "false")},
    )


def state_badge(state: Any, label: Any) -> rx.Component:
    """Say a recording's state in its colour."""
    return rx.match(
        state,
        ("live", ui.badge(label, "good")),
        ("withdrawn", ui.badge(label, "warn")),
        ("taken_down", ui.badge(label, "bad")),
        ui.badge(label),
    )


def _row(row: rx.Var[StudioRow]) -> rx.Component:
    href = "/studio/recording/" + row.slug
    return rx.el.tr(
        ui.row_head(
            rx.el.div(
                rx.cond(
                    row.is_playable,
                    ui.play_cover(row.cover_small, play_data(row), row.title, size=40),
                    ui.cover(row.cover_small, size=40),
                ),
                rx.el.div(
                    ui.link(row.title, href=href),
                    rx.el.p(row.created, class_name="faint text-xs"),
                    class_name="min-w-0",
                ),
                class_name="flex items-center gap-3",
                custom_attrs={"data-recording": row.id},
            )
        ),
        ui.cell(state_badge(row.state, row.state_label)),
        ui.cell(
            rx.cond(
                row.has_failed,
                ui.badge(row.work, "bad"),
                rx.cond(
                    row.is_working,
                    ui.badge(row.work, "signal"),
                    rx.el.span(row.work, class_name="sub"),
                ),
            )
        ),
        ui.cell(rx.cond(row.tiers != "", row.tiers, rx.el.span("none yet", class_name="faint"))),
        ui.cell((row.price_prefix + " " + row.price).strip(), num=True),
        ui.cell(row.recent, num=True),
        ui.cell(row.plays, num=True),
    )


def recordings_table() -> rx.Component:
    """List the actor's recordings, by state and in the order the address asks for."""
    view = DashboardState.view
    return rx.el.section(
        rx.el.h2("Recordings", class_name="sr"),
        rx.el.nav(
            rx.foreach(view.tabs, _tab), class_name="tabs", aria_label="Recordings by state"
        ),
        ui.table(
            [
                "Recording", "State", "Processing", "Licenses", ui.Column("Price", num=True),
                ui.Column("28 days", num=True), ui.Column("Plays", num=True),
            ],
            rx.foreach(view.rows, _row),
            caption="Your recordings",
        ),
        rx.cond(
            view.rows.length() == 0,
            rx.el.p("No recording is in this state.", class_name="sub mt-4"),
        ),
        custom_attrs={"data-queue": ""},
    )  # fmt: skip


def dashboard_skeleton() -> rx.Component:
    """Draw the shape of the studio before its numbers are there."""
    box = rx.el.div(
        rx.el.i(class_name="h-3 w-24"),
        rx.el.i(class_name="h-7 w-20 my-3"),
        rx.el.i(class_name="h-3 w-28"),
        class_name="stat skeleton",
    )
    return ui.page(
        rx.el.header(rx.el.div(rx.el.h1("Studio")), class_name="page-head"),
        rx.el.div(box, box, box, box, class_name="stats", custom_attrs={"aria-hidden": "true"}),
        ui.panel_skeleton(4),
        ui.table_skeleton(6),
    )
