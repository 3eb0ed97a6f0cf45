"""The served site of this folder and the world on it; each file gets one of its own at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.security.tables import Tables
from tests.security.world import World
from tests.serving import BROWSER, Site, exported_frontend, serve


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real installation with exported pages and no workers: nothing happens by itself."""
    pages = exported_frontend()
    with serve(tmp_path_factory.mktemp("site"), pages=pages) as served:
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
