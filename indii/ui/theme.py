"""Dark, light, or as the system: Reflex's own colour mode (key `theme` in localStorage)."""

import reflex as rx

from indii.ui.icons import STROKED
from indii.ui.tokens import INK_DARK, PRELOADED_FONTS
from indii.ui.wraps.chrome import ThemeToggle

_ICONS = {"dark": STROKED["moon"], "light": STROKED["sun"], "system": STROKED["system"]}


def theme_toggle(*, with_text: bool = False) -> rx.Component:
    """Make the button that walks through the three; before paint Reflex's head script decides."""
    if with_text:
        return ThemeToggle.create(icons=_ICONS, with_text=True, class_name="")
    return ThemeToggle.create(icons=_ICONS)


def head_components() -> list[rx.Component]:
    """Return what belongs into every `<head>`: icons, colour of the chrome, the two first fonts."""
    return [
        rx.el.meta(name="theme-color", content=INK_DARK),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icon-180.png"),
        rx.el.link(rel="manifest", href="/site.webmanifest"),
        *(
            rx.el.link(
                rel="preload",
                href=font,
                type="font/woff2",
                custom_attrs={"as": "font", "crossOrigin": "anonymous"},
            )
            for font in PRELOADED_FONTS
        ),
    ]
