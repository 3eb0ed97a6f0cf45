"""What forms and links carry: where they lead, what they forge, how often they may come."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from indii.identity.accounts import flows as accounts
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.flash import Flash, sign
from tests.factories.identity import PASSWORD
from tests.security.browsing import (
    ACCOUNT,
    client,
)
from tests.security.requests import email_token, new_member, reset_token
from tests.security.socket import ROOT_STATE, Tab
from tests.security.tables import Tables
from tests.security.world import World
from tests.serving import BROWSER, Site

# ------------------------------------------------------------------ forms

ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
    "///evil.example", "javascript:alert(1)", "data:text/html,x", "/auth/sign-out", "/api/x",
    "/%0d%0aSet-Cookie:a=b", "/\r\nSet-Cookie: a=b", "/\nx", "/\x00", "http:evil.example",
    "/..//evil.example", " /x", "?x",
    "/.//evil.example", "x" * 600,
)  # fmt: skip


@pytest.mark.parametrize("there", ELSEWHERE)
async def test_nobody_is_sent_elsewhere(there: str, site: Site, world: World) -> None:
    with client(site) as web:
        form = {"email": world.fan.email, "password": PASSWORD, "next": there}
        if there in {ELSEWHERE[0], ELSEWHERE[1], ELSEWHERE[10]}:
            answer = web.post("/auth/sign-in", data=form)
            assert leads(answer.headers["location"]) == "us"
            assert "a=b" not in answer.headers.get("set-cookie", "")
        page = web.get("/auth/fresh", params={"next": there}).text
        assert leads(re.search(r'data-next="([^"]*)"', page).group(1)) == "us"  # type: ignore[union-attr]
    async with Tab(site.url, cookie=world.fan.cookie, at=f"/sign-in?next={there}") as tab:
        entry = f"{ROOT_STATE}.indii___identity___accounts___state____auth_state.load"
        await tab.ask((entry, {}), fences=2)
    for update in tab.updates:
        for event in update.get("events") or []:
            path = event["payload"].get("path", "/")
            assert leads(path) == "us", event


def leads(address: str) -> str:
    """Where a browser would go."""
    cleaned = re.sub(r"[\t\r\n]", "", address).replace("\\", "/").strip()
    found = urlsplit(urljoin("https://us.example/sign-in", cleaned))
    return "us" if (found.scheme, found.netloc) == ("https", "us.example") else found.geturl()


def test_no_field_can_add_a_header(site: Site, world: World, web: httpx.Client) -> None:
    evil = "a\r\nSet-Cookie: indii_session=evil\r\nX-Evil: 1"
    for path, form in (
        ("/auth/sign-in", {"email": evil, "password": evil, "next": evil}),
        ("/auth/sign-up", {"email": evil, "name": evil, "password": evil, "role": evil}),
        ("/auth/forgot", {"email": evil}),
        ("/auth/resend", {"email": evil}),
    ):
        answer = web.post(path, data=form)
        assert "x-evil" not in answer.headers
        assert "evil" not in answer.headers.get("set-cookie", "")
    # The header of an e-mail is made of words, too.
    answer = web.post("/auth/forgot", data={"email": f"{world.fan.email}\r\nBcc: x@evil.example"})
    with site.rt.read(SYSTEM) as ctx:
        to = ctx.db.scalars(text('SELECT "to" FROM queued_email'))  # type: ignore[arg-type]
    assert not [address for address in to if "evil" in address or "\n" in address]


async def test_what_a_form_answered_cannot_be_forged(site: Site, world: World) -> None:
    """The flash cookie speaks in the site's name, so only the site can write it."""
    now, secret = site.rt.clock(), site.rt.site.secret
    words = Flash("/sign-in", notice="Send your password to evil@evil.example", kind="good")
    good = sign(secret, words, now=now)
    body, _, mac = good.partition(".")
    entry = f"{ROOT_STATE}.indii___identity___accounts___state____auth_state"

    async def shown(cookie: str, at: str = "/sign-in") -> bool:
        async with Tab(site.url, cookie=f"indii_flash={cookie}", at=at) as tab:
            updates = await tab.ask((f"{entry}.load", {}))
        return "evil@evil.example" in str(updates)

    assert await shown(good)
    for forged in (
        sign(b"another-secret", words, now=now), f"{body}.", body, f"{body}.{'0' * 64}",
        f"{body[:-2]}AA.{mac}", f"{body}.{mac[:-1]}", f".{mac}", "", "x", f"{body}.{mac}.{mac}",
        sign(secret, words, now=now - timedelta(seconds=90)),
        sign(secret, words, now=now + timedelta(days=1)),
    ):  # fmt: skip
        assert not await shown(forged), forged
    assert not await shown(good, at="/sign-up")


def test_emails_lead_to_us_whatever_host_was_asked(site: Site, world: World) -> None:
    for host in ("evil.example", f"{site.host}@evil.example", "evil.example:80"):
        person = new_member(world)
        with client(site, Host=host, **{"X-Forwarded-Host": "evil.example"}) as web:
            web.post("/auth/forgot", data={"email": person.email})
        with site.rt.read(SYSTEM) as ctx:
            emails = ctx.db.execute(
                text('SELECT text, html FROM queued_email WHERE "to" = :to'), {"to": person.email}
            ).all()
        assert len(emails) == 1
        assert "evil.example" not in str(emails)
        assert site.config.url in str(emails)


def test_a_mailed_link_works_once_and_only_as_what_it_is(site: Site, world: World) -> None:
    person = new_member(world)
    token = reset_token(world, person)
    with client(site) as web:
        assert web.get(f"/auth/verify?token={token}").headers["location"] == "/check-mail"
        assert web.get(f"/auth/reset?token={token[:-1]}").headers["location"] == "/forgot"
        assert web.get(f"/auth/reset?token={token}").headers["location"] == "/reset"
        answer = web.post("/auth/reset", data={"password": "quiet-harbour-3"})
        assert answer.headers["location"] == "/sign-in"
        assert web.get(f"/auth/reset?token={token}").headers["location"] == "/forgot"
        web.cookies.set("indii_reset", token, path="/auth/reset")
        answer = web.post("/auth/reset", data={"password": "quiet-harbour-4"})
        assert answer.headers["location"] == "/forgot"
    accounts.sign_up(
        site.rt, NOBODY, email="late@example.com", password=PASSWORD, name="Lu",
        role=accounts.Role.FAN, accepts=True, ip="192.0.2.11",
    )  # fmt: skip
    confirm = email_token(site, "late@example.com")
    with client(site) as web:
        assert web.get(f"/auth/reset?token={confirm}").headers["location"] == "/forgot"
        assert web.get(f"/auth/verify?token={confirm}").headers["location"] == "/sign-in"


# ------------------------------------------------------------------ floods


def test_guessing_passwords_is_slowed_down(site: Site, world: World) -> None:
    person = new_member(world)
    with client(site) as web:
        for attempt in range(12):
            form = {"email": person.email.upper(), "password": f"guess-number-{attempt}"}
            web.post(
                "/auth/sign-in", data=form, headers={"X-Forwarded-For": f"203.0.113.{attempt}"}
            )
        answer = web.post("/auth/sign-in", data={"email": person.email, "password": PASSWORD})
    assert "indii_session" not in answer.cookies
    other = new_member(world)
    with client(site) as web:
        form = {"email": other.email, "password": PASSWORD}
        assert "indii_session" in web.post("/auth/sign-in", data=form).cookies


def test_emails_are_rationed(site: Site, world: World, tables: Tables) -> None:
    person = new_member(world)
    with client(site) as web:
        for _ in range(8):
            web.post("/auth/forgot", data={"email": person.email})
    with site.rt.read(SYSTEM) as ctx:
        sent = ctx.db.scalar(
            text('SELECT count(*) FROM queued_email WHERE "to" = :to'),  # type: ignore[arg-type]
            {"to": person.email},
        )
    assert sent == 3


def test_guessing_the_present_password_is_slowed_down(site: Site, world: World) -> None:
    person = new_member(world)
    with client(site, person.cookie) as web:
        for attempt in range(11):
            form = {"current": f"guess-number-{attempt}", "password": "quiet-harbour-3"}
            web.post("/auth/password", data=form)
        web.post("/auth/password", data={"current": PASSWORD, "password": "quiet-harbour-3"})
    with client(site) as web:
        form = {"email": person.email, "password": PASSWORD}
        assert "indii_session" in web.post("/auth/sign-in", data=form).cookies


async def test_a_tab_that_floods_is_held_up(site: Site, world: World) -> None:
    async with Tab(site.url, cookie=world.b.cookie) as calm, Tab(site.url) as tab:
        for _ in range(300):
            await tab.send(f"{ROOT_STATE}.indii___shell___opening____frame_state.open")
        await tab.until(lambda: "Too many requests. Wait a few seconds." in tab.notices())
        await calm.ask((f"{ACCOUNT}.load", {}))
        assert world.b.email in "".join(calm.frames)


async def test_reports_are_rationed(site: Site, world: World) -> None:
    """Ten an hour from one person, whatever it is that they report."""
    person = new_member(world, "fan")
    report = f"{ROOT_STATE}.indii___identity___reports___state____report_state.send"
    form = {"reason": "spam", "details": "Again."}
    async with Tab(site.url, cookie=person.cookie) as tab:
        for _ in range(12):
            subject = str(uuid4())
            await tab.send(report, {"kind": "recording", "subject_id": subject, "form": form})
        await tab.until(lambda: "Too many attempts" in str(tab.updates))
        await tab.idle(0.3)
    assert reports_by(site, str(person.actor.account_id)) == 10


def reports_by(site: Site, reporter: str) -> int:
    """How many reports stand from this person or visitor."""
    with site.rt.read(SYSTEM) as ctx:
        found = ctx.db.scalar(
            text("SELECT count(*) FROM report WHERE reporter LIKE :who"),  # type: ignore[arg-type]
            {"who": reporter},
        )
    return int(found)


async def test_another_browser_name_lifts_no_limit(site: Site, world: World) -> None:
    """Visitors are told apart by address and browser; only the first cannot be made up."""
    thing = world.new()
    name = f"{ROOT_STATE}.indii___identity___reports___state____report_state.send"
    form = {"reason": "spam", "details": "Again."}
    payload = {"kind": "recording", "subject_id": str(thing.id), "form": form}
    before = reports_by(site, "visitor:%")
    for i in range(36):
        async with Tab(site.url, browser=f"{BROWSER} {i}") as tab:
            await tab.send(name, payload)
            await tab.until(lambda tab=tab: len(tab.updates) >= 1)
            await tab.idle(0.02)
    assert 0 < reports_by(site, "visitor:%") - before <= 30
    counted = 0
    for i in range(60):
        with client(site, **{"User-Agent": f"{BROWSER} {i}"}) as web:
            answer = web.post("/api/plays", json={"id": str(thing.id)})
            counted += answer.status_code == 200 and answer.json()["counted"]
    assert counted == 50
