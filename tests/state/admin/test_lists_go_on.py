"""Lists of the administrators' pages: each goes on where the address says, in the chosen state."""

from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import select

from indii.admin.events import queries as events
from indii.admin.events.state import InboundEventsState
from indii.admin.ledger.state import AuditState, LedgerState, MovementState
from indii.admin.mail import queries as mail
from indii.admin.mail.state import EmailsState
from indii.admin.orders.state import OrdersState, OrderState
from indii.admin.reports.state import ModerationState
from indii.admin.work import queries as work
from indii.admin.work.state import WorkState
from indii.kernel.context import NOBODY
from indii.kernel.ids import new_id
from indii.kernel.inbox import InboundEvent
from indii.kernel.jobs import Job, JobKind, declare
from indii.kernel.mail_queue import QueuedEmail
from tests.factories.identity import make_admin
from tests.state.tab import Tab

SLOW = declare(JobKind("test_slow"))
ALL = 7


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(events, "PAGE", 3)
    monkeypatch.setattr(mail, "PAGE", 3)
    monkeypatch.setattr(work, "SHORT_PAGE", 3)


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


@pytest.fixture
def noor(rt):
    return make_admin(rt)


def put(rt, make):
    """Seven rows, made at four moments in another order than their ids; newest first."""
    with rt.write() as ctx:
        for n in range(ALL):
            ctx.db.add(make(new_id(), n, ctx.now - timedelta(minutes=(n * 3 % ALL) // 2)))


def told(ident, n, at):
    return InboundEvent(
        id=ident, provider="stripe", external_id=f"evt_{n}", kind="charge.refunded", payload={},
        happened_at=at, received_at=at, state="done" if n % 2 else "not_handled",
    )  # fmt: skip


def email(ident, n, at):
    return QueuedEmail(
        id=ident, to="mara@example.com", subject=f"E-mail {n}", text="", html="", created_at=at,
        state="sent" if n % 2 else "refused",
    )  # fmt: skip


def job(state):
    def make(ident, n, at):
        return Job(
            id=ident, kind=SLOW.name, key=f"{state}{n}", queue="default", priority=1, payload={},
            state=state, tries=1, last_error=f"{state} {n}", run_at=at, created_at=at,
            finished_at=at if state == "dead" else None,
        )  # fmt: skip

    return make


def walk(tab, kind, address, rows, older):
    """Every page from here on, as ids, by the links that lead on."""
    pages = []
    while address:
        tab.at(address)
        page = tab.run(kind, "load")
        pages.append([row.id for row in rows(page)])
        address = older(page)
        assert len(pages) < 9
    return pages


def newest(rt, model, by, *where):
    with rt.read() as ctx:
        found = ctx.db.scalars(select(model).where(*where))
        order = sorted(found, key=lambda row: (getattr(row, by), row.id), reverse=True)
        return [str(row.id) for row in order]


LISTS = {
    "events": (InboundEventsState, told, InboundEvent, "received_at"),
    "mail": (EmailsState, email, QueuedEmail, "created_at"),
}


@pytest.mark.parametrize("place", LISTS)
def test_a_list_goes_on_in_the_chosen_state(rt, tab, as_, noor, place):
    kind, make, model, by = LISTS[place]
    put(rt, make)
    how = (lambda state: state.page.rows, lambda state: state.page.older)
    with as_(noor):
        pages = walk(tab, kind, f"/admin/{place}", *how)
        assert [len(page) for page in pages] == [3, 3, 1]
        assert list(chain(*pages)) == newest(rt, model, by)
        chosen = "not_handled" if place == "events" else "refused"
        pages = walk(tab, kind, f"/admin/{place}?state={chosen}", *how)
        assert [len(page) for page in pages] == [3, 1]
        assert list(chain(*pages)) == newest(rt, model, by, model.state == chosen)
        tab.at(f"/admin/{place}?state={chosen}")
        assert tab.run(kind, "load").page.older.startswith(f"/admin/{place}?state={chosen}&after=")


@pytest.mark.parametrize("place", LISTS)
def test_a_place_that_is_none_shows_the_first_page(rt, tab, as_, noor, place):
    kind, make, model, by = LISTS[place]
    put(rt, make)
    every = newest(rt, model, by)
    with as_(noor):
        for after in ("nonsense", "", new_id(), noor.account_id, every[-1]):
            tab.at(f"/admin/{place}?after={after}")
            page = tab.run(kind, "load").page
            assert [row.id for row in page.rows] == every[:3], after


def test_a_row_that_left_the_state_is_still_a_place_to_go_on_from(rt, tab, as_, noor):
    put(rt, told)
    left = newest(rt, InboundEvent, "received_at", InboundEvent.state == "not_handled")
    with rt.write() as ctx:
        ctx.db.get(InboundEvent, left[2]).state = "done"
    with as_(noor):
        tab.at(f"/admin/events?state=not_handled&after={left[2]}")
        assert [row.id for row in tab.run(InboundEventsState, "load").page.rows] == left[3:]


def test_working_again_stays_where_the_address_is(rt, tab, as_, noor):
    put(rt, told)
    every = newest(rt, InboundEvent, "received_at")
    with as_(noor):
        tab.at(f"/admin/events?after={every[2]}")
        page = tab.run(InboundEventsState, "replay", every[3]).page
    assert [row.id for row in page.rows] == every[3:6]
    assert page.rows[0].state == "waiting"
    assert [(t.label, t.count) for t in page.tabs[:2]] == [("All", ""), ("Waiting", "1")]


def test_each_list_of_the_jobs_goes_on_by_itself(rt, tab, as_, noor):
    put(rt, job("dead"))
    put(rt, job("queued"))
    lists = {
        "jobs": newest(rt, Job, "created_at", Job.state == "dead"),
        "trying": newest(rt, Job, "created_at", Job.state == "queued"),
    }
    with as_(noor):
        for name, expected in lists.items():
            pages = walk(
                tab, WorkState, "/admin/work",
                lambda state, name=name: getattr(state.work, name),
                lambda state, name=name: getattr(state.work, f"older_{name}"),
            )  # fmt: skip
            assert [len(page) for page in pages] == [3, 3, 1], name
            assert list(chain(*pages)) == expected, name
        tab.at("/admin/work")
        tab.at(tab.run(WorkState, "load").work.older_jobs)
        work = tab.run(WorkState, "load").work
        tab.at(work.older_trying)
        work = tab.run(WorkState, "retry", work.jobs[0].id).work
    assert [row.id for row in work.jobs] == lists["jobs"][4:]
    trying = newest(rt, Job, "created_at", Job.state == "queued", Job.last_error != "")
    after = trying.index(lists["trying"][2])
    assert [row.id for row in work.trying] == trying[after + 1 : after + 4]
    assert work.dead_jobs == 6
    assert work.older_trying.endswith("#trying")
    assert f"jobs={lists['jobs'][2]}" in work.older_trying


def test_places_of_other_lists_show_the_first_page_of_the_jobs(rt, tab, as_, noor):
    put(rt, job("dead"))
    first = newest(rt, Job, "created_at", Job.state == "dead")[:3]
    put(rt, job("queued"))
    other = newest(rt, Job, "created_at", Job.state == "queued")[0]
    with as_(noor):
        for place in ("nonsense", new_id()):
            tab.at(f"/admin/work?jobs={place}&trying={place}&events=1")
            work = tab.run(WorkState, "load").work
            assert [row.id for row in work.jobs] == first
            assert len(work.trying) == 3
        tab.at(f"/admin/work?jobs={other}")
        assert [row.id for row in tab.run(WorkState, "load").work.jobs] == first


PAGES = {
    ModerationState: "/admin/reports", OrdersState: "/admin/orders?q=mara%40example.com&state=paid",
    OrderState: "/admin/order/IN-1", LedgerState: "/admin/ledger", MovementState: "/admin/ledger/x",
    AuditState: "/admin/audit?q=refund", InboundEventsState: "/admin/events?state=dead",
    EmailsState: "/admin/mail", WorkState: "/admin/work?jobs=x",
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.__name__)
def test_a_visitor_comes_back_to_the_same_address(rt, tab, as_, kind):
    tab.at(PAGES[kind])
    with as_(NOBODY):
        state, answer = tab.call(kind, "load")
    assert not state.is_ready
    where = PAGES[kind].replace("%", "%25").replace("?", "%3F").replace("=", "%3D")
    assert f"/sign-in?next={where.replace('&', '%26')}" in str(answer)


def test_every_page_of_the_administrators_has_its_own_flags(rt, tab, as_, noor):
    tab.at("/admin/mail")
    with as_(noor):
        assert tab.run(EmailsState, "load").is_allowed
    assert not tab.state(InboundEventsState).is_allowed
    for kind in PAGES:
        assert {"is_allowed", "is_ready"} <= set(kind.base_vars), kind
