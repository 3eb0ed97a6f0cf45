"""Handlers of the operators' pages about money, events, e-mails and what was done."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.admin.events.state import InboundEventsState
from indii.admin.ledger.state import AuditState, LedgerState, MovementState
from indii.admin.mail.state import EmailsState
from indii.admin.orders import state as sales
from indii.admin.orders.state import OrdersState, OrderState
from indii.kernel import inbox
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.inbox import InboundEvent, InboundMessage
from indii.kernel.jobs import Job
from indii.kernel.mail_queue import QueuedEmail
from indii.trust.refunds.commands import mark_accepted, return_payment
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.orders import (
    download,
    make_order,
    make_paid_order,
    number_of,
    pay_order,
    refund,
)
from tests.state.tab import Tab

PAGES = {
    OrdersState: "/admin/orders", OrderState: "/admin/order/x", LedgerState: "/admin/ledger",
    MovementState: "/admin/ledger/x", AuditState: "/admin/audit",
    InboundEventsState: "/admin/events", EmailsState: "/admin/mail",
}  # fmt: skip


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


@pytest.fixture
def noor(rt):
    return make_admin(rt)


@pytest.fixture
def recordings(rt):
    ash = make_producer(rt, "Ash Verell")
    prices = {"mp3_lease": 2995, "wav_lease": 4995}
    return [make_recording(rt, ash, title=title, prices=prices) for title in ("Rust", "Tide")]


@pytest.fixture
def mara(rt):
    return make_fan(rt, "Mara", email="mara@example.com")


@pytest.fixture
def order(rt, recordings, mara):
    made = make_paid_order(rt, mara, [(r, "wav_lease") for r in recordings])
    download(rt, mara, made)
    return made


def notice(tab):
    return tab.state(NoticeState).text


def shown(state):
    return str(state.view if hasattr(state, "view") else state.page)


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("make", [make_fan, make_producer])
def test_others_see_nothing(rt, tab, as_, order, kind, make):
    tab.at(PAGES[kind])
    with as_(make(rt)):
        before = shown(tab.state(kind))
        state = tab.run(kind, "load")
    assert (state.is_ready, state.is_allowed) == (True, False)
    assert shown(state) == before
    with as_(NOBODY):
        assert tab.call(kind, "load")[1] is not None


def test_orders_are_found_by_number_address_and_payment(rt, tab, as_, noor, order, recordings):
    bo = make_fan(rt, "Bo", email="bo_x@example.com")
    waiting = make_order(rt, bo, [(recordings[0], "mp3_lease")])
    with as_(noor):
        tab.at("/admin/orders")
        page = tab.run(OrdersState, "load").page
        assert [row.number for row in page.rows] == [
            number_of(rt, waiting), number_of(rt, order)
        ]  # fmt: skip
        assert [(t.label, t.count) for t in page.tabs] == [
            ("All", "2"), ("Waiting for payment", "1"), ("Paid", "1")
        ]  # fmt: skip
        for asked, found in (
            (f"q={number_of(rt, order)[3:7].lower()}", [order]),
            ("q=MARA%40example", [order]), ("q=o_x%40", [waiting]), ("q=_", [waiting]),
            ("q=%25", []), ("state=paid", [order]), ("state=nonsense", [waiting, order]),
            ("after=nonsense", [waiting, order]),
        ):  # fmt: skip
            tab.at(f"/admin/orders?{asked}")
            rows = tab.run(OrdersState, "load").page.rows
            assert [row.number for row in rows] == [number_of(rt, f) for f in found], asked
        _, answer = tab.call(OrdersState, "search", {"q": "  mara@example.com "})
    assert "q=mara%40example.com" in str(answer)


def test_one_order_with_everything_that_belongs_to_it(rt, tab, as_, noor, order):
    tab.at(f"/admin/order/{number_of(rt, order)}")
    with as_(noor):
        view = tab.run(OrderState, "load").view
    assert (view.state, view.total_label, view.email) == ("paid", "$99.90", "mara@example.com")
    assert [line.title for line in view.lines] == ["Rust", "Tide"]
    assert all(line.can_refund and line.document_href for line in view.lines)
    assert [book.kind_label for book in view.ledger] == ["Sale"]
    assert {leg.label for leg in view.ledger[0].legs} >= {"Owed to sellers", "Platform fees"}
    assert len(view.downloads) == 4
    assert [done.what for done in view.history] == ["Order placed"]
    assert view.can_refund
    assert not view.is_refunding


def test_an_order_that_is_not_there(tab, as_, noor):
    tab.at("/admin/order/IN-0000-0000")
    with as_(noor):
        assert tab.run(OrderState, "load").is_missing


def test_money_that_does_not_fit_is_said(rt, tab, as_, noor, recordings, mara):
    order = make_order(rt, mara, [(recordings[0], "wav_lease")])
    pay_order(rt, order, has_papers=False, off=-100)
    tab.at(f"/admin/order/{number_of(rt, order)}")
    with as_(noor):
        view = tab.run(OrderState, "load").view
        assert "Paid $48.95" in view.review_note
        assert (view.needs_look, view.return_label, view.can_refund) == (True, "$48.95", False)


def test_money_that_does_not_fit_is_given_back(rt, tab, as_, noor, recordings, mara, monkeypatch):
    monkeypatch.setattr(sales, "POLL_S", 0)
    monkeypatch.setattr(sales, "POLLS", 2)
    order = make_order(rt, mara, [(recordings[0], "wav_lease")])
    pay_order(rt, order, has_papers=False, off=-100)
    tab.at(f"/admin/order/{number_of(rt, order)}")
    form = {"reason": "It did not fit."}
    with as_(noor):
        tab.run(OrderState, "load")
        assert tab.run(OrderState, "give_payment_back", form).view.refunds == ()
        assert "nothing left to refund" in notice(tab)
        assert tab.run(OrderState, "choose_return").step == "return"
        state = tab.run(OrderState, "give_payment_back", {"reason": " "})
        assert ("reason" in state.errors, state.step) == (True, "return")
        state, after = tab.call(OrderState, "give_payment_back", form)
        assert (state.step, state.errors, after is not None) == ("", {}, True)
        assert (state.view.is_refunding, state.view.return_label) == (True, "")
        (row,) = state.view.refunds
        assert (row.amount_label, row.what, row.by) == (
            "$48.95", "a payment that did not match the order", "Noor"
        )  # fmt: skip
        tab.run(OrderState, "choose_return")
        assert len(tab.run(OrderState, "give_payment_back", form).view.refunds) == 1
        with rt.write(SYSTEM) as ctx:
            mark_accepted(ctx, refund_id=UUID(row.id), ref="re_test_aside", is_done=True)
        view = tab.run(OrderState, "load").view
    assert (view.state, view.needs_look, view.return_label) == ("refunded", False, "")
    assert [line.state_label for line in view.lines] == ["Not delivered"]
    assert {done.about for done in view.history if done.what == "Refund asked"} == {
        "It did not fit."
    }


def test_nobody_else_gives_a_payment_back(rt, tab, as_, recordings, mara):
    order = make_order(rt, mara, [(recordings[0], "wav_lease")])
    pay_order(rt, order, has_papers=False, off=-100)
    for actor in (mara, make_producer(rt, "Bo")):
        with rt.write(actor) as ctx, pytest.raises(NotAllowed):
            return_payment(ctx, order_id=order, reason="For me.")
    with rt.write(NOBODY) as ctx, pytest.raises(SignInNeeded):
        return_payment(ctx, order_id=order, reason="For me.")


def test_orders_with_a_failed_refund_are_found(rt, tab, as_, noor, order, recordings, mara):
    make_paid_order(rt, mara, [(recordings[0], "mp3_lease")])
    with as_(noor):
        tab.at("/admin/orders?state=refund_failed")
        assert tab.run(OrdersState, "load").page.rows == ()
        refund(rt, noor, order, lines=1, outcome="failed")
        page = tab.run(OrdersState, "load").page
        assert [(r.number, r.has_failed_refund) for r in page.rows] == [
            (number_of(rt, order), True)
        ]  # fmt: skip
        assert [(t.label, t.count, t.is_on) for t in page.tabs][-1] == ("Refund failed", "1", True)
        tab.at("/admin/orders")
        rows = tab.run(OrdersState, "load").page.rows
        assert [r.has_failed_refund for r in rows] == [False, True]
        # somebody saw to it
        refund(rt, noor, order)
        page = tab.run(OrdersState, "load").page
        assert not any(r.has_failed_refund for r in page.rows)
        assert "Refund failed" not in [t.label for t in page.tabs]


def test_giving_one_line_back_in_two_steps(rt, tab, as_, noor, order, monkeypatch):
    monkeypatch.setattr(sales, "POLL_S", 0)
    monkeypatch.setattr(sales, "POLLS", 2)
    tab.at(f"/admin/order/{number_of(rt, order)}")
    with as_(noor):
        first, second = (line.id for line in tab.run(OrderState, "load").view.lines)
        tab.run(OrderState, "choose")
        assert tab.run(OrderState, "give_back").view.refunds == ()
        assert "Choose what to refund" in notice(tab)
        form = {f"line-{second}": "yes", "line-nonsense": "yes"}
        assert "reason" in tab.run(OrderState, "review", {**form, "reason": " "}).errors
        assert "lines" in tab.run(OrderState, "review", {"reason": "Wrong tier."}).errors
        state = tab.run(OrderState, "review", {**form, "reason": "Wrong tier."})
        assert (state.step, state.draft.button) == ("confirm", "Refund $49.95")
        assert state.draft.titles == ("Tide, WAV lease",)
        assert tab.run(OrderState, "back").step == "choose"
        tab.run(OrderState, "review", {**form, "reason": "Wrong tier."})
        state, after = tab.call(OrderState, "give_back")
        assert (state.step, after is not None, state.view.is_refunding) == ("", True, True)
        (row,) = state.view.refunds
        assert (row.amount_label, row.state_label, row.what) == ("$49.95", "Requested", "Tide")
        assert row.by == "Noor"
        states = {line.id: line.state for line in state.view.lines}
        assert states == {first: "granted", second: "refunding"}
        assert tab.run(OrderState, "watch").view.is_refunding
        tab.run(OrderState, "choose")
        state = tab.run(OrderState, "review", {**form, "reason": "Again."})
        assert "lines" in state.errors
        assert tab.run(OrderState, "cancel").step == ""


def test_what_became_of_refunds_is_shown(rt, tab, as_, noor, order):
    refund(rt, noor, order, lines=1, outcome="failed")
    refund(rt, noor, order)
    tab.at(f"/admin/order/{number_of(rt, order)}")
    with as_(noor):
        view = tab.run(OrderState, "load").view
    assert [(r.state_label, r.error) for r in view.refunds] == [
        ("Done", ""), ("Failed", "The card's account was closed.")
    ]  # fmt: skip
    assert [book.kind_label for book in view.ledger] == ["Refund", "Sale"]
    assert (view.state, view.can_refund) == ("refunded", False)


def test_the_ledger_by_account_and_by_order(rt, tab, as_, noor, order, recordings, mara):
    make_paid_order(rt, mara, [(recordings[0], "mp3_lease")])
    number = number_of(rt, order)
    with as_(noor):
        tab.at("/admin/ledger")
        view = tab.run(LedgerState, "load").view
        assert len(view.movements) == 2
        assert [(t.currency, t.is_even) for t in view.totals] == [("USD", True)]
        tab.at(f"/admin/ledger?order={number.lower()}&code=seller_payable")
        view = tab.run(LedgerState, "load").view
        assert [m.order_number for m in view.movements] == [number]
        assert (view.code_label, view.without_code) == (
            "Owed to sellers", f"/admin/ledger?order={number}"
        )  # fmt: skip
        tab.at("/admin/ledger?order=IN-0000-0000")
        assert tab.run(LedgerState, "load").view.movements == ()
        tab.at("/admin/ledger?code=nonsense&after=nonsense")
        movements = tab.run(LedgerState, "load").view.movements
        assert len(movements) == 2
        _, answer = tab.call(LedgerState, "find", {"order": f" {number} "})
        assert f"order={number}" in str(answer)
        assert "Every movement balances" in tab.run(LedgerState, "check").checked.said
        tab.at(movements[0].href)
        view = tab.run(MovementState, "load").view
        assert len(view.legs) == 3
        assert view.order_href == f"/admin/order/{view.order_number}"
        tab.at("/admin/ledger/nonsense")
        assert tab.run(MovementState, "load").is_missing


def told(rt, *, state="waiting"):
    about = {"object": "ch_1"}
    event = InboundMessage("stripe", f"evt_{state}", "charge.refunded", about, rt.clock())
    with rt.write() as ctx:
        event_id = inbox.store(ctx, event)
        ctx.write_jobs()
        job = ctx.db.scalar(select(Job).where(col(Job.key) == str(event_id)))
        if state == "dead":
            job.state, job.last_error, job.finished_at = state, "Nobody answered.", ctx.now
        else:
            ctx.db.get(InboundEvent, event_id).state = state
    return event_id


def test_what_the_outside_told_is_worked_again(rt, tab, as_, noor):
    told(rt, state="done")
    told(rt, state="not_handled")
    dead = told(rt, state="dead")
    with as_(noor):
        tab.at("/admin/events?state=dead")
        page = tab.run(InboundEventsState, "load").page
        assert [(row.id, row.error) for row in page.rows] == [(str(dead), "Nobody answered.")]
        assert [(t.label, t.count) for t in page.tabs] == [
            ("All", ""), ("Waiting", ""), ("Failed", "1"), ("Unhandled", "1"), ("Done", "")
        ]  # fmt: skip
        assert tab.run(InboundEventsState, "replay", str(dead)).page.rows == []
        tab.run(InboundEventsState, "replay", "nonsense")
        assert notice(tab) == "This no longer exists."
    with rt.read() as ctx:
        assert ctx.db.get(InboundEvent, dead).state == "waiting"


def test_emails_are_listed_without_their_text(rt, tab, as_, noor):
    with rt.write() as ctx:
        ctx.db.add(
            QueuedEmail(
                id=noor.account_id, to="mara@example.com", subject="Your receipt",
                text="token=secret", html="token=secret", created_at=ctx.now,
            )
        )  # fmt: skip
    with as_(noor):
        tab.at("/admin/mail?state=waiting")
        state = tab.run(EmailsState, "load")
        (email,) = state.page.rows
        assert (email.recipient, email.subject) == ("ma…@example.com", "Your receipt")
        assert email.href == f"/dev/mailbox/{noor.account_id}"
        assert "secret" not in str(state.page)
        tab.at("/admin/mail?state=sent")
        assert tab.run(EmailsState, "load").page.rows == []


def test_the_audit_log_is_searched(rt, tab, as_, noor, order):
    refund(rt, noor, order)
    number = number_of(rt, order)
    with as_(noor):
        for asked, found in (
            ("", {"Order placed", "Refund asked", "License voided"}),
            ("refund asked", {"Refund asked"}), (number, {"Order placed", "Refund asked"}),
            ("noor", {"Refund asked"}), (str(order), {"Order placed", "Refund asked"}),
            ("nobody did this", set()), ("%", set()),
        ):  # fmt: skip
            tab.at(f"/admin/audit?q={asked.replace('%', '%25')}")
            lines = tab.run(AuditState, "load").page.lines
            acts = {line.action for line in lines}
            assert acts >= found if not asked else acts == found, asked
        tab.at(f"/admin/audit?q={number}")
        assert tab.run(AuditState, "load").page.lines[0].subject_href == f"/admin/order/{number}"
        _, answer = tab.call(AuditState, "search", {"q": "refund"})
    assert "q=refund" in str(answer)
