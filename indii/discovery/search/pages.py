"""Explore."""

import reflex as rx

from indii.catalog.recordings.components import recording_rows
from indii.discovery.search.components import filters, search_form
from indii.discovery.search.rules import Chip, Choice
from indii.discovery.search.state import ExploreState
from indii.ui import icons
from indii.ui import primitives as ui
from indii.ui.links import link
from indii.ui.page import page
from indii.ui.ssr_handover import ssr_handover


def _chip(item: rx.Var[Chip]) -> rx.Component:
    return ui.remove_chip(item.label, label="Remove filter " + item.label, href=item.href)


def _sort_option(item: rx.Var[Choice]) -> rx.Component:
    return rx.el.option(item.label, value=item.count)


def _results() -> rx.Component:
    view = ExploreState.page
    nothing = ui.empty_state(
        "No recordings match",
        "Remove a filter, or search for fewer words.",
        ui.link_button("Clear all filters", href=view.clear_href),
        icon="search",
    )
    return rx.fragment(
        rx.cond(
            view.corrected != "",
            ui.notice(
                rx.fragment(
                    "No results for “",
                    view.text,
                    "”. Showing results for “",
                    rx.el.b(view.corrected),
                    "”.",
                )
            ),
        ),
        recording_rows(view.rows),
        rx.cond(view.rows.length() == 0, nothing),
        rx.el.nav(
            rx.cond(
                view.first_href != "",
                ui.link_button("Back to the start", href=view.first_href, kind="plain"),
            ),
            rx.cond(view.next_href != "", ui.link_button("Show more", href=view.next_href)),
            class_name="more",
            aria_label="Pages",
        ),
    )


@page(
    route="/explore",
    title="Explore recordings · Indii",
    description="Filter independent recordings by genre, mood, tempo, key, license and price.",
    on_load=ExploreState.load,
    ssr=ExploreState,
    active="search",
)
def explore() -> rx.Component:
    """Filter and search the catalogue."""
    view = ExploreState.page
    return rx.fragment(
        ssr_handover(ExploreState.is_ready),
        rx.el.h1("Explore recordings", class_name="sr"),
        rx.el.div(
            search_form(),
            rx.el.button(
                icons.icon("filter"),
                "Filters",
                type="button",
                class_name="btn only-phone",
                custom_attrs=ui.opens("filters-sheet"),
            ),
            class_name="top",
        ),
        ui.sheet(filters(), id="filters-sheet", title="Filters"),
        rx.el.div(
            rx.el.aside(filters(), class_name="filters", aria_label="Filters"),
            rx.el.section(
                rx.el.header(
                    rx.el.p(
                        rx.el.b(view.total, class_name="num"),
                        " ",
                        view.noun,
                        class_name="list-count",
                        role="status",
                    ),
                    rx.cond(
                        view.chips.length() > 0,
                        rx.el.div(
                            rx.foreach(view.chips, _chip),
                            link("Clear all", href=view.clear_href, class_name="chip chip-clear"),
                            class_name="chips",
                        ),
                    ),
                    rx.el.label(
                        rx.el.span("Sort", class_name="sr"),
                        rx.el.select(
                            rx.foreach(view.sorts, _sort_option),
                            value=view.sort,
                            on_change=ExploreState.sort_by,
                            class_name="select select-sm",
                        ),
                        class_name="sort",
                    ),
                    class_name="list-head",
                ),
                rx.cond(ExploreState.is_ready, _results(), ui.row_skeletons(12)),
                class_name="list",
                aria_label="Results",
            ),
            class_name="cols",
        ),
    )
