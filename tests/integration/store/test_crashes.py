"""What happens when somebody dies in the middle: the network, the line, a worker, the database."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col
from starlette.applications import Starlette

from indii.kernel import edge, inbox
from indii.kernel.context import SYSTEM
from indii.kernel.db import make_engine
from indii.kernel.inbox import InboundState
from indii.kernel.jobs import Job, JobState
from indii.kernel.ratelimit import MemoryRateLimiter
from indii.ports.errors import PaymentError
from indii.ports.payments import Checkout
from indii.store.checkout.flows import leave_checkout
from indii.store.orders import commands, endpoints, flows
from indii.store.orders.enums import ItemState, OrderState, SessionState
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order
from indii.trust.refunds import commands as refund_commands
from indii.trust.refunds import flows as refunds
from indii.trust.refunds.enums import RefundStatus
from tests.paying import Buyer, Sale, Till
from tests.runtime import make_test_runtime

CREATE = {"method": "POST", "path": "/v1/checkout/sessions"}
REFUND = {"method": "POST", "path": "/v1/refunds"}


class Died(BaseException):
    """A process that is gone: nothing catches it."""


def ready(till: Till) -> Buyer:
    """Somebody whose finger is on the button."""
    buyer = till.guest()
    till.put(buyer, till.recording())
    till.sign(buyer)
    return buyer


def sessions_there(till: Till) -> list[str]:
    """The checkouts that the network knows."""
    return [session.id for session in till.net.client.v1.checkout.sessions.list().data]


def start_fails(till: Till, buyer: Buyer) -> PaymentError:
    """Press the button in vain."""
    with pytest.raises(PaymentError) as failed:
        till.start(buyer)
    return failed.value


# ------------------------------------------------------------------ opening a checkout


def test_an_answer_that_was_lost_is_asked_for_again(till: Till) -> None:
    buyer = ready(till)
    till.net.control("faults", kind="drop_after_commit", **CREATE)
    assert start_fails(till, buyer).retryable
    assert len(sessions_there(till)) == 1
    way = till.start(buyer)
    assert sessions_there(till) == [till.ref_of(way.order_id)]
    sale = Sale(way.order_id, till.ref_of(way.order_id), way.url)
    till.pay(sale)
    till.settle_down()
    assert till.state(sale) == OrderState.PAID


def test_an_answer_that_was_lost_for_good_is_found_by_the_sweep(till: Till) -> None:
    buyer = ready(till)
    till.net.control("faults", kind="drop_after_commit", **CREATE)
    start_fails(till, buyer)
    [order_id] = till.rows(select(col(Order.id)))
    till.pass_time(minutes=34)
    assert flows.sweep_sessions(till.rt) == 1
    assert till.the_order(order_id).state == OrderState.CANCELED
    [session] = till.sessions(order_id)
    assert (session.state, [session.ref]) == (SessionState.ENDED, sessions_there(till))


def test_a_payment_whose_checkout_we_never_heard_of_is_fulfilled(till: Till) -> None:
    buyer = ready(till)
    till.net.control("faults", kind="drop_after_commit", **CREATE)
    start_fails(till, buyer)
    [order_id] = till.rows(select(col(Order.id)))
    [ref] = sessions_there(till)
    till.pay(ref)
    till.letters()  # lost as well
    till.pass_time(minutes=34)
    assert flows.sweep_sessions(till.rt) == 1
    assert till.the_order(order_id).state == OrderState.PAID


def test_a_checkout_that_was_never_opened_is_given_up(till: Till) -> None:
    buyer = ready(till)
    till.net.control("faults", kind="error_503", times=2, **CREATE)
    start_fails(till, buyer)
    [order_id] = till.rows(select(col(Order.id)))
    till.pass_time(minutes=34)
    flows.sweep_sessions(till.rt)
    assert till.the_order(order_id).state == OrderState.CANCELED
    assert sessions_there(till) == []
    assert till.start(buyer).order_id != order_id


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit"])
def test_a_busy_network_is_asked_once_more(till: Till, kind: str) -> None:
    buyer = ready(till)
    till.net.control("faults", kind=kind, **CREATE)
    assert till.start(buyer).url
    assert len(sessions_there(till)) == 1


def test_a_stored_500_is_left_behind_by_starting_anew(till: Till) -> None:
    """The network repeats its own 500 for a day under this key; a new order has a new one."""
    buyer = ready(till)
    till.net.control("faults", kind="error_500", **CREATE)
    assert start_fails(till, buyer).retryable
    assert start_fails(till, buyer).retryable
    assert sessions_there(till) == []
    assert "Nothing was charged" in leave_checkout(till.rt, buyer.actor, token=buyer.cart_token)
    assert till.start(buyer).url
    assert len(sessions_there(till)) == 1


def test_we_die_between_the_answer_and_our_note(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = ready(till)
    with monkeypatch.context() as patch:
        patch.setattr(commands, "note_session", dies)
        with pytest.raises(Died):
            till.start(buyer)
    way = till.start(buyer)
    assert sessions_there(till) == [till.ref_of(way.order_id)]


def dies(*_: object, **__: object) -> None:
    """Be killed."""
    raise Died


def test_the_order_is_given_up_while_the_network_answers(till: Till) -> None:
    """Left in one window while the other still waits: should it be paid, its buyer is known."""
    buyer = ready(till)
    asked = till.payments.open_checkout

    def slow(request: object) -> Checkout:
        leave_checkout(till.rt, buyer.actor, token=buyer.cart_token)
        return asked(request)  # type: ignore[arg-type]

    till.payments.open_checkout = slow  # type: ignore[method-assign]
    way = till.start(buyer)
    sale = Sale(way.order_id, till.ref_of(way.order_id), way.url)
    assert till.state(sale) == OrderState.CANCELED
    till.pay(sale)
    assert till.come_back(buyer, sale).startswith("Thank you.")
    assert till.state(sale) == OrderState.PAID


# ------------------------------------------------------------------ fulfilling


@pytest.mark.parametrize("at", ["post", "grant_licenses", "grant_downloads", "_end_sessions"])
def test_dying_in_the_middle_of_fulfilment_leaves_nothing_half_done(
    till: Till, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    buyer = till.guest()
    sale = till.order(buyer, till.recording(), till.recording("Other"))
    till.pay(sale)
    with monkeypatch.context() as patch:
        patch.setattr(commands, at, dies)
        with pytest.raises(Died):
            till.come_back(buyer, sale)
    assert till.state(sale) == OrderState.AWAITING_PAYMENT
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.ORDERED}
    assert (till.books(), till.jobs("certificate")) == ({}, [])
    till.hear()
    assert till.state(sale) == OrderState.PAID


@pytest.mark.parametrize("error", [ValueError("bad terms"), KeyError("file"), OrderNotFound()])
def test_a_bug_in_the_middle_of_fulfilment_leaves_nothing_and_the_event_waits(
    till: Till, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.take_in(till.letters())

    def fails(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(commands, "grant_downloads", fails)
        assert flows.work_inbox(till.rt) == 0
    assert till.state(sale) == OrderState.AWAITING_PAYMENT
    assert {i.state for i in till.items(sale.order_id)} == {ItemState.ORDERED}
    assert (till.books(), till.jobs("certificate")) == ({}, [])
    assert [event.state for event in till.inbound()] == [InboundState.WAITING]
    till.pass_time(minutes=20)
    flows.work_inbox(till.rt)
    assert till.state(sale) == OrderState.PAID


def test_a_worker_that_dies_with_an_event_gives_it_back_by_the_clock(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    till.take_in(till.letters())
    with monkeypatch.context() as patch:
        patch.setattr(flows, "_ask", dies)
        with pytest.raises(Died):
            flows.work_inbox(till.rt)
    assert flows.work_inbox(till.rt) == 0
    till.pass_time(seconds=flows.INBOX_LEASE.total_seconds() + 1)
    assert flows.work_inbox(till.rt) == 1
    assert till.state(sale) == OrderState.PAID
    [event] = till.inbound()
    assert (event.state, event.tries) == (InboundState.DONE, 2)


def test_a_bug_with_one_event_or_order_does_not_hold_up_others(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (till.order(till.guest(), till.recording()) for _ in range(2))
    for sale in (bad, good):
        till.pay(sale)
    till.take_in(till.letters())
    right = commands.fulfil_order

    def wrong(ctx: object, *, order_id: object, payment: object) -> object:
        if order_id == bad.order_id:
            raise ZeroDivisionError
        return right(ctx, order_id=order_id, payment=payment)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(commands, "fulfil_order", wrong)
        flows.work_inbox(till.rt)
        assert till.state(good) == OrderState.PAID
        till.pass_time(minutes=34)
        flows.sweep_sessions(till.rt)
    assert till.state(bad) == OrderState.AWAITING_PAYMENT
    flows.work_inbox(till.rt)
    flows.sweep_sessions(till.rt)
    assert till.state(bad) == OrderState.PAID


# ------------------------------------------------------------------ giving back


def asked(till: Till) -> tuple[Sale, object]:
    """A paid order of which an administrator wants to give everything back."""
    sale = till.bought(till.guest(), till.recording())
    with till.rt.write(till.admin) as ctx:
        return sale, refund_commands.ask_refund(ctx, order_id=sale.order_id, reason="Asked for")


def refunds_there(till: Till, sale: Sale) -> int:
    """How many refunds the network made."""
    return len(till.payments.refunds(till.the_order(sale.order_id).payment_ref))


def work_through(till: Till) -> None:
    """Let the job come round again, by the clock."""
    till.clock.move(minutes=20)
    till.settle_down()


def test_a_refund_whose_answer_was_lost_is_looked_up(till: Till) -> None:
    sale, _ = asked(till)
    till.net.control("faults", kind="drop_after_commit", **REFUND)
    till.work()
    [refund] = till.refunds(sale.order_id)
    assert (refund.state, refunds_there(till, sale)) == (RefundStatus.ASKED, 1)
    assert refund.last_error
    work_through(till)
    [refund] = till.refunds(sale.order_id)
    assert (refund.state, refund.last_error) == (RefundStatus.DONE, "")
    assert refunds_there(till, sale) == 1
    assert till.books() == {}


def test_the_webhook_of_a_refund_whose_answer_was_lost_settles_it(till: Till) -> None:
    sale, _ = asked(till)
    till.net.control("faults", kind="drop_after_commit", **REFUND)
    till.work()
    assert till.hear() == ["checkout.session.completed", "refund.created"]
    till.work()
    [refund] = till.refunds(sale.order_id)
    assert refund.state == RefundStatus.DONE
    work_through(till)
    assert refunds_there(till, sale) == 1


def test_a_worker_that_dies_after_the_answer_gives_back_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, refund_id = asked(till)
    with monkeypatch.context() as patch:
        patch.setattr(refund_commands, "take_on", dies)
        with pytest.raises(Died):
            refunds.carry_out(till.rt, refund_id=refund_id)  # type: ignore[arg-type]
    assert refunds_there(till, sale) == 1
    # a day later the network has forgotten the key
    till.pass_time(hours=30)
    refunds.sweep_refunds(till.rt)
    till.settle_down()
    assert refunds_there(till, sale) == 1
    assert [r.state for r in till.refunds(sale.order_id)] == [RefundStatus.DONE]


@pytest.mark.parametrize("kind", ["error_503", "lock_timeout", "rate_limit"])
def test_a_network_that_is_down_gives_back_later(till: Till, kind: str) -> None:
    sale, _ = asked(till)
    till.net.control("faults", kind=kind, times=6, **REFUND)
    till.work()
    [item] = till.items(sale.order_id)
    assert item.state == ItemState.REFUNDING
    for _ in range(4):
        work_through(till)
    assert [r.state for r in till.refunds(sale.order_id)] == [RefundStatus.DONE]
    assert refunds_there(till, sale) == 1


def test_a_refund_that_the_network_answers_with_500_is_done_when_it_forgets(till: Till) -> None:
    sale, _ = asked(till)
    till.net.control("faults", kind="error_500", **REFUND)
    till.work()
    for _ in range(14):
        work_through(till)
    assert JobState.DEAD in {job.state for job in till.rows(select(Job)) if job.kind == "refund"}
    assert refunds_there(till, sale) == 0
    till.pass_time(hours=30)
    refunds.sweep_refunds(till.rt)
    till.settle_down()
    assert [r.state for r in till.refunds(sale.order_id)] == [RefundStatus.DONE]
    assert refunds_there(till, sale) == 1


def test_dying_in_the_middle_of_settling_a_refund_leaves_nothing_half_done(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, refund_id = asked(till)
    before = till.books()
    for at in ("post", "void_grant", "revoke_downloads"):
        with monkeypatch.context() as patch:
            patch.setattr(refund_commands, at, dies)
            with pytest.raises(Died):
                refunds.carry_out(till.rt, refund_id=refund_id)  # type: ignore[arg-type]
        assert [r.state for r in till.refunds(sale.order_id)] == [RefundStatus.ASKED]
        assert till.books() == before
    till.settle_down()
    assert till.state(sale) == OrderState.REFUNDED


# ------------------------------------------------------------------ the door


async def knock(body: str, signature: str) -> httpx.Response:
    """Bring a webhook to the door."""
    app = Starlette(routes=endpoints.routes)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        headers = {"stripe-signature": signature} if signature else {}
        return await client.post("/webhooks/stripe", content=body, headers=headers)


async def test_the_door_answers_as_it_should(till: Till) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    [letter] = till.letters()
    assert (await knock(letter.body, letter.signature)).status_code == 200
    assert (await knock(letter.body, letter.signature)).status_code == 200
    assert (await knock(letter.body + " ", letter.signature)).status_code == 400
    assert (await knock(letter.body, "")).status_code == 400
    assert (await knock("x" * 1_100_000, letter.signature)).status_code == 413
    assert len(till.inbound()) == 1


async def test_without_a_database_the_network_is_asked_to_tell_it_again(
    till: Till, tmp_path: Path
) -> None:
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    [letter] = till.letters()
    gone = make_engine("postgresql://nobody@127.0.0.1:9/nothing", pool_size=1)
    edge.install(
        make_test_runtime(
            gone,
            tmp_path,
            payments=till.rt.payments,
            payment_events=till.rt.payment_events,
            limiter=MemoryRateLimiter(),
        )
    )
    assert (await knock(letter.body, letter.signature)).status_code == 503
    assert (await knock(letter.body, "t=1,v1=0")).status_code == 400
    edge.install(till.rt)
    assert (await knock(letter.body, letter.signature)).status_code == 200
    flows.work_inbox(till.rt)
    assert till.state(sale) == OrderState.PAID
    gone.dispose()


async def test_a_wake_that_is_lost_loses_nothing(till: Till) -> None:
    """The broker is down: the event stands in the inbox, and the sweep finds it."""
    sale = till.order(till.guest(), till.recording())
    till.pay(sale)
    [letter] = till.letters()

    def broken(_queues: object) -> None:
        raise OSError("no broker")

    sleeping: Callable[..., None] = till.rt.wake
    till.rt.wake = broken
    assert (await knock(letter.body, letter.signature)).status_code == 503
    till.rt.wake = sleeping
    with till.rt.write(SYSTEM) as ctx:
        assert inbox.is_due(ctx.db, now=ctx.now)
    flows.work_inbox(till.rt)
    assert till.state(sale) == OrderState.PAID
