"""Where a link goes decides how: pages inside the app by the router, endpoints by the browser.

`rx.el.a` is the router's link, so an endpoint behind it shows the client's 404; `link()` knows.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A as PlainAnchor

#: Paths that a server answers, not a page.
DOCUMENTS = ("/api/", "/auth/", "/files/", "/media/", "/dev/", "/metrics", "/healthz")


def is_document(href: object) -> bool:
    """Whether a literal address needs a real document load; Vars are taken for pages."""
    if not isinstance(href, str):
        return False
    return "://" in href or href.startswith((*DOCUMENTS, "mailto:", "#", "tel:"))


def link(
    *children: Any, href: Any, document: bool = False, prefetch: bool = True, **props: Any
) -> rx.Component:
    """Link by client navigation to pages, by document navigation to endpoints and other sites.

    `prefetch` fetches the code of the page when the pointer rests on the link.
    """
    attributes = dict(props.pop("custom_attrs", {}))
    if document or is_document(href):
        return PlainAnchor.create(*children, href=href, custom_attrs=attributes, **props)
    if prefetch:
        attributes.setdefault("prefetch", "intent")
    return rx.el.a(*children, href=href, custom_attrs=attributes, **props)
