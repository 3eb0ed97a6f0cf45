"""Other sites in a visitor's browser: they can neither write nor read, nor open the socket."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from dataclasses import replace

import pytest
from starlette.routing import Route

from tests.security.browsing import (
    PRODUCTION,
    client,
    send,
)
from tests.security.requests import REQUESTS
from tests.security.socket import Refused, Tab
from tests.security.tables import Tables
from tests.security.world import CALLERS, World
from tests.serving import Site

SAFE = {"GET", "HEAD", "OPTIONS"}
SIGNED = {"/webhooks/stripe"}
"""Told by no browser: whoever tells proves itself by a signature over the body."""


# ------------------------------------------------------------------ other sites


def test_every_unsafe_route_has_a_valid_request(routes: list[Route]) -> None:
    unsafe = {
        f"{method} {route.path}"
        for route in routes
        for method in (route.methods or set()) - SAFE
        if route.path not in SIGNED
    }
    assert unsafe - set(REQUESTS) == set(), "these need a valid request in requests.py"
    assert set(REQUESTS) - unsafe == set(), "these requests ask for nothing any more"
    print(f"\n{len(routes)} routes, {len(unsafe)} unsafe")


def foreign(site: Site) -> list[dict[str, str]]:
    """What the browser of a visitor says when another site makes it ask."""
    port = site.config.port
    return [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"http://localhost:{port}.evil.example"},
        {"Origin": f"http://evil.example?http://localhost:{port}"},
        {"Origin": f"http://localhost:{port}@evil.example"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": "http://[::1"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "X-HTTP-Method-Override": "GET"},
    ]


@pytest.mark.parametrize("name", REQUESTS)
def test_another_site_cannot_write(name: str, site: Site, world: World, tables: Tables) -> None:
    asked = REQUESTS[name](world)
    with tables.watched() as nothing:
        for headers in foreign(site):
            answer = send(site, name, asked, **headers)
            assert answer.status_code == 403, (name, headers)
            assert "set-cookie" not in answer.headers
    assert not nothing.tables
    # The proof that it was worth refusing.
    with tables.watched() as changes:
        answer = send(site, name, asked, Origin=site.url, **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code < 400, answer.text
    assert changes.tables == asked.changes


def test_a_webhook_that_nobody_signed_is_refused(site: Site, tables: Tables) -> None:
    event = json.dumps({
        "id": "evt_1", "type": "checkout.session.completed", "created": 1, "livemode": False,
        "data": {"object": {"id": "cs_1", "payment_intent": "pi_1"}},
    })  # fmt: skip
    now = int(time.time())
    forged = hmac.new(b"whsec_guess", f"{now}.{event}".encode(), hashlib.sha256).hexdigest()
    empty = hmac.new(b"", f"{now}.{event}".encode(), hashlib.sha256).hexdigest()
    with tables.watched() as nothing, client(site) as web:
        for said in ("", "t=1,v1=00", f"t={now},v1={forged}", f"t={now},v1={empty}"):
            answer = web.post("/webhooks/stripe", content=event, headers={"stripe-signature": said})
            assert answer.status_code == 400, said
        huge = web.post("/webhooks/stripe", content=b"x" * 1_000_001)
        assert huge.status_code == 413
        assert web.post("/webhooks/stripe", content=b"\xff\xfe{").status_code == 400
    assert not nothing.tables


UPLOADS = [name for name in REQUESTS if "/api/uploads" in name]
# A stranger with a session would only do these to themselves.
OWN = ["POST /auth/sign-out", "POST /auth/password", "POST /auth/close", "POST /api/avatar"]


@pytest.mark.parametrize("name", [*UPLOADS, *OWN])
def test_a_stranger_cannot_write_for_a(name: str, site: Site, world: World, tables: Tables) -> None:
    """The owner's request, sent without their cookie or with somebody else's."""
    asked = REQUESTS[name](world)
    strangers = ["anonymous"]
    if name in UPLOADS:
        strangers += ["fan", "admin"]
    if "{upload_id}" in name:
        strangers.append("b")
    for caller in strangers:
        with tables.watched() as nothing:
            answer = send(site, name, replace(asked, cookie=world.cookie(caller)))
        assert answer.status_code in {303, 401, 403, 404}, (name, caller)
        assert not nothing.tables, (name, caller)


def filled(route: Route, world: World) -> str:
    """The route's address with A's ids in it."""
    values = {
        "recording_id": str(world.draft.id), "profile_id": str(world.a.actor.profile_id),
        "upload_id": str(world.upload()), "kind": "main_wav", "token": "a.b",
    }  # fmt: skip
    nothing = "00000000-0000-0000-0000-000000000000"
    return re.sub(r"{(\w+)(?::\w+)?}", lambda m: values.get(m.group(1), nothing), route.path)


@pytest.mark.parametrize("caller", CALLERS)
def test_looking_changes_nothing(
    caller: str, site: Site, world: World, tables: Tables, routes: list[Route]
) -> None:
    paths = [filled(r, world) for r in routes if r.methods and "GET" in r.methods]
    with tables.watched() as nothing, client(site, world.cookie(caller)) as web:
        for path in [*paths, "/", "/explore", f"/recording/{world.live.slug}"]:
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = web.request(method, path)
                if not path.startswith("/dev/"):
                    leaks = world.leaks(caller, [answer.text])
                    assert not leaks, (path, leaks)
                assert answer.status_code < 500 or path == "/healthz", path
    assert not nothing.tables


@pytest.mark.parametrize(
    "path", ["/", "/ping", "/api/suggest?q=a", "/robots.txt", "/auth/fresh", "/media/cover/x"]
)
def test_no_other_origin_may_read(path: str, site: Site) -> None:
    for origin in (
        "http://evil.example",
        "null",
        "http://[::1",
        f"http://localhost:{site.config.port}0",
    ):
        with client(site, Origin=origin) as web:
            answer = web.get(path)
            assert "access-control-allow-origin" not in answer.headers, (path, origin)
            asked = {"Access-Control-Request-Method": "POST"}
            preflight = web.options(path, headers=asked)
            assert "access-control-allow-origin" not in preflight.headers, (path, origin)


async def test_the_socket_is_closed_to_other_sites(site: Site, production: Site) -> None:
    port = site.config.port
    for origin in (
        "http://evil.example", "null", f"http://127.0.0.1:{port + 1}", "https://evil.example:443",
        f"http://127.0.0.1:{port}.evil.example", f"http://evil.example/127.0.0.1:{port}", "x",
    ):  # fmt: skip
        with pytest.raises(Refused):
            async with Tab(site.url, origin=origin):
                pass
    for origin in (production.url, f"http://localhost:{production.config.port}", "null"):
        with pytest.raises(Refused):
            async with Tab(production.url, origin=origin):
                pass
    for url, origin in ((site.url, site.url), (production.url, PRODUCTION)):
        async with Tab(url, origin=origin) as tab:
            await tab.ask()


async def test_no_other_transport_is_open(site: Site, world: World) -> None:
    """Long polling would be plain HTTP, readable by whoever may read."""
    with client(site, world.a.cookie, Origin="http://evil.example") as web:
        for query in ("EIO=4&transport=polling", "EIO=4", "EIO=3&transport=polling"):
            answer = web.get(f"/_event/?{query}&token=abc")
            assert answer.status_code >= 400
            assert "sid" not in answer.text
