"""A site whose payment network runs on a server of its own, so that either can die alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from indii.kernel.context import NOBODY, SYSTEM
from indii.store.orders.enums import OrderStatus
from indii.store.orders.models import Order
from tests.factories.identity import make_admin, make_producer
from tests.integration.sandbox.serving import KEY, StripeSandbox, wait_until
from tests.paying import Buyer, Sale, Storefront
from tests.serving import Site, serve
from workers.registry import INBOUND_HANDLERS

# On a busy machine everything takes its time; nobody waits longer than needed.
SECONDS = 90.0


@contextmanager
def serve_beside_network(
    folder: Path, net: StripeSandbox, *, is_durable: bool = False
) -> Iterator[Site]:
    """A site whose webhooks come from the stand-in, which tells them twice a second till heard."""
    net.control("reset")
    net.control("knobs", retry_schedule_s=[0.5] * 200)
    events: Any = sorted(INBOUND_HANDLERS)
    endpoint = net.client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/webhooks/stripe", "enabled_events": events}
    )
    money: dict[str, Any] = {
        "stripe_key": KEY,
        "stripe_webhook_secret": endpoint.secret,
        "stripe_base_url": net.url,
        "platform_fee_bps": 1000,
        "seed_demo": False,
    }
    with serve(folder, is_durable=is_durable, **money) as site:
        net.client.v1.webhook_endpoints.update(endpoint.id, {"url": f"{site.url}/webhooks/stripe"})
        yield site


def buyers_side(site: Site, net: StripeSandbox) -> Storefront:
    """The buyer's side of that site; what happens behind is left to its own processes."""
    unused: Any = None
    producer = make_producer(site.rt, "Ash")
    return Storefront(site.rt, unused, net, unused, unused, producer, make_admin(site.rt))


def stranger(storefront: Storefront, name: str) -> Buyer:
    """A guest whom no other test has met."""
    buyer = storefront.guest(f"{name}@example.com")
    return replace(
        buyer,
        cart_token=f"cart-token-of-{name:_<20}",
        actor=replace(NOBODY, buyer=buyer.buyer_hash, network=name),
    )


def state(storefront: Storefront, sale: Sale) -> str:
    """Where an order stands."""
    with storefront.rt.read(SYSTEM) as ctx:
        order = ctx.db.get(Order, sale.order_id)
        assert order is not None
        return order.state


def wait_until_paid(storefront: Storefront, sale: Sale) -> None:
    """Wait until somebody has fulfilled the order."""
    wait_until(lambda: state(storefront, sale) == OrderStatus.PAID, "paid order", SECONDS)


def answers(net: StripeSandbox) -> list[str]:
    """What the site answered to webhooks, latest first."""
    return [d["answer"] for d in net.control("deliveries", "GET")["deliveries"]]
