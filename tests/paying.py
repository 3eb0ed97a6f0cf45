"""A storefront with everything behind it, and a payment network beside it.

`storefront` undoes every commit after the test; `real_storefront` commits on connections of its
own, for threads, and empties the database afterwards. `invariants` holds after either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select, text, update
from sqlmodel import SQLModel, col

from indii.adapters.payments.stripe import StripeConfig, StripePayments
from indii.identity.accounts.models import Account
from indii.kernel.context import NOBODY, SYSTEM, Actor
from indii.kernel.events import EVENTS
from indii.kernel.inbox import INBOUND, PROCESS_INBOUND, InboundEvent
from indii.kernel.jobs import Job, JobStatus
from indii.kernel.runtime import Runtime
from indii.ports.boundary import forbid_in_transaction
from indii.store.checkout import flows as checkout
from indii.store.checkout.flows import Redirect
from indii.store.licenses import commands as cart
from indii.store.licenses.models import LicenseLine
from indii.store.licenses.queries import cart_page
from indii.store.orders import flows as orders
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.trust.refunds.models import Refund
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.integration.sandbox.serving import KEY, Shop, StripeSandbox, Webhook, serve_sandbox
from tests.invariants import assert_money
from tests.runtime import MovableClock, make_test_runtime
from workers.registry import INBOUND_HANDLERS, load_rooms

load_rooms()

FEE_BPS = 1000
# Sets type and decodes sound: their own tests do that.
HEAVY = ("certificate", "make_mp3")
QUEUES = ("default", "audio")


@dataclass(frozen=True)
class Buyer:
    """Somebody with a browser; a guest is known by the tokens of its cookies."""

    actor: Actor
    email: str
    cart_token: str = ""
    buyer_hash: str = ""


@dataclass(frozen=True)
class Sale:
    """An order and the checkout where it is paid; `ref` is "" for a free one."""

    order_id: UUID
    ref: str
    url: str


@dataclass(frozen=True)
class Told:
    """An event from outside and the newest job that works it."""

    id: UUID
    kind: str
    payload: dict[str, str]
    state: str
    job: Job


@dataclass
class Storefront:
    """The product's own commands, as a person's browser and the network call them."""

    rt: Runtime
    clock: MovableClock
    net: StripeSandbox
    shop: Shop
    payments: StripePayments
    producer: Actor
    admin: Actor
    _heard: int = 0
    _guests: int = 0
    wakes: list[str] = field(default_factory=list)

    # ------------------------------------------------------------------ people and things

    def guest(self, email: str = "") -> Buyer:
        """Somebody without an account, with a browser of their own."""
        self._guests += 1
        token = f"cart-token-of-guest-{self._guests:04d}"
        hashed = hashlib.sha256(f"buyer-{self._guests}".encode()).hexdigest()
        address = email or f"guest{self._guests}@example.com"
        return Buyer(replace(NOBODY, buyer=hashed, network=address), address, token, hashed)

    def fan(self, name: str = "Mara") -> Buyer:
        """Somebody with an account."""
        actor = make_fan(self.rt, name)
        return Buyer(actor, self._email(actor))

    def as_buyer(self, actor: Actor) -> Buyer:
        """An account as a buyer."""
        return Buyer(actor, self._email(actor))

    def _email(self, actor: Actor) -> str:
        with self.rt.read(SYSTEM) as ctx:
            found = ctx.db.get(Account, actor.require_account())
            assert found is not None
            return found.email

    def recording(self, title: str = "Cold Harbour", **more: object) -> UUID:
        """A live recording of the storefront's producer."""
        return make_recording(self.rt, self.producer, title=title, **more)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ the buyer's side

    def add_to_cart(self, buyer: Buyer, recording_id: UUID, tier: str = "mp3_lease") -> None:
        """Choose a license."""
        with self.rt.write(buyer.actor) as ctx:
            cart.add_to_cart(ctx, token=buyer.cart_token, recording_id=recording_id, tier=tier)

    def accept_contracts(self, buyer: Buyer, name: str = "Jo Lane") -> None:
        """Name the licensee and accept every contract as it stands."""
        with self.rt.write(buyer.actor) as ctx:
            cart.name_licensee(ctx, token=buyer.cart_token, name=name, alias="")
        with self.rt.read(buyer.actor) as ctx:
            page = cart_page(ctx, buyer.cart_token)
        for row in page.rows:
            with self.rt.write(buyer.actor) as ctx:
                cart.accept_contract(
                    ctx,
                    token=buyer.cart_token,
                    recording_id=UUID(row.recording_id),
                    sha256=row.sha256,
                )

    def start(self, buyer: Buyer) -> Redirect:
        """Press the button that leads to the payment page."""
        return checkout.start_checkout(
            self.rt,
            buyer.actor,
            token=buyer.cart_token,
            email=buyer.email,
            buyer_hash=buyer.buyer_hash,
        )

    def order(self, buyer: Buyer, *lines: UUID | tuple[UUID, str]) -> Sale:
        """Everything up to the open payment page."""
        for line in lines:
            recording_id, tier = line if isinstance(line, tuple) else (line, "mp3_lease")
            self.add_to_cart(buyer, recording_id, tier)
        self.accept_contracts(buyer)
        way = self.start(buyer)
        return Sale(way.order_id, self.ref_of(way.order_id), way.url)

    def pay(self, sale: Sale | str, **how: object) -> str:
        """Pay on the network's page; the webhooks of it wait in the shop. How it ended."""
        ref = sale if isinstance(sale, str) else sale.ref
        return str(self.net.control(f"pay/{ref}", **how)["ending"])

    def return_from_payment(self, buyer: Buyer, sale: Sale) -> str:
        """Return from the payment page."""
        return checkout.finish_checkout(self.rt, buyer.actor, session_ref=sale.ref).said

    def bought(self, buyer: Buyer, *lines: UUID | tuple[UUID, str], **how: object) -> Sale:
        """Everything up to the fulfilled order and all that follows from it."""
        sale = self.order(buyer, *lines)
        if sale.ref:
            assert self.pay(sale, **how) == "paid"
            self.return_from_payment(buyer, sale)
        self.work()
        return sale

    # ------------------------------------------------------------------ what happens behind

    def webhooks(self) -> list[Webhook]:
        """Webhooks that came since the last time."""
        assert self.net.control("webhooks/drain")["drained"]
        came = self.shop.webhooks[self._heard :]
        self._heard += len(came)
        return came

    def receive_webhooks(self, webhooks: Sequence[Webhook]) -> None:
        """Hand webhooks to the door."""
        for webhook in webhooks:
            orders.receive_webhook(
                self.rt, NOBODY, body=webhook.body.encode(), signature=webhook.signature
            )

    def process_webhooks(self) -> list[str]:
        """Take in every webhook that came, and work it off; return what they were."""
        came = self.webhooks()
        self.receive_webhooks(came)
        self.process_inbox()
        return [webhook.event["type"] for webhook in came]

    def process_inbox(self, *, limit: int = 500) -> int:
        """Work off what the network told; return how many events ended well."""
        from workers.queue import drain_queue

        before = self._handled()
        drain_queue(self.rt, [INBOUND], limit=limit)
        return self._handled() - before

    def _handled(self) -> int:
        done = col(Job.state) == JobStatus.DONE
        return len(self.rows(select(Job).where(col(Job.kind) == PROCESS_INBOUND.name, done)))

    def work(self) -> None:
        """Bring every event to its handlers and do every job but the heavy ones."""
        from workers.queue import drain_queue

        busy = True
        while busy:
            busy = bool(drain_queue(self.rt, [EVENTS]))
            with self.rt.write(SYSTEM) as ctx:
                ctx.db.execute(
                    update(Job)
                    .where(col(Job.kind).in_(HEAVY), col(Job.state) == JobStatus.QUEUED)
                    .values(run_at=ctx.now + timedelta(days=1000))
                )
            busy = bool(drain_queue(self.rt, QUEUES)) or busy

    def drain(self) -> None:
        """Hear and work until nothing moves any more."""
        while self.process_webhooks():
            self.work()
        self.work()

    def pass_time(self, **delta: float) -> None:
        """Let time pass here and at the network."""
        self.clock.move(**delta)
        self.net.control("clock", advance_s=timedelta(**delta).total_seconds())

    # ------------------------------------------------------------------ looking

    def ref_of(self, order_id: UUID) -> str:
        """The network's name of the order's checkout, "" if there is none."""
        return next((s.ref for s in self.sessions(order_id)), "")

    def sessions(self, order_id: UUID) -> Sequence[PaymentSession]:
        """The checkouts of an order."""
        return self.rows(
            select(PaymentSession)
            .where(col(PaymentSession.order_id) == order_id)
            .order_by(col(PaymentSession.attempt))
        )

    def the_order(self, order_id: UUID) -> Order:
        """The order's row."""
        [found] = self.rows(select(Order).where(col(Order.id) == order_id))
        return found

    def state(self, sale: Sale) -> str:
        """Where the order stands."""
        return self.the_order(sale.order_id).state

    def items(self, order_id: UUID) -> Sequence[OrderItem]:
        """The order's lines."""
        return self.rows(
            select(OrderItem)
            .where(col(OrderItem.order_id) == order_id)
            .order_by(col(OrderItem.position))
        )

    def licenses(self, order_id: UUID) -> list[tuple[OrderItem, LicenseLine]]:
        """The order's lines with what only licenses know."""
        items = self.items(order_id)
        ids = [item.id for item in items]
        lines = self.rows(select(LicenseLine).where(col(LicenseLine.order_item_id).in_(ids)))
        found = {line.order_item_id: line for line in lines}
        return [(item, found[item.id]) for item in items]

    def refunds(self, order_id: UUID) -> Sequence[Refund]:
        """The order's refunds, oldest first."""
        return self.rows(
            select(Refund).where(col(Refund.order_id) == order_id).order_by(col(Refund.id))
        )

    def jobs(self, kind: str) -> list[str]:
        """The keys of all jobs of a kind."""
        return [job.key for job in self.rows(select(Job).where(col(Job.kind) == kind))]

    def inbound(self) -> Sequence[Told]:
        """Everything that the inbox ever held, with how the work on it stands."""
        jobs = {j.key: j for j in self.rows(select(Job).order_by(col(Job.created_at)))}
        return [
            Told(event.id, event.kind, event.payload, event.state, jobs[str(event.id)])
            for event in self.rows(select(InboundEvent))
        ]

    def rows(self, statement: object) -> Sequence:
        """Whatever the statement finds."""
        with self.rt.read(SYSTEM) as ctx:
            found = ctx.db.scalars(statement)  # type: ignore[arg-type]
            ctx.db._session.expunge_all()
            return found

    def books(self) -> dict[str, int]:
        """What stands on which account, by code and owner."""
        with self.rt.read(SYSTEM) as ctx:
            found = ctx.db.execute(
                text(
                    "SELECT a.code, a.owner_id, b.balance_minor FROM ledger_balance b"
                    " JOIN ledger_account a ON a.id = b.account_id WHERE b.balance_minor <> 0"
                )
            ).all()
        named = {self.producer.profile_id: ":producer"}
        return {
            f"{code}{named.get(owner, f':{owner}') if owner else ''}": amount
            for code, owner, amount in found
        }


# ------------------------------------------------------------------ fixtures


@pytest.fixture(scope="session")
def running_network(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> Iterator[StripeSandbox]:
    """A stand-in for the payment network, for all tests of this process."""
    with serve_sandbox(tmp_path_factory.mktemp("network"), database_url) as made:
        yield made


@pytest.fixture
def network(running_network: StripeSandbox) -> StripeSandbox:
    """The stand-in, emptied; its fees and debits wait to be told."""
    running_network.control("reset")
    running_network.control(
        "knobs", fee_delay_s=86_400.0 * 300, debit_delay_s=86_400.0 * 300, retry_schedule_s=[]
    )
    return running_network


def _fill(rt: Runtime, clock: MovableClock, net: StripeSandbox, shop: Shop) -> Storefront:
    net.control("clock", now=clock.now.timestamp())
    endpoint = net.client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": sorted(INBOUND_HANDLERS)}  # type: ignore[typeddict-item]
    )
    assert endpoint.secret
    payments = StripePayments(StripeConfig(KEY, (endpoint.secret,), net.url))
    rt.payments = rt.payment_events = forbid_in_transaction(payments)
    rt.site = replace(rt.site, fee_bps=FEE_BPS)
    made = Storefront(rt, clock, net, shop, payments, make_producer(rt), make_admin(rt))
    rt.wake = made.wakes.extend
    return made


@contextmanager
def _opened(rt: Runtime, clock: MovableClock, net: StripeSandbox) -> Iterator[Storefront]:
    shop = Shop()
    try:
        storefront = _fill(rt, clock, net, shop)
        yield storefront
        storefront.payments.close()
    finally:
        shop.close()


@pytest.fixture
def storefront(rt: Runtime, clock: MovableClock, network: StripeSandbox) -> Iterator[Storefront]:
    """A storefront whose every commit is undone."""
    with _opened(rt, clock, network) as made:
        yield made


@pytest.fixture
def real_storefront(
    engine: Engine, tmp_path: Path, clock: MovableClock, network: StripeSandbox
) -> Iterator[Storefront]:
    """A storefront that really commits, for threads with connections of their own."""
    with emptied_after(engine):
        rt = make_test_runtime(engine, tmp_path, clock=clock)
        with _opened(rt, clock, network) as made:
            yield made


@contextmanager
def emptied_after(engine: Engine) -> Iterator[None]:
    """Leave a database as it was found, its triggers notwithstanding; what was full stays."""
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    with engine.connect() as connection:
        empty = [
            name
            for name in names
            if connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first() is None
        ]
    try:
        yield
    finally:
        with engine.begin() as connection, without_triggers(connection):
            listed = ", ".join(f'"{name}"' for name in empty)
            connection.execute(text(f"TRUNCATE {listed} RESTART IDENTITY"))


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Let our own triggers sleep, which refuse that history is unwritten."""
    guarded_tables = connection.scalars(
        text(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace"
        )
    ).all()
    for what in ("DISABLE", "ENABLE"):
        if what == "ENABLE":
            yield
        for name in guarded_tables:
            connection.execute(text(f'ALTER TABLE "{name}" {what} TRIGGER USER'))


@pytest.fixture(autouse=True)
def invariants(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test the money adds up."""
    runtimes = [
        request.getfixturevalue(name).rt
        for name in ("storefront", "real_storefront")
        if name in request.fixturenames
    ]
    yield
    for rt in runtimes:
        assert_money(rt)
