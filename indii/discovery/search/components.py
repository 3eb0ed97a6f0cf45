"""Pieces of explore."""

import reflex as rx

from indii.discovery.search.rules import BPM_HI, BPM_LO, Choice, KeyChoice
from indii.discovery.search.state import ExploreState
from indii.ui import forms, icons
from indii.ui import primitives as ui
from indii.ui.links import link


def choice(item: rx.Var[Choice]) -> rx.Component:
    """Show one line of a filter."""
    return link(
        rx.el.i(class_name="tick"),
        rx.el.span(item.label),
        rx.el.span(item.count, class_name="num"),
        href=item.href,
        class_name=rx.cond(
            item.is_on,
            "facet-item on",
            rx.cond(item.count == "0", "facet-item is-none", "facet-item"),
        ),
        custom_attrs={"aria-current": rx.cond(item.is_on, "true", "false")},
        prefetch=False,
    )


def facet(legend: str, items: rx.Var[list[Choice]], *more: rx.Component) -> rx.Component:
    """Show one filter with its choices; nothing where there is nothing to choose."""
    return rx.cond(
        items.length() > 0,
        rx.el.fieldset(rx.el.legend(legend), rx.foreach(items, choice), *more, class_name="facet"),
    )


def key_choice(item: rx.Var[KeyChoice]) -> rx.Component:
    """Show one key of the wheel."""
    return link(
        item.camelot,
        href=item.href,
        title=item.name,
        class_name=rx.cond(
            item.is_on,
            "key on",
            rx.cond(item.is_near, "key near", rx.cond(item.is_empty, "key none", "key")),
        ),
        custom_attrs={
            "aria-current": rx.cond(item.is_on, "true", "false"),
            "aria-label": item.camelot + ", " + item.name,
        },
        prefetch=False,
    )


def filters() -> rx.Component:
    """Show every filter of explore."""
    page = ExploreState.page
    return rx.fragment(
        facet("Genre", page.genres),
        rx.el.fieldset(
            rx.el.legend("Tempo"),
            forms.range_field(
                "bpm",
                "Tempo",
                lo=BPM_LO,
                hi=BPM_HI,
                value=(page.bpm_lo, page.bpm_hi),
                unit="bpm",
                on_commit=ExploreState.set_tempo,
            ),
            choice(page.half_double),
            class_name="facet",
        ),
        rx.el.fieldset(
            rx.el.legend("Key"),
            rx.el.div(rx.foreach(page.wheel, key_choice), class_name="keys"),
            choice(page.compatible),
            class_name="facet",
        ),
        facet("Mood", page.moods),
        facet("License", page.tiers),
        facet("Price", page.prices),
    )


def search_form() -> rx.Component:
    """Show the search field of explore."""
    return rx.el.form(
        icons.icon("search"),
        rx.el.input(
            type="search",
            name="q",
            class_name="search-input",
            placeholder="Title, producer, genre, tag",
            default_value=ExploreState.page.text,
            key=ExploreState.page.text,
            max_length=100,
            auto_complete="off",
            custom_attrs={"data-search": "", "aria-label": "Search recordings"},
        ),
        ui.kbd("/"),
        on_submit=ExploreState.search,
        action="/explore",
        class_name="search",
        role="search",
    )


def genre_chip(item: rx.Var[Choice]) -> rx.Component:
    """Show a genre that leads to its recordings."""
    return ui.chip(item.label, note=item.count, href=item.href)
