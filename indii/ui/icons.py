"""The icons of the house: one path each on an 18 grid, inline so that no request precedes them."""

import reflex as rx

#: Stroked paths; the outline carries the meaning.
STROKED: dict[str, str] = {
    "compass": "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zM11.7 6.3l-1.8 3.6-3.6 1.8 1.8-3.6z",
    "search": "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM11.7 11.7 16 16",
    "library": "M3 3v12M7 3v12M11 3l4 12",
    "cart": "M3.8 6h10.4l.8 9.5H3zM6.3 8.3V4.7a2.7 2.7 0 0 1 5.4 0v3.6",
    "upload": "M9 12V3M5 6.5 9 3l4 3.5M3 15h12",
    "download": "M9 3v9M5 8.5 9 12l4-3.5M3 15h12",
    "studio": "M3 15V9M7 15V4M11 15v-4M15 15V7",
    "heart": "M9 15S2.5 11 2.5 6.6A3.3 3.3 0 0 1 9 5.2a3.3 3.3 0 0 1 6.5 1.4C15.5 11 9 15 9 15z",
    "queue": "M3 5h9M3 9h9M3 13h5M14 9v6l3-3z",
    "volume": "M3 7v4h3l4 3V4L6 7zM13 6.5a4 4 0 0 1 0 5",
    "mute": "M3 7v4h3l4 3V4L6 7zM13 7l4 4M17 7l-4 4",
    "check": "m3.5 9.5 3.5 3.5 7.5-8",
    "x": "m4.5 4.5 9 9M13.5 4.5l-9 9",
    "chevron": "m4.5 7 4.5 4.5L13.5 7",
    "chevron_right": "m7 4.5 4.5 4.5L7 13.5",
    "flag": "M4 16V3M4 3.5h9l-1.8 3.2L13 10H4",
    "shield": "M9 2 3.5 4v4.5c0 3.5 2.3 6 5.5 7.5 3.2-1.5 5.5-4 5.5-7.5V4zM6.5 9l1.8 1.8L11.7 7.3",
    "user": "M9 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3 16c.5-2.8 3-4 6-4s5.5 1.2 6 4",
    "mail": "M2.5 4.5h13v9h-13zM3 5l6 5 6-5",
    "key": "M6.5 14.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8.7 9.3 15 3M12.5 5.5l2 2",
    "clock": "M9 2.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM9 5.5V9l2.5 1.5",
    "filter": "M3 5h12M5.5 9h7M7.5 13h3",
    "wave": "M2.5 8v2M5 6v6M7.7 3.5v11M10.3 6v6M13 4.5v9M15.5 7.5v3",
    "link": "M7.5 10.5a3 3 0 0 0 4.3 0l2.3-2.3a3 3 0 0 0-4.3-4.3l-1 1"
    "M10.5 7.5a3 3 0 0 0-4.3 0l-2.3 2.3a3 3 0 0 0 4.3 4.3l1-1",
    "trash": "M3 5h12M7 5V3h4v2M4.5 5l.8 10h7.4l.8-10M7.5 8v4.5M10.5 8v4.5",
    "edit": "M3 15h3l8.5-8.5-3-3L3 12zM9.7 5.3l3 3",
    "plus": "M9 3.5v11M3.5 9h11",
    "warning": "M9 2.5 16.5 15h-15zM9 7v4M9 13v.1",
    "info": "M9 2.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM9 8.5V12M9 6v.1",
    "sun": "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM9 1.5v1.7M9 14.8v1.7M1.5 9h1.7M14.8 9h1.7"
    "M3.7 3.7l1.2 1.2M13.1 13.1l1.2 1.2M3.7 14.3l1.2-1.2M13.1 4.9l1.2-1.2",
    "moon": "M15 10.8A6.3 6.3 0 0 1 7.2 3a6.3 6.3 0 1 0 7.8 7.8z",
    "system": "M2.5 3.5h13v9h-13zM6 15.5h6M9 12.5v3",
    "menu": "M3 5h12M3 9h12M3 13h12",
    "external": "M7.5 4H4v10h10v-3.5M10.5 3H15v4.5M15 3 8.5 9.5",
    "sort": "M5.5 3v12M2.5 12l3 3 3-3M12.5 15V3M9.5 6l3-3 3 3",
    "note": "M7 14V4.5l8-1.5v9M7 14a2.2 2.2 0 1 1-4.4 0A2.2 2.2 0 0 1 7 14z"
    "M15 12a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z",
    "sign_out": "M7.5 3H3v12h4.5M7 9h8.5M12 5.5 15.5 9 12 12.5",
    "sign_in": "M10.5 3H15v12h-4.5M2.5 9H11M7.5 5.5 11 9l-3.5 3.5",
    "command": "M6.5 6.5h5v5h-5zM6.5 6.5H5A2 2 0 1 1 6.5 5zM11.5 6.5V5A2 2 0 1 1 13 6.5z"
    "M11.5 11.5H13A2 2 0 1 1 11.5 13zM6.5 11.5V13A2 2 0 1 1 5 11.5z",
    "retry": "M14.5 9A5.5 5.5 0 1 1 12.7 5l1.8 1.5M14.5 3v3.5H11",
    "eye": "M1.5 9S4 4 9 4s7.5 5 7.5 5-2.5 5-7.5 5S1.5 9 1.5 9zM9 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
}
#: Filled paths.
SOLID: dict[str, str] = {
    "play": "M5 3.1v11.8a.7.7 0 0 0 1.1.6l8.9-5.9a.7.7 0 0 0 0-1.2L6.1 2.5a.7.7 0 0 0-1.1.6z",
    "pause": "M4.5 3h3.2v12H4.5zM10.3 3h3.2v12h-3.2z",
    "prev": "M14 3.5v11L6.5 9zM4 3.5h1.6v11H4z",
    "next": "M4 3.5v11L11.5 9zM12.4 3.5H14v11h-1.6z",
    "more": "M3 9a1 1 0 1 0 2 0 1 1 0 1 0-2 0zM8 9a1 1 0 1 0 2 0 1 1 0 1 0-2 0z"
    "M13 9a1 1 0 1 0 2 0 1 1 0 1 0-2 0z",
    "heart_on": STROKED["heart"],
}
NAMES = frozenset(STROKED) | frozenset(SOLID)


def _parts(name: str) -> tuple[str, str]:
    if name in SOLID:
        return SOLID[name], "icon icon-solid"
    if name not in STROKED:
        raise KeyError(f"no icon is named {name!r}; there are {', '.join(sorted(NAMES))}")
    return STROKED[name], "icon"


def icon(name: str, *, size: int = 18, class_name: str = "") -> rx.Component:
    """Draw an icon, hidden from assistive technology: the control around it carries the name."""
    path, base = _parts(name)
    sized = {} if size == 18 else {"style": {"width": size, "height": size}}
    return rx.el.svg(
        rx.el.path(d=path),
        view_box="0 0 18 18",
        class_name=f"{base} {class_name}".strip(),
        custom_attrs={"aria-hidden": "true", **sized},
    )
