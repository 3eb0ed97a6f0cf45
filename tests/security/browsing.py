"""Browsers for attacks: a client with somebody's cookie, the addresses of the socket's states."""

from __future__ import annotations

import httpx

from tests.security.requests import Asked
from tests.security.socket import ROOT_STATE, Tab
from tests.serving import BROWSER, Site

ACCOUNT = f"{ROOT_STATE}.indii___identity___accounts___state____account_state"
ENTRY = f"{ROOT_STATE}.indii___identity___accounts___state____auth_state"
PRODUCTION = "https://indii.example"


def client(site: Site, cookie: str = "", **headers: str) -> httpx.Client:
    """A browser with this Cookie header; it reuses no connection, because refusals may end one."""
    alone = httpx.Limits(max_keepalive_connections=0)
    own = {"User-Agent": BROWSER, **({"Cookie": cookie} if cookie else {}), **headers}
    return httpx.Client(base_url=site.url, headers=own, timeout=60, limits=alone)


def send(site: Site, name: str, asked: Asked, **headers: str) -> httpx.Response:
    """Send a listed request."""
    with client(site, asked.cookie, **headers) as web:
        return web.request(name.partition(" ")[0], asked.path, **asked.body)


def cookie_of(answer: httpx.Response) -> str:
    """The session that an answer hands out."""
    found = answer.cookies.get("indii_session")
    assert found, answer.headers
    return f"indii_session={found}"


async def sees_account(site: Site, cookie: str) -> bool:
    """Whether a socket opened with this cookie is somebody's."""
    async with Tab(site.url, cookie=cookie, at="/account") as tab:
        updates = await tab.ask((f"{ACCOUNT}.load", {}))
    return any(ACCOUNT in update.get("delta", {}) for update in updates)
