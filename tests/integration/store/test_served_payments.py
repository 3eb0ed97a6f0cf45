"""Web process, workers, broker and network as they run in earnest: a payment finds its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from indii.adapters.payments.stripe import WANTED_EVENTS
from indii.kernel.context import NOBODY, SYSTEM
from indii.store.orders.enums import OrderState
from indii.store.orders.models import Order
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_producer
from tests.integration.sandbox.serving import KEY, StripeSandbox, wait_until
from tests.paying import Sale, Till
from tests.serving import Site, serve

SECONDS = 30.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(
    running_network: StripeSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, StripeSandbox]]:
    """A site whose webhooks come from the stand-in."""
    net = running_network
    net.control("reset")
    net.control("knobs", retry_schedule_s=[0.5] * 40)
    events: Any = list(WANTED_EVENTS)
    endpoint = net.client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/webhooks/stripe", "enabled_events": events}
    )
    money = {
        "stripe_key": KEY,
        "stripe_webhook_secret": endpoint.secret,
        "stripe_base_url": net.url,
        "platform_fee_bps": 1000,
        "seed_demo": False,
    }
    with serve(tmp_path_factory.mktemp("site"), **money) as site:
        net.client.v1.webhook_endpoints.update(endpoint.id, {"url": f"{site.url}/webhooks/stripe"})
        yield site, net


@pytest.fixture
def shop(place: tuple[Site, StripeSandbox]) -> Till:
    """The buyer's side of that site; what happens behind is left to its own processes."""
    site, net = place
    unused: Any = None
    producer = make_producer(site.rt, "Ash")
    return Till(site.rt, unused, net, unused, unused, producer, make_admin(site.rt))


def state(till: Till, sale: Sale) -> str:
    """Where an order stands."""
    with till.rt.read(SYSTEM) as ctx:
        order = ctx.db.get(Order, sale.order_id)
        assert order is not None
        return order.state


def stranger(till: Till, name: str) -> Any:
    """A guest whom no other test has met."""
    buyer = till.guest(f"{name}@example.com")
    return replace(
        buyer,
        cart_token=f"cart-token-of-{name:_<20}",
        actor=replace(NOBODY, buyer=buyer.buyer_hash, network=name),
    )


def answers(net: StripeSandbox) -> list[str]:
    """What the site answered to webhooks, latest first."""
    return [d["answer"] for d in net.control("deliveries", "GET")["deliveries"]]


def test_a_webhook_wakes_a_worker_that_fulfils(
    place: tuple[Site, StripeSandbox], shop: Till
) -> None:
    site, net = place
    recording = make_recording(site.rt, shop.producer, title="Night Drive")
    sale = shop.order(stranger(shop, "ann"), recording)
    with site.workers():
        assert shop.pay(sale) == "paid"
        wait_until(lambda: state(shop, sale) == OrderState.PAID, "paid order", SECONDS)
    assert "200" in answers(net)


def test_while_the_database_is_away_the_network_tells_it_again(
    place: tuple[Site, StripeSandbox], shop: Till
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
        wait_until(lambda: state(shop, sale) == OrderState.PAID, "paid order", SECONDS)


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
