"""Waiting, nothing, trouble: skeletons in the shape of what comes, empty states, messages."""

from typing import Any

import reflex as rx

from indii.ui.controls import Text
from indii.ui.icons import icon as draw
from indii.ui.tokens import Kind

_NOTICE_ICON = {"info": "info", "good": "check", "warn": "warning", "bad": "warning"}
_SILENT = {"aria-hidden": "true"}


def empty_state(
    title: Any, text: Any, action: Any = None, *, icon: str = "wave", is_page: bool = False
) -> rx.Component:
    """Nothing here yet: what it means and the one thing to do next."""
    heading = rx.el.h1 if is_page else rx.el.h2
    return rx.el.div(
        draw(icon),
        heading(title),
        rx.el.p(text),
        *([action] if action is not None else []),
        class_name="empty",
    )


def row_skeletons(n: int = 12) -> rx.Component:
    """Draw the shape of `n` recording rows."""
    row = rx.el.li(
        rx.el.i(class_name="cover"),
        rx.el.div(rx.el.i(), rx.el.i(), class_name="row-main"),
        rx.el.i(class_name="wave"),
        *(rx.el.i() for _ in range(4)),
        rx.el.i(class_name="price"),
        class_name="row skeleton",
    )
    return rx.el.ol(*([row] * n), class_name="rows", custom_attrs=_SILENT)


def hero_skeleton() -> rx.Component:
    """Draw the shape of a recording's or a producer's top."""
    return rx.el.div(
        rx.el.i(class_name="cover"),
        rx.el.div(
            rx.el.i(class_name="h-4 w-32"),
            rx.el.i(class_name="h-12 w-3/5 my-3"),
            rx.el.i(class_name="h-4 w-44"),
            class_name="hero-main",
        ),
        class_name="hero skeleton",
        custom_attrs=_SILENT,
    )


def panel_skeleton(bars: int = 4) -> rx.Component:
    """Draw the shape of a panel with `bars` lines."""
    inside = [rx.el.i(class_name="h-3 mb-4") for _ in range(bars)]
    return rx.el.div(
        rx.el.i(class_name="h-5 w-2/5 mb-5"),
        *inside,
        class_name="panel skeleton",
        custom_attrs=_SILENT,
    )


def table_skeleton(rows: int = 4) -> rx.Component:
    """Draw the shape of a table."""
    return panel_skeleton(rows)


def notice(
    text: Any,
    kind: Kind = "info",
    *,
    title: Any = None,
    action: Any = None,
    reference: Any = None,
    **props: Any,
) -> rx.Component:
    """Say in the page what happened, what is safe, what to do, where to point support."""
    body = [
        *([rx.el.b(title)] if title is not None else []),
        rx.el.p(text),
        *(
            [rx.el.p("Reference ", rx.el.span(reference, class_name="num"))]
            if reference is not None
            else []
        ),
    ]
    return rx.el.div(
        draw(_NOTICE_ICON[kind]),
        rx.el.div(*body),
        *([action] if action is not None else []),
        class_name="notice" if kind == "info" else f"notice notice-{kind}",
        role="alert" if kind == "bad" else "status",
        **props,
    )


def progress(
    value: Any, label: Text, *, max_value: Any = 100, note: Any = None, **props: Any
) -> rx.Component:
    """How far something is; leave `value` None while nobody knows."""
    known = {} if value is None else {"value": value}
    bar = rx.el.progress(max=max_value, class_name="progress", aria_label=label, **known, **props)
    if note is None:
        return bar
    return rx.el.div(bar, rx.el.p(note, class_name="hint num"), class_name="grid gap-2")


def spinner(label: str) -> rx.Component:
    """Something is going on that has no measure."""
    return rx.el.span(class_name="spinner", role="status", aria_label=label)
