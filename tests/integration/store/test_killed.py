"""Processes that are killed between the charge and the fulfilment: everybody gets theirs, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from indii.bootstrap import waker
from indii.catalog.recordings.enums import FileKind
from indii.identity.accounts.rules import BUYER_COOKIE
from indii.kernel import flash
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.ids import hash_token
from indii.kernel.inbox import InboundStatus
from indii.ops import processes
from indii.ops.postgres import EmbeddedPostgres
from indii.store.orders.enums import OrderStatus
from tests.factories.catalog import make_recording
from tests.integration.sandbox.serving import StripeSandbox, wait_until
from tests.integration.store.served import (
    SECONDS,
    answers,
    buyers_side,
    serve_beside_network,
    state,
    stranger,
    wait_until_paid,
)
from tests.invariants import assert_money
from tests.paying import Buyer, Sale, Storefront
from tests.serving import Site, start_web

ASKING = {"method": "GET", "path": "/v1/checkout/sessions/*"}
pytestmark = pytest.mark.slow


@dataclass
class Place:
    """A site, the network beside it, and the buyers' side."""

    site: Site
    net: StripeSandbox
    storefront: Storefront
    servers: list[EmbeddedPostgres] = field(default_factory=list)

    @contextmanager
    def buyer(self, name: str) -> Iterator[tuple[Sale, httpx.Client]]:
        """Somebody on the payment page, and the browser that they come back with."""
        token = f"token-of-the-browser-of-{name}"
        hashed = hash_token(token)
        known = stranger(self.storefront, name)
        who = replace(NOBODY, buyer=hashed, network=name)
        buyer = Buyer(who, known.email, known.cart_token, hashed)
        recording = make_recording(
            self.site.rt,
            self.storefront.producer,
            title=f"Drive of {name}",
            master=FileKind.MAIN_MP3,
        )
        sale = self.storefront.order(buyer, recording)
        with httpx.Client(base_url=self.site.url, timeout=15, trust_env=False) as browser:
            browser.cookies.set(BUYER_COOKIE, token)
            yield sale, browser

    def kill_web(self) -> None:
        """End the web process without a word."""
        assert self.site.web
        self.site.stop(self.site.web, signal.SIGKILL)

    def kill_workers(self) -> None:
        """End the worker and its children without a word; the clock ticks on."""
        found = [p for p in self.site.leftovers() if " worker " in processes.command_of(p)]
        assert found
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(processes.is_alive, found)), "end of the workers")

    def event(self, sale: Sale) -> tuple[str, int, bool] | None:
        """How the news of an order's payment stands: state, tries, whether somebody has it."""
        found = self._row(
            "SELECT e.state, j.tries, j.state = 'running' AND j.leased_until > now()"
            " FROM inbound_event e JOIN job j ON j.key = e.id::text"
            " WHERE e.payload->>'object' = :ref AND e.kind = 'checkout.session.completed'",
            ref=sale.ref,
        )
        return found[0] if found else None

    def _row(self, sql: str, **values: object) -> list[Any]:
        with self.site.rt.read(SYSTEM) as ctx:
            return [tuple(row) for row in ctx.db.execute(text(sql), values)]

    def is_delivered(self, sale: Sale, browser: httpx.Client) -> None:
        """Check that it was sold once, the books say so, and its file can be fetched."""
        assert state(self.storefront, sale) == OrderStatus.PAID
        assert_money(self.site.rt, was_killed=True)
        of_it = {"order": sale.order_id}
        sales = self._row("SELECT kind FROM ledger_transaction WHERE order_id = :order", **of_it)
        assert sales.count(("sale",)) == 1
        charges = self.net.client.v1.charges.list().data
        session = self.net.client.v1.checkout.sessions.retrieve(sale.ref)
        assert [c.payment_intent for c in charges].count(session.payment_intent) == 1
        [[permission]] = self._row(
            "SELECT p.id FROM download_permission p JOIN order_item i ON i.id = p.granted_for"
            " WHERE i.order_id = :order AND p.revoked_at IS NULL",
            **of_it,
        )
        sent = browser.get(f"/api/downloads/{permission}")
        assert sent.status_code == 303
        file = browser.get(sent.headers["location"])
        assert (file.status_code, len(file.content)) == (200, 16)
        assert self.said_on_return(browser, sale).startswith("Thank you.")

    def said_on_return(self, browser: httpx.Client, sale: Sale) -> str:
        """The notice that waits for somebody who comes back from the payment page."""
        answer = browser.get(f"/checkout/return?session={sale.ref}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/downloads")
        rt = self.site.rt
        said = flash.unsign(rt.site.secret, answer.cookies[flash.COOKIE], now=rt.clock())
        assert said is not None
        return said.notice

    def is_embedded(self, sale: Sale) -> bool:
        """Whether the news of the payment is worked off."""
        found = self.event(sale)
        return found is not None and found[0] == InboundStatus.DONE


@pytest.fixture(scope="module")
def standing(
    running_network: StripeSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Everything up; a database server that a test started anew ends with it."""
    net = running_network
    # What a database that is killed has confirmed must be there when it is back.
    with serve_beside_network(tmp_path_factory.mktemp("site"), net, is_durable=True) as site:
        made = Place(site, net, buyers_side(site, net))
        try:
            yield made
        finally:
            for server in made.servers:
                server.stop()


@pytest.fixture
def place(standing: Place) -> Iterator[Place]:
    """The same, with what a test before may have left in ruins set right."""
    web = standing.site.web
    if web is None or web.poll() is not None:
        start_web(standing.site)
    yield standing
    standing.net.control("faults", "DELETE")
    standing.net.control("knobs", hold=False, drop=0)


def paid(place: Place, sale: Sale) -> None:
    """Pay on the network's page: from here on the buyer is charged."""
    assert place.storefront.pay(sale) == "paid"


def test_the_web_is_killed_with_the_webhook_in_its_hands(place: Place) -> None:
    """It took the call and never answered; the network tells the next process."""
    site, net = place.site, place.net
    with place.buyer("ann") as (sale, browser):
        assert site.web
        for pid in (site.web.pid, *processes.descendants(site.web.pid)):
            os.kill(pid, signal.SIGSTOP)
        paid(place, sale)
        with pytest.raises(httpx.ReadTimeout):
            browser.get(f"/checkout/return?session={sale.ref}", timeout=1)
        place.kill_web()
        wait_until(lambda: any("200" not in said and said for said in answers(net)), "failure")
        assert state(place.storefront, sale) == OrderStatus.AWAITING_PAYMENT
        assert place.event(sale) is None
        start_web(site)
        with site.workers():
            wait_until_paid(place.storefront, sale)
            place.is_delivered(sale, browser)


def test_the_web_is_killed_while_the_buyer_comes_back(place: Place) -> None:
    """It had asked the network and not yet fulfilled; the buyer loads the page once more."""
    site, net = place.site, place.net
    net.control("knobs", hold=True)
    with place.buyer("bo") as (sale, browser), ThreadPoolExecutor(1) as elsewhere:
        paid(place, sale)
        net.control("faults", kind="hang", seconds=60, times=2, **ASKING)
        coming = elsewhere.submit(browser.get, f"/checkout/return?session={sale.ref}")
        wait_until(
            lambda: [f["times"] for f in net.control("faults", "GET")["waiting"]] == [1], "question"
        )
        place.kill_web()
        with pytest.raises(httpx.TransportError):
            coming.result(20)
        net.control("faults", "DELETE")
        assert state(place.storefront, sale) == OrderStatus.AWAITING_PAYMENT
        start_web(site)
        assert place.said_on_return(browser, sale).startswith("Thank you.")
        place.is_delivered(sale, browser)
        net.control("webhooks/release")
        with site.workers():
            wait_until(lambda: place.is_embedded(sale), "webhook worked off", SECONDS)
            place.is_delivered(sale, browser)


def test_no_webhook_ever_comes_and_the_web_is_dead(place: Place) -> None:
    """The worker looks for itself what it was not told."""
    site, net = place.site, place.net
    with place.buyer("cy") as (sale, browser):
        place.kill_web()
        net.control("knobs", drop=-1)
        paid(place, sale)
        net.control("knobs", drop=0)
        with site.workers():
            # By the clock this comes once a minute.
            waker(site.config.redis()).send_task("indii.reconcile", queue="default")
            wait_until_paid(place.storefront, sale)
        start_web(site)
        place.is_delivered(sale, browser)


def test_the_worker_is_killed_in_the_middle_of_an_event(place: Place) -> None:
    """The event is taken up by the next one, as soon as the lease of the first is over."""
    site, net = place.site, place.net
    with place.buyer("di") as (sale, browser):
        net.control("faults", kind="hang", seconds=60, times=4, **ASKING)
        with site.workers():
            paid(place, sale)
            wait_until(lambda: place.event(sale) == ("waiting", 1, True), "claim", SECONDS)
            place.kill_workers()
        net.control("faults", "DELETE")
        assert state(place.storefront, sale) == OrderStatus.AWAITING_PAYMENT
        assert place.event(sale) == ("waiting", 1, True)
        with site.workers():
            # What was sent meanwhile is worked off; what is leased is nobody's.
            with place.buyer("ed") as (other, elsewhere):
                paid(place, other)
                wait_until_paid(place.storefront, other)
                place.is_delivered(other, elsewhere)
            assert place.event(sale) == ("waiting", 1, True)
            with site.rt.write(SYSTEM) as ctx:
                # The lease is two minutes; this is the moment when they are over.
                ctx.db.execute(text("UPDATE job SET leased_until = now() WHERE state = 'running'"))
            wait_until_paid(place.storefront, sale)
        assert place.event(sale) == ("done", 2, False)
        place.is_delivered(sale, browser)


def test_the_database_is_killed_before_the_webhook_comes(place: Place) -> None:
    """Nothing is kept, so nothing is confirmed; the network tells it again until it is heard."""
    site, net = place.site, place.net
    server = EmbeddedPostgres(site.state_dir)
    with place.buyer("fay") as (sale, browser), site.workers():
        postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: not answers_at_all(site), "silence of the database")
        paid(place, sale)
        wait_until(lambda: answers(net)[0] == "503", "webhook answered 503", SECONDS)
        assert "do not pay again" in place.said_on_return(browser, sale)
        place.servers.append(server)
        server.start()
        site.rt.engine.dispose()
        wait_until_paid(place.storefront, sale)
        wait_until(lambda: place.is_embedded(sale), "webhook worked off", SECONDS)
        place.is_delivered(sale, browser)


def answers_at_all(site: Site) -> bool:
    """Whether the database takes a question."""
    try:
        with site.rt.read(SYSTEM) as ctx:
            ctx.db.execute(text("SELECT 1"))
    except OperationalError:
        return False
    return True
