"""Whatever order news comes in, however often and however late: the same books.

Nine orders are driven through the stand-in once and every answer of the network is noted, moment
by moment. Then the same story is told again and again to the product: news shuffled, doubled,
late or lost, workers and buyers in between at random. Six of a thousand ways a day,
`make test-all` takes all of them, `INDII_TEST_SEEDS=40` the first forty.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.runtime import Runtime
from indii.ports.payments import (
    Checkout,
    CheckoutStatus,
    Fee,
    PaymentEvent,
    ProviderRefund,
    ProviderRefundStatus,
    RefundRequest,
)
from indii.store.orders import flows
from indii.store.orders.enums import OrderStatus
from indii.trust.refunds.commands import request_refund
from indii.trust.refunds.flows import sweep_refunds
from tests.extent import WHOLE, some
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from tests.invariants import assert_money
from tests.paying import Sale, Storefront, without_triggers
from workers.registry import INBOUND_HANDLERS

ASKED = os.environ.get("INDII_TEST_SEEDS")
SEEDS = list(range(int(ASKED))) if ASKED else some(range(1000), 6, "orders of news")
# So that several processes share a thousand: `pytest -n 2 --dist load`.
PARTS = 4 if WHOLE else 1
GOOD_DEBIT, BAD_DEBIT = "000123456789", "000222222227"
CHANGED = (
    "order", "order_item", "allocation", "payment_session", "exclusive_hold", "refund",
    "refund_line", "ledger_account", "ledger_transaction", "ledger_entry", "ledger_balance",
    "license_grant", "license_certificate", "download_permission", "download_attempt",
    "inbound_event", "job", "audit_entry", "queued_email",
    "cart", "cart_line", "cart_licensee", "license_line", "tip", "guest_pass",
)  # fmt: skip


# ------------------------------------------------------------------ the network, from memory


@dataclass
class Moment:
    """What the network answers at one moment, and the news of it."""

    checkouts: dict[str, Checkout]
    refunds: dict[str, Sequence[ProviderRefund]]
    fees: dict[str, Fee | None]
    news: list[PaymentEvent]


@dataclass
class Remembered:
    """Both ports, answering as the network did; refunds that we ask for are made here."""

    story: list[Moment]
    rng: random.Random
    at: int = 0
    made: list[ProviderRefund] = field(default_factory=list)
    told: list[PaymentEvent] = field(default_factory=list)
    clock: Callable[[], datetime] | None = None

    def go_on(self) -> None:
        """Let the next thing happen at the network."""
        if self.at + 1 < len(self.story):
            self.at += 1
            self.told += self.story[self.at].news

    @property
    def is_over(self) -> bool:
        return self.at + 1 == len(self.story)

    def end_refunds(self) -> None:
        """Let the banks finish."""
        for place, made in enumerate(self.made):
            if made.state is ProviderRefundStatus.PENDING:
                self.made[place] = replace(made, state=ProviderRefundStatus.SUCCEEDED)
                self._tell("refund.updated", self.made[place])

    def _tell(self, kind: str, made: ProviderRefund) -> None:
        assert self.clock is not None
        name = f"evt_{kind}_{made.ref}"
        self.told.append(PaymentEvent(name, kind, made.ref, made.payment_ref, self.clock()))

    def checkout(self, ref: str) -> Checkout:
        return self.story[self.at].checkouts[ref]

    def expire_checkout(self, ref: str) -> Checkout:
        found = self.checkout(ref)
        assert found.state is not CheckoutStatus.OPEN, "it should have ended by now"
        return found

    def refund(self, request: RefundRequest) -> ProviderRefund:
        known = next((m for m in self.made if m.refund_id == request.refund_id), None)
        if known is not None:
            return known
        state = self.rng.choice([ProviderRefundStatus.SUCCEEDED, ProviderRefundStatus.PENDING])
        made = ProviderRefund(
            f"re_{len(self.made)}", request.refund_id, request.payment_ref,
            request.amount_minor, request.currency, state,
        )  # fmt: skip
        self.made.append(made)
        self._tell("refund.created", made)
        return made

    def refunds(self, payment_ref: str) -> Sequence[ProviderRefund]:
        own = [made for made in self.made if made.payment_ref == payment_ref]
        return [*own, *self.story[self.at].refunds.get(payment_ref, ())]

    def fee(self, payment_ref: str) -> Fee | None:
        return self.story[self.at].fees.get(payment_ref)

    def since(self, _when: datetime, kinds: Sequence[str]) -> Sequence[PaymentEvent]:
        return [event for event in self.told if event.kind in kinds]


# ------------------------------------------------------------------ the story, told once


@dataclass
class Story:
    """Orders that wait for their payment, and all that happened at the network afterwards."""

    storefront: Storefront
    sales: dict[str, Sale]
    moments: list[Moment] = field(default_factory=list)

    def note(self) -> None:
        """Keep what the network answers now, with the news since the last time."""
        port = self.storefront.payments
        checkouts = {sale.ref: port.checkout(sale.ref) for sale in self.sales.values()}
        payments = [c.payment_ref for c in checkouts.values() if c.payment_ref]
        news = [port.read(x.body.encode(), x.signature) for x in self.storefront.webhooks()]
        self.moments.append(
            Moment(
                checkouts,
                {ref: port.refunds(ref) for ref in payments},
                {ref: port.fee(ref) for ref in payments},
                news,
            )
        )


def tell(storefront: Storefront) -> Story:
    """Place nine orders; what follows at the network is noted and kept from the product."""
    other = make_producer(storefront.rt, "Cy Lund")
    titles = ("One", "Two", "Three", "Four", "Five", "Six")
    one, two, three, four, five, six = (storefront.recording(title) for title in titles)
    theirs = make_recording(storefront.rt, other, title="Theirs", prices={"mp3_lease": 1333})
    rare = storefront.recording("Rare", prices={"mp3_lease": 2995, "exclusive": 50_000})
    in_vain = storefront.order(storefront.guest(), rare, six)
    assert storefront.pay(in_vain, account=GOOD_DEBIT) == "processing"
    storefront.drain()
    storefront.bought(storefront.guest(), (rare, "exclusive"))
    storefront.drain()
    story = Story(
        storefront,
        {
            "plain": storefront.order(storefront.guest(), one),
            "all back": storefront.order(storefront.guest(), one, two),
            "one back": storefront.order(storefront.guest(), three, theirs),
            "slow": storefront.order(storefront.fan(), four),
            "bounced": storefront.order(storefront.guest(), four),
            "expired": storefront.order(storefront.guest(), five),
            "by hand": storefront.order(storefront.guest(), five, theirs),
            "declined first": storefront.order(storefront.fan("Bo"), six),
            "in vain": in_vain,
        },
    )
    story.note()
    return story


def go_through(story: Story) -> None:
    """Let everything happen at the network, and note every moment of it."""
    storefront, sales = story.storefront, story.sales
    control = storefront.net.control
    for act in (
        lambda: storefront.pay(sales["plain"]),
        lambda: storefront.pay(sales["declined first"], card="4000000000000002"),
        lambda: storefront.pay(sales["all back"]),
        lambda: storefront.pay(sales["slow"], account=GOOD_DEBIT),
        lambda: storefront.payments.expire_checkout(sales["expired"].ref),
        lambda: storefront.pay(sales["bounced"], account=BAD_DEBIT),
        lambda: storefront.pay(sales["by hand"]),
        lambda: control("settle"),
        lambda: storefront.pay(sales["one back"]),
        lambda: storefront.net.client.v1.refunds.create(
            {"payment_intent": storefront.payments.checkout(sales["by hand"].ref).payment_ref,
             "amount": 700}
        ),
        lambda: control(f"debits/{sales['slow'].ref}", outcome="succeeded"),
        lambda: storefront.pay(sales["declined first"]),
        lambda: control(f"debits/{sales['bounced'].ref}", outcome="failed"),
        lambda: control(f"debits/{sales['in vain'].ref}", outcome="succeeded"),
        lambda: control("settle"),
    ):  # fmt: skip
        act()
        story.note()


# ------------------------------------------------------------------ the database, as it was


@contextmanager
def kept(engine: Engine) -> Iterator[Callable[[], None]]:
    """Keep the tables as they are; what is yielded brings them back."""
    tables = [t.name for t in SQLModel.metadata.sorted_tables if t.name in CHANGED]
    assert sorted(tables) == sorted(CHANGED)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA kept"))
        for name in tables:
            connection.execute(text(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"'))
    listed = ", ".join(f'"{name}"' for name in tables)

    def bring_back() -> None:
        with engine.begin() as connection, without_triggers(connection):
            connection.execute(text(f"TRUNCATE {listed}"))
            for name in tables:
                connection.execute(
                    text(
                        f'INSERT INTO public."{name}" OVERRIDING SYSTEM VALUE'
                        f' SELECT * FROM kept."{name}"'
                    )
                )

    try:
        yield bring_back
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA kept CASCADE"))


def books_digest(connection: Connection) -> str:
    """One hash of every entry: which movement, which account, whose, how much."""
    refunds = dict(
        connection.execute(
            text(
                "SELECT 'refund:' || r.id,"
                " 'refund of ' || string_agg(i.id::text, '+' ORDER BY i.id)"
                " FROM refund r JOIN refund_line l ON l.refund_id = r.id"
                " JOIN order_item i ON i.id = l.order_item_id GROUP BY r.id"
            )
        ).all()
    )
    entries = connection.execute(
        text(
            "SELECT t.dedupe_key, t.kind, t.order_id, a.code, a.owner_id, e.currency,"
            " e.amount_minor FROM ledger_entry e"
            " JOIN ledger_transaction t ON t.id = e.transaction_id"
            " JOIN ledger_account a ON a.id = e.account_id"
        )
    ).all()
    lines = sorted(" ".join(map(str, (refunds.get(key, key), *rest))) for key, *rest in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def states_digest(connection: Connection) -> str:
    """Where orders, lines, refunds, licenses and downloads stand."""
    found = connection.execute(
        text(
            """SELECT 'order', id::text, state FROM "order"
            UNION ALL SELECT 'line', id::text, state FROM order_item
            UNION ALL SELECT 'refund', order_id::text, state || amount_minor FROM refund
            UNION ALL SELECT 'grant', order_item_id::text, void_reason FROM license_grant
            UNION ALL SELECT 'file', granted_for::text || kind, (revoked_at IS NULL)::text
                FROM download_permission
            UNION ALL SELECT 'hold', order_id::text, state FROM exclusive_hold
            UNION ALL SELECT 'session', ref, state FROM payment_session"""
        )
    ).all()
    return "\n".join(sorted(" ".join(row) for row in found))


# ------------------------------------------------------------------ the story, told at random


@dataclass
class Telling:
    """One way in which the story could have reached us."""

    storefront: Storefront
    story: Story
    seed: int
    net: Remembered
    rng: random.Random
    heard: int = 0
    under_way: list[PaymentEvent] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @property
    def rt(self) -> Runtime:
        return self.storefront.rt

    def run(self) -> None:
        """Tell it, and let everything come to rest."""
        actions = [
            self.net.go_on, self.post, self.post, self.post, self.process_inbox,
            self.storefront.work, self.come_back, self.catch_up, self.ask,
        ]  # fmt: skip
        while not (self.net.is_over and self.rng.random() < 0.1):
            self.rng.choice(actions)()
            self.storefront.clock.move(seconds=self.rng.randint(0, 9))
        self.come_to_rest()

    def hear(self) -> None:
        """Every news is sent some times, or not at all."""
        for news in self.net.told[self.heard :]:
            self.under_way += [news] * self.rng.choice([0, 1, 1, 1, 2, 3])
        self.heard = len(self.net.told)

    def post(self) -> None:
        self.hear()
        if self.under_way:
            news = self.under_way.pop(self.rng.randrange(len(self.under_way)))
            flows.store_event(self.rt, NOBODY, news)

    def process_inbox(self) -> None:
        self.storefront.process_inbox(limit=self.rng.randint(1, 8))

    def come_back(self) -> None:
        sale = self.rng.choice(list(self.story.sales.values()))
        flows.sync_checkout(self.rt, session_ref=sale.ref)

    def catch_up(self) -> None:
        if self.rng.random() < 0.3:
            flows.backfill(self.rt, kinds=sorted(INBOUND_HANDLERS))
            sweep_refunds(self.rt)

    def ask(self) -> None:
        """An administrator gives back what is asked for, as soon as it is paid."""
        for name, titles in (("all back", ()), ("one back", ("Three",))):
            sale = self.story.sales[name]
            if name in self.asked or self.storefront.state(sale) != OrderStatus.PAID:
                continue
            self.asked.add(name)
            ids: list[UUID] = [
                i.id for i in self.storefront.items(sale.order_id) if i.title in titles
            ]
            with self.rt.write(self.storefront.admin) as ctx:
                request_refund(ctx, order_id=sale.order_id, item_ids=ids, reason="Asked for")

    def come_to_rest(self) -> None:
        """What was lost is found by the clock."""
        for _ in range(4):
            while self.under_way or self.heard < len(self.net.told):
                self.post()
            flows.backfill(self.rt, kinds=sorted(INBOUND_HANDLERS))
            self.storefront.process_inbox()
            self.storefront.work()
            self.ask()
            self.storefront.clock.move(minutes=34)
            flows.reconcile_sessions(self.rt)
            flows.reconcile_delayed(self.rt)
            sweep_refunds(self.rt)
            self.storefront.work()
            self.net.end_refunds()
        flows.backfill(self.rt, kinds=sorted(INBOUND_HANDLERS))
        self.storefront.process_inbox()
        self.storefront.work()


def told(storefront: Storefront, story: Story, seed: int) -> Telling:
    """Make the product speak to the network of this telling."""
    rng = random.Random(seed)
    net = Remembered(story.moments, rng, clock=storefront.clock)
    storefront.rt.payments = storefront.rt.payment_events = net  # type: ignore[assignment]
    return Telling(storefront, story, seed, net, rng)


def tell_many(storefront: Storefront, seeds: Sequence[int]) -> None:
    """Tell the story in as many ways; the books are the same after each."""
    story = tell(storefront)
    noon = storefront.clock.now
    first: tuple[str, str] | None = None
    with kept(storefront.rt.engine) as bring_back:
        go_through(story)
        for seed in seeds:
            bring_back()
            storefront.clock.now = noon
            told(storefront, story, seed).run()
            assert_money(storefront.rt)
            with storefront.rt.engine.connect() as connection:
                found = (states_digest(connection), books_digest(connection))
            first = first or found
            assert found[0].splitlines() == first[0].splitlines(), f"seed {seed}"
            assert found[1] == first[1], f"seed {seed}"
        went_as_it_should(storefront, story)


def went_as_it_should(storefront: Storefront, story: Story) -> None:
    """The one outcome is the right one."""
    states = {name: storefront.state(sale) for name, sale in story.sales.items()}
    assert states == {
        "plain": OrderStatus.PAID, "all back": OrderStatus.REFUNDED,
        "one back": OrderStatus.PARTIALLY_REFUNDED, "slow": OrderStatus.PAID,
        "bounced": OrderStatus.CANCELED, "expired": OrderStatus.CANCELED,
        "by hand": OrderStatus.PAID, "declined first": OrderStatus.PAID,
        "in vain": OrderStatus.PARTIALLY_REFUNDED,
    }  # fmt: skip
    assert storefront.books()["suspense"] == 700
    assert storefront.books()["processor_fee"] > 0
    with storefront.rt.read(SYSTEM) as ctx:
        fees = ctx.db.scalar(
            text("SELECT count(*) FROM ledger_transaction WHERE kind = 'processor_fee'")
        )
    assert fees == 7


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_any_order_of_news_leads_to_the_same_books(real_storefront: Storefront, part: int) -> None:
    tell_many(real_storefront, SEEDS[part::PARTS])
