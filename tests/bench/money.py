"""A payment's way to the download, and orders a second, against a plain transaction.

Ours: a verified event is stored, taken up, the network is asked and the order fulfilled: licenses,
downloads, ledger and news in one commit. The network answers at once here; what a real call to the
local Stripe takes is measured apart. The floor is pgbench's own transaction on the same server:
three updates, a question, an insert, one commit.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from indii.kernel.context import NOBODY, Actor
from indii.kernel.ids import new_id, new_token
from indii.kernel.runtime import Runtime
from indii.ports.payments import Checkout, CheckoutState, Fee, News, PaymentNews
from indii.store.checkout import commands as carts
from indii.store.checkout import queries as cart_queries
from indii.store.orders import flows
from indii.store.orders.commands import note_session
from indii.store.orders.queries import open_session
from tests.bench.report import Figures, Report
from tests.bench.stand import place
from tests.factories.catalog import make_recording
from tests.invariants import assert_books
from tests.serving import Site, serve

PAYMENTS, WARM_UP = 120, 10
BUYERS, SECONDS = 4, 20.0
RECORDINGS = 24


class Instant:
    """A payment network that knows every checkout and answers at once."""

    def __init__(self) -> None:
        self.amounts: dict[str, tuple[str, int]] = {}

    def checkout(self, ref: str) -> Checkout:
        order_id, amount = self.amounts[ref]
        return Checkout(
            ref, "", order_id, CheckoutState.COMPLETE, True, amount, "USD", f"pi_{ref}", ""
        )

    def fee(self, payment_ref: str) -> Fee | None:
        return None


def order(rt: Runtime, network: Instant, recordings: list[UUID], chance: random.Random) -> str:
    """A guest fills a cart, accepts its contracts and places the order; the checkout's name."""
    token = new_token()
    buyer = Actor(buyer=new_id().hex * 2, network="bench")
    wanted = chance.sample(recordings, 2)
    with rt.write(buyer) as ctx:
        for recording_id in wanted:
            carts.add_to_cart(ctx, token=token, recording_id=recording_id, tier="wav_lease")
        carts.name_licensee(ctx, token=token, name="Lena Moss", alias="LENA")
    with rt.read(buyer) as ctx:
        rows = cart_queries.cart_page(ctx, token).rows
    with rt.write(buyer) as ctx:
        for row in rows:
            carts.accept_contract(
                ctx, token=token, recording_id=UUID(row.recording_id), sha256=row.sha256
            )
    email = f"{new_id().hex}@example.com"
    with rt.write(buyer) as ctx:
        placed = carts.place_order(
            ctx, token=token, email=email, buyer_hash=buyer.buyer, fee_bps=800
        )
    ref = f"cs_{placed.order_id.hex}"
    with rt.write(buyer) as ctx:
        session = open_session(ctx.reading, placed.order_id)
        note_session(ctx, session_id=session.id, ref=ref, url="https://pay.example")
    network.amounts[ref] = (str(placed.order_id), sum(line.price_minor for line in session.lines))
    return ref


def news(ref: str) -> PaymentNews:
    """What a webhook says of a checkout, already verified."""
    return PaymentNews(
        f"evt_{ref}", "checkout.session.completed", News.CHECKOUT, ref, "", datetime.now(UTC)
    )


def pay(rt: Runtime, ref: str) -> float:
    """Milliseconds from the event to the files that can be downloaded."""
    began = time.perf_counter()
    flows.store_news(rt, NOBODY, news(ref))
    assert flows.work_inbox(rt) == 1
    return 1000 * (time.perf_counter() - began)


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
        ref = order(rt, network, recordings, chance)
        took, plain = pay(rt, ref), pgbench(floor_link, chance)
        if turn >= WARM_UP:
            ours.append(took)
            floor.append(plain)
    floor_link.close()
    mine, theirs = Figures.of(ours), Figures.of(floor)
    report.compare("p95: event to downloadable / pgbench", mine, theirs, at="p95", most=5.0)
    report.compare("median", mine, theirs)


def throughput(report: Report, site: Site, network: Instant, recordings: list[UUID]) -> None:
    """Buyers at once, each placing and paying one order after the other."""
    until = time.perf_counter() + SECONDS
    done = [0] * BUYERS

    def buy(number: int) -> None:
        chance = random.Random(number)
        while time.perf_counter() < until:
            ref = order(site.rt, network, recordings, chance)
            flows.learn(site.rt, session_ref=ref)
            done[number] += 1

    began = time.perf_counter()
    threads = [threading.Thread(target=buy, args=(n,)) for n in range(BUYERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(done) / (time.perf_counter() - began)
    figures = Figures.of([rate], "/s")
    report.limit("orders of two licenses a second, placed and paid", figures, least=100.0)
    assert_books(site.rt)
    report.note(f"{sum(done)} orders by {BUYERS} threads of one process; the books are right.")


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


def main() -> int:
    """Measure and report."""
    report = Report("money", "From a payment to the download, two licenses an order")
    asked = {"with_web": False, "has_payments": True, "is_durable": True}
    with place() as folder, serve(folder / "indii", **asked) as site:  # type: ignore[arg-type]
        producers = [
            site.person(f"Producer {name}", ["fan", "producer"]).actor for name in "ABCDEF"
        ]
        recordings = [
            make_recording(site.rt, producers[n % 6], title=f"Piece {n}",
                           prices={"mp3_lease": 2995, "wav_lease": 4995})
            for n in range(RECORDINGS)
        ]  # fmt: skip
        stripe_calls(report, site)
        network = Instant()
        site.rt.payments = network  # type: ignore[assignment]
        latency(report, site, network, recordings)
        throughput(report, site, network, recordings)
    report.note(
        f"{os.cpu_count()} cores; the server keeps its promises of durability off for both."
    )
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main())
