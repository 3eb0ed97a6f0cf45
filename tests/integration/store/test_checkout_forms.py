"""The checkout forms over HTTP: what is read, what is refused in words, which cookies are set."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from indii.identity.guests.commands import issue_link
from indii.kernel.context import SYSTEM, current_actor
from indii.kernel.errors import IndiiError
from indii.kernel.flash import unsign
from indii.kernel.ssr import SsrRequest
from indii.shell.refusals import refusal
from indii.store.checkout import endpoints as checkout
from indii.store.downloads import endpoints as downloads
from indii.store.licenses import endpoints as licenses
from tests.factories.catalog import make_recording
from tests.factories.identity import make_fan, make_producer

BROWSER = {"accept": "text/html"}


@pytest.fixture
def ask(rt) -> Iterator[object]:
    async def refused(request, error):
        return refusal(error, request.headers.get("accept", ""))

    routes = [*checkout.routes, *licenses.routes, *downloads.routes]
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
    assert "an e-mail with a link is on its way" in flash.notice
    answer = ask("POST", "/checkout", data={"email": "lena@example.com"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")


@pytest.mark.parametrize(("url", "secure"), [("https://indii.example", True), ("", False)])
def test_an_email_is_changed_for_a_cookie_that_only_the_server_reads(ask, rt, url, secure):
    if url:
        object.__setattr__(rt.site, "public_url", url)
    with rt.write(SYSTEM) as ctx:
        token = issue_link(ctx, email="lena@example.com")
    answer = ask("GET", "/downloads/open", params={"token": token})
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("indii_buyer=")]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", f"max-age={90 * 86_400}"} <= parts
    assert ("secure" in parts) is secure


class Guest:
    """A browser without scripts: its cookies, its forms, and what the cart's page then says."""

    def __init__(self, ask, rt):
        self.ask, self.rt, self.cookies = ask, rt, {}

    def post(self, path, **form):
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.ask("POST", path, {"cookie": sent}, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/cart"), answer.text
        self.cookies |= dict(answer.cookies)
        if "indii_flash" not in answer.cookies:
            self.cookies.pop("indii_flash", None)
        return self.page()

    def page(self):
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with self.rt.read() as ctx:
            return licenses.show(ctx, SsrRequest(cookies=sent)).state


def test_a_guest_fills_names_and_accepts_by_forms(ask, rt):
    seller = make_producer(rt)
    first = make_recording(rt, seller, prices={"mp3_lease": 0})
    second = make_recording(rt, seller, title="Rust", prices={"mp3_lease": 2995})
    guest = Guest(ask, rt)
    shown = guest.post("/cart/add", recording_id=first, tier="mp3_lease")
    assert [row.title for row in shown["page"].rows] == ["Cold Harbour"]
    shown = guest.post("/cart/add", recording_id=second, tier="mp3_lease")
    assert len(shown["page"].rows) == 2
    shown = guest.post("/cart/licensee", licensee_name="", licensee_alias="")
    assert "licensee_name" in shown["errors"]
    assert not shown["naming"]
    shown = guest.post("/cart/licensee", licensee_name="Mara <Quist>", licensee_alias="M")
    assert not shown["errors"]
    assert shown["page"].licensee_name == "Mara <Quist>"
    shown = guest.post("/cart/licensee", licensee_name="!", licensee_alias="", recording_id=second)
    assert shown["naming"] == str(second)
    shown = guest.post("/cart/accept", recording_id=first, sha256="f" * 64, accepts="yes")
    assert shown["errors"]
    row = shown["page"].rows[0]
    shown = guest.post("/cart/accept", recording_id=first, sha256=row.sha256, accepts="yes")
    assert [row.is_accepted for row in shown["page"].rows] == [True, False]
    shown = guest.post("/cart/accept", recording_id=first, sha256=row.sha256)
    assert not shown["page"].rows[0].is_accepted
    shown = guest.post("/cart/remove", recording_id=second)
    assert len(shown["page"].rows) == 1
    shown = guest.post("/cart/remove", recording_id="../../etc")
    assert shown["errors"]


def test_a_contract_is_opened_by_whoever_has_the_cart_alone(ask, rt):
    recording = make_recording(rt, make_producer(rt), prices={"mp3_lease": 2995})
    guest = Guest(ask, rt)
    guest.post("/cart/add", recording_id=recording, tier="mp3_lease")
    shown = guest.post("/cart/licensee", licensee_name="Mara <Quist>", licensee_alias="M")
    (row,) = shown["page"].rows
    path = f"/cart/contracts/{recording}/{row.sha256}"
    held = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
    answer = ask("GET", path, {"cookie": held})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Licensee: Mara <Quist>" in answer.text
    scripts = {"cookie": held, "accept": "text/plain, application/json"}
    old = ask("GET", f"/cart/contracts/{recording}/{'f' * 64}", scripts)
    assert (old.status_code, old.json()["error"][:25]) == (422, "The contract has changed ")
    other = Guest(ask, rt)
    other.post("/cart/add", recording_id=recording, tier="mp3_lease")
    for cookies in ("", "indii_cart=" + "x" * 43, f"indii_cart={other.cookies['indii_cart']}"):
        refused = ask("GET", path, scripts | {"cookie": cookies})
        assert refused.status_code in {404, 422}
        assert "Quist" not in refused.text
    reset = current_actor.set(make_fan(rt))
    try:
        assert ask("GET", path, scripts).status_code == 404
    finally:
        current_actor.reset(reset)
    for odd in ("..%2f", "nonsense", "00000000-0000-0000-0000-000000000000"):
        assert ask("GET", f"/cart/contracts/{odd}/{row.sha256}", scripts).status_code == 404


def test_the_cookie_of_a_cart_is_for_scripts_too_and_only_set_once(ask, rt):
    recording = make_recording(rt, make_producer(rt), prices={"mp3_lease": 0})
    form = {"recording_id": str(recording), "tier": "mp3_lease"}
    answer = ask("POST", "/cart/add", data=form)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("indii_cart=")]
    assert "httponly" not in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    held = cookie.partition(";")[0]
    assert "indii_cart" not in ask("POST", "/cart/add", {"cookie": held}, data=form).cookies
    forged = ask("POST", "/cart/add", {"cookie": "indii_cart=<script>"}, data=form)
    assert len(forged.cookies["indii_cart"]) > 20


def test_signing_in_brings_the_guests_cart_along(ask, rt):
    recording = make_recording(rt, make_producer(rt), prices={"mp3_lease": 0})
    guest = Guest(ask, rt)
    guest.post("/cart/add", recording_id=recording, tier="mp3_lease")
    fan = make_fan(rt)
    reset = current_actor.set(fan)
    try:
        guest.post("/cart/licensee", licensee_name="Ada Quist", licensee_alias="")
    finally:
        current_actor.reset(reset)
    with rt.read(fan) as ctx:
        assert licenses.show(ctx, SsrRequest()).state["page"].licensee_name == "Ada Quist"
