"""Pages register themselves here; `indii.app` collects them and puts the frame around."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

Frame = Literal["full", "plain"]
Body = Callable[[], rx.Component]
#: The place in the frame that a page belongs to; "" marks none.
Active = Literal["discover", "search", "library", "cart", "studio", "admin", "account", ""]


@dataclass(frozen=True, slots=True)
class PageTab:
    """A page's name among the pages of its place in the frame; lower orders stand first."""

    label: str
    order: int


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the site. `body` returns what stands in `<main>`, never the frame."""

    route: str
    body: Body
    title: Any
    description: Any
    on_load: Any
    image: str
    frame: Frame
    active: Active
    #: The state that the first HTML fills, `rx.State` where it says the same to everybody; None
    #: for a page without first HTML.
    ssr: Any
    tab: PageTab | None = None

    @property
    def handlers(self) -> tuple[Any, ...]:
        """What runs when the page opens."""
        several = self.on_load if isinstance(self.on_load, list | tuple) else (self.on_load,)
        return tuple(handler for handler in several if handler is not None)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The addresses of the page; `[slug]` is one part."""
        return re.compile(re.sub(r"\[\w+\]", "[^/]+", self.route.rstrip("/")))

    @property
    def is_dynamic(self) -> bool:
        """Whether the route has a part that changes, like `/recording/[slug]`."""
        return "[" in self.route


_pages: dict[str, Page] = {}


def page(
    *,
    route: str,
    title: Any,
    description: Any = "",
    on_load: Any = None,
    image: str = "/og.png",
    frame: Frame = "full",
    active: Active = "",
    tab: PageTab | None = None,
    ssr: Any = None,
) -> Callable[[Body], Body]:
    """Register the decorated function as the page of `route`.

    `title` and `description` may be Vars on dynamic routes. `image` is always given, because the
    default would be the favicon. Pages with a `tab` of one `active` place link to each other.
    `ssr` is the state that holds all the page shows: with it the server writes the page before any
    script runs (`kernel/ssr.py` says from what).

    Raises:
        ValueError: two functions claim one route.
    """

    def register(body: Body) -> Body:
        known = _pages.get(route)
        if known is not None and known.body.__qualname__ != body.__qualname__:
            raise ValueError(f"{route} belongs to {known.body.__module__} already")
        made = Page(route, body, title, description, on_load, image, frame, active, ssr, tab)
        _pages[route] = made
        return body

    return register


def pages() -> tuple[Page, ...]:
    """Return all registered pages, fixed routes first, then by route."""
    return tuple(sorted(_pages.values(), key=lambda p: (p.is_dynamic, p.route)))


def page_at(path: str) -> Page | None:
    """Return the page of this address, the one for unknown addresses where none has it."""
    known = (page for page in pages() if page.pattern.fullmatch(path.rstrip("/")))
    return next(known, None) or _pages.get("404")


def tabs_of(active: Active) -> list[tuple[str, str]]:
    """Return (label, route) of the pages that are tabs of this place, in their order."""
    found = [(page.tab, page.route) for page in _pages.values() if page.active == active]
    return [(tab.label, route) for tab, route in sorted(found, key=_order) if tab]


def _order(found: tuple[PageTab | None, str]) -> tuple[int, str]:
    tab, route = found
    return (tab.order if tab else 0, route)
