"""What floats above a page: menus, dialogs, sheets; native popover and dialog elements.

Any button opens one with `custom_attrs=opens("id")` without a round trip; a state may drive a
dialog with `is_open` and `on_close`. Focus stays inside and returns to the opener.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from indii.ui.controls import Text, classes, icon_button
from indii.ui.icons import icon as draw
from indii.ui.links import link
from indii.ui.wraps.modal import Modal


@dataclass(frozen=True, slots=True)
class OpenedBy:
    """A sheet that any element with the attribute `by` opens, saying whose it shall be."""

    by: str
    ready_for: Any
    on_call: Any


def opens(overlay_id: str) -> dict[str, str]:
    """Return the `custom_attrs` of a button that opens this dialog or sheet."""
    return {"data-open": overlay_id, "aria-haspopup": "dialog"}


def closes() -> dict[str, str]:
    """Return the `custom_attrs` of a button that closes the dialog around it."""
    return {"data-close": ""}


def dialog(
    *children: Any,
    id: str,  # noqa: A002 - the attribute's own name
    title: Any,
    text: Any = None,
    actions: Sequence[Any] = (),
    is_open: Any = None,
    on_close: Any = None,
    class_name: str = "",
) -> rx.Component:
    """Ask or tell one thing in the middle of the screen."""
    body = [*([rx.el.p(text, class_name="sub")] if text is not None else []), *children]
    return _overlay(
        "dialog",
        overlay_id=id,
        head=[rx.el.h2(title, custom_attrs={"id": f"{id}-title"})],
        body=body,
        foot=actions,
        is_open=is_open,
        on_close=on_close,
        class_name=class_name,
    )


def sheet(
    *children: Any,
    id: str,  # noqa: A002 - the attribute's own name
    title: Any,
    head: Any = None,
    footer: Sequence[Any] = (),
    is_open: Any = None,
    on_close: Any = None,
    called: OpenedBy | None = None,
    class_name: str = "",
) -> rx.Component:
    """Open at the right edge, on a phone from below; `head` stands over the title.

    One that is `called` shows what has the class `when-asked` while it waits, `when-here` after.
    """
    heading = rx.el.h2(title, custom_attrs={"id": f"{id}-title"})
    top = heading if head is None else rx.el.div(head, heading, class_name="flex-1 grid gap-4")
    return _overlay(
        "sheet",
        overlay_id=id,
        head=[top],
        body=children,
        foot=footer,
        is_open=is_open,
        on_close=on_close,
        called=called,
        class_name=class_name,
    )


def _overlay(
    kind: str,
    *,
    overlay_id: str,
    head: Sequence[Any],
    body: Sequence[Any],
    foot: Sequence[Any],
    is_open: Any,
    on_close: Any,
    class_name: str,
    called: OpenedBy | None = None,
) -> rx.Component:
    driven: dict[str, Any] = {}
    if called is not None:
        driven |= {"called_by": called.by, "ready_for": called.ready_for, "on_call": called.on_call}
    if is_open is not None:
        driven["is_open"] = is_open
    if on_close is not None:
        driven["on_close"] = on_close
    return Modal.create(
        rx.el.div(
            *head, icon_button("x", "Close", custom_attrs=closes()), class_name="overlay-head"
        ),
        rx.el.div(*body, class_name="overlay-body"),
        *([rx.el.div(*foot, class_name="overlay-foot")] if foot else []),
        dialog_id=overlay_id,
        class_name=classes(kind, class_name),
        **driven,
    )


def menu(
    trigger: Any,
    items: Sequence[Any],
    *,
    id: str,  # noqa: A002 - the attribute's own name
    icon: str | None = None,
    label: Text | None = None,
    align: Literal["start", "end"] = "start",
    class_name: str = "btn",
) -> rx.Component:
    """Make a button with a short list of actions; `label` names a trigger that is only an icon."""
    attributes = {"popoverTarget": id, "aria-haspopup": "menu"}
    if label is not None:
        attributes |= {"aria-label": label, "title": label}
    return rx.fragment(
        rx.el.button(
            *([draw(icon)] if icon else []),
            *([trigger] if trigger is not None else []),
            *([] if label is not None else [draw("chevron", size=14)]),
            type="button",
            class_name=class_name,
            custom_attrs=attributes,
        ),
        rx.el.div(
            *items,
            class_name="menu",
            role="menu",
            custom_attrs={"id": id, "popover": "auto", "data-align": align},
        ),
    )


def menu_item(
    text: Any,
    *,
    icon: str | None = None,
    href: Any = None,
    on_click: Any = None,
    kind: Literal["plain", "bad"] = "plain",
    **props: Any,
) -> rx.Component:
    """One action of a menu: a place to go or a thing to do."""
    inside = [*([draw(icon)] if icon else []), text]
    name = "menu-item menu-item-bad" if kind == "bad" else "menu-item"
    if href is not None:
        return link(*inside, href=href, class_name=name, role="menuitem", **props)
    if on_click is not None:
        props["on_click"] = on_click
    return rx.el.button(*inside, type="button", class_name=name, role="menuitem", **props)
