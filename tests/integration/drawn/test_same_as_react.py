"""The first HTML says what React says: a Reflex upgrade that changes a meaning fails here.

All views go through one Node process. INDII_TEST_SLOW adds rarer addresses.
"""

import os

import reflex as rx

from indii import app
from indii.shell.layout import framed
from indii.ui.drawn.page import compile_page
from indii.ui.page import pages
from tests.integration.drawn.markup import differences
from tests.integration.drawn.operations import OPERATIONS, OperationsState
from tests.integration.drawn.react import Job, written_by_react
from tests.integration.drawn.views import Catalogue

#: Drawn with their frame: one of either kind.
FRAMED = ("404", "/forgot")


def test_the_first_html_is_what_react_writes(rt, tmp_path):
    drawn, components, jobs = {}, {}, []

    def add(key, page, state, values):
        jobs.append(Job(key, page, state, values))
        return drawn[page](**values)

    known = {p.route: p for p in pages() if p.ssr}
    for route, page in known.items():
        body = framed(page) if route in FRAMED else page.body
        components[route], drawn[route] = rx.fragment(body()), compile_page(body, page.ssr)
    ours = {}
    views = Catalogue(rt).views(
        list(app.ssr_routes()), all_of_them=bool(os.environ.get("INDII_TEST_SLOW"))
    )
    for key, route, values in views:
        ours[key] = add(key, route, known[route].ssr, values)
    for route, page in known.items():
        ours[f"{route} waiting"] = add(f"{route} waiting", route, page.ssr, {})
        if "is_missing" in page.ssr.__fields__:
            missing = {"is_ready": True, "is_missing": True}
            ours[f"{route} missing"] = add(f"{route} missing", route, page.ssr, missing)
    for name, make in OPERATIONS.items():
        components[name] = rx.fragment(make())
        drawn[name] = compile_page(lambda made=components[name]: made, OperationsState)
        ours[name] = add(name, name, OperationsState, {})

    react = written_by_react(components, jobs, tmp_path)
    different = {
        key: found for key, html in ours.items() if (found := differences(react[key], html))
    }
    assert not different, "\n".join(f"{key}: {found}" for key, found in different.items())
    assert len(ours) == len(react) > 80
