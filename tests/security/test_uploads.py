"""Uploads under attack: whatever is sent, only its owner's checked files stay."""

from __future__ import annotations

import hashlib
import io
import struct
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from indii.catalog.uploads.flows import check_upload
from indii.kernel.context import SYSTEM
from tests.factories.sounds import mp3, picture, stems, wav
from tests.hostile.test_hostile_archives import HOSTILE
from tests.security.browsing import client
from tests.security.socket import ROOT_STATE, Tab
from tests.security.tables import Tables
from tests.security.world import World
from tests.serving import Person, Site
from tests.tus import PART, URL, begin, delete, head, patch

HTML = b"<!doctype html><script>alert(document.cookie)</script>" + b" " * 4000
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="700"><script>1</script></svg>'
STUDIO = f"{ROOT_STATE}.indii___studio___uploads___state____upload_state"
EDITING = f"{ROOT_STATE}.indii___studio___editing___state____edit_state"
SETTINGS = f"{ROOT_STATE}.indii___studio___settings___state____settings_state"


@pytest.fixture
def owner(world: World) -> Person:
    """A producer with no uploads yet, so that no quota is in the way."""
    return world.new_people()["a"]


def files(site: Site) -> set[str]:
    """Every file that uploads may leave behind."""
    roots = [site.state_dir / name for name in ("storage", "incoming", "scratch")]
    return {
        str(path.relative_to(site.state_dir))
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pcm1"
    }


def verdict(site: Site, web: httpx.Client, address: str) -> dict[str, object]:
    """How it stands once it was looked into; other work stays undone."""
    check_upload(site.rt, SYSTEM, upload_id=UUID(address.rpartition("/")[2]))
    return dict(web.get(address).json())


def sent(
    site: Site, web: httpx.Client, kind: str, content: bytes, filename: str = "rust.wav"
) -> dict[str, object]:
    """Upload as the browser does; return the verdict."""
    answer = begin(web, kind, len(content), filename)
    assert answer.status_code == 201, answer.text
    address = answer.headers["location"]
    assert patch(web, address, 0, content).status_code == 204
    return verdict(site, web, address)


# ------------------------------------------------------------------ the protocol


def test_wrong_offsets_write_nothing(site: Site, owner: Person) -> None:
    content = wav(0.5)
    with client(site, owner.cookie) as web:
        address = begin(web, "main_wav", len(content)).headers["location"]
        assert patch(web, address, 0, content[:1000]).headers["upload-offset"] == "1000"
        for offset in (0, 500, 999, 1001, len(content), 10**15):
            assert patch(web, address, offset, b"x" * 10).status_code in {400, 409}, offset
        for offset in ("", "-1", "1e3", "0x10", "1,0", "None", "1;0", "9" * 30):
            assert patch(web, address, offset, b"x" * 10).status_code == 400, offset
        assert patch(web, address, 1000, content[1000:]).status_code == 204
        assert verdict(site, web, address)["state"] == "checked"
        for offset in (0, len(content)):
            assert patch(web, address, offset, b"x").status_code == 409
    assert stored(site, address) == content


def stored(site: Site, address: str) -> bytes:
    """What lies in the storage for an upload."""
    with site.rt.read(SYSTEM) as ctx:
        key = ctx.db.scalar(
            text("SELECT storage_key FROM upload WHERE id = :id"),  # type: ignore[arg-type]
            {"id": UUID(address.rpartition("/")[2])},
        )
    return site.rt.storage.fetch(key).read_bytes()


def test_two_writers_do_not_mix(site: Site, owner: Person) -> None:
    one, two = wav(1.0, hz=220), wav(1.0, hz=440)
    assert len(one) == len(two)

    def slowly(content: bytes) -> Iterator[bytes]:
        step = len(content) // 8
        for at in range(0, len(content), step):
            yield content[at : at + step]
            time.sleep(0.05)

    with client(site, owner.cookie) as web, client(site, owner.cookie) as other:
        address = begin(web, "main_wav", len(one)).headers["location"]
        with ThreadPoolExecutor(2) as pool:
            answers = [
                pool.submit(patch, browser, address, 0, slowly(content))
                for browser, content in ((web, one), (other, two))
            ]
            codes = sorted(answer.result().status_code for answer in answers)
        assert codes in ([204, 409], [204, 423])
        assert verdict(site, web, address)["state"] == "checked"
    digest = hashlib.sha256(stored(site, address)).digest()
    assert digest in {hashlib.sha256(content).digest() for content in (one, two)}


def test_more_than_announced_is_refused(site: Site, owner: Person) -> None:
    before = files(site)
    with client(site, owner.cookie) as web:
        address = begin(web, "main_wav", 1000).headers["location"]
        assert patch(web, address, 0, b"x" * 1001).status_code == 413
        chunks = iter([b"x" * 600, b"x" * 600, b"x" * 5_000_000])
        assert patch(web, address, 0, chunks).status_code == 413
        part = site.state_dir / "incoming" / f"{address.rpartition('/')[2]}.part"
        assert part.stat().st_size <= 1000
        assert delete(web, address).status_code == 204
        assert patch(web, address, 0, b"x").status_code == 404
    assert files(site) == before


def test_an_upload_is_its_owners_alone(
    site: Site, world: World, owner: Person, tables: Tables
) -> None:
    content = wav(0.5)
    with client(site, owner.cookie) as web:
        half = begin(web, "main_wav", len(content)).headers["location"]
        patch(web, half, 0, content[:100])
        done = f"{URL}/{sent(site, web, 'main_wav', content)['id']}"
    before = files(site)
    with tables.watched() as nothing:
        for caller in ("anonymous", "fan", "b", "admin"):
            with client(site, world.cookie(caller)) as web:
                for one in (half, done):
                    assert web.get(one).status_code in {401, 404}, caller
                    assert head(web, one).status_code in {401, 404}, caller
                    assert patch(web, one, 100, content[100:]).status_code in {401, 404}, caller
                    assert delete(web, one).status_code in {401, 404}, caller
        for method in ("GET", "HEAD", "PATCH", "DELETE"):
            with client(site, world.b.cookie) as web:
                for odd in ("x", "%00", "..%2f..", "1", half[-36:] + "0", "%ff"):
                    headers = {**PART, "Upload-Offset": "0"}
                    answer = web.request(method, f"{URL}/{odd}", content=b"x", headers=headers)
                    assert answer.status_code in {404, 405}, (method, odd)
    assert not nothing.tables
    assert files(site) == before


async def test_nobody_uses_the_upload_of_somebody_else(
    site: Site, world: World, owner: Person, tables: Tables
) -> None:
    with client(site, owner.cookie) as web:
        master = str(sent(site, web, "main_wav", wav(0.5))["id"])
        cover = str(sent(site, web, "cover", picture(), "a.png")["id"])
        tag = str(sent(site, web, "voice_tag", wav(0.5))["id"])
    mine = world.recording("Bo Own Draft", owner=world.b, is_live=False)
    at = f"/studio/recording/{mine.slug}"
    with tables.watched() as nothing:
        async with Tab(site.url, cookie=world.b.cookie, at=at) as tab:
            await tab.ask((f"{EDITING}.load", {}))
            assert mine.title in "".join(tab.frames)
            for upload_id in (master, cover, tag):
                for handler in (
                    f"{EDITING}.attach", f"{EDITING}.wear", f"{STUDIO}.checked", f"{STUDIO}.drop",
                    f"{SETTINGS}.speak",
                ):  # fmt: skip
                    await tab.ask((handler, {"upload_id": upload_id}))
    assert not nothing.tables


def test_nobody_fills_the_disk(site: Site, owner: Person) -> None:
    before = files(site)
    with client(site, owner.cookie) as web:
        for kind, count in (
            ("main_wav", 500_000_001), ("cover", 15_000_001), ("voice_tag", 5_000_001),
            ("main_wav", 0), ("main_wav", -1), ("main_wav", 2**63), ("preview", 10), ("avatar", 10),
            ("", 10), ("../x", 10), ("main_wav", 10**30),
        ):  # fmt: skip
            assert begin(web, kind, count).status_code in {400, 413, 422, 507}, (kind, count)
        open_ids = []
        for _ in range(12):
            answer = begin(web, "main_wav", 1000)
            if answer.status_code == 201:
                open_ids.append(answer.headers["location"])
        assert len(open_ids) == 10
        for address in open_ids:
            delete(web, address)
    assert files(site) == before


# ------------------------------------------------------------------ the content


def bomb_png() -> bytes:
    """A picture of 60 000 x 60 000 in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(7501) * 400, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def cases() -> dict[str, tuple[str, bytes, str]]:
    """What is never what it says: name to (kind, content, file name)."""
    return {
        "HTML as sound": ("main_wav", HTML, "song.wav"),
        "HTML behind a magic number": ("main_wav", b"RIFF" + HTML, "song.wav"),
        "SVG as sound": ("main_mp3", SVG, "song.mp3"),
        "SVG as cover": ("cover", SVG, "cover.png"),
        "HTML as cover": ("cover", HTML, "cover.jpg"),
        "a sound as cover": ("cover", wav(0.2), "cover.webp"),
        "a picture as sound": ("main_wav", picture(), "song.wav"),
        "a picture as stems": ("stems_zip", picture(), "stems.zip"),
        "a sound as stems": ("stems_zip", wav(0.2), "stems.zip"),
        "stems as sound": ("main_wav", stems(), "song.wav"),
        "a program": ("main_wav", b"\x7fELF" + bytes(5000), "song.wav"),
        "a script": ("main_wav", b"#!/bin/sh\nreboot\n" * 100, "song.wav"),
        "a playlist": ("main_mp3", b"#EXTM3U\nfile:///etc/passwd\n" * 50, "song.mp3"),
        "a concat script": ("main_wav", b"ffconcat version 1.0\nfile /etc/passwd\n", "song.wav"),
        "a long voice tag": ("voice_tag", wav(11.0, rate=8000, channels=1), "tag.wav"),
        "a small cover": ("cover", picture(100, 100), "cover.png"),
        "a bomb of a cover": ("cover", bomb_png(), "cover.png"),
        "half a picture": ("cover", picture()[:700], "cover.png"),
        "a header alone": ("main_wav", wav(0.2)[:44], "song.wav"),
        "silence of no length": ("main_wav", b"RIFF$\0\0\0WAVEfmt ", "song.wav"),
    }


@pytest.mark.parametrize("name", cases())
def test_what_is_not_what_it_says_is_refused(name: str, site: Site, owner: Person) -> None:
    kind, content, filename = cases()[name]
    before = files(site)
    with client(site, owner.cookie) as web:
        upload = sent(site, web, kind, content, filename)
    assert upload["state"] == "refused", upload
    assert str(upload["message"]).endswith((".", "!")), upload
    assert files(site) == before


ARCHIVES = [name for name in HOSTILE if name not in {"many", "large", "nothing"}]
"""Two depend on limits that the test of the reader sets lower; nothing cannot be announced."""


@pytest.mark.parametrize("name", ARCHIVES)
def test_hostile_archives_leave_nothing(name: str, site: Site, owner: Person) -> None:
    content = HOSTILE[name][0]()
    before = files(site)
    outside = {path.name for path in site.state_dir.parent.iterdir()}
    with client(site, owner.cookie) as web:
        upload = sent(site, web, "stems_zip", content, "stems.zip")
    assert upload["state"] == "refused", upload
    assert files(site) == before
    assert {path.name for path in site.state_dir.parent.iterdir()} == outside


@pytest.mark.parametrize("head", [b"GIF89a", HTML, b"%PDF-1.7\n", b"PK\x03\x04", b"<svg>"])
def test_two_formats_in_one_file_are_served_as_sound_or_not_at_all(
    head: bytes, site: Site, world: World
) -> None:
    from indii.catalog.recordings.commands import create_draft
    from indii.catalog.uploads.commands import attach_upload

    before = files(site)
    for content, filename in (
        (head + wav(0.5), "a.wav"), (wav(0.5) + head, "b.html"), (mp3(0.5) + head, "c.svg"),
        (b"ID3\4\0\0\0\0\0\x7f" + head[:100].ljust(127, b" ") + mp3(0.5), "d.html"),
    ):  # fmt: skip
        person = world.new_people()["a"]
        with client(site, person.cookie) as web:
            upload = sent(site, web, "main_wav", content, filename)
            if upload["state"] == "refused":
                assert files(site) == before
                continue
            with site.rt.write(person.actor) as ctx:
                made = create_draft(ctx, title="Two Faces")
                attach_upload(ctx, recording_id=made, upload_id=UUID(str(upload["id"])))
            link = web.get(f"/api/own/{made}/{upload['kind']}").headers["location"]
            answer = web.get(link)
        assert answer.headers["content-type"].startswith("audio/")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        before = files(site)


@pytest.mark.parametrize(
    "filename",
    [
        "../../../../etc/cron.d/x.wav", "/etc/passwd", "..\\..\\x.wav", "C:\\x.wav", "a\x00.wav",
        "a\r\nSet-Cookie: a=b.wav", ".", "..", "", "x" * 4000, "\u202egpj.wav", "-rf.wav",
        '"; rm -rf.wav', "con.wav", "\ud800.wav", "<script>.wav",
    ],
)  # fmt: skip
def test_a_name_is_only_a_name(filename: str, site: Site, owner: Person) -> None:
    before = files(site)
    content = wav(0.2)
    with client(site, owner.cookie) as web:
        answer = begin(web, "main_wav", len(content), filename)
        assert answer.status_code in {201, 400, 413, 422}, answer.text
        if answer.status_code != 201:
            return
        address = answer.headers["location"]
        assert patch(web, address, 0, content).status_code == 204
        upload = verdict(site, web, address)
    assert upload["state"] == "checked"
    new = [Path(path) for path in files(site) - before]
    assert len(new) == 2
    for path in new:
        assert path.parts[0] == "storage"
        assert path.name.startswith(str(upload["id"]))
    assert "\n" not in str(upload["filename"])
    assert "/" not in str(upload["filename"])


def test_avatars_are_pictures_or_refused(site: Site, world: World) -> None:
    person = world.new_people()["fan"]
    before = files(site)
    out = io.BytesIO()
    out.write(picture(64, 64))
    with client(site, person.cookie) as web:
        for content in (
            SVG,
            HTML,
            bomb_png(),
            picture()[:300],
            b"",
            b"GIF89a" + bytes(100),
            wav(0.1),
        ):
            answer = web.post("/api/avatar", files={"avatar": ("a.png", content, "image/png")})
            assert answer.headers["location"] == "/account"
        assert files(site) == before
        names = ("../../../a.png", "/etc/a.png", "a\x00.png")
        for name in names:
            web.post("/api/avatar", files={"avatar": (name, out.getvalue(), "text/html")})
        answer = web.get(f"/media/avatar/{person.actor.profile_id}")
    assert answer.headers["content-type"] == "image/webp"
    new = files(site) - before
    assert len(new) == 2
    assert all(
        path.startswith(("storage/objects/avatars/", "storage/facts/avatars/")) for path in new
    )
