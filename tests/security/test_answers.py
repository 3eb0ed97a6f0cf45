"""What every answer says, what is never served, and what is too large to be asked."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
from sqlalchemy import text

from indii.identity.accounts import flows as accounts
from indii.kernel.context import NOBODY, SYSTEM
from tests import tus
from tests.factories.identity import PASSWORD
from tests.security.browsing import (
    ACCOUNT,
    client,
)
from tests.security.requests import new_member, raw
from tests.security.socket import Tab
from tests.security.world import World
from tests.serving import METRICS_TOKEN, Site

# ------------------------------------------------------------------ what every answer says


def exported_pages(site: Site) -> list[str]:
    """The addresses of all exported pages."""
    root = Path(site.env["REFLEX_WEB_WORKDIR"]) / "build" / "client"
    found = [str(file.relative_to(root).with_suffix("")) for file in root.rglob("*.html")]
    return ["/" if name == "index" else f"/{name}" for name in found]


def test_every_page_is_guarded_by_headers(site: Site, world: World, web: httpx.Client) -> None:
    pages = exported_pages(site)
    assert len(pages) >= 10
    more = [
        f"/recording/{world.live.slug}", "/recording/nothing", "/nothing-here", "/auth/fresh",
        "/dev/mailbox",
    ]  # fmt: skip
    for path in [*pages, *more]:
        answer = web.get(path)
        assert answer.headers["content-type"].startswith("text/html"), path
        assert_guarded(answer, path)
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in answer.headers["content-security-policy"].split(";")
        )
        scripts = policy.get("script-src", policy["default-src"])
        assert "unsafe-eval" not in scripts, path
        assert "unsafe-inline" not in scripts, path
        assert "*" not in scripts.split(), path
        assert policy["frame-ancestors"] == "'none'", path
        for name in ("object-src", "base-uri"):
            assert policy.get(name, policy["default-src"]) in {"'none'", "'self'"}, path
        assert "immutable" not in answer.headers.get("cache-control", ""), path


def assert_guarded(answer: httpx.Response, path: str) -> None:
    """The headers that belong to every answer."""
    assert answer.headers["x-content-type-options"] == "nosniff", path
    assert answer.headers["x-frame-options"] == "DENY", path
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin", path
    assert "access-control-allow-origin" not in answer.headers, path


def test_other_answers_are_guarded_too(site: Site, world: World, web: httpx.Client) -> None:
    for path in (
        "/robots.txt", "/sitemap.xml", "/api/suggest?q=har", "/healthz", "/metrics", "/ping",
        f"/media/preview/{world.live.id}", f"/media/cover/{world.live.id}", "/files/a.b",
        "/media/preview/nothing", "/external/indii.css", "/api/nothing",
    ):  # fmt: skip
        assert_guarded(web.get(path), path)
    refused = web.post("/api/plays", headers={"Origin": "http://evil.example"})
    assert_guarded(refused, "a refusal")
    # A cover is drawn by us, but an SVG may hold scripts: its own policy allows none.
    cover = web.get(f"/media/cover/{world.live.id}")
    assert "default-src 'none'" in cover.headers["content-security-policy"]


def test_words_stay_words(site: Site, world: World, web: httpx.Client) -> None:
    """Markup in titles, names and questions is shown, never obeyed: in HTML and in JSON-LD."""
    evil = "</script><img src=x onerror=alert(1)>"
    person = new_member(world)
    with site.rt.write(SYSTEM) as ctx:
        ctx.db.execute(
            text("UPDATE profile SET name = :evil, bio = :evil WHERE id = :id"),
            {"evil": evil, "id": person.actor.profile_id},
        )
    thing = world.recording(f"Rain {evil}", owner=person, credits=evil, tags=("a<b", "x"))
    for path in (
        "/", "/explore", f"/recording/{thing.slug}", f"/explore?{urlencode({'q': evil})}",
        f"/explore?{urlencode({'q': 'Rain', 'genre': evil, 'sort': evil})}",
        f"/recording/{quote(evil, safe='')}", f"/auth/fresh?{urlencode({'next': '/' + evil})}",
    ):  # fmt: skip
        answer = web.get(path)
        assert "<img src=x" not in answer.text, path
        assert "</script><img" not in answer.text, path
    page = web.get(f"/recording/{thing.slug}").text
    assert "&lt;/script&gt;" in page
    assert "\\u003c/script" in page


def test_metrics_need_the_token(web: httpx.Client, production: Site) -> None:
    for shown in (
        "",
        "Bearer",
        "Bearer wrong",
        "Basic x",
        f"Bearer {METRICS_TOKEN[:-1]}",
        "Bearer é",
    ):
        answer = web.get("/metrics", headers={"Authorization": shown.encode()})
        assert answer.status_code == 401, shown
        assert "indii_" not in answer.text
    assert web.get(f"/metrics?token={METRICS_TOKEN}").status_code == 401
    with client(production) as outside:
        assert outside.get("/metrics").status_code == 401


def test_nothing_of_a_workshop_is_open_in_production(
    site: Site, world: World, production: Site
) -> None:
    accounts.forgot(site.rt, NOBODY, email=world.fan.email, ip="192.0.2.30")
    with client(site) as at_home, client(production) as outside:
        assert world.fan.email in at_home.get("/dev/mailbox").text
        found = re.search(r"/dev/mailbox/[0-9a-f-]{36}", at_home.get("/dev/mailbox").text)
        assert found
        for path in ("/dev/mailbox", found.group(0), "/dev", "/dev/mailbox/"):
            answer = outside.get(path)
            assert answer.status_code == 404, path
            assert world.fan.email not in answer.text
        # A stranger's name that leads to this machine opens nothing either.
        for host in ("evil.example", f"evil.example:{site.config.port}", "localhost.evil.example"):
            assert at_home.get("/dev/mailbox", headers={"Host": host}).status_code == 404
        for host in ("localhost", f"127.0.0.1:{site.config.port}", "[::1]:3000"):
            assert at_home.get("/dev/mailbox", headers={"Host": host}).status_code == 200
        answer = outside.get("/")
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        form = {"email": world.fan.email, "password": PASSWORD}
        cookie = outside.post("/auth/sign-in", data=form).headers["set-cookie"]
        assert "Secure" in cookie
        assert "HttpOnly" in cookie


# ------------------------------------------------------------------ files that are not pages

NEVER = (
    b"root:x:0", b"development-only-secret", b"import reflex", b"[alembic]", b"INDII_",
    b"PostgreSQL", b"SQLModel", b"from indii",
)  # fmt: skip


def test_nothing_but_the_site_is_served(site: Site, world: World) -> None:
    down = ["..", "%2e%2e", "%2E%2E", "..%2f..", "..%5c..", "%252e%252e", ".%00.", "..;", "....//"]
    bases = ("", "assets/", "media/", "files/", "fonts/")
    tails = (
        "etc/passwd", "indii/app.py", ".env", "var/postgres", "rxconfig.py",
        "backend/upload_is_used",
    )  # fmt: skip
    targets = [
        "/uploads", "/uploads/", "/_upload", "/_upload/", "/_upload/x.wav", "/uploaded_files/x",
        "/var/", "/var/storage", "/indii/app.py", "/rxconfig.py", "/.env", "/.git/config",
        "/pyproject.toml", "/alembic.ini", "/requirements.lock", "/reflex.lock", "/own.json",
        "/backend/stateful_pages.json", "/_all_routes", "/auth-codespace", "/docs", "/openapi.json",
        "//etc/passwd", "/etc/passwd", "///", "/\\..\\..\\etc\\passwd", "/%00", "/%ff", "/%c0%ae",
        "/assets/%00", "/recording/%00", "/recording/%ff", "/recording/%ed%a0%80", "/producer/%00",
        "/explore?q=%00", "/explore?q=%ed%a0%80", "/explore?after=%00", "/explore?bpm=9e999-1",
        "/api/suggest?q=%00", "/api/suggest?q=%ff", "/producer/x?after=%00", "/explore?after=....",
        *(f"/{base}{(dots + '/') * 6}{tail}" for base in bases for dots in down for tail in tails),
    ]  # fmt: skip

    def look(target: str) -> tuple[str, int, bytes]:
        status, headers, body = raw(site, target)
        if 300 <= status < 400:
            assert re.match(rf"/(?![/\\])|{re.escape(site.url)}/", headers["location"]), target
        elif "text/html" not in headers.get("content-type", ""):
            assert status != 200 or target.startswith(("/explore", "/api/")), target
        return target, status, body

    with ThreadPoolExecutor(4) as pool:
        for target, status, body in pool.map(look, targets):
            assert status < 500, target
            assert not [mark for mark in NEVER if mark in body], target
    for method, target in (
        ("POST", "/_upload"), ("PUT", "/assets/x.js"), ("DELETE", "/index.html"), ("TRACE", "/"),
        ("CONNECT", "/"), ("POST", "/"), ("PROPFIND", "/"), ("POST", "/_event/"),
    ):  # fmt: skip
        status, _, body = raw(site, target, method=method, body=b"x")
        assert 400 <= status < 500, (method, target, status)
        assert not [mark for mark in NEVER if mark in body]
    print(f"\n{len(targets)} targets")


def test_made_up_requests_do_not_fill_the_memory(site: Site, world: World) -> None:
    """A name anybody can make up must not become a series that is kept for ever."""
    before = len(site.series("indii_http_seconds_count"))
    for i in range(40):
        name = secrets.token_hex(6)
        raw(site, f"/{name}", method="POST", headers={"Origin": "http://evil.example"}, body=b"")
        raw(site, f"/{name}", method="POST", body=b"")
        raw(site, f"/{name}", method=f"X{i}{name}".upper())
        raw(site, f"/{name}/", headers={"Range": "bytes=0-"})
    assert len(site.series("indii_http_seconds_count")) <= before + 8


# ------------------------------------------------------------------ size


def test_oversized_requests_are_refused_and_survived(site: Site, world: World) -> None:
    start = {"Cookie": world.a.cookie}
    announced = {**start, **tus.announcing("main_wav", 4000)}
    large = {"Content-Type": "application/x-www-form-urlencoded"}
    cases: list[tuple[str, str, dict[str, str], bytes | None]] = [
        ("GET", "/", {"X-Padding": "x" * 200_000}, None),
        ("GET", "/", {"Cookie": "indii_session=" + "x" * 60_000}, None),
        ("GET", "/" + "x" * 100_000, {}, None),
        ("GET", "/explore?q=" + "x" * 50_000, {}, None),
        ("POST", "/auth/sign-in", large, b"email=" + b"x" * 2_000_000),
        ("POST", "/auth/sign-in", large, b"&".join(b"a%d=b" % i for i in range(4000))),
        ("POST", "/api/plays", start, b'{"id": "' + b"x" * 2_000_000 + b'"}'),
        ("POST", "/api/plays", start, b"[" * 2000),
        ("POST", "/api/plays", start, b'{"id": ' + b"9" * 1900 + b"}"),
        ("POST", tus.URL, announced, b"[" * 4000),
        ("POST", tus.URL, {**announced, "Upload-Length": "1e999"}, None),
        ("POST", tus.URL, {**announced, "Upload-Length": "1" + "0" * 3000}, None),
        ("POST", tus.URL, {**announced, "Upload-Metadata": "kind " + "A" * 60_000}, None),
        ("POST", tus.URL, {**announced, "Upload-Metadata": "," * 4000}, None),
        ("POST", tus.URL, {**announced, "Upload-Metadata": "kind AAAA, filename 7aCA"}, None),
        ("POST", "/api/avatar", start, b"x" * 6_000_000),
    ]  # fmt: skip
    for method, target, headers, body in cases:
        try:
            status, _, _ = raw(site, target, method=method, headers=headers, body=body)
        except OSError:
            continue  # hung up in the middle, which is an answer too
        allowed = target.startswith("/explore") or {"Cookie", "X-Padding"} & set(headers)
        assert 400 <= status < 500 or status == 507 or (allowed and status in {200, 303}), (
            method,
            target[:30],
            status,
        )
    chunked = iter([b"email=", b"x" * 30_000])
    with client(site) as web:
        assert web.post("/auth/sign-in", content=chunked).status_code == 422
        assert web.get("/ping").status_code == 200


async def test_a_huge_message_ends_its_own_socket_only(site: Site, world: World) -> None:
    async with Tab(site.url, cookie=world.a.cookie) as other:
        async with Tab(site.url, cookie=world.b.cookie) as tab:
            await tab.send(f"{ACCOUNT}.load", {"x": "y" * 3_000_000})
            await tab.idle(0.5)
        await other.ask((f"{ACCOUNT}.load", {}))
