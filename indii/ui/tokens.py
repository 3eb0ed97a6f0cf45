"""Names of the tokens, for code that needs a value and not a class; `assets/tokens.css` rules."""

from typing import Any, Final, Literal

Kind = Literal["info", "good", "warn", "bad"]
Size = Literal["md", "sm", "lg"]
ButtonKind = Literal["quiet", "go", "plain", "bad"]

#: Breakpoints in CSS pixels: below PHONE the tab bar replaces the rail, below NARROW filters fold.
PHONE: Final = 701
NARROW: Final = 1101
#: Colours of the browser's own chrome around the page.
INK_DARK: Final = "#0c0c0e"
INK_LIGHT: Final = "#f6f3ec"
#: Fonts that the first paint needs; Geist Mono comes later and takes the room of its fallback.
PRELOADED_FONTS: Final = ("/fonts/geist.woff2", "/fonts/bricolage.woff2")


def css_vars(values: dict[str, Any]) -> dict[str, Any]:
    """Return custom properties as an inline style: `custom_attrs=css_vars({"--c1": row.color})`.

    `style=` would go through emotion, which makes a class per value: a cost on every row.
    """
    return {"style": values}
