"""Files: originals at no address that anybody could guess, previews gone with what they preview."""

from __future__ import annotations

import base64
import json
import string
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.adapters.storage.signing import LinkPayload, sign
from indii.catalog.recordings.commands import delete
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads.models import Upload
from indii.kernel.context import SYSTEM
from tests.extent import some
from tests.security.browsing import client
from tests.security.requests import raw
from tests.security.socket import ROOT_STATE, Tab
from tests.security.tables import Tables
from tests.security.world import Thing, World
from tests.serving import Site

# How many addresses a run tries; `make test-all` tries all of them.
GUESSES = 400
STRANGERS = ("anonymous", "fan", "b")
RECORDING = f"{ROOT_STATE}.indii___discovery___browse___state____recording_state.load"
MODERATION = f"{ROOT_STATE}.indii___admin___reports___state____moderation_state"


@dataclass(frozen=True)
class Original:
    """A stored file that strangers must not have."""

    file_id: str
    recording_id: str
    upload_id: str
    key: str
    sha256: str
    kind: str
    content: bytes


@pytest.fixture(scope="module")
def originals(world: World) -> list[Original]:
    """Masters and stems of A in every state; each has bytes found nowhere else."""
    world.recording("Stems Are Private", with_stems=True)
    rt, profile_id = world.rt, world.a.actor.profile_id
    with rt.read(SYSTEM) as ctx:
        uploads = ctx.db.scalars(select(Upload).where(col(Upload.profile_id) == profile_id))
        by_key = {upload.storage_key: str(upload.id) for upload in uploads}
        files = ctx.db.scalars(
            select(MediaFile).where(
                col(MediaFile.profile_id) == profile_id,
                col(MediaFile.kind).not_in([FileKind.PREVIEW, FileKind.COVER]),
            )
        )
        rows = [file.model_dump() for file in files]
    found = [
        Original(
            file_id=str(row["id"]),
            recording_id=str(row["recording_id"]),
            # What was made here was never uploaded.
            upload_id=by_key.get(row["storage_key"], str(row["id"])),
            key=row["storage_key"],
            sha256=row["sha256"],
            kind=row["kind"],
            content=rt.storage.fetch(row["storage_key"]).read_bytes(),
        )
        for row in rows
    ]
    assert len(found) >= 5
    assert all(len(one.content) >= 16 for one in found)
    return found


def guesses(original: Original) -> Iterator[str]:
    """Addresses that somebody who knows every id would try."""
    ids = (original.recording_id, original.file_id, original.upload_id)
    names = (*ids, original.key, original.sha256, original.key.rpartition("/")[2])
    kinds = ("preview", "cover", "peaks", "avatar", "original", "file", original.kind)
    for name in names:
        yield f"/files/{name}"
        yield f"/files/{base64.urlsafe_b64encode(name.encode()).decode().rstrip('=')}"
        yield f"/files/{quote(name, safe='')}"
        for kind in kinds:
            yield f"/media/{kind}/{name}"
    for one in ids:
        for kind in (
            original.kind,
            "main_wav",
            "main_mp3",
            "stems_zip",
            "preview",
            "cover",
            "../x",
        ):
            yield f"/api/own/{one}/{kind}"
        for form in (one.upper(), one.replace("-", ""), f"{{{one}}}", f"urn:uuid:{one}"):
            yield f"/media/preview/{quote(form)}"
            yield f"/api/own/{quote(form)}/{original.kind}"
        yield f"/api/uploads/{one}"
        yield f"/media/preview/{one}?kind={original.kind}"
        yield f"/media/preview/{one}/{original.kind}"
    key = original.key
    down = ("../", "..%2f", "%2e%2e/", "..%5c", "....//", "%2e%2e%2f", ".%2e/", "..%c0%af")
    for base in ("/files/", "/media/preview/", "/assets/", "/media/cover/", "/"):
        for step in down:
            yield f"{base}{step * 4}var/storage/objects/{key}"
            yield f"{base}{step * 2}storage/objects/{key}"
        yield f"{base}%00{key}"
        yield f"{base}{quote('/' + key, safe='')}"
    for base in (
        "storage",
        "storage/objects",
        "var/storage/objects",
        "objects",
        "uploads",
        "media",
    ):
        yield f"/{base}/{key}"
    yield f"//{key}"
    yield f"/{key}"


def test_no_guess_finds_an_original(site: Site, world: World, originals: list[Original]) -> None:
    contents = [original.content for original in originals]
    targets = sorted({target for original in originals for target in guesses(original)})
    targets = some(targets, GUESSES, "guesses")
    # Everybody tries some, and together they try all for each of the strangers' kinds.
    jobs = [(target, STRANGERS[i % 3]) for i, target in enumerate(targets)]

    def look(job: tuple[str, str]) -> tuple[str, str, int, bytes]:
        target, caller = job
        cookie = world.cookie(caller)
        headers = {"Cookie": cookie} if cookie else {}
        status, found, body = raw(site, target, headers=headers)
        assert "/files/" not in found.get("location", ""), (caller, target)
        return target, caller, status, body

    with ThreadPoolExecutor(4) as pool:
        for target, caller, status, body in pool.map(look, jobs):
            assert status < 500, target
            assert not any(content in body for content in contents), (caller, target)
    print(f"\n{len(jobs)} guesses at {len(originals)} originals")


def test_a_range_or_another_method_finds_no_more(
    site: Site, world: World, originals: list[Original]
) -> None:
    draft = next(one for one in originals if one.recording_id == str(world.draft.id))
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE"):
        for headers in (
            {"Range": "bytes=0-"}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"},
            {"If-None-Match": f'"{draft.sha256[:32]}"'}, {"X-Original-URL": "/x"},
            {"X-Rewrite-URL": f"/api/own/{draft.recording_id}/main_wav"},
        ):  # fmt: skip
            for path in (
                f"/media/preview/{draft.recording_id}", f"/media/cover/{draft.recording_id}",
                f"/media/peaks/{draft.recording_id}", f"/api/own/{draft.recording_id}/main_wav",
            ):  # fmt: skip
                status, _, body = raw(site, path, method=method, headers=headers)
                assert status in {401, 404, 405, 200 if method == "OPTIONS" else 404}, (
                    method,
                    path,
                )
                assert draft.content not in body


def test_what_is_not_public_is_not_heard_or_seen(site: Site, world: World) -> None:
    gone = world.new()
    with site.rt.write(world.a.actor) as ctx:
        delete(ctx, recording_id=gone.id)
    hidden = {"draft": world.draft, "withdrawn": world.withdrawn, "taken down": world.down}
    for caller in (*STRANGERS, "a", "admin"):
        with client(site, world.cookie(caller)) as web:
            for what, thing in {**hidden, "deleted": gone}.items():
                may = caller == "admin" or (caller == "a" and what != "deleted")
                for kind in ("preview", "peaks", "cover"):
                    answer = web.get(f"/media/{kind}/{thing.id}")
                    assert answer.status_code == (200 if may else 404), (caller, what, kind)
                if caller in STRANGERS:
                    page = web.get(f"/recording/{thing.slug}")
                    assert page.status_code == 404, (caller, what)
                    assert thing.title not in page.text
                    for path in (
                        "/sitemap.xml",
                        "/",
                        "/explore",
                        f"/explore?q={quote(thing.title)}",
                    ):
                        found = web.get(path).text
                        found = found.replace(quote(thing.title), "").replace(
                            f'"{thing.title}"', ""
                        )
                        assert thing.slug not in found, (caller, what, path)
                    said = web.get(f"/api/suggest?q={quote(thing.title)}").text
                    assert thing.title not in said, (caller, what)


# ------------------------------------------------------------------ signed addresses


def signed(site: Site, world: World, original: Original) -> str:
    """A good link, as its owner gets it."""
    with client(site, world.a.cookie) as web:
        answer = web.get(f"/api/own/{original.recording_id}/{original.kind}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_signed_link_is_for_its_owner_and_cannot_be_changed(
    site: Site, world: World, originals: list[Original], web: httpx.Client
) -> None:
    original = originals[0]
    link = signed(site, world, original)
    answer = web.get(link)
    assert answer.content == original.content
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    token = link.removeprefix("/files/")
    body, _, mac = token.partition(".")
    letters = string.ascii_letters + string.digits
    forged = [
        token[:i] + letters[(letters.find(token[i]) + 7) % len(letters)] + token[i + 1 :]
        for i in range(0, len(token), 3)
    ]
    forged += [
        token[:-1], token + "A", token + "=", body, f"{body}.", f".{mac}", f"{mac}.{body}", ".",
        f"{body}.{mac}.{mac}", f"{body}..{mac}", token * 8, f"{token}%00", f"{token}/..", "..",
        f"./{token}", "a" * 3000, "é", "%ff.%ff", f"{body}.{'A' * len(mac)}",
    ]  # fmt: skip
    later = int(time.time()) + 3000
    promise = LinkPayload(original.key, later, "x.wav", "audio/wav")
    secrets = (b"", b"test", b"development-only-secret", site.config.secret_key.__str__().encode())
    forged += [sign(secret, promise) for secret in secrets]
    nothing = base64.urlsafe_b64encode(json.dumps(promise).encode()).decode().rstrip("=")
    forged += [nothing, f"{nothing}.{mac}", f"{nothing}."]
    for one in forged:
        if one == token:
            continue
        status, _, content = raw(site, f"/files/{quote(one, safe='%/.')}")
        assert status in {404, 410}, one
        assert original.content not in content
    print(f"\n{len(forged)} forged links")


def test_a_signed_link_ends(site: Site, originals: list[Original], web: httpx.Client) -> None:
    secret = site.config.secret_key.get_secret_value().encode()
    for expires, status in ((time.time() + 60, 200), (time.time() - 1, 410), (0, 410), (-5, 410)):
        promise = LinkPayload(originals[0].key, int(expires), "x.wav", "audio/wav")
        answer = web.get(f"/files/{sign(secret, promise)}")
        assert answer.status_code == status
        assert (originals[0].content in answer.content) is (status == 200)


# ------------------------------------------------------------------ a takedown


def public_places(
    site: Site, thing: Thing, producer: str
) -> dict[str, Callable[[httpx.Client], bool]]:
    """Where a public recording is found: place to "is it there?"."""
    title = quote(thing.title)
    return {
        "page": lambda web: web.get(f"/recording/{thing.slug}").status_code == 200,
        "preview": lambda web: web.get(f"/media/preview/{thing.id}").status_code == 200,
        "range": lambda web: (
            web.get(f"/media/preview/{thing.id}", headers={"Range": "bytes=0-9"}).status_code == 206
        ),
        "peaks": lambda web: web.get(f"/media/peaks/{thing.id}").status_code == 200,
        "cover": lambda web: web.get(f"/media/cover/{thing.id}").status_code == 200,
        "search": lambda web: thing.slug in web.get(f"/explore?q={title}").text,
        "explore": lambda web: thing.slug in web.get("/explore").text,
        "home": lambda web: thing.slug in web.get("/").text,
        "producer": lambda web: thing.slug in web.get(f"/producer/{producer}").text,
        "suggestions": lambda web: thing.title in web.get(f"/api/suggest?q={title}").text,
        "sitemap": lambda web: thing.slug in web.get("/sitemap.xml").text,
    }


async def test_a_takedown_stops_everything_at_once(
    site: Site, world: World, tables: Tables
) -> None:
    thing = world.recording("Zephyr Quartz", tags=("zephyr",))
    places = public_places(site, thing, world.slug_of(world.a))
    with client(site) as web:
        for place, is_there in places.items():
            assert is_there(web), f"{place}, before"
        etag = web.get(f"/media/preview/{thing.id}").headers["etag"]
    chosen = {
        "action": "take_down", "kind": "recording", "subject_id": str(thing.id), "title": "x",
    }  # fmt: skip
    async with Tab(site.url, cookie=world.admin.cookie, at="/admin/reports") as tab:
        await tab.ask((f"{MODERATION}.choose", chosen))
        await tab.send(f"{MODERATION}.decide", {"form": {"reason": "Not cleared."}})
        await tab.until(lambda: any("Taken down" in text for text in tab.notices()))
        for caller in STRANGERS:
            with client(site, world.cookie(caller)) as web:
                for place, is_there in places.items():
                    assert not is_there(web), f"{place}, for {caller}"
                known = {"If-None-Match": etag}
                again = web.get(f"/media/preview/{thing.id}", headers=known)
                assert again.status_code == 404
                assert web.post("/api/plays", json={"id": str(thing.id)}).status_code in {200, 404}
            at = f"/recording/{thing.slug}"
            async with Tab(site.url, cookie=world.cookie(caller), at=at) as looking:
                await looking.ask((RECORDING, {}))
                assert thing.title not in "".join(looking.frames)
        await tab.send(f"{MODERATION}.restore", {"recording_id": str(thing.id)})
        await tab.until(lambda: any("Restored" in text for text in tab.notices()))
    with client(site) as web:
        for place, is_there in places.items():
            assert is_there(web), f"{place}, afterwards"
