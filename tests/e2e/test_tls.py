"""The site behind something that speaks TLS for it, as operators run it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import BrowserContext, expect

from tests.e2e.browsing import Visitors, lives
from tests.e2e.test_cart import choose, count
from tests.serving import Site

OPENSSL = shutil.which("openssl")
HERE = "127.0.0.1"


def certificate(folder: Path) -> ssl.SSLContext:
    """What a server proves itself with; nobody signed it."""
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=indii"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([OPENSSL or "", *made, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


class Front:
    """Speaks TLS for the site on this port."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port, self._context = port, context
        self._calls: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def begin(self) -> str:
        """Return the address that is answered now."""
        self._server = await asyncio.start_server(self._greet, HERE, 0, ssl=self._context)
        return f"https://localhost:{self._server.sockets[0].getsockname()[1]}"

    async def end(self) -> None:
        """Answer nobody any more."""
        self._server.close()
        for writer in self._calls.values():
            writer.close()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls[task] = writer
        inside, outside = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(_pour(reader, outside), _pour(inside, writer))
        del self._calls[task]


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes until one side goes; a browser that closes a tab asks nobody."""
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.fixture
def secure_url(site: Site, tmp_path: Path) -> Iterator[str]:
    """The site's address over TLS."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed: there is nothing to make a certificate with")
    front = Front(urlsplit(site.url).port or 80, certificate(tmp_path))
    with start_blocking_portal() as portal:
        yield portal.call(front.begin)
        portal.call(front.end)


def cart_cookies(context: BrowserContext) -> list[bool]:
    """Whether each cart cookie of this browser goes over TLS alone."""
    return [c["secure"] for c in context.cookies() if c["name"] == "indii_cart" and c["value"]]


def test_a_guests_cart_insists_on_tls_where_there_is_tls(
    secure_url: str, visitors: Visitors
) -> None:
    """Given a page over TLS, when a guest begins a cart, then its cookie goes over nothing else."""
    page = visitors.context(ignore_https_errors=True).new_page()
    page.goto(f"{secure_url}/explore?genre=trap")
    lives(page)
    choose(page, "Halogen Ceiling")
    expect(count(page)).to_contain_text("1")
    assert cart_cookies(page.context) == [True]
    page.reload()
    lives(page)
    expect(count(page)).to_contain_text("1")


def test_a_guest_has_a_cart_without_tls_too(visitors: Visitors) -> None:
    """Given a page without TLS, such as a first look at home, then the cart is kept as well."""
    page = visitors.page("/explore?genre=trap")
    choose(page, "Halogen Ceiling")
    expect(count(page)).to_contain_text("1")
    assert cart_cookies(page.context) == [False]
