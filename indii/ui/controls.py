"""Controls and small words: buttons, chips, badges, covers, waves, prices.

Every function returns one component on `rx.el`; texts may be strings or Vars. The markup follows
the classes in the `*.css` files beside this one.
"""

from typing import Any

import reflex as rx

from indii.ui.icons import icon as draw
from indii.ui.links import link
from indii.ui.tokens import ButtonKind, Size, css_vars

Text = str | rx.Var[str]
BUTTON_CLASS = {"quiet": "", "go": " btn-go", "plain": " btn-plain", "bad": " btn-bad"}
SIZE_CLASS = {"md": "", "sm": " btn-sm", "lg": " btn-lg"}
_ICON_SIZE = {"md": "", "sm": " icon-btn-sm", "lg": " icon-btn-lg"}


def classes(*names: str) -> str:
    """Join class names, dropping empty ones."""
    return " ".join(name for name in names if name)


def when(value: Any, make: Any) -> Any:
    """`make()` where `value` is not empty: decided now for a literal, in the browser for a Var."""
    if isinstance(value, rx.Var):
        return rx.cond(value, make(), rx.fragment())
    return make() if value else rx.fragment()


def button(
    *children: Any,
    kind: ButtonKind = "quiet",
    size: Size = "md",
    icon: str | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a button that does something here; `link_button` goes somewhere."""
    props.setdefault("type", "button")
    return rx.el.button(
        *([draw(icon)] if icon else []),
        *children,
        class_name=classes("btn" + BUTTON_CLASS[kind] + SIZE_CLASS[size], class_name),
        **props,
    )


def link_button(
    *children: Any,
    href: Any,
    kind: ButtonKind = "quiet",
    size: Size = "md",
    icon: str | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a link that looks like a button."""
    return link(
        *([draw(icon)] if icon else []),
        *children,
        href=href,
        class_name=classes("btn" + BUTTON_CLASS[kind] + SIZE_CLASS[size], class_name),
        **props,
    )


def icon_button(
    icon: str, label: Text, *, size: Size = "md", is_on: Any = None, href: Any = None, **props: Any
) -> rx.Component:
    """Make a button that shows only an icon; `label` is read aloud and shown as tooltip.

    `is_on` makes it a toggle: a pressed state that colours the icon.
    """
    attributes = {"aria-label": label, **props.pop("custom_attrs", {})}
    base = classes("icon-btn" + _ICON_SIZE[size], props.pop("class_name", ""))
    if is_on is not None:
        attributes["aria-pressed"] = is_on
        base = rx.cond(is_on, f"{base} on", base)  # type: ignore[assignment]
    common = {"class_name": base, "title": label, "custom_attrs": attributes, **props}
    if href is not None:
        return link(draw(icon), href=href, **common)
    return rx.el.button(draw(icon), **{"type": "button", **common})


def chip(
    *children: Any, note: Any = None, is_on: bool = False, href: Any = None, **props: Any
) -> rx.Component:
    """Make a small rounded fact, or a link when it has `href`; `note` is the quieter word."""
    inside = [*children, *([rx.el.em(note)] if note is not None else [])]
    name = classes("chip", "on" if is_on else "", props.pop("class_name", ""))
    if href is not None:
        return link(*inside, href=href, class_name=name, **props)
    return rx.el.span(*inside, class_name=name, **props)


def remove_chip(
    text: Text, *, label: Text, href: Any = None, on_click: Any = None, **props: Any
) -> rx.Component:
    """Make an active filter; pressing it takes the filter away. `label`: "Remove filter drill"."""
    attributes = {"aria-label": label, **props.pop("custom_attrs", {})}
    common = {"class_name": "chip on", "custom_attrs": attributes, **props}
    if href is not None:
        return link(text, draw("x"), href=href, **common)
    return rx.el.button(text, draw("x"), type="button", on_click=on_click, **common)


def badge(text: Text, kind: str = "plain", **props: Any) -> rx.Component:
    """Say a state in one word; `kind` is plain, signal, good, warn or bad."""
    return rx.el.span(
        text, class_name="badge" if kind == "plain" else f"badge badge-{kind}", **props
    )


def _sized(size: int) -> dict[str, Any]:
    # As attributes: the props `width` and `height` would become a class made by emotion.
    return {"width": size, "height": size}


def avatar(src: Text, name: Text, size: int = 32) -> rx.Component:
    """Show a person's picture, or the first letter of the name."""
    picture = rx.el.img(src=src, alt="", loading="lazy", custom_attrs=_sized(size))
    letter = rx.el.span(name[0] if isinstance(name, rx.Var) else name[:1])
    if isinstance(src, rx.Var):
        inside = rx.cond(src, picture, letter)
    else:
        inside = picture if src else letter
    attributes = {"aria-hidden": "true"} | ({} if size == 32 else css_vars({"--size": f"{size}px"}))
    return rx.el.span(inside, class_name="avatar", custom_attrs=attributes)


def cover_image(src: Text, *, size: int = 48, alt: Text = "", eager: bool = False) -> rx.Component:
    """Show the picture itself, with its size reserved; `eager` for what is above the fold."""
    return rx.el.img(
        src=src,
        alt=alt,
        loading="eager" if eager else "lazy",
        custom_attrs={"decoding": "async", **_sized(size)},
    )


def cover(src: Text, *, size: int = 48, alt: Text = "", eager: bool = False) -> rx.Component:
    """Show a square cover; an empty `src` leaves a quiet surface."""
    image = cover_image(src, size=size, alt=alt, eager=eager)
    return rx.el.span(when(src, lambda: image), class_name="cover")


def play_cover(
    src: Text, playable: Text, title: Text, *, size: int = 48, eager: bool = False
) -> rx.Component:
    """Show a cover that plays: `playable` is the JSON that the dock reads from `data-play`."""
    return rx.el.span(
        when(src, lambda: cover_image(src, size=size, eager=eager)),
        rx.el.button(
            type="button",
            class_name="cover-play",
            custom_attrs={"data-play": playable, "aria-label": f"Play {title}"},
        ),
        class_name="cover",
    )


def wave(
    path: Text, wave_id: Text, *, width: int = 280, height: int = 30, big: bool = False
) -> rx.Component:
    """Draw a waveform once and use it twice: the copy is the played part (`--played`)."""
    ref = f"w-{wave_id}"
    return rx.el.svg(
        rx.el.svg.path(d=path, custom_attrs={"id": ref}),
        rx.el.svg.use(href=f"#{ref}"),
        view_box=f"0 0 {width} {height}",
        class_name="wave hero-wave" if big else "wave",
        custom_attrs={"aria-hidden": "true", "preserveAspectRatio": "none"},
    )


def price_tag(text: Text, *, prefix: Text | None = None) -> rx.Component:
    """Show a price with its currency, or "Free"; it shows, it does not sell."""
    return rx.el.span(*_price(text, prefix), class_name="price num")


def price_link(
    text: Text, *, href: Any, label: Text, prefix: Text | None = None, **props: Any
) -> rx.Component:
    """Link a price to the licenses; `label`: "Licenses for Rust, from $34.95"."""
    attributes = {"aria-label": label, **props.pop("custom_attrs", {})}
    return link(
        *_price(text, prefix), href=href, class_name="price num", custom_attrs=attributes, **props
    )


def _price(text: Text, prefix: Text | None) -> list[Any]:
    return [text] if prefix is None else [when(prefix, lambda: rx.el.small(prefix)), text]


def fact(value: Any, unit: Any = None) -> rx.Component:
    """Show a measured value as a chip: `fact(146, "bpm")`."""
    return chip(rx.el.b(value, class_name="num"), note=unit)


def facts(*items: Any) -> rx.Component:
    """Line chips up under a title."""
    return rx.el.div(*items, class_name="facts")


def kbd(text: str) -> rx.Component:
    """Show a key to press."""
    return rx.el.kbd(text, class_name="kbd")


def time_ago(text: Any, iso: Any, exact: Any = None) -> rx.Component:
    """Show a relative time; the exact one appears on hover."""
    return rx.el.time(text, date_time=iso, title=exact if exact is not None else iso)
