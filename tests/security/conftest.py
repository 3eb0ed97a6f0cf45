"""The served site of this folder and the world on it; each file gets one of its own at most."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from tests.factories.identity import PASSWORD
from tests.runtime import ROOT
from tests.security.browsing import PRODUCTION
from tests.security.tables import Tables
from tests.security.world import World
from tests.serving import BROWSER, METRICS_TOKEN, Site, exported_frontend, serve, serve_beside


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real installation with exported pages and no workers: nothing happens by itself."""
    pages = exported_frontend()
    with serve(tmp_path_factory.mktemp("site"), pages=pages, has_payments=True) as served:
        yield served


@pytest.fixture(scope="session")
def world(site: Site) -> World:
    """Producer A's things, and everybody else."""
    return World(site)


@pytest.fixture(scope="session")
def tables(site: Site, world: World) -> Tables:
    """All tables; rows that name A are told apart."""
    return Tables(site.rt.engine, world.a.actor.account_id, world.a.actor.profile_id)


@pytest.fixture(scope="session")
def handlers() -> dict[str, Any]:
    """Every handler that Reflex would let a browser call, by its name."""
    from reflex_base.registry import RegistrationContext

    import indii.app

    assert indii.app.app
    return dict(RegistrationContext.get().event_handlers)


@pytest.fixture
def web(site: Site) -> Iterator[httpx.Client]:
    """A browser without cookies that follows nothing by itself."""
    with httpx.Client(base_url=site.url, headers={"User-Agent": BROWSER}, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def routes() -> list[Route]:
    """Every route of ours."""
    from indii.app import own_api

    return [route for route in own_api().routes if isinstance(route, Route)]


@pytest.fixture(scope="session")
def production(site: Site) -> Iterator[Site]:
    """The same installation as it would run for the world."""
    with serve_beside(site, environment="production", public_url=PRODUCTION) as found:
        yield found


@pytest.fixture(autouse=True, scope="session")
def _quiet_browsers() -> None:
    """Thousands of requests are nothing to log here; the site logs its own."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


@pytest.fixture(scope="module", autouse=True)
def _clean_log(site: Site) -> Iterator[None]:
    """After each file: nothing secret was logged, and no attack met a bug."""
    yield
    log = site.web_log
    for person in site.people:
        assert person.token not in log, f"the cookie of {person.name}"
    for secret in (PASSWORD, METRICS_TOKEN, site.config.secret_key.get_secret_value()):
        assert secret not in log
    bugs = [line[:900] for line in log.splitlines() if '"event": "bug"' in line]
    assert not bugs, bugs[:3]
    # Malformed packets end in the libraries, outside of all that is ours but the edge.
    places = re.findall(rf"{ROOT}/(indii/[\w/]+\.py)", log)
    assert set(places) <= {"indii/shell/http_middleware.py"}, set(places)
