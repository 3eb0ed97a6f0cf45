"""What the administrators' pages share: tabs, the page, lists that go on."""

from typing import Any

import reflex as rx

from indii.ui import primitives as ui
from indii.ui.icons import icon


def admin_tabs(here: str) -> rx.Component:
    """Lead from one administrators' page to the other."""
    return ui.tabs(
        [
            ui.Tab(word, f"/admin/{place}", is_on=here == place)
            for place, word in (
                ("reports", "Reports"), ("orders", "Orders"), ("ledger", "Ledger"),
                ("events", "Events"), ("work", "Jobs"), ("mail", "E-mails"), ("audit", "Audit log"),
            )
        ],
        label="Administration",
    )  # fmt: skip


def admin_page(here: str, title: Any, state: Any, body: rx.Component, *actions: Any) -> Any:
    """Set an administrators' page: `state` says whether somebody may see it, and when it is there.

    `here` is its tab.
    """
    waiting = rx.el.div(ui.panel_skeleton(3), ui.table_skeleton(6), class_name="grid gap-5")
    return ui.page(
        ui.page_head(title, *actions),
        admin_tabs(here),
        rx.cond(state.is_ready, rx.cond(state.is_allowed, body, not_an_admin()), waiting),
    )


def state_links(found: Any, label: str) -> rx.Component:
    """Lead to the same list in another state; `found` are label, count, href, is_on."""
    return rx.el.nav(rx.foreach(found, _state_link), class_name="chips mb-5", aria_label=label)


def _state_link(found: Any) -> rx.Component:
    return ui.link(
        found.label,
        rx.cond(found.count != "", rx.el.em(found.count, class_name="num"), rx.fragment()),
        href=found.href,
        class_name=rx.cond(found.is_on, "chip on", "chip"),
        custom_attrs={"aria-current": rx.cond(found.is_on, "page", "false")},
    )


def search_box(text: Any, label: str, placeholder: str, on_submit: Any, name: str = "q") -> Any:
    """Ask for words that a list shall be about; the field holds what the address asks for."""
    return rx.el.form(
        icon("search"),
        rx.el.input(
            type="search",
            name=name,
            class_name="search-input",
            placeholder=placeholder,
            default_value=text,
            key=text,
            max_length=254,
            auto_complete="off",
            custom_attrs={"aria-label": label},
        ),
        on_submit=on_submit,
        class_name="search mb-4 max-w-xl",
        role="search",
    )


def older(href: Any, text: str = "Older") -> rx.Component:
    """Continue a list; nothing where `href` is empty."""
    more = rx.el.div(ui.link_button(text, href=href, size="sm"), class_name="more")
    return rx.cond(href != "", more, rx.fragment())


def not_an_admin() -> rx.Component:
    """Say that somebody is signed in, but not as an administrator."""
    return ui.empty_state(
        "This page is for administrators",
        "Your account has no access. The operator of this site can change that.",
        ui.link_button("Go to the home page", href="/"),
        icon="shield",
    )


def or_nothing(rows: rx.Var, filled: rx.Component, nothing: str) -> rx.Component:
    """Show the table, or a sentence where it has no rows."""
    return rx.cond(rows.length() > 0, filled, rx.el.p(nothing, class_name="sub"))
