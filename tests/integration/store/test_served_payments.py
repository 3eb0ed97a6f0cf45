"""Web process, workers, broker and network as they run in earnest: a payment finds its order."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.factories.catalog import make_recording
from tests.integration.sandbox.serving import StripeSandbox, wait_until
from tests.integration.store.served import (
    SECONDS,
    answers,
    buyers_side,
    serve_beside_network,
    stranger,
    wait_until_paid,
)
from tests.paying import Storefront
from tests.serving import Site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(
    running_network: StripeSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, StripeSandbox]]:
    """A site whose webhooks come from the stand-in."""
    with serve_beside_network(tmp_path_factory.mktemp("site"), running_network) as site:
        yield site, running_network


@pytest.fixture
def shop(place: tuple[Site, StripeSandbox]) -> Storefront:
    """The buyer's side of that site."""
    return buyers_side(*place)


def test_a_webhook_wakes_a_worker_that_fulfils(
    place: tuple[Site, StripeSandbox], shop: Storefront
) -> None:
    site, net = place
    recording = make_recording(site.rt, shop.producer, title="Night Drive")
    sale = shop.order(stranger(shop, "ann"), recording)
    with site.workers():
        assert shop.pay(sale) == "paid"
        wait_until_paid(shop, sale)
    assert "200" in answers(net)


def test_while_the_database_is_away_the_network_tells_it_again(
    place: tuple[Site, StripeSandbox], shop: Storefront
) -> None:
    site, net = place
    recording = make_recording(site.rt, shop.producer, title="Cold Harbour")
    sale = shop.order(stranger(shop, "bo"), recording)
    site.rt.engine.dispose()
    away(site.database_url, is_away=True)
    try:
        net.control(f"pay/{sale.ref}")
        wait_until(lambda: "503" in answers(net), "webhook answered 503", SECONDS)
    finally:
        away(site.database_url, is_away=False)
    with site.workers():
        wait_until_paid(shop, sale)


def away(url: str, *, is_away: bool) -> None:
    """Close the database to everybody who is not in it already, and show those the door."""
    server, _, options = url.partition("?")
    name = server.rpartition("/")[2]
    elsewhere = f"{server.rpartition('/')[0]}/postgres?{options}"
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {not is_away}')  # type: ignore[arg-type]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


def test_nobody_forges_a_webhook_at_the_real_door(place: tuple[Site, StripeSandbox]) -> None:
    import httpx

    site, _ = place
    url = f"{site.url}/webhooks/stripe"
    with httpx.Client(trust_env=False) as client:
        for headers in ({}, {"stripe-signature": "t=1,v1=0"}):
            assert client.post(url, content=b"{}", headers=headers).status_code == 400
        assert client.post(url, content=b"x" * 1_100_000).status_code == 413
        assert client.get(url).status_code in {404, 405}
