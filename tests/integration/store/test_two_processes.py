"""Two web processes and a crowd: the exclusive license of a recording is paid for once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel import flash
from indii.store.licenses.models import LicenseLine
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold
from indii.store.orders.enums import OrderStatus, SessionStatus
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.trust.refunds.models import Refund
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_producer
from tests.integration.sandbox.serving import StripeSandbox
from tests.invariants import assert_money
from tests.paying import Buyer, Storefront
from tests.serving import Site, serve, start_second_web
from workers.queue import drain_queue

CROWD = 20
ROUNDS = 3
PRICES = {"mp3_lease": 2995, "exclusive": 50_000}
CARD = {
    "method": "card", "number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123",
    "name": "Jo Lane",
}  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[str], Storefront]]:
    """A site of two web processes, their addresses, and the buyers' side of it."""
    # Every buyer has an address of their own, as behind a balancer.
    changes: Any = {"has_payments": True, "platform_fee_bps": 1000, "trusted_proxy_hops": 1}
    with serve(tmp_path_factory.mktemp("site"), **changes) as site:
        second = start_second_web(site)
        net = StripeSandbox(urlsplit(site.sandbox_url).port or 0, {}, Path())
        unused: Any = None
        producer = make_producer(site.rt, "Ash")
        storefront = Storefront(site.rt, unused, net, unused, unused, producer, make_admin(site.rt))
        # One name for both, as a browser knows a site by.
        yield site, [site.config.url, second.replace("127.0.0.1", "localhost")], storefront
        net.close()


def ready(storefront: Storefront, recording: UUID) -> Buyer:
    """Somebody whose finger is on the button."""
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, recording, "exclusive")
    storefront.accept_contracts(buyer)
    return buyer


class Browser:
    """What a buyer pays with: their cookies, and whichever process answers them."""

    def __init__(self, site: Site, buyer: Buyer, process: str, address: str) -> None:
        self.site, self.buyer = site, buyer
        headers = {"origin": site.config.url, "x-forwarded-for": address}
        self.http = httpx.Client(base_url=process, headers=headers, timeout=30, trust_env=False)
        self.http.cookies.set("indii_cart", buyer.cart_token)
        assert self.http.get("/ping").status_code == 200  # the line is open before it counts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def press(self) -> httpx.Response:
        """Send the form that leads to the payment."""
        return self.http.post("/checkout", data={"email": self.buyer.email})

    def refusal(self, answer: httpx.Response) -> str:
        """What the cart says to somebody who was sent back to it."""
        assert (answer.status_code, answer.headers["location"]) == (303, "/cart")
        said = flash.unsign(
            self.site.rt.site.secret, answer.cookies[flash.COOKIE], now=self.site.rt.clock()
        )
        assert said is not None
        assert said.values == {"email": self.buyer.email}
        return said.errors["form"]

    def pay(self, way: str) -> str:
        """Pay on the network's page and come back; where that ended."""
        page = self.http.get(way)
        assert "TEST PAYMENTS" in page.text
        left = self.http.post(way, data=CARD)
        assert left.status_code == 303
        back = left.headers["location"]
        assert back.startswith(f"{self.site.config.url}/checkout/return")
        return self.http.get(back).headers["location"]


def all_at_once(browsers: list[Browser]) -> list[httpx.Response]:
    """Everybody presses in the same moment; their answers in the browsers' order."""
    barrier = threading.Barrier(len(browsers))

    def press(browser: Browser) -> httpx.Response:
        barrier.wait(20)
        return browser.press()

    with ThreadPoolExecutor(len(browsers)) as crowd:
        return list(crowd.map(press, browsers))


def leads_to(answer: httpx.Response) -> str:
    """The payment page that an answer leads to, "" when it leads to none."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    return found.group(1) if answer.status_code == 200 and found else ""


def orders_of(storefront: Storefront, recording: UUID) -> list[Order]:
    """Every order that was ever placed for a recording."""
    of_it = (
        select(col(OrderItem.order_id))
        .join(LicenseLine, col(LicenseLine.order_item_id) == col(OrderItem.id))
        .where(col(LicenseLine.recording_id) == recording)
    )
    return list(storefront.rows(select(Order).where(col(Order.id).in_(of_it))))


def holds_of(storefront: Storefront, recording: UUID) -> list[str]:
    """What became of every hold of a recording."""
    wanted = col(ExclusiveHold.recording_id) == recording
    return list(storefront.rows(select(col(ExclusiveHold.state)).where(wanted)))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_twenty_buyers_at_two_processes_one_pays(
    place: tuple[Site, list[str], Storefront], turn: int
) -> None:
    """Nineteen are told so in words, nobody is charged in vain, nothing is given back."""
    site, processes, storefront = place
    recording = make_recording(site.rt, storefront.producer, title=f"Night {turn}", prices=PRICES)
    sold = len(storefront.net.client.v1.charges.list().data)
    with ExitStack() as stack:
        browsers = [
            stack.enter_context(
                Browser(site, ready(storefront, recording), processes[n % 2], f"192.0.2.{n + 1}")
            )
            for n in range(CROWD)
        ]
        answers = all_at_once(browsers)
        assert sorted(a.status_code for a in answers) == [200] + [303] * (CROWD - 1)
        refusals = {
            browser.refusal(answer)
            for browser, answer in zip(browsers, answers, strict=True)
            if answer.status_code == 303
        }
        [said] = refusals
        assert said.startswith("Somebody else is paying for the exclusive license of Night")
        assert "Nothing was charged." in said
        [order] = orders_of(storefront, recording)
        assert order.state == OrderStatus.AWAITING_PAYMENT
        assert holds_of(storefront, recording) == [HoldStatus.HELD]
        assert len(storefront.net.client.v1.charges.list().data) == sold
        sessions = storefront.net.client.v1.checkout.sessions.list().data
        assert [s.client_reference_id for s in sessions if s.status == "open"] == [str(order.id)]

        [winner] = [n for n, answer in enumerate(answers) if answer.status_code == 200]
        assert browsers[winner].pay(leads_to(answers[winner])) == "/downloads"
        # Whoever tries once more hears that it is gone for good.
        late = browsers[winner - 1]
        assert "no longer offered" in late.refusal(late.press())
    assert storefront.net.control("webhooks/drain")["drained"]
    settle(site, storefront)
    [order] = orders_of(storefront, recording)
    assert order.state == OrderStatus.PAID
    assert holds_of(storefront, recording) == [HoldStatus.SOLD]
    assert len(storefront.net.client.v1.charges.list().data) == sold + 1
    assert storefront.net.client.v1.refunds.list().data == []
    assert storefront.rows(select(Refund)) == []
    assert_money(site.rt)


def settle(site: Site, storefront: Storefront) -> None:
    """Work off what was told, and what follows from it."""

    drain_queue(site.rt, ["inbound"])
    storefront.work()


def test_one_cart_pressed_in_eight_windows_is_one_order(
    place: tuple[Site, list[str], Storefront],
) -> None:
    """Whichever process each window speaks with, all are sent to the same payment page."""
    site, processes, storefront = place
    recording = make_recording(site.rt, storefront.producer, title="Eight windows", prices=PRICES)
    buyer = ready(storefront, recording)
    with ExitStack() as stack:
        windows = [
            stack.enter_context(Browser(site, buyer, processes[n % 2], "192.0.2.200"))
            for n in range(8)
        ]
        for window in windows:
            window.http.cookies.set("indii_buyer", "token-of-one-browser-with-eight-windows")
        answers = all_at_once(windows)
        assert {leads_to(answer) for answer in answers} == {leads_to(answers[0])}
        assert leads_to(answers[0]).startswith(site.sandbox_url)
        [order] = orders_of(storefront, recording)
        wanted = col(PaymentSession.order_id) == order.id
        assert [s.state for s in storefront.rows(select(PaymentSession).where(wanted))] == [
            SessionStatus.OPEN
        ]
        assert holds_of(storefront, recording) == [HoldStatus.HELD]
        assert windows[0].pay(leads_to(answers[0])) == "/downloads"
    settle(site, storefront)
    assert [o.state for o in orders_of(storefront, recording)] == [OrderStatus.PAID]
    assert_money(site.rt)
