"""Blocks of a page: its head, sections, panels, numbers, tabs, tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from indii.ui.controls import classes
from indii.ui.links import link
from indii.ui.page import Active, tabs_of


def page_head(title: Any, *actions: Any, sub: Any = None) -> rx.Component:
    """Open a page: its only h1, one quiet line, its actions on the right."""
    return rx.el.header(
        rx.el.div(
            rx.el.h1(title), rx.el.p(sub, class_name="sub") if sub is not None else rx.fragment()
        ),
        *([rx.el.div(*actions, class_name="page-actions")] if actions else []),
        class_name="page-head",
    )


def section(title: Any, *children: Any, action: Any = None, **props: Any) -> rx.Component:
    """Set a part of a page under its h2."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title), *([action] if action is not None else []), class_name="section-head"
        ),
        *children,
        class_name=classes("section", props.pop("class_name", "")),
        **props,
    )


def panel(*children: Any, title: Any = None, action: Any = None, **props: Any) -> rx.Component:
    """Frame with a hairline what belongs together and can be read alone."""
    head = []
    if title is not None:
        extra = [action] if action is not None else []
        head = [rx.el.div(rx.el.h2(title), *extra, class_name="panel-head")]
    name = classes("panel", props.pop("class_name", ""))
    return rx.el.section(*head, *children, class_name=name, **props)


def stat(
    label: Any, value: Any, note: Any = None, trend: Any = None, href: Any = None
) -> rx.Component:
    """One number with its name; `trend` is "up" or "down", `href` opens the rows behind it."""
    inside = [
        rx.el.p(label),
        rx.el.b(value, class_name="num"),
        rx.el.p(note, class_name="sub" if trend is None else trend)
        if note is not None
        else rx.fragment(),
    ]
    if href is not None:
        return link(*inside, href=href, class_name="stat")
    return rx.el.div(*inside, class_name="stat")


def stats(*boxes: Any) -> rx.Component:
    """Numbers side by side, hairlines between."""
    return rx.el.div(*boxes, class_name="stats")


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a link, because a tab is a place with an address."""

    label: str
    href: Any
    is_on: Any = False
    count: Any = None


def tabs(items: Sequence[Tab], *, label: str) -> rx.Component:
    """Links between views of the same thing."""
    return rx.el.nav(*(_tab(item) for item in items), class_name="tabs", aria_label=label)


def place_tabs(active: Active, route: str) -> rx.Component:
    """Link the pages of one place in the frame, such as the library, to each other."""
    label = active.capitalize()
    items = [Tab(name, href, href == route) for name, href in tabs_of(active)]
    return tabs(items, label=label) if len(items) > 1 else rx.fragment()


def _tab(item: Tab) -> rx.Component:
    current: Any
    if isinstance(item.is_on, rx.Var):
        name = rx.cond(item.is_on, "tab-link on", "tab-link")
        current = rx.cond(item.is_on, "page", "false")
    else:
        name = "tab-link on" if item.is_on else "tab-link"
        current = "page" if item.is_on else "false"
    count = [] if item.count is None else [rx.el.span(item.count, class_name="num")]
    return link(
        item.label, *count, href=item.href, class_name=name, custom_attrs={"aria-current": current}
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A table heading; `num` aligns right, `hidden` is only read aloud (a column of buttons)."""

    text: str
    num: bool = False
    hidden: bool = False


def table(head: Sequence[str | Column], body: Any, *, caption: str) -> rx.Component:
    """Make a table that scrolls inside itself on a phone; `body` is the rows (`rx.el.tr`)."""
    columns = [c if isinstance(c, Column) else Column(c) for c in head]
    cells = [
        rx.el.th(
            rx.el.span(c.text, class_name="sr") if c.hidden else c.text,
            scope="col",
            class_name="n" if c.num else "",
        )
        for c in columns
    ]
    rows = list(body) if isinstance(body, list | tuple) else [body]
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="sr"),
            rx.el.thead(rx.el.tr(*cells)),
            rx.el.tbody(*rows),
            class_name="table",
        ),
        class_name="table-wrap",
        tab_index=0,
        role="region",
        aria_label=caption,
    )


def row_head(*children: Any) -> rx.Component:
    """Make the first cell of a table row, which names the row."""
    return rx.el.th(*children, scope="row")


def cell(*children: Any, num: bool = False) -> rx.Component:
    """Make a table cell; numbers stand right in mono."""
    return rx.el.td(*children, class_name="n num" if num else "")


def lines(pairs: Sequence[tuple[Any, Any]], *, facts_only: bool = False) -> rx.Component:
    """Terms with their values between hairlines; `facts_only` mutes the terms."""
    name = "lines lines-facts" if facts_only else "lines"
    return rx.el.dl(
        *(rx.el.div(rx.el.dt(term), rx.el.dd(value)) for term, value in pairs), class_name=name
    )


def divider() -> rx.Component:
    """Draw a hairline."""
    return rx.el.hr(class_name="border-line my-5")


def page(*children: Any, **props: Any) -> rx.Component:
    """Set the padded column of a page without filters."""
    return rx.el.div(*children, class_name=classes("page", props.pop("class_name", "")), **props)


def narrow(*children: Any, **props: Any) -> rx.Component:
    """Set a column for forms and short texts."""
    return rx.el.div(*children, class_name=classes("narrow", props.pop("class_name", "")), **props)
