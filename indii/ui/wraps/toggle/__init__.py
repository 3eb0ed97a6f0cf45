"""Wraps toggle.jsx: a yes-or-no that somebody sets on many things, shown before it is answered.

The state of a feature holds `values` (id to yes or no), `counts` and the number of the last call
that it answered; a call that was refused is answered too, so that the press is taken back.
"""

from typing import Any

import reflex as rx

from indii.ui.icons import STROKED

_LIBRARY = rx.asset("toggle.jsx", shared=True).importable_path


class ToggleSource(rx.Component):
    """Carries what the server says to all buttons of this name, and their presses to the server."""

    library = _LIBRARY
    tag = "ToggleSource"

    name: rx.Var[str]
    values: rx.Var[dict[str, bool]]
    counts: rx.Var[dict[str, int]]
    answered: rx.Var[int]
    is_ready: rx.Var[bool]
    is_signed_in: rx.Var[bool]
    on_set: rx.EventHandler[rx.event.passthrough_event_spec(str, bool, int)]
    on_ask: rx.EventHandler[rx.event.passthrough_event_spec(str)]

    def ssr(self) -> None:
        """Show nothing."""


class ToggleButton(rx.Component):
    """Shows and sets it for one thing; `place` "page" adds the word and how many have set it."""

    library = _LIBRARY
    tag = "ToggleButton"

    name: rx.Var[str]
    subject: rx.Var[str]
    title: rx.Var[str]
    verb: rx.Var[str]
    noun: rx.Var[str]
    path: rx.Var[str]
    place: rx.Var[str]

    def ssr(self) -> rx.Component:
        """Return it as it stands before anything is known."""
        is_large = self.place == "page"
        label = self.verb + " " + self.title
        button = rx.el.button(
            rx.el.svg(
                rx.el.path(d=self.path),
                view_box="0 0 18 18",
                class_name="icon",
                custom_attrs={"aria-hidden": "true"},
            ),
            rx.cond(is_large, self.verb, ""),
            type="button",
            class_name=rx.cond(is_large, "btn btn-lg toggle", "icon-btn toggle"),
            title=label,
            custom_attrs={"aria-label": label, "aria-pressed": "false"},
        )
        count = rx.el.span(class_name="toggle-count num")
        return rx.fragment(button, rx.cond(is_large, count))


def toggle_button(
    name: str, subject: Any, title: Any, *, verb: str, noun: str, icon: str, place: str
) -> rx.Component:
    """Make the button of one thing: `toggle_button("like", row.id, row.title, verb="Like", …)`."""
    return ToggleButton.create(
        name=name, subject=subject, title=title, verb=verb, noun=noun, path=STROKED[icon],
        place=place,
    )  # fmt: skip
