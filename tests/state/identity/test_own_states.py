"""Handlers of identity: the account page, the profile form, the report dialog."""

import asyncio

import pytest
import reflex as rx
from sqlalchemy import select
from sqlmodel import col

from indii.identity.accounts.state import AccountState, AuthState
from indii.identity.profiles.models import Profile
from indii.identity.profiles.state import ProfileState
from indii.identity.reports.models import Report
from indii.identity.reports.state import ReportState
from indii.kernel.context import NOBODY
from indii.kernel.flash import Flash, sign
from indii.kernel.ids import new_id
from indii.shell.legal.state import LegalState
from indii.shell.viewer import ViewerState
from indii.ui.state import NoticeState
from tests.factories.identity import make_fan, make_producer, make_visitor, sign_in
from tests.state.tab import Tab


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


def target(event):
    """The address a redirect leads to."""
    return str({str(k): str(v) for k, v in event.args}["path"]).strip('"')


def test_viewer_shows_who_is_there_and_touches_the_session(rt, tab, as_, clock):
    mara = make_fan(rt, "Mara", email="mara@example.com", with_session=True)
    with as_(NOBODY):
        viewer = tab.opened(ViewerState)
    assert viewer.is_ready
    assert not viewer.is_signed_in
    clock.move(hours=1)
    with as_(mara):
        viewer = tab.opened(ViewerState)
    assert (viewer.name, viewer.slug, viewer.roles) == ("Mara", "mara", ["fan"])
    with as_(mara):
        account = tab.run(AccountState, "load")
    assert account.sessions[0].seen == "just now"


def test_account_page_sends_visitors_to_the_entrance(rt, tab, as_):
    with as_(NOBODY):
        state, event = tab.call(AccountState, "load")
    assert target(event) == "/sign-in?next=/account"
    assert not state.is_ready


def test_ending_another_session(rt, tab, as_):
    mara = make_fan(rt, email="mara@example.com", with_session=True)
    sign_in(rt, "mara@example.com", "Chrome/1 Android")
    with as_(mara):
        state = tab.run(AccountState, "load")
        other = next(row for row in state.sessions if not row.is_this)
        assert other.browser == "Chrome on Android"
        state = tab.run(AccountState, "end_session", other.id)
        assert [row.is_this for row in state.sessions] == [True]
        tab.run(AccountState, "end_session", "nonsense")
    assert "no such session" in tab.state(NoticeState).text


def test_opening_a_studio(rt, tab, as_):
    mara = make_fan(rt)
    with as_(mara):
        _, event = tab.call(AccountState, "become_producer")
        state = tab.run(AccountState, "load")
    assert target(event) == "/studio"
    assert state.account.is_producer


def test_saving_a_profile(rt, tab, as_):
    make_producer(rt, "Taken")
    ash = make_producer(rt, "Ash")
    with as_(ash):
        tab.run(ProfileState, "load")
        state = tab.run(ProfileState, "save", {"name": "Ash V", "slug": "taken", "bio": "x"})
        assert state.errors == {"slug": "That address is taken."}
        state = tab.run(ProfileState, "save", {"name": "Ash V", "slug": "ash-v", "bio": "Hi."})
    assert state.errors == {}
    assert state.profile.slug == "ash-v"
    assert tab.state(NoticeState).kind == "good"
    with as_(NOBODY):
        tab.run(ProfileState, "save", {"name": "Nobody", "slug": "nobody", "bio": ""})
    with rt.read() as ctx:
        assert set(ctx.db.scalars(select(col(Profile.name)))) == {"Taken", "Ash V"}


def test_reporting_from_the_dialog(rt, tab, as_):
    subject = str(new_id())
    with as_(make_visitor()):
        state = tab.run(ReportState, "open", subject)
        assert state.subject == subject
        state = tab.run(ReportState, "send", "recording", subject, {"reason": "copyright"})
        assert "details" in state.errors
        said = {"reason": "copyright", "details": "My song."}
        state = tab.run(ReportState, "send", "recording", subject, said)
        assert state.is_sent
        state = tab.run(ReportState, "send", "recording", subject, said)
        assert "already" in state.errors["form"]
        assert tab.run(ReportState, "close").subject == ""
    with rt.read() as ctx:
        assert len(ctx.db.scalars(select(Report))) == 1


def test_entrance_shows_what_the_form_left_for_this_page_only(rt, tab, as_):
    flash = Flash("/sign-up", errors={"password": "No."}, values={"email": "m@example.com"})
    cookie = f"indii_flash={sign(rt.site.secret, flash, now=rt.clock())}"
    with as_(NOBODY):
        tab.at("/sign-up?next=/studio", cookie=cookie)
        state = tab.run(AuthState, "load")
        assert (state.email, state.errors) == ("m@example.com", {"password": "No."})
        assert (state.next, state.carry) == ("/studio", "?next=%2Fstudio")
        tab.at("/sign-in?next=https://evil.example", cookie=cookie)
        state = tab.run(AuthState, "load")
        assert (state.email, state.errors, state.next) == ("", {}, "/")
        tab.at("/sign-up", cookie=cookie[:-4] + "0000")
        assert tab.run(AuthState, "load").errors == {}


def test_flash_is_gone_after_a_minute(rt, tab, as_, clock):
    flash = Flash("/sign-in", notice="Hello.")
    cookie = f"indii_flash={sign(rt.site.secret, flash, now=rt.clock())}"
    clock.move(seconds=61)
    with as_(NOBODY):
        tab.at("/sign-in", cookie=cookie)
        assert tab.run(AuthState, "load").notice == ""


def test_signed_in_people_need_no_entrance(rt, tab, as_):
    with as_(make_fan(rt)):
        tab.at("/sign-in?next=/explore")
        _, event = tab.call(AuthState, "load")
    assert target(event) == "/explore"


def test_legal_pages_name_the_operator(rt, tab):
    object.__setattr__(rt.site, "contact", "hello@example.com")
    state = tab.run(LegalState, "load")
    assert (state.host, state.contact) == ("localhost:3000", "hello@example.com")


def test_states_hold_nothing_before_somebody_asks():
    root = rx.State(_reflex_internal_init=True)
    state = asyncio.run(root.get_state(AccountState))
    assert (state.account.email, state.sessions) == ("", [])
