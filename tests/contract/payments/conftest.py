"""Both payment ports over the local stand-in, and over Stripe itself where there is a test key."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from indii.adapters.payments.stripe import StripeConfig, StripePayments
from indii.ports.payments import (
    Checkout,
    CheckoutLine,
    CheckoutRequest,
    PaymentEvent,
    RefundRequest,
)
from tests.integration.sandbox.serving import KEY, Shop, StripeSandbox
from tests.paying import network, running_network
from workers.registry import INBOUND_HANDLERS

__all__ = ["network", "running_network"]

KINDS = sorted(INBOUND_HANDLERS)

CARD, DEBIT_GOOD, DEBIT_BAD = "4242424242424242", "000123456789", "000222222227"
# Read before every test's own environment is emptied.
REAL_KEY = os.environ.get("INDII_STRIPE_TEST_KEY", "")
NO_KEY = "set INDII_STRIPE_TEST_KEY to a test key of Stripe to run this against Stripe itself"


@dataclass
class World:
    """The ports, and what a buyer, a bank and the network's own people do behind them."""

    port: StripePayments
    secret: str
    is_real: bool = False
    net: StripeSandbox | None = None
    shop: Shop | None = None

    def request(self, *amounts: int, **changes: Any) -> CheckoutRequest:
        """What a checkout is asked for with."""
        order_id = str(uuid.uuid4())
        return CheckoutRequest(
            **{
                "key": f"order:{order_id}:session:1",
                "order_id": order_id,
                "currency": "USD",
                "lines": [
                    CheckoutLine(f"Night Drive {n}", "WAV lease · Ash", amount)
                    for n, amount in enumerate(amounts or (1200,))
                ],
                "email": "ann@example.com",
                "success_url": "https://shop.example/back?s={CHECKOUT_SESSION_ID}",
                "cancel_url": "https://shop.example/cart",
                "expires_at": datetime.now(UTC) + timedelta(minutes=31),
                "allows_delayed": True,
                **changes,
            }
        )

    def opened(self, *amounts: int, **changes: Any) -> Checkout:
        """An open checkout."""
        return self.port.open_checkout(self.request(*amounts, **changes))

    def pay(self, checkout: Checkout, **how: Any) -> None:
        """Pay on the hosted page."""
        if self.net is None:
            pytest.skip("nobody pays on Stripe's own page here")
        self.net.control(f"pay/{checkout.ref}", **(how or {"card": CARD}))

    def paid(self, *amounts: int, **how: Any) -> Checkout:
        """A paid checkout as the port tells of it."""
        checkout = self.opened(*amounts)
        self.pay(checkout, **how)
        return self.port.checkout(checkout.ref)

    def control(self, route: str, **body: Any) -> Any:
        """Turn a knob of the stand-in."""
        if self.net is None:
            pytest.skip("Stripe has no such knob")
        return self.net.control(route, **body)

    def payment(self, amount: int = 1200, **how: Any) -> str:
        """The network's name of a payment that went through."""
        if self.net is not None:
            return self.paid(amount, **how).payment_ref
        if how:
            pytest.skip("these cards are for the hosted page only")
        client = stripe.StripeClient(REAL_KEY)
        params: Any = {
            "amount": amount,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
        return client.v1.payment_intents.create(params).id

    def refund(self, payment_ref: str, amount: int, **changes: Any) -> RefundRequest:
        """What money is given back with."""
        refund_id = str(uuid.uuid4())
        values = {
            "key": f"refund:{refund_id}",
            "refund_id": refund_id,
            "payment_ref": payment_ref,
            "amount_minor": amount,
            "currency": "USD",
        }
        return RefundRequest(**values | changes)

    def news(self, since: datetime, within_s: float = 10.0) -> Sequence[PaymentEvent]:
        """What happened since then, once there is any of it."""
        until = time.monotonic() + within_s
        while not (found := self.port.since(since, KINDS)) and time.monotonic() < until:
            time.sleep(0.3)
        return found


@pytest.fixture(params=["sandbox", pytest.param("stripe", marks=pytest.mark.real_stripe)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The ports, local or real."""
    if request.param == "stripe":
        if not REAL_KEY:
            pytest.skip(NO_KEY)
        port = StripePayments(StripeConfig(REAL_KEY, ("whsec_of_this_test",)))
        yield World(port, "whsec_of_this_test", is_real=True)
        port.close()
        return
    net: StripeSandbox = request.getfixturevalue("network")
    shop = Shop()
    endpoint = net.client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": KINDS}  # type: ignore[typeddict-item]
    )
    assert endpoint.secret
    port = StripePayments(StripeConfig(KEY, (endpoint.secret,), net.url))
    yield World(port, endpoint.secret, net=net, shop=shop)
    port.close()
    shop.close()
