"""What happens when somebody dies in the middle: the network, the line, a worker, the database."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from indii.kernel import edge, jobs
from indii.kernel.context import SYSTEM
from indii.kernel.db import make_engine
from indii.kernel.errors import IndiiError
from indii.kernel.inbox import INBOUND, PROCESS_INBOUND, InboundStatus
from indii.kernel.jobs import Job, JobStatus
from indii.kernel.ratelimit import MemoryRateLimiter
from indii.ports.errors import PaymentError
from indii.ports.payments import Checkout
from indii.shell.refusals import refusal
from indii.store.checkout.flows import abandon_checkout
from indii.store.licenses import commands as licenses
from indii.store.orders import commands, endpoints, flows
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order
from indii.trust.refunds import commands as refund_commands
from indii.trust.refunds import flows as refunds
from indii.trust.refunds.enums import RefundStatus
from tests.paying import Buyer, Sale, Storefront
from tests.runtime import make_test_runtime

CREATE = {"method": "POST", "path": "/v1/checkout/sessions"}
REFUND = {"method": "POST", "path": "/v1/refunds"}


class Died(BaseException):
    """A process that is gone: nothing catches it."""


def ready(storefront: Storefront) -> Buyer:
    """Somebody whose finger is on the button."""
    buyer = storefront.guest()
    storefront.add_to_cart(buyer, storefront.recording())
    storefront.accept_contracts(buyer)
    return buyer


def sessions_there(storefront: Storefront) -> list[str]:
    """The checkouts that the network knows."""
    return [session.id for session in storefront.net.client.v1.checkout.sessions.list().data]


def start_fails(storefront: Storefront, buyer: Buyer) -> PaymentError:
    """Press the button in vain."""
    with pytest.raises(PaymentError) as failed:
        storefront.start(buyer)
    return failed.value


# ------------------------------------------------------------------ opening a checkout


def test_an_answer_that_was_lost_is_asked_for_again(storefront: Storefront) -> None:
    buyer = ready(storefront)
    storefront.net.control("faults", kind="drop_after_commit", **CREATE)
    assert start_fails(storefront, buyer).retryable
    assert len(sessions_there(storefront)) == 1
    way = storefront.start(buyer)
    assert sessions_there(storefront) == [storefront.ref_of(way.order_id)]
    sale = Sale(way.order_id, storefront.ref_of(way.order_id), way.url)
    storefront.pay(sale)
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.PAID


def test_an_answer_that_was_lost_for_good_is_found_by_the_sweep(storefront: Storefront) -> None:
    buyer = ready(storefront)
    storefront.net.control("faults", kind="drop_after_commit", **CREATE)
    start_fails(storefront, buyer)
    [order_id] = storefront.rows(select(col(Order.id)))
    storefront.pass_time(minutes=34)
    assert flows.reconcile_sessions(storefront.rt) == 1
    assert storefront.the_order(order_id).state == OrderStatus.CANCELED
    [session] = storefront.sessions(order_id)
    assert (session.state, [session.ref]) == (SessionStatus.ENDED, sessions_there(storefront))


def test_a_payment_whose_checkout_we_never_heard_of_is_fulfilled(storefront: Storefront) -> None:
    buyer = ready(storefront)
    storefront.net.control("faults", kind="drop_after_commit", **CREATE)
    start_fails(storefront, buyer)
    [order_id] = storefront.rows(select(col(Order.id)))
    [ref] = sessions_there(storefront)
    storefront.pay(ref)
    storefront.webhooks()  # lost as well
    storefront.pass_time(minutes=34)
    assert flows.reconcile_sessions(storefront.rt) == 1
    assert storefront.the_order(order_id).state == OrderStatus.PAID


def test_a_checkout_that_was_never_opened_is_given_up(storefront: Storefront) -> None:
    buyer = ready(storefront)
    storefront.net.control("faults", kind="error_503", times=2, **CREATE)
    start_fails(storefront, buyer)
    [order_id] = storefront.rows(select(col(Order.id)))
    storefront.pass_time(minutes=34)
    flows.reconcile_sessions(storefront.rt)
    assert storefront.the_order(order_id).state == OrderStatus.CANCELED
    assert sessions_there(storefront) == []
    assert storefront.start(buyer).order_id != order_id


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit"])
def test_a_busy_network_is_asked_once_more(storefront: Storefront, kind: str) -> None:
    buyer = ready(storefront)
    storefront.net.control("faults", kind=kind, **CREATE)
    assert storefront.start(buyer).url
    assert len(sessions_there(storefront)) == 1


def test_a_stored_500_is_left_behind_by_starting_anew(storefront: Storefront) -> None:
    """The network repeats its own 500 for a day under this key; a new order has a new one."""
    buyer = ready(storefront)
    storefront.net.control("faults", kind="error_500", **CREATE)
    assert start_fails(storefront, buyer).retryable
    assert start_fails(storefront, buyer).retryable
    assert sessions_there(storefront) == []
    assert "Nothing was charged" in abandon_checkout(
        storefront.rt, buyer.actor, token=buyer.cart_token
    )
    assert storefront.start(buyer).url
    assert len(sessions_there(storefront)) == 1


def test_we_die_between_the_answer_and_our_note(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = ready(storefront)
    with monkeypatch.context() as patch:
        patch.setattr(commands, "record_session", dies)
        with pytest.raises(Died):
            storefront.start(buyer)
    way = storefront.start(buyer)
    assert sessions_there(storefront) == [storefront.ref_of(way.order_id)]


def dies(*_: object, **__: object) -> None:
    """Be killed."""
    raise Died


def test_the_order_is_given_up_while_the_network_answers(storefront: Storefront) -> None:
    """Left in one window while the other still waits: should it be paid, its buyer is known."""
    buyer = ready(storefront)
    asked = storefront.payments.open_checkout

    def slow(request: object) -> Checkout:
        abandon_checkout(storefront.rt, buyer.actor, token=buyer.cart_token)
        return asked(request)  # type: ignore[arg-type]

    storefront.payments.open_checkout = slow  # type: ignore[method-assign]
    way = storefront.start(buyer)
    sale = Sale(way.order_id, storefront.ref_of(way.order_id), way.url)
    assert storefront.state(sale) == OrderStatus.CANCELED
    storefront.pay(sale)
    assert storefront.return_from_payment(buyer, sale).startswith("Thank you.")
    assert storefront.state(sale) == OrderStatus.PAID


# ------------------------------------------------------------------ fulfilling


@pytest.mark.parametrize("at", ["post", "grant_licenses", "grant_downloads", "_end_sessions"])
def test_dying_in_the_middle_of_fulfilment_leaves_nothing_half_done(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    buyer = storefront.guest()
    sale = storefront.order(buyer, storefront.recording(), storefront.recording("Other"))
    storefront.pay(sale)
    with monkeypatch.context() as patch:
        patch.setattr(licenses if "grant" in at else commands, at, dies)
        with pytest.raises(Died):
            storefront.return_from_payment(buyer, sale)
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.ORDERED}
    assert (storefront.books(), storefront.jobs("certificate")) == ({}, [])
    storefront.process_webhooks()
    assert storefront.state(sale) == OrderStatus.PAID


@pytest.mark.parametrize("error", [ValueError("bad terms"), KeyError("file"), OrderNotFound()])
def test_a_bug_in_the_middle_of_fulfilment_leaves_nothing_and_the_event_waits(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.receive_webhooks(storefront.webhooks())

    def fails(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(licenses, "grant_downloads", fails)
        assert storefront.process_inbox() == 0
    assert storefront.state(sale) == OrderStatus.AWAITING_PAYMENT
    assert {i.state for i in storefront.items(sale.order_id)} == {ItemStatus.ORDERED}
    assert (storefront.books(), storefront.jobs("certificate")) == ({}, [])
    assert [event.state for event in storefront.inbound()] == [InboundStatus.WAITING]
    storefront.pass_time(minutes=20)
    storefront.process_inbox()
    assert storefront.state(sale) == OrderStatus.PAID


def test_a_worker_that_dies_with_an_event_gives_it_back_by_the_clock(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    storefront.receive_webhooks(storefront.webhooks())
    with monkeypatch.context() as patch:
        patch.setattr(flows, "ask_checkout", dies)
        with pytest.raises(Died):
            storefront.process_inbox()
    assert storefront.process_inbox() == 0
    storefront.pass_time(seconds=PROCESS_INBOUND.lease.total_seconds() + 1)
    with storefront.rt.write(SYSTEM) as ctx:
        [(kind, _, state)] = jobs.requeue_expired(ctx.db, now=ctx.now)
    assert (kind, state) == (PROCESS_INBOUND.name, JobStatus.QUEUED)
    assert storefront.process_inbox() == 1
    assert storefront.state(sale) == OrderStatus.PAID
    [event] = storefront.inbound()
    assert (event.state, event.job.tries) == (InboundStatus.DONE, 2)


def test_a_bug_with_one_event_or_order_does_not_hold_up_others(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (storefront.order(storefront.guest(), storefront.recording()) for _ in range(2))
    for sale in (bad, good):
        storefront.pay(sale)
    storefront.receive_webhooks(storefront.webhooks())
    right = commands.fulfil_order

    def wrong(ctx: object, *, order_id: object, payment: object) -> object:
        if order_id == bad.order_id:
            raise ZeroDivisionError
        return right(ctx, order_id=order_id, payment=payment)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(commands, "fulfil_order", wrong)
        storefront.process_inbox()
        assert storefront.state(good) == OrderStatus.PAID
        storefront.pass_time(minutes=34)
        flows.reconcile_sessions(storefront.rt)
    assert storefront.state(bad) == OrderStatus.AWAITING_PAYMENT
    storefront.process_inbox()
    flows.reconcile_sessions(storefront.rt)
    assert storefront.state(bad) == OrderStatus.PAID


# ------------------------------------------------------------------ giving back


def asked(storefront: Storefront) -> tuple[Sale, object]:
    """A paid order of which an administrator wants to give everything back."""
    sale = storefront.bought(storefront.guest(), storefront.recording())
    with storefront.rt.write(storefront.admin) as ctx:
        return sale, refund_commands.request_refund(ctx, order_id=sale.order_id, reason="Asked for")


def refunds_there(storefront: Storefront, sale: Sale) -> int:
    """How many refunds the network made."""
    return len(storefront.payments.refunds(storefront.the_order(sale.order_id).payment_ref))


def work_through(storefront: Storefront) -> None:
    """Let the job come round again, by the clock."""
    storefront.clock.move(minutes=20)
    storefront.drain()


def test_a_refund_whose_answer_was_lost_is_looked_up(storefront: Storefront) -> None:
    sale, _ = asked(storefront)
    storefront.net.control("faults", kind="drop_after_commit", **REFUND)
    storefront.work()
    [refund] = storefront.refunds(sale.order_id)
    assert (refund.state, refunds_there(storefront, sale)) == (RefundStatus.ASKED, 1)
    assert refund.last_error
    work_through(storefront)
    [refund] = storefront.refunds(sale.order_id)
    assert (refund.state, refund.last_error) == (RefundStatus.DONE, "")
    assert refunds_there(storefront, sale) == 1
    assert storefront.books() == {}


def test_the_webhook_of_a_refund_whose_answer_was_lost_settles_it(storefront: Storefront) -> None:
    sale, _ = asked(storefront)
    storefront.net.control("faults", kind="drop_after_commit", **REFUND)
    storefront.work()
    assert storefront.process_webhooks() == ["checkout.session.completed", "refund.created"]
    storefront.work()
    [refund] = storefront.refunds(sale.order_id)
    assert refund.state == RefundStatus.DONE
    work_through(storefront)
    assert refunds_there(storefront, sale) == 1


def test_a_worker_that_dies_after_the_answer_gives_back_once(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, refund_id = asked(storefront)
    with monkeypatch.context() as patch:
        patch.setattr(refund_commands, "mark_accepted", dies)
        with pytest.raises(Died):
            refunds.carry_out(storefront.rt, refund_id=refund_id)  # type: ignore[arg-type]
    assert refunds_there(storefront, sale) == 1
    # a day later the network has forgotten the key
    storefront.pass_time(hours=30)
    refunds.sweep_refunds(storefront.rt)
    storefront.drain()
    assert refunds_there(storefront, sale) == 1
    assert [r.state for r in storefront.refunds(sale.order_id)] == [RefundStatus.DONE]


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit"])
def test_a_network_that_is_down_gives_back_later(storefront: Storefront, kind: str) -> None:
    sale, _ = asked(storefront)
    storefront.net.control("faults", kind=kind, times=6, **REFUND)
    storefront.work()
    [item] = storefront.items(sale.order_id)
    assert item.state == ItemStatus.REFUNDING
    for _ in range(4):
        work_through(storefront)
    assert [r.state for r in storefront.refunds(sale.order_id)] == [RefundStatus.DONE]
    assert refunds_there(storefront, sale) == 1


def test_a_refund_that_the_network_answers_with_500_is_done_when_it_forgets(
    storefront: Storefront,
) -> None:
    sale, _ = asked(storefront)
    storefront.net.control("faults", kind="error_500", **REFUND)
    storefront.work()
    for _ in range(14):
        work_through(storefront)
    assert JobStatus.DEAD in {
        job.state for job in storefront.rows(select(Job)) if job.kind == "refund"
    }
    assert refunds_there(storefront, sale) == 0
    storefront.pass_time(hours=30)
    refunds.sweep_refunds(storefront.rt)
    storefront.drain()
    assert [r.state for r in storefront.refunds(sale.order_id)] == [RefundStatus.DONE]
    assert refunds_there(storefront, sale) == 1


def test_dying_in_the_middle_of_settling_a_refund_leaves_nothing_half_done(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, refund_id = asked(storefront)
    before = storefront.books()
    for at in ("post", "void_grant", "revoke_downloads"):
        with monkeypatch.context() as patch:
            patch.setattr(refund_commands if at == "post" else licenses, at, dies)
            with pytest.raises(Died):
                refunds.carry_out(storefront.rt, refund_id=refund_id)  # type: ignore[arg-type]
        assert [r.state for r in storefront.refunds(sale.order_id)] == [RefundStatus.ASKED]
        assert storefront.books() == before
    storefront.drain()
    assert storefront.state(sale) == OrderStatus.REFUNDED


# ------------------------------------------------------------------ the door


async def post_webhook(body: str, signature: str) -> httpx.Response:
    """Bring a webhook to the door."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, IndiiError)
        return refusal(error, request.headers.get("accept", ""))

    app = Starlette(routes=endpoints.routes, exception_handlers={IndiiError: refused})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        headers = {"stripe-signature": signature} if signature else {}
        return await client.post("/webhooks/stripe", content=body, headers=headers)


async def test_the_door_answers_as_it_should(storefront: Storefront) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    [webhook] = storefront.webhooks()
    assert (await post_webhook(webhook.body, webhook.signature)).status_code == 200
    assert (await post_webhook(webhook.body, webhook.signature)).status_code == 200
    assert (await post_webhook(webhook.body + " ", webhook.signature)).status_code == 400
    assert (await post_webhook(webhook.body, "")).status_code == 400
    assert (await post_webhook("x" * 1_100_000, webhook.signature)).status_code == 413
    assert len(storefront.inbound()) == 1


async def test_without_a_database_the_network_is_asked_to_tell_it_again(
    storefront: Storefront, tmp_path: Path
) -> None:
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    [webhook] = storefront.webhooks()
    gone = make_engine("postgresql://nobody@127.0.0.1:9/nothing", pool_size=1)
    edge.install(
        make_test_runtime(
            gone,
            tmp_path,
            payments=storefront.rt.payments,
            payment_events=storefront.rt.payment_events,
            limiter=MemoryRateLimiter(),
        )
    )
    assert (await post_webhook(webhook.body, webhook.signature)).status_code == 503
    assert (await post_webhook(webhook.body, "t=1,v1=0")).status_code == 400
    edge.install(storefront.rt)
    assert (await post_webhook(webhook.body, webhook.signature)).status_code == 200
    storefront.process_inbox()
    assert storefront.state(sale) == OrderStatus.PAID
    gone.dispose()


async def test_a_wake_that_is_lost_loses_nothing(storefront: Storefront) -> None:
    """The broker is down: the event stands in the inbox, and the sweep finds it."""
    sale = storefront.order(storefront.guest(), storefront.recording())
    storefront.pay(sale)
    [webhook] = storefront.webhooks()

    def broken(_queues: object) -> None:
        raise OSError("no broker")

    sleeping: Callable[..., None] = storefront.rt.wake
    storefront.rt.wake = broken
    assert (await post_webhook(webhook.body, webhook.signature)).status_code == 503
    storefront.rt.wake = sleeping
    with storefront.rt.write(SYSTEM) as ctx:
        assert INBOUND in jobs.due_queues(ctx.db, now=ctx.now)
    storefront.process_inbox()
    assert storefront.state(sale) == OrderStatus.PAID
