"""Pages register themselves here; `indii.app` collects them and puts the frame around."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

Frame = Literal["full", "plain"]
Body = Callable[[], rx.Component]
#: The place in the frame that a page belongs to; "" marks none.
Active = Literal["discover", "search", "library", "cart", "studio", "admin", "account", ""]


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
    ssr: Any = None,
) -> Callable[[Body], Body]:
    """Register the decorated function as the page of `route`.

    `title` and `description` may be Vars on dynamic routes. `image` is always given, because the
    default would be the favicon. `ssr` is the state that holds all the page shows: with it the
    server writes the page before any script runs (`kernel/ssr.py` says from what).

    Raises:
        ValueError: two functions claim one route.
    """

    def register(body: Body) -> Body:
        known = _pages.get(route)
        if known is not None and known.body.__qualname__ != body.__qualname__:
            raise ValueError(f"{route} belongs to {known.body.__module__} already")
        _pages[route] = Page(route, body, title, description, on_load, image, frame, active, ssr)
        return body

    return register


def pages() -> tuple[Page, ...]:
    """Return all registered pages, fixed routes first, then by route."""
    return tuple(sorted(_pages.values(), key=lambda p: (p.is_dynamic, p.route)))
