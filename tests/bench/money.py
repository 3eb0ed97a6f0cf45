"""A payment's way to the download, and orders a second, against a plain transaction.

Ours: a verified event is stored, taken up, the network is asked and the order fulfilled: licenses,
downloads, ledger and news in one commit. The network answers at once here; what a real call to the
local Stripe takes is measured apart. The floor is pgbench's own transaction on the same server:
three updates, a question, an insert, one commit. Both wait for the disk.

Orders a second: processes of their own place the orders of carts that were filled before, and
fulfil them. `python -m tests.bench.money NUMBER CARTS` is one of these buyers.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select
from sqlmodel import col

from indii.catalog.access.models import DownloadPermission
from indii.catalog.recordings.models import Recording
from indii.kernel.context import NOBODY, SYSTEM, Actor
from indii.kernel.ids import new_id, new_token
from indii.kernel.inbox import INBOUND
from indii.kernel.runtime import Runtime
from indii.ports.payments import Checkout, CheckoutStatus, Fee, PaymentEvent
from indii.store.checkout import commands as checkout
from indii.store.licenses import commands as carts
from indii.store.licenses import queries as cart_queries
from indii.store.orders import flows
from indii.store.orders.commands import record_session
from indii.store.orders.models import OrderItem
from indii.store.orders.queries import open_session
from tests.bench.report import Figures, Report
from tests.bench.stand import place
from tests.factories.catalog import make_recording
from tests.invariants import assert_ledger
from tests.runtime import ROOT
from tests.serving import Site, serve
from workers.queue import drain_queue
from workers.registry import load_rooms

PAYMENTS, WARM_UP = 120, 10
THROUGH = 40
BUYERS, CARTS = 2, 400
RECORDINGS = 24


class Instant:
    """A payment network that knows every checkout and answers at once."""

    def __init__(self) -> None:
        self.amounts: dict[str, tuple[str, int]] = {}

    def checkout(self, ref: str) -> Checkout:
        order_id, amount = self.amounts[ref]
        return Checkout(
            ref, "", order_id, CheckoutStatus.COMPLETE, True, amount, "USD", f"pi_{ref}", ""
        )

    def fee(self, payment_ref: str) -> Fee | None:
        return None


@dataclass(frozen=True)
class Filled:
    """A guest with a cart that can be paid."""

    buyer: Actor
    token: str


def fill(rt: Runtime, recordings: Sequence[UUID], chance: random.Random) -> Filled:
    """A guest chooses two licenses, says who takes them and accepts the contracts."""
    token = new_token()
    buyer = Actor(buyer=new_id().hex * 2, network="bench")
    with rt.write(buyer) as ctx:
        for recording_id in chance.sample(recordings, 2):
            carts.add_to_cart(ctx, token=token, recording_id=recording_id, tier="wav_lease")
        carts.name_licensee(ctx, token=token, name="Lena Moss", alias="LENA")
    with rt.read(buyer) as ctx:
        rows = cart_queries.cart_page(ctx, token).rows
    with rt.write(buyer) as ctx:
        for row in rows:
            carts.accept_contract(
                ctx, token=token, recording_id=UUID(row.recording_id), sha256=row.sha256
            )
    return Filled(buyer, token)


def order(rt: Runtime, network: Instant, filled: Filled) -> str:
    """The order is placed and its checkout opened; the checkout's name."""
    email = f"{new_id().hex}@example.com"
    with rt.write(filled.buyer) as ctx:
        placed = checkout.place_order(
            ctx, token=filled.token, email=email, buyer_hash=filled.buyer.buyer
        )
    ref = f"cs_{placed.order_id.hex}"
    with rt.read(filled.buyer) as ctx:
        session = open_session(ctx, placed.order_id)
    with rt.write(filled.buyer) as ctx:
        record_session(ctx, session_id=session.id, ref=ref, url="https://pay.example")
    network.amounts[ref] = (str(placed.order_id), sum(line.price_minor for line in session.lines))
    return ref


def news(ref: str) -> PaymentEvent:
    """What a webhook says of a checkout, already verified."""
    return PaymentEvent(f"evt_{ref}", "checkout.session.completed", ref, "", datetime.now(UTC))


def pay(rt: Runtime, ref: str) -> float:
    """Milliseconds from the event to the files that can be downloaded."""
    began = time.perf_counter()
    flows.store_event(rt, NOBODY, news(ref))
    while True:
        # What the local Stripe told late may be worked first.
        assert drain_queue(rt, [INBOUND], limit=1) == 1, "nothing can be downloaded"
        took = 1000 * (time.perf_counter() - began)
        if _is_downloadable(rt, UUID(hex=ref.removeprefix("cs_"))):
            return took


def pgbench(connection: psycopg.Connection, chance: random.Random) -> float:
    """Milliseconds of one TPC-B-like transaction, as pgbench's built-in script has it."""
    account, teller, delta = chance.randrange(1, 100_001), chance.randrange(1, 11), 7
    began = time.perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("UPDATE pgb_accounts SET bal = bal + %s WHERE id = %s", (delta, account))
        cursor.execute("SELECT bal FROM pgb_accounts WHERE id = %s", (account,))
        cursor.execute("UPDATE pgb_tellers SET bal = bal + %s WHERE id = %s", (delta, teller))
        cursor.execute("UPDATE pgb_branches SET bal = bal + %s WHERE id = 1", (delta,))
        cursor.execute(
            "INSERT INTO pgb_history VALUES (%s, 1, %s, %s, now())", (teller, account, delta)
        )
    return 1000 * (time.perf_counter() - began)


def prepare(dsn: str) -> psycopg.Connection:
    """Make pgbench's tables, at scale one."""
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute("""
        CREATE TABLE pgb_accounts AS SELECT g AS id, 0 AS bal FROM generate_series(1, 100000) g;
        ALTER TABLE pgb_accounts ADD PRIMARY KEY (id);
        CREATE TABLE pgb_tellers AS SELECT g AS id, 0 AS bal FROM generate_series(1, 10) g;
        ALTER TABLE pgb_tellers ADD PRIMARY KEY (id);
        CREATE TABLE pgb_branches AS SELECT 1 AS id, 0 AS bal;
        ALTER TABLE pgb_branches ADD PRIMARY KEY (id);
        CREATE TABLE pgb_history (tid int, bid int, aid int, delta int, at timestamptz)""")
    return connection


def latency(report: Report, site: Site, network: Instant, recordings: list[UUID]) -> None:
    """One payment after the other, a plain transaction after each."""
    chance, rt = random.Random(1), site.rt
    floor_link = prepare(site.database_url)
    ours, floor = [], []
    for turn in range(PAYMENTS + WARM_UP):
        ref = order(rt, network, fill(rt, recordings, chance))
        took, plain = pay(rt, ref), pgbench(floor_link, chance)
        if turn >= WARM_UP:
            ours.append(took)
            floor.append(plain)
    floor_link.close()
    mine, theirs = Figures.of(ours), Figures.of(floor)
    report.compare("p95: event to downloadable / pgbench", mine, theirs, at="p95", most=5.0)
    report.compare("median", mine, theirs)


def buy(number: int, count: int) -> int:
    """Be one buyer's process: fill the carts, wait for the word, place and pay; say how long."""
    from indii.bootstrap import make_runtime

    rt, network, chance = make_runtime(pool_size=2), Instant(), random.Random(number)
    rt.payments = network  # type: ignore[assignment]
    with rt.read(SYSTEM) as ctx:
        recordings = ctx.db.scalars(select(col(Recording.id)).order_by(col(Recording.id)))
    filled = [fill(rt, recordings, chance) for _ in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for one in filled:
        flows.sync_checkout(rt, session_ref=order(rt, network, one))
    print(time.perf_counter() - began, flush=True)
    return 0


def throughput(report: Report, site: Site) -> None:
    """Buyers at once, each a process that places and pays one order after the other."""
    argv = [sys.executable, "-m", "tests.bench.money"]
    running = [
        subprocess.Popen(
            [*argv, str(number), str(CARTS)], env=site.env, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(BUYERS)
    ]  # fmt: skip
    for one in running:
        _next_line(one)
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    slowest = max(float(_next_line(one)) for one in running)
    assert [one.wait(10) for one in running] == [0] * BUYERS
    figures = Figures.of([BUYERS * CARTS / slowest], "/s")
    report.limit("orders of two licenses a second, placed and paid", figures, least=100.0)
    assert_ledger(site.rt)
    report.note(f"{BUYERS * CARTS} orders by {BUYERS} processes; the books are right.")


def _next_line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline()


def stripe_calls(report: Report, site: Site) -> None:
    """What the local Stripe takes to open a checkout and to say how it stands."""
    from indii.ports.payments import CheckoutLine, CheckoutRequest

    opened, asked = [], []
    for turn in range(40):
        request = CheckoutRequest(
            key=f"bench:{turn}", order_id=str(new_id()), currency="USD",
            lines=[CheckoutLine("Rust", "WAV lease", 4995)], email="lena@example.com",
            success_url="http://localhost/done", cancel_url="http://localhost/cart",
            expires_at=datetime.fromtimestamp(time.time() + 1900, UTC), allows_delayed=True,
        )  # fmt: skip
        began = time.perf_counter()
        made = site.rt.payments.open_checkout(request)
        between = time.perf_counter()
        site.rt.payments.checkout(made.ref)
        opened.append(1000 * (between - began))
        asked.append(1000 * (time.perf_counter() - between))
    report.limit("apart: local Stripe opens a checkout", Figures.of(opened[5:]))
    report.limit("apart: local Stripe says how one stands", Figures.of(asked[5:]))


def through(report: Report, site: Site, recordings: Sequence[UUID]) -> None:
    """Everything in earnest: the buyer pays at the local Stripe, its webhook comes to the web

    process, Celery wakes, the worker asks back and fulfils. From the click to the files.
    """
    chance, took = random.Random(2), []
    with site.workers():
        for _ in range(THROUGH):
            filled = fill(site.rt, recordings, chance)
            with site.rt.write(filled.buyer) as ctx:
                placed = checkout.place_order(
                    ctx, token=filled.token, email=f"{new_id().hex}@example.com",
                    buyer_hash=filled.buyer.buyer,
                )  # fmt: skip
            flows.open_checkout(site.rt, filled.buyer, order_id=placed.order_id)
            with site.rt.read(filled.buyer) as ctx:
                ref = open_session(ctx, placed.order_id).ref
            address = f"{site.sandbox_url}/_sandbox/pay/{ref}"
            asked = urllib.request.Request(address, b"{}", {"Content-Type": "application/json"})
            began = time.perf_counter()
            with urllib.request.urlopen(asked, timeout=30) as answer:
                answer.read()
            while not _is_downloadable(site.rt, placed.order_id):
                assert time.perf_counter() - began < 30, "nothing can be downloaded"
                time.sleep(0.001)
            took.append(1000 * (time.perf_counter() - began))
    report.limit("click at the local Stripe to files, by web and worker", Figures.of(took[5:]))


def _is_downloadable(rt: Runtime, order_id: UUID) -> bool:
    with rt.read(SYSTEM) as ctx:
        found = ctx.db.scalar(
            select(col(DownloadPermission.id))
            .join(OrderItem, col(OrderItem.id) == col(DownloadPermission.granted_for))
            .where(col(OrderItem.order_id) == order_id)
            .limit(1)
        )
    return found is not None


def main() -> int:
    """Measure and report."""
    load_rooms()
    report = Report("money", "From a payment to the download, two licenses an order")
    asked: dict[str, Any] = {"has_payments": True, "is_durable": True}
    with place() as folder, serve(folder / "indii", **asked) as site:
        producers = [
            site.person(f"Producer {name}", ["fan", "producer"]).actor for name in "ABCDEF"
        ]
        recordings = [
            make_recording(site.rt, producers[n % 6], title=f"Piece {n}",
                           prices={"mp3_lease": 2995, "wav_lease": 4995})
            for n in range(RECORDINGS)
        ]  # fmt: skip
        stripe_calls(report, site)
        through(report, site, recordings)
        network = Instant()
        site.rt.payments = network  # type: ignore[assignment]
        latency(report, site, network, recordings)
        throughput(report, site)
    report.note(f"{os.cpu_count()} cores for database, buyers and everything else.")
    return report.done()


if __name__ == "__main__":
    sys.exit(buy(int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 1 else 0 * main())
