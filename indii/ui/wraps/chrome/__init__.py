"""Wraps chrome.jsx: what stands around every page and needs the browser."""

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData
from reflex_base.vars.object import ObjectVar
from reflex_components_core.base.error_boundary import ErrorBoundary

LIBRARY = rx.asset("chrome.jsx", shared=True).importable_path


class Behaviour(rx.Component):
    """Dialogs, menus, busy forms and spoken route changes, once for the whole app."""

    library = LIBRARY
    tag = "Behaviour"


class ThemeToggle(rx.Component):
    """A button that walks through dark, light and the system's choice."""

    library = LIBRARY
    tag = "ThemeToggle"

    icons: rx.Var[dict[str, str]]
    with_text: rx.Var[bool]

    def ssr(self) -> rx.Component:
        """Show it in the dark theme, which is the default; scripts know the reader's own."""
        label = "Theme: dark. Change to light"
        moon = rx.el.svg(
            rx.el.path(d=self.icons.to(dict)["dark"]),
            view_box="0 0 18 18",
            class_name="icon",
            custom_attrs={"aria-hidden": "true"},
        )
        return rx.el.button(
            moon if self.with_text is None else rx.cond(self.with_text, "Theme: dark", moon),
            type="button",
            class_name="icon-btn" if self.class_name is None else self.class_name,
            title=label,
            custom_attrs={"aria-label": label},
        )


class ConnectionBanner(rx.Component):
    """Says that the connection is lost, after a moment of patience."""

    library = LIBRARY
    tag = "ConnectionBanner"


class Notice(rx.Component):
    """The site's last word; good news leaves by itself, trouble waits to be dismissed."""

    library = LIBRARY
    tag = "Notice"

    text: rx.Var[str]
    kind: rx.Var[str]
    serial: rx.Var[int]
    on_dismiss: rx.EventHandler[rx.event.no_args_event_spec]


class BrokenPage(rx.Component):
    """What stands in for a page whose code failed."""

    library = LIBRARY
    tag = "BrokenPage"

    error: rx.Var[dict]


def _with_reference(
    error: ObjectVar[dict[str, str]], info: ObjectVar[dict[str, str]]
) -> tuple[rx.Var[str], rx.Var[str]]:
    reference = rx.Var(
        _js_expr=f"('[' + referenceOf({error!s}) + '] ')",
        _var_type=str,
        _var_data=VarData(imports={LIBRARY: [ImportVar(tag="referenceOf")]}),
    ).to(str)
    said = error.name.to(str) + ": " + error.message.to(str) + "\n" + error.stack.to(str)
    return reference + said, info.componentStack


class Boundary(ErrorBoundary):
    """An error boundary that reports with the reference that the reader sees."""

    on_error: rx.EventHandler[_with_reference]
