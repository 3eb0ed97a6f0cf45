"""The entrance over HTTP: native forms in, 303 and cookies out."""

import io
import re

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from PIL import Image
from sqlalchemy import select
from sqlmodel import col
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

from indii.identity.accounts import endpoints, flows
from indii.identity.profiles import endpoints as profile_endpoints
from indii.kernel.context import Credentials, current_actor
from indii.kernel.errors import IndiiError
from indii.kernel.flash import unsign
from indii.kernel.mail_queue import QueuedEmail
from indii.shell import dev
from tests.factories.identity import CHEAP, PASSWORD, make_fan

NEW = {"email": "mara@example.com", "password": PASSWORD, "name": "Mara", "role": "producer"}


class ActorMiddleware:
    """Sets the actor as the edge does."""

    def __init__(self, app, rt):
        self.app, self.rt = app, rt

    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        cookies = dict(
            pair.split("=", 1) for pair in headers.get(b"cookie", b"").decode().split("; ") if pair
        )
        shown = Credentials(cookies.get("indii_session"), "192.0.2.1", "Firefox/128.0")
        current_actor.set(self.rt.actor_for(shown))
        await self.app(scope, receive, send)


class Browser:
    """Asks like a browser that follows nothing by itself, one document after another."""

    def __init__(self, portal: BlockingPortal, app):
        self._portal = portal
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")

    @property
    def cookies(self):
        return self._client.cookies

    def get(self, url, **options):
        return self._portal.call(lambda: self._client.get(url, **options))

    def post(self, url, **options):
        return self._portal.call(lambda: self._client.post(url, **options))


@pytest.fixture
def open_browser(rt, monkeypatch):
    monkeypatch.setattr(flows, "PASSWORDS", CHEAP)

    async def refused(_request, error):
        return JSONResponse({"error": error.message}, int(error.status))

    app = Starlette(
        routes=[*endpoints.routes, *profile_endpoints.routes, *dev.routes],
        middleware=[Middleware(ActorMiddleware, rt=rt)],
        exception_handlers={IndiiError: refused},
    )

    with start_blocking_portal() as portal:
        yield lambda: Browser(portal, app)


@pytest.fixture
def browser(open_browser):
    return open_browser()


def flash(rt, response):
    value = response.cookies.get("indii_flash")
    assert value, response.headers
    return unsign(rt.site.secret, value, now=rt.clock())


def email_link(rt):
    with rt.read() as ctx:
        text = ctx.db.scalar(
            select(col(QueuedEmail.text)).order_by(col(QueuedEmail.id).desc()).limit(1)
        )
    return re.search(r"http://localhost:3000(\S+)", text).group(1)


def sign_in(browser, **changes):
    return browser.post(
        "/auth/sign-in", data={"email": "mara@example.com", "password": PASSWORD} | changes
    )


def test_from_sign_up_to_sign_out(rt, browser):
    answer = browser.post("/auth/sign-up", data=NEW | {"accepts": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/check-mail")
    assert flash(rt, answer).values == {"email": "mara@example.com"}

    answer = sign_in(browser)
    assert answer.headers["location"] == "/check-mail"
    assert "indii_session" not in answer.cookies

    answer = browser.get(email_link(rt))
    assert answer.headers["location"] == "/sign-in"
    assert flash(rt, answer).kind == "good"

    answer = sign_in(browser, next="/studio?tab=1")
    assert answer.headers["location"] == "/auth/fresh?next=%2Fstudio%3Ftab%3D1"
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "Path=/", "SameSite=lax", "Max-Age=34560000"):
        assert part in cookie
    assert "Secure" not in cookie

    page = browser.get(answer.headers["location"])
    assert 'data-next="/studio?tab=1"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "clear-site-data" not in page.headers
    assert 'removeItem("token")' in browser.get("/auth/fresh.js").text

    token = browser.cookies["indii_session"]
    answer = browser.post("/auth/sign-out", data={})
    assert answer.headers["location"] == "/auth/fresh?next=%2F"
    assert "indii_session" not in browser.cookies
    assert not rt.actor_for(Credentials(token, "192.0.2.1", "Firefox")).is_signed_in


def test_errors_come_back_with_what_was_typed_but_never_the_password(rt, browser):
    answer = browser.post("/auth/sign-up", data=NEW | {"password": "short", "accepts": "yes"})
    assert answer.headers["location"] == "/sign-up"
    said = flash(rt, answer)
    assert "10 characters" in said.errors["password"]
    assert said.values == {"email": "mara@example.com", "name": "Mara", "role": "producer"}
    said = flash(rt, browser.post("/auth/sign-up", data=NEW))
    assert "terms" in said.errors["accepts"]


def test_wrong_password_and_unknown_email_answer_alike(rt, browser):
    make_fan(rt, email="mara@example.com")
    answers = [sign_in(browser, password="wrong-one-1"), sign_in(browser, email="who@example.com")]
    assert {a.headers["location"] for a in answers} == {"/sign-in"}
    assert len({str(flash(rt, a).errors) for a in answers}) == 1


def test_known_email_signs_up_to_the_same_page(rt, browser):
    make_fan(rt, email="mara@example.com")
    known = browser.post("/auth/sign-up", data=NEW | {"accepts": "yes"})
    other = browser.post("/auth/sign-up", data=NEW | {"accepts": "yes", "email": "x@example.com"})
    assert known.headers["location"] == other.headers["location"] == "/check-mail"
    assert set(known.headers) == set(other.headers)


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     "/auth/sign-out", "/\nSet-Cookie: a=b", "/x y", ""],
)  # fmt: skip
def test_next_never_leaves_the_site(rt, browser, there):
    make_fan(rt, email="mara@example.com")
    answer = sign_in(browser, next=there)
    assert answer.headers["location"] == "/auth/fresh?next=%2F"


def test_fresh_escapes_what_it_is_given(browser):
    page = browser.get("/auth/fresh", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text


def test_reset_moves_the_token_out_of_the_address(rt, browser):
    make_fan(rt, email="mara@example.com")
    answer = browser.post("/auth/forgot", data={"email": "mara@example.com"})
    assert answer.headers["location"] == "/forgot"
    link = email_link(rt)
    answer = browser.get(link)
    assert answer.headers["location"] == "/reset"
    assert "Path=/auth/reset" in answer.headers["set-cookie"]
    answer = browser.post("/auth/reset", data={"password": "short"})
    assert "10 characters" in flash(rt, answer).errors["password"]
    answer = browser.post("/auth/reset", data={"password": "quiet-harbour-3"})
    assert answer.headers["location"] == "/sign-in"
    assert sign_in(browser, password="quiet-harbour-3").cookies.get("indii_session")
    assert browser.get(link).headers["location"] == "/forgot"
    assert browser.post("/auth/reset", data={"password": "x"}).headers["location"] == "/forgot"


def test_signing_out_everywhere(rt, open_browser):
    make_fan(rt, email="mara@example.com")
    one, two = open_browser(), open_browser()
    sign_in(one)
    sign_in(two)
    one.post("/auth/sign-out", data={"everywhere": "yes"})
    token = two.cookies["indii_session"]
    assert not rt.actor_for(Credentials(token, "192.0.2.1", "Firefox")).is_signed_in
    answer = two.post("/auth/password", data={"current": PASSWORD, "password": "a"})
    assert answer.headers["location"] == "/sign-in?next=/account"


def test_changing_the_password_and_closing(rt, browser):
    make_fan(rt, email="mara@example.com")
    sign_in(browser)
    answer = browser.post("/auth/password", data={"current": "no", "password": "quiet-harbour-3"})
    assert "current" in flash(rt, answer).errors
    answer = browser.post(
        "/auth/password", data={"current": PASSWORD, "password": "quiet-harbour-3"}
    )
    assert flash(rt, answer).kind == "good"
    answer = browser.post("/auth/close", data={"password": PASSWORD})
    assert "close" in flash(rt, answer).errors
    answer = browser.post("/auth/close", data={"password": "quiet-harbour-3"})
    assert answer.headers["location"].startswith("/auth/fresh")
    assert flash(rt, sign_in(browser)).errors


def test_pictures_over_http(rt, browser):
    nobody = browser.post("/api/avatar", files={"avatar": ("a.png", b"x")})
    assert nobody.headers["location"] == "/sign-in?next=/account"
    actor = make_fan(rt, email="mara@example.com")
    sign_in(browser)
    out = io.BytesIO()
    Image.new("RGB", (10, 20)).save(out, "PNG")
    answer = browser.post("/api/avatar", files={"avatar": ("../../a.png", out.getvalue())})
    assert flash(rt, answer).kind == "good"
    shown = browser.get(f"/media/avatar/{actor.profile_id}?v=1")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in shown.headers["cache-control"]
    for body in (b"not a picture", b""):
        answer = browser.post("/api/avatar", files={"avatar": ("a.png", body)})
        assert "avatar" in flash(rt, answer).errors
    assert browser.get(f"/media/avatar/{actor.profile_id}").status_code == 200
    browser.post("/api/avatar", data={"remove": "yes"})
    assert browser.get(f"/media/avatar/{actor.profile_id}").status_code == 404
    assert browser.get(f"/media/avatar/{actor.account_id}").status_code == 404


def test_forms_have_limits(browser):
    assert browser.post("/auth/sign-in", data={"email": "x" * 30_000}).status_code == 422
    too_large = browser.post("/api/avatar", content=b"x", headers={"content-length": "9" * 9})
    assert too_large.status_code == 303
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = browser.post("/auth/sign-in", content=b"{}", headers={"content-type": kind})
        assert answer.status_code == 422
        assert answer.json() == {"error": "This form could not be read. Nothing was changed."}


def test_a_picture_that_came_broken_is_answered_in_words(rt, browser):
    make_fan(rt, email="mara@example.com")
    sign_in(browser)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "image/png"):
        answer = browser.post("/api/avatar", content=b"--y", headers={"content-type": kind})
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert flash(rt, answer).errors
    large = browser.post("/api/avatar", content=b"x", headers={"content-length": "9" * 9})
    assert flash(rt, large).errors == {"avatar": "Use a picture of at most 5 MB."}


def test_the_mailbox_is_for_developers_only(rt, browser):
    browser.post("/auth/sign-up", data=NEW | {"accepts": "yes", "name": "<b>Mara</b>"})
    listed = browser.get("/dev/mailbox")
    assert "Confirm your e-mail" in listed.text
    path = re.search(r"/dev/mailbox/[0-9a-f-]{36}", listed.text).group(0)
    one = browser.get(path)
    assert "/auth/verify?token=" in one.text
    assert "<b>Mara" not in one.text
    object.__setattr__(rt.site, "environment", "production")
    assert browser.get("/dev/mailbox").status_code == 404
    assert browser.get(path).status_code == 404


def test_cookies_insist_on_tls_where_there_is_tls(rt, browser):
    object.__setattr__(rt.site, "public_url", "https://indii.example")
    make_fan(rt, email="mara@example.com")
    assert "Secure" in sign_in(browser).headers["set-cookie"]
