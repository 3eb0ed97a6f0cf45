"""The library: everything that somebody bought."""

import reflex as rx

from indii.store.downloads import components as parts
from indii.store.downloads.state import DownloadsState
from indii.ui import primitives as ui
from indii.ui.page import PageTab, page
from indii.ui.ssr_handover import ssr_handover


def _nothing() -> rx.Component:
    return ui.empty_state(
        "Nothing bought yet",
        "Everything you buy is kept here, with its files and documents.",
        ui.link_button("Find music", href="/explore", kind="go"),
        icon="library",
    )


def _list() -> rx.Component:
    found = DownloadsState.page
    return rx.fragment(
        rx.cond(found.is_guest, parts.guest_note(), rx.fragment()),
        rx.el.ol(rx.foreach(found.orders, parts.order), class_name="grid gap-5"),
        parts.more(),
    )


@page(
    route="/downloads",
    title="Library · Indii",
    description="Everything you bought, with its files and documents.",
    on_load=DownloadsState.load,
    ssr=DownloadsState,
    active="library",
    tab=PageTab("Purchases", 10),
)
def downloads() -> rx.Component:
    """Show what was bought, newest first; a guest may ask for an e-mail."""
    found = DownloadsState.page
    ready = rx.fragment(
        rx.cond(found.orders.length() > 0, _list(), _nothing()),
        rx.cond(
            found.is_guest,
            rx.el.div(parts.link_form(), class_name="max-w-xl mt-8"),
            rx.fragment(),
        ),
    )
    waiting = rx.el.div(ui.panel_skeleton(4), ui.panel_skeleton(4), class_name="grid gap-5")
    return ui.page(
        ssr_handover(DownloadsState.is_ready),
        ui.page_head(
            "Library", sub=rx.cond(found.total != "", found.total, "Everything you've bought")
        ),
        ui.place_tabs("library", "/downloads"),
        parts.form_result(),
        rx.cond(DownloadsState.is_ready, ready, waiting),
        class_name="max-w-5xl mx-0",
    )
