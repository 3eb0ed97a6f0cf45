"""Wraps fetched_text.jsx: a long text that is fetched when somebody unfolds it."""

from typing import Any

import reflex as rx

from indii.ui.links import link

_LIBRARY = rx.asset("fetched_text.jsx", shared=True).importable_path


class FetchedText(rx.Component):
    """A text at `href`, fetched when it is unfolded, and again when it is another address then.

    `on_gone` is called when the server has no such text any more: what names it is old.
    """

    library = _LIBRARY
    tag = "FetchedText"

    href: rx.Var[str]
    summary: rx.Var[str]
    name: rx.Var[str]
    label: rx.Var[str]
    on_gone: rx.EventHandler[rx.event.no_args_event_spec]

    def ssr(self) -> rx.Component:
        """Show it folded; without scripts the text is a page of its own."""
        address = link(
            "Open it on a page of its own", href=self.href, document=True, class_name="link"
        )
        return rx.el.details(
            rx.el.summary(self.summary, custom_attrs={"aria-label": self.name}),
            rx.el.p(address),
            class_name="unfold",
        )


def fetched_text(
    href: Any, summary: Any, *, name: Any, label: Any, on_gone: Any, class_name: str
) -> rx.Component:
    """Unfold the text at `href` under `summary`, which is called `name`; `label` names the text."""
    return FetchedText.create(
        href=href, summary=summary, name=name, label=label, on_gone=on_gone, class_name=class_name
    )
