"""The checkout forms over HTTP: what is read, what is refused in words, which cookies are set."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from indii.identity.guests.commands import issue_link
from indii.kernel.context import SYSTEM
from indii.kernel.errors import IndiiError
from indii.kernel.flash import unsign
from indii.shell.refusals import refusal
from indii.store.checkout import endpoints as checkout
from indii.store.downloads import endpoints as downloads

BROWSER = {"accept": "text/html"}


@pytest.fixture
def ask(rt) -> Iterator[object]:
    async def refused(request, error):
        return refusal(error, request.headers.get("accept", ""))

    routes = [*checkout.routes, *downloads.routes]
    app = Starlette(routes=routes, exception_handlers={IndiiError: refused})

    def asked(method, path, headers=None, **options):
        async def go():
            transport = httpx.ASGITransport(app)
            base = "http://localhost:3000"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(
                    method, path, headers=BROWSER | (headers or {}), **options
                )

        return asyncio.run(go())

    return asked


@pytest.mark.parametrize("path", ["/checkout", "/api/downloads-link"])
@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"email=" + b"x" * 5000, "application/x-www-form-urlencoded", "too large"),
        (b'{"email": "a@example.com"}', "application/json", "could not be read"),
        (b"--x", "multipart/form-data", "could not be read"),
        (b"email=%00", "application/x-www-form-urlencoded", "could not be read"),
    ],
)
def test_what_is_no_form_is_answered_by_a_page_in_words(ask, path, body, kind, said):
    answer = ask("POST", path, {"content-type": kind}, content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text


def test_a_form_that_can_be_read_is_answered_by_a_redirect(ask, rt):
    answer = ask("POST", "/api/downloads-link", data={"email": "lena@example.com"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/downloads")
    flash = unsign(rt.site.secret, answer.cookies["indii_flash"], now=rt.clock())
    assert "a webhook with a link is on its way" in flash.notice
    answer = ask("POST", "/checkout", data={"email": "lena@example.com"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")


@pytest.mark.parametrize(("url", "secure"), [("https://indii.example", True), ("", False)])
def test_a_letter_is_changed_for_a_cookie_that_only_the_server_reads(ask, rt, url, secure):
    if url:
        object.__setattr__(rt.site, "public_url", url)
    with rt.write(SYSTEM) as ctx:
        token = issue_link(ctx, email="lena@example.com")
    answer = ask("GET", "/downloads/open", params={"token": token})
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("indii_buyer=")]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", f"max-age={90 * 86_400}"} <= parts
    assert ("secure" in parts) is secure
