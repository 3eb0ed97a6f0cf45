"""Accounts against the real database: links, sessions, roles, and what strangers may learn."""

import re

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.identity.accounts import commands, flows, queries
from indii.identity.accounts.enums import Role
from indii.identity.accounts.errors import (
    EmailTaken,
    EmailUnconfirmed,
    LastAdministrator,
    LinkUsed,
    PasswordTooWeak,
    TermsNotAccepted,
    WrongCredentials,
    WrongPassword,
)
from indii.identity.accounts.models import Account, Consent, LoginSession
from indii.identity.accounts.rules import PRIVACY_VERSION, TERMS_VERSION
from indii.identity.profiles.models import Profile
from indii.identity.profiles.queries import public_profile
from indii.identity.sessions import commands as sessions
from indii.kernel.context import NOBODY, SYSTEM, Credentials
from indii.kernel.errors import NotAllowed, NotFound, SignInNeeded, TooManyAttempts
from indii.kernel.mail_queue import QueuedEmail
from tests.factories.identity import (
    CHEAP,
    PASSWORD,
    make_admin,
    make_fan,
    make_producer,
    make_visitor,
    sign_in,
)
from tests.factories.work import emitted

VISITOR = make_visitor()


def sign_up(rt, email="mara@example.com", password=PASSWORD, **changes):
    values = {"name": "Mara", "role": Role.FAN, "accepts": True, "ip": "192.0.2.1"}
    flows.sign_up(
        rt, VISITOR, email=email, password=password, passwords=CHEAP, **(values | changes)
    )


def enter(rt, email="mara@example.com", password=PASSWORD, actor=VISITOR):
    return flows.sign_in(
        rt, actor, email=email, password=password, ip="192.0.2.1",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko Firefox/128.0",
        passwords=CHEAP,
    )  # fmt: skip


def who(rt, token):
    return rt.actor_for(Credentials(token, "192.0.2.1", "Firefox/128.0"))


def emails(rt):
    with rt.write() as ctx:
        return list(ctx.db.scalars(select(QueuedEmail).order_by(col(QueuedEmail.id))))


def link_token(email):
    return re.search(r"token=([\w-]+)", email.text).group(1)


def events(rt, name):
    return [data for emitted_name, data in emitted(rt) if emitted_name == name]


def confirm(rt, token):
    with rt.write(VISITOR) as ctx:
        commands.verify_email(ctx, token=token)


def test_sign_up_confirm_and_sign_in(rt):
    sign_up(rt, email=" Mara@Example.COM ", role=Role.PRODUCER)
    (email,) = emails(rt)
    assert email.to == "mara@example.com"
    with pytest.raises(EmailUnconfirmed):
        enter(rt)
    confirm(rt, link_token(email))
    actor = who(rt, enter(rt, email="MARA@example.com"))
    assert actor.is_signed_in
    assert actor.is_verified
    assert actor.roles == {"fan", "producer"}
    with rt.read(actor) as ctx:
        kept = {(c.document, c.version, c.accepted_at) for c in ctx.db.scalars(select(Consent))}
        assert kept == {
            ("terms", TERMS_VERSION, rt.clock()),
            ("privacy", PRIVACY_VERSION, rt.clock()),
        }
        assert public_profile(ctx, "mara").is_producer
        account = ctx.db.scalar(select(Account))
        assert account.password_hash.startswith("$argon2id$")


def test_known_email_learns_nothing_here_and_something_by_mail(rt):
    make_fan(rt, email="mara@example.com")
    sign_up(rt, password="another-good-one-9")
    (email,) = emails(rt)
    assert "already have an account" in email.subject
    with pytest.raises(WrongCredentials):
        enter(rt, password="another-good-one-9")
    assert who(rt, enter(rt)).is_signed_in


def test_second_sign_up_before_confirming_keeps_the_first_password(rt):
    sign_up(rt)
    sign_up(rt, password="slipped-in-by-someone")
    first, second = emails(rt)
    with pytest.raises(LinkUsed):
        confirm(rt, link_token(first))
    confirm(rt, link_token(second))
    with pytest.raises(WrongCredentials):
        enter(rt, password="slipped-in-by-someone")
    assert enter(rt)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"password": "short"}, PasswordTooWeak),
        ({"password": "Password123!"}, PasswordTooWeak),
        ({"password": "mara@example.com"}, PasswordTooWeak),
        ({"accepts": False}, TermsNotAccepted),
        ({"role": Role.ADMIN}, Exception),
    ],
)
def test_sign_up_refusals_leave_nothing(rt, changes, refusal):
    with pytest.raises(refusal):
        sign_up(rt, **changes)
    with rt.read() as ctx:
        assert not ctx.db.scalars(select(Account))
    assert not emails(rt)


def test_verify_link_can_be_opened_twice_but_expires(rt, clock):
    sign_up(rt)
    token = link_token(emails(rt)[0])
    clock.move(days=3, seconds=1)
    with pytest.raises(LinkUsed):
        confirm(rt, token)
    flows.resend(rt, VISITOR, email="mara@example.com", ip="192.0.2.1")
    newer = link_token(emails(rt)[1])
    confirm(rt, newer)
    confirm(rt, newer)
    with pytest.raises(LinkUsed):
        confirm(rt, "made-up")


def test_resend_and_forgot_answer_the_same_for_strangers(rt):
    flows.resend(rt, VISITOR, email="nobody@example.com", ip="192.0.2.1")
    flows.forgot(rt, VISITOR, email="nobody@example.com", ip="192.0.2.1")
    assert not emails(rt)


def test_same_refusal_for_unknown_email_and_wrong_password(rt):
    make_fan(rt, email="mara@example.com")
    messages = set()
    for email in ("mara@example.com", "nobody@example.com", "not an address"):
        with pytest.raises(WrongCredentials) as refused:
            enter(rt, email=email, password="wrong-password-1")
        messages.add((refused.value.message, refused.value.field))
    assert len(messages) == 1


def test_unknown_email_costs_a_hash_as_well(rt):
    checked = []

    class Counting(flows.Passwords):
        def check(self, password, kept):
            checked.append(kept)
            return CHEAP.check(password, kept)

    with pytest.raises(WrongCredentials):
        flows.sign_in(
            rt, VISITOR, email="nobody@example.com", password=PASSWORD, ip="", user_agent="",
            passwords=Counting(),
        )  # fmt: skip
    assert checked == [None]


def test_reset_works_once_and_ends_all_sessions(rt, clock):
    make_fan(rt, email="mara@example.com")
    before = enter(rt)
    flows.forgot(rt, VISITOR, email="mara@example.com", ip="192.0.2.1")
    token = link_token(emails(rt)[0])
    with pytest.raises(PasswordTooWeak):
        flows.reset(rt, VISITOR, token=token, password="short", passwords=CHEAP)
    flows.reset(rt, VISITOR, token=token, password="quiet-harbour-3", passwords=CHEAP)
    assert not who(rt, before).is_signed_in
    assert enter(rt, password="quiet-harbour-3")
    with pytest.raises(WrongCredentials):
        enter(rt)
    with pytest.raises(LinkUsed):
        flows.reset(rt, VISITOR, token=token, password="third-password-4", passwords=CHEAP)
    assert "changed" in emails(rt)[-1].subject


def test_reset_link_lives_an_hour_and_only_the_newest_works(rt, clock):
    make_fan(rt, email="mara@example.com")
    flows.forgot(rt, VISITOR, email="mara@example.com", ip="192.0.2.1")
    flows.forgot(rt, VISITOR, email="mara@example.com", ip="192.0.2.1")
    first, second = (link_token(email) for email in emails(rt))
    with pytest.raises(LinkUsed):
        flows.reset(rt, VISITOR, token=first, password="quiet-harbour-3", passwords=CHEAP)
    clock.move(hours=1, seconds=1)
    with pytest.raises(LinkUsed):
        flows.reset(rt, VISITOR, token=second, password="quiet-harbour-3", passwords=CHEAP)


def test_a_verify_token_resets_nothing(rt):
    sign_up(rt)
    token = link_token(emails(rt)[0])
    with pytest.raises(LinkUsed):
        flows.reset(rt, VISITOR, token=token, password="quiet-harbour-3", passwords=CHEAP)


def test_sessions_slide_expire_and_are_kept_as_hashes(rt, clock):
    make_fan(rt, email="mara@example.com")
    token = enter(rt)
    with rt.read() as ctx:
        (row,) = ctx.db.scalars(select(LoginSession))
        assert token not in (row.token_hash, str(row.id))
    clock.move(days=29)
    actor = who(rt, token)
    with rt.read(actor) as ctx:
        assert queries.viewer(ctx).is_stale
    with rt.write(actor) as ctx:
        sessions.touch_session(ctx)
    with rt.read(actor) as ctx:
        assert not queries.viewer(ctx).is_stale
    clock.move(days=29)
    assert who(rt, token).is_signed_in
    clock.move(days=2)
    assert not who(rt, token).is_signed_in


def test_signing_in_again_replaces_this_browsers_session(rt):
    make_fan(rt, email="mara@example.com")
    first = enter(rt)
    second = enter(rt, actor=who(rt, first))
    assert first != second
    assert not who(rt, first).is_signed_in
    assert who(rt, second).is_signed_in


def test_own_sessions_and_ending_them(rt):
    mara = make_fan(rt, email="mara@example.com", with_session=True)
    other_token, other = sign_in(rt, "mara@example.com")
    stranger = make_fan(rt)
    with rt.read(mara) as ctx:
        rows = queries.own_sessions(ctx)
    assert [row.is_this for row in rows] == [True, False]
    assert rows[0].browser == "Firefox on Linux"
    with rt.write(stranger) as ctx:
        sessions.end_session(ctx, session_id=other.session_id)
    assert who(rt, other_token).is_signed_in
    with rt.write(mara) as ctx:
        sessions.end_session(ctx, session_id=other.session_id)
    assert not who(rt, other_token).is_signed_in
    third, _ = sign_in(rt, "mara@example.com")
    with rt.write(mara) as ctx:
        assert sessions.end_all_sessions(ctx) == 2
    assert not who(rt, third).is_signed_in


def test_change_password_keeps_only_this_session(rt):
    token, mara = _signed_in(rt)
    other, _ = sign_in(rt, "mara@example.com")
    with pytest.raises(WrongPassword):
        flows.change_password(rt, mara, current="wrong", new="quiet-harbour-3", passwords=CHEAP)
    flows.change_password(rt, mara, current=PASSWORD, new="quiet-harbour-3", passwords=CHEAP)
    assert who(rt, token).is_signed_in
    assert not who(rt, other).is_signed_in
    assert enter(rt, password="quiet-harbour-3")


def _signed_in(rt):
    make_fan(rt, email="mara@example.com")
    return sign_in(rt, "mara@example.com")


def test_selling_adds_the_role_once(rt):
    token, mara = _signed_in(rt)
    for _ in range(2):
        with rt.write(mara) as ctx:
            commands.become_producer(ctx)
    assert who(rt, token).roles == {"fan", "producer"}
    with rt.read() as ctx:
        assert ctx.db.scalar(select(Profile)).is_producer


def test_closing_frees_the_email_and_hides_everything(rt):
    token, mara = _signed_in(rt)
    with pytest.raises(WrongPassword):
        flows.close(rt, mara, password="wrong", passwords=CHEAP)
    flows.close(rt, mara, password=PASSWORD, passwords=CHEAP)
    assert not who(rt, token).is_signed_in
    with pytest.raises(WrongCredentials):
        enter(rt)
    with rt.read() as ctx, pytest.raises(NotFound):
        public_profile(ctx, "mara")
    (event,) = events(rt, "AccountClosed")
    assert event == {"account_id": str(mara.account_id), "profile_id": str(mara.profile_id)}
    make_fan(rt, email="mara@example.com")


def test_the_last_administrator_stays(rt):
    first = make_admin(rt, with_session=True)
    with pytest.raises(LastAdministrator):
        flows.close(rt, first, password=PASSWORD, passwords=CHEAP)
    make_admin(rt, name="Second")
    flows.close(rt, first, password=PASSWORD, passwords=CHEAP)


def test_only_the_system_makes_administrators(rt):
    for actor in (NOBODY, make_fan(rt), make_producer(rt), make_admin(rt)):
        for flow in (flows.create_admin, flows.create_member):
            extra = {} if flow is flows.create_admin else {"role": Role.ADMIN}
            with pytest.raises((SignInNeeded, NotAllowed)):
                flow(
                    rt, actor, email="boss@example.com", password=PASSWORD, name="Boss",
                    passwords=CHEAP, **extra,
                )  # fmt: skip
    made = flows.create_admin(
        rt, SYSTEM, email="boss@example.com", password=PASSWORD, name="Boss", passwords=CHEAP
    )
    again = flows.create_admin(
        rt, SYSTEM, email="boss@example.com", password="other-password-8", name="Boss",
        passwords=CHEAP,
    )  # fmt: skip
    assert made == again
    assert "admin" in who(rt, enter(rt, email="boss@example.com")).roles
    with pytest.raises(EmailTaken):
        flows.create_member(
            rt, SYSTEM, email="boss@example.com", password=PASSWORD, name="B", role=Role.FAN,
            passwords=CHEAP,
        )  # fmt: skip


def test_hashes_are_for_the_system_only(rt):
    for actor in (NOBODY, make_fan(rt), make_admin(rt)):
        with rt.read(actor) as ctx, pytest.raises((SignInNeeded, NotAllowed)):
            queries.find_login(ctx, email="mara@example.com")


def test_too_many_tries_for_one_email(rt):
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            enter(rt, email="nobody@example.com")
    with pytest.raises(TooManyAttempts):
        enter(rt, email="nobody@example.com")


def test_bots_and_visitors(rt, clock):
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    one = rt.actor_for(Credentials(None, "192.0.2.1", firefox))
    same = rt.actor_for(Credentials("nonsense", "192.0.2.1", firefox))
    other = rt.actor_for(Credentials(None, "192.0.2.2", firefox))
    assert one.visitor == same.visitor != other.visitor
    assert not one.is_bot
    assert "192.0.2.1" not in one.visitor
    clock.move(days=1)
    assert rt.actor_for(Credentials(None, "192.0.2.1", firefox)).visitor != one.visitor
    assert rt.actor_for(Credentials(None, "192.0.2.1", "")).is_bot
    assert rt.actor_for(Credentials(None, "192.0.2.1", "Googlebot/2.1")).is_bot


def test_resolving_takes_one_statement(rt, query_count):
    token, _ = _signed_in(rt)
    with query_count(1):
        assert who(rt, token).is_signed_in
    with query_count(0):
        assert not who(rt, None).is_signed_in


def test_tidying_forgets_who_never_confirmed(rt, clock):
    sign_up(rt)
    make_fan(rt, email="kept@example.com", with_session=True)
    clock.move(days=29)
    for expected in (0, 1):
        with rt.write(SYSTEM) as ctx:
            assert commands.delete_expired(ctx) == expected
        clock.move(days=2)
    clock.move(days=40)
    with rt.write(SYSTEM) as ctx:
        sessions.delete_expired(ctx)
    with rt.read() as ctx:
        assert not ctx.db.scalars(select(LoginSession))
        assert [a.email for a in ctx.db.scalars(select(Account))] == ["kept@example.com"]
