"""A browser's tab without the browser: Reflex's socket, spoken by hand.

engine.io 4 over one websocket, socket.io's namespace `/_event`, Reflex's events as JSON. Whatever
the server sends is kept, so that a test can look for what should never have been sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

from tests.serving import BROWSER

NAMESPACE = "/_event"
ROOT_STATE = "reflex___state____state"
# Every state has one and the guard lets none pass, so its refusal marks the end of what was sent.
FENCE = f"{ROOT_STATE}.indii___ui___state____notice_state.setvar"
NOTICE = f"{ROOT_STATE}.indii___ui___state____notice_state"
FENCED = "This page cannot do that."
MALFORMED = "The request was not valid. Nothing was changed."
PATIENCE_S = 30.0


class Refused(Exception):
    """The server did not open the socket."""


class Tab:
    """One connected tab; `async with Tab(url, cookie=…) as tab:`."""

    def __init__(
        self,
        url: str,
        *,
        cookie: str = "",
        origin: str | None = "",
        at: str = "/",
        token: str = "",
        browser: str = BROWSER,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url, self.token, self.at = url, token or str(uuid.uuid4()), at
        self._headers = {"User-Agent": browser, **(headers or {})}
        if cookie:
            self._headers["Cookie"] = cookie
        if origin is not None:
            self._headers["Origin"] = origin or url
        self.frames: list[str] = []
        self.updates: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, boot: Mapping[str, Any] | None = None) -> None:
        """Connect as the page does, with its first event if there is one."""
        self._session = aiohttp.ClientSession()
        address = f"{self._url}{NAMESPACE}/?EIO=4&transport=websocket&token={self.token}"
        try:
            self._ws = await self._session.ws_connect(
                address, headers=self._headers, max_msg_size=0, compress=0
            )
            await self._expect("0")
            auth = json.dumps({"event": boot}) if boot else ""
            await self.send_raw(f"40{NAMESPACE},{auth}")
            await self._expect(f"40{NAMESPACE},")
        except (aiohttp.ClientError, ConnectionError, AssertionError) as error:
            await self._session.close()
            raise Refused(str(error)) from error

    async def close(self) -> None:
        """Leave, as a closed tab does."""
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            await self._ws.close()
        await self._session.close()

    async def send_raw(self, text: str) -> None:
        """Send one packet as it stands."""
        await self._ws.send_str(text)

    async def send(self, name: Any, payload: Any = None, **more: Any) -> None:
        """Send one event, as Reflex's own script would."""
        event = self.event(name, payload, **more)
        await self.send_raw(f"42{NAMESPACE},{json.dumps(['event', event])}")

    def event(self, name: Any, payload: Any = None, **more: Any) -> dict[str, Any]:
        """The event with the address that the tab is at."""
        path, _, query = self.at.partition("?")
        asked = dict(part.partition("=")[::2] for part in query.split("&") if part)
        place = {"pathname": path, "query": asked, "asPath": self.at}
        payload = {} if payload is None else payload
        return {"name": name, "payload": payload, "router_data": place, **more}

    async def ask(
        self, *events: tuple[str, Mapping[str, Any]], fences: int = 1
    ) -> list[dict[str, Any]]:
        """Send events and return every update up to the end of their work, chained events too.

        Events of one tab are worked off in order; background ones are not waited for.
        """
        first = len(self.updates)
        for name, payload in events:
            await self.send(name, payload)
        for _ in range(fences):
            seen = len(self.updates)
            await self.send(FENCE)
            await self.until(lambda seen=seen: FENCED in self.notices(seen))
        return self.updates[first:]

    def notices(self, since: int = 0) -> list[str]:
        """What the site said to this tab."""
        return [text for _, text in self.said("text", since)]

    def said(self, var: str, since: int = 0) -> list[tuple[int, Any]]:
        """(index of the update, value) of a variable of the notice."""
        found = []
        for index, update in enumerate(self.updates[since:], since):
            values = update.get("delta", {}).get(NOTICE, {})
            for name, value in values.items():
                if name.removesuffix("_rx_state_") == var:
                    found.append((index, value))
        return found

    async def until(self, true: Any, *, within_s: float = PATIENCE_S) -> None:
        """Read until it is true."""
        async with asyncio.timeout(within_s):
            while not true():
                await self._read()

    async def idle(self, seconds: float) -> None:
        """Read whatever comes within this time, or until the server hangs up."""
        with contextlib.suppress(TimeoutError, Refused):
            await self.until(lambda: False, within_s=seconds)

    async def _read(self) -> str:
        message = await self._ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Refused(f"closed: {message.type.name} {message.data}")
        text = str(message.data)
        if text == "2":
            await self.send_raw("3")
            return text
        self.frames.append(text)
        if text.startswith(f"42{NAMESPACE},"):
            kind, *data = json.loads(text.removeprefix(f"42{NAMESPACE},"))
            if kind == "event":
                update = json.loads(data[0]) if isinstance(data[0], str) else data[0]
                self.updates.append(update)
            elif kind == "new_token":
                self.token = data[0]
        return text

    async def _expect(self, start: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not (await self._read()).startswith(start):
                assert not self.frames[-1].startswith(("44", "1")), self.frames[-1]


def short(name: str) -> str:
    """The state's and the handler's name without the modules."""
    state, _, handler = name.rpartition(".")
    return f"{state.rpartition('.')[2].rpartition('____')[2]}.{handler}"
