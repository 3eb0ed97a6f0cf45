"""Sessions: made anew at sign-in, looked up at every event, ended for good."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from indii.kernel.context import SYSTEM
from tests.factories.identity import PASSWORD, sign_in
from tests.security.browsing import (
    ACCOUNT,
    client,
    cookie_of,
    sees_account,
)
from tests.security.requests import new_member, raw
from tests.security.socket import ROOT_STATE, Tab
from tests.security.world import World
from tests.serving import BROWSER, Site

# ------------------------------------------------------------------ sessions


async def test_signing_in_makes_a_new_session(site: Site, world: World) -> None:
    """A cookie planted before the sign-in is worth nothing after it."""
    person = new_member(world)
    form = {"email": person.email, "password": PASSWORD}
    planted = f"indii_session={secrets.token_urlsafe(32)}"
    with client(site, planted) as web:
        fresh = cookie_of(web.post("/auth/sign-in", data=form))
    assert fresh != planted
    assert not await sees_account(site, planted)
    assert await sees_account(site, fresh)
    # Signing in again ends what this browser had.
    with client(site, fresh) as web:
        newer = cookie_of(web.post("/auth/sign-in", data=form))
    assert not await sees_account(site, fresh)
    assert await sees_account(site, newer)
    # Somebody else's session is not ended by an attacker who signs in with it, nor taken over.
    with client(site, f"{person.cookie}; indii_session=other") as web:
        web.post("/auth/sign-in", data={**form, "password": "wrong-one-1"})
    assert await sees_account(site, newer)


async def test_an_ended_session_is_refused_at_the_next_event(site: Site, world: World) -> None:
    person = new_member(world)
    ends = (
        ("signed out", lambda web: web.post("/auth/sign-out", data={"x": ""})),
        ("everywhere", lambda _web: _everywhere(site, person.email)),
        ("expired", lambda _web: _expire(site, person.email)),
        ("closed", lambda _web: _disable(site, person.email)),
    )
    for why, end in ends:
        token, _ = sign_in(site.rt, person.email, BROWSER)
        cookie = f"indii_session={token}"
        async with Tab(site.url, cookie=cookie, at="/account") as tab:
            await tab.ask((f"{ACCOUNT}.load", {}))
            assert any(ACCOUNT in update["delta"] for update in tab.updates), why
            with client(site, cookie) as web:
                end(web)
            first = len(tab.updates)
            await tab.ask((f"{ACCOUNT}.become_producer", {}))
            assert "Sign in to do this." in tab.notices(first), why
            # What the tab held is gone from it as well.
            first = len(tab.updates)
            await tab.ask((f"{ROOT_STATE}.hydrate", {}))
            assert person.email not in str(tab.updates[first:]), why
        with client(site, cookie) as web:
            assert web.get("/api/own/voice-tag").status_code == 401, why


def _everywhere(site: Site, email: str) -> None:
    other, _ = sign_in(site.rt, email, BROWSER)
    with client(site, f"indii_session={other}") as web:
        web.post("/auth/sign-out", data={"everywhere": "yes"})


def _expire(site: Site, email: str) -> None:
    with site.rt.write(SYSTEM) as ctx:
        ctx.db.execute(
            text(
                "UPDATE login_session SET expires_at = :now WHERE account_id ="
                " (SELECT id FROM account WHERE email = :email)"
            ),
            {"now": ctx.now - timedelta(seconds=1), "email": email},
        )


def _disable(site: Site, email: str) -> None:
    with site.rt.write(SYSTEM) as ctx:
        ctx.db.execute(
            text("UPDATE account SET disabled_at = :now WHERE email = :email"),
            {"now": ctx.now, "email": email},
        )


async def test_a_tab_shows_nothing_of_who_had_it_before(site: Site, world: World) -> None:
    """A shared computer: the next person's tab still carries the last one's tab token."""
    person = new_member(world)
    studio = f"{ROOT_STATE}.indii___studio___dashboard___state____dashboard_state.load"
    for reopen in ("boot", "hydrate", "load"):
        async with Tab(site.url, cookie=person.cookie, at="/account") as tab:
            boot = (f"{ROOT_STATE}.hydrate_and_load", {})
            await tab.ask(boot, (f"{ACCOUNT}.load", {}), (studio, {}), fences=2)
            assert person.email in "".join(tab.frames)
            token = tab.token
        for cookie in (world.b.cookie, "", "indii_session=nobody"):
            tab = Tab(site.url, cookie=cookie, token=token, at="/account")
            boot = tab.event(f"{ROOT_STATE}.hydrate_and_load", {})
            await tab.open(boot if reopen == "boot" else None)
            assert tab.token == token
            name = {"load": f"{ACCOUNT}.load"}.get(reopen, f"{ROOT_STATE}.hydrate")
            await tab.ask((name, {}), (f"{ROOT_STATE}.hydrate", {}), fences=2)
            await tab.close()
            frames = "".join(tab.frames)
            assert person.email not in frames, (reopen, cookie)
            assert str(person.actor.session_id) not in frames, (reopen, cookie)
            async with Tab(site.url, cookie=person.cookie, token=token, at="/account") as back:
                await back.ask((f"{ACCOUNT}.load", {}), (studio, {}), fences=2)


async def test_two_tabs_with_one_token_share_nothing(site: Site, world: World) -> None:
    async with Tab(site.url, cookie=world.a.cookie, at="/account") as tab:
        await tab.ask((f"{ACCOUNT}.load", {}))
        for cookie in (world.b.cookie, ""):
            async with Tab(site.url, cookie=cookie, token=tab.token) as thief:
                await thief.ask((f"{ROOT_STATE}.hydrate", {}), fences=2)
                assert world.a.email not in "".join(thief.frames)
        first = len(tab.updates)
        await tab.ask((f"{ACCOUNT}.load", {}))
        assert world.a.email in str(tab.updates[first:])


async def test_the_browser_cannot_say_who_it_is(site: Site, world: World) -> None:
    """Headers and addresses inside an event are not believed."""
    async with Tab(site.url, cookie=world.b.cookie, at="/account") as tab:
        event = tab.event(f"{ACCOUNT}.load", {}, token=str(world.a.token))
        event["router_data"] |= {
            "headers": {"cookie": world.a.cookie}, "ip": "203.0.113.9", "token": world.a.token,
            "sid": "x", "cookies": {"indii_session": world.a.token},
        }  # fmt: skip
        await tab.send_raw(f'42/_event,["event",{json.dumps(event)}]')
        await tab.ask((f"{ROOT_STATE}.hydrate", {}), fences=2)
    frames = "".join(tab.frames)
    assert world.b.email in frames
    assert world.a.email not in frames
    assert "203.0.113.9" not in frames


@pytest.mark.parametrize(
    "cookie",
    [
        "indii_session=", "indii_session=x", 'indii_session="', "indii_session=" + "x" * 5000,
        "indii_session=%00", "indii_session=é", ";;;=;", "indii_session=a; indii_session=b",
        "indii_session=' OR 1=1--", "a=b" * 500,
    ],
)  # fmt: skip
async def test_broken_cookies_are_nobody(cookie: str, site: Site, world: World) -> None:
    headers = {"Cookie": cookie.encode().decode("latin-1")}
    assert raw(site, "/", headers=headers)[0] == 200
    assert raw(site, "/api/own/voice-tag", headers=headers)[0] == 401
    if "é" not in cookie:
        assert not await sees_account(site, cookie)


def test_a_session_in_the_address_is_nobody(site: Site, world: World, web: httpx.Client) -> None:
    for query in (f"indii_session={world.a.token}", f"token={world.a.token}"):
        assert web.get(f"/api/own/voice-tag?{query}").status_code == 401
    headers = {"Authorization": f"Bearer {world.a.token}", "X-Session": world.a.token}
    assert web.get("/api/own/voice-tag", headers=headers).status_code == 401
