"""Files on their way in: parts, quotas, checks, refusals that leave no rubbish."""

import asyncio
import base64
import hashlib
import io
import shutil
import zipfile
from email.utils import parsedate_to_datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads import commands, endpoints, flows, queries
from indii.catalog.uploads.errors import FileRefused, UploadLocked, UploadNotFound
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.rules import LIMITS, MOST_PART_BYTES, OPEN_UPLOADS, RESUMABLE_FOR
from indii.kernel.context import NOBODY, SYSTEM
from tests.factories.identity import make_fan, make_producer
from tests.factories.sounds import mp3, picture, picture_bomb, stems, wav
from tests.tus import URL, metadata
from workers.queue import drain_queue
from workers.registry import load_rooms


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def announce(web, kind, count, filename="Rust.wav"):
    said = metadata(kind, filename)
    return web.tus("POST", URL, upload_length=count, upload_metadata=said)


def begin(web, kind, content, filename="Rust.wav"):
    """Announce a file; return its address."""
    answer = announce(web, kind, len(content), filename)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(web, url, offset, content, **headers):
    return web.tus("PATCH", url, content, upload_offset=offset, **headers)


def offset_of(web, url):
    return int(web.tus("HEAD", url).headers["upload-offset"])


def checked(rt, web, url):
    """Let the workers look into it; return what the page is told."""
    assert web.get(url).json()["state"] == "checking"
    load_rooms()
    drain_queue(rt, ["audio"])
    return web.get(url).json()


def send(rt, web, kind, content, filename="Rust.wav", part=200_000):
    """Upload as the browser does; return the verdict."""
    url = begin(web, kind, content, filename)
    for at in range(0, len(content), part):
        answer = patch(web, url, at, content[at : at + part])
        assert answer.status_code == 204, answer.text
    return checked(rt, web, url)


def rubbish(rt):
    """Everything that lies in the state folder but belongs to nobody."""
    with rt.read() as ctx:
        kept = set(ctx.db.scalars(select(MediaFile.storage_key)))
        kept |= set(ctx.db.scalars(select(Upload.storage_key).where(Upload.state == "checked")))
    parts = list((rt.site.state_dir / "incoming").glob("*"))
    objects = rt.site.state_dir / "storage" / "objects"
    stored = [p for p in objects.rglob("*") if p.is_file()]
    return parts + [p for p in stored if p.relative_to(objects).as_posix() not in kept]


def test_a_wav_arrives_in_parts_and_is_what_it_says(rt, web, ash):
    content = wav(3)
    answer = send(rt, web.as_(ash), "main_wav", content)
    assert (answer["state"], answer["received"]) == ("checked", len(content))
    assert answer["probe"]["line"] == "WAV · 44.1 kHz · 16 bit · stereo · 0:03"
    with rt.read(ash) as ctx:
        upload = queries.own_upload(ctx, UUID(answer["id"]))
    assert rt.storage.fetch(upload.storage_key).read_bytes() == content
    assert rubbish(rt) == []


def test_a_lossy_file_is_no_wav_whatever_its_name(web, rt, ash):
    answer = send(rt, web.as_(ash), "main_wav", mp3(), filename="really.wav")
    assert (answer["state"], answer["kind"]) == ("checked", "main_mp3")
    answer = send(rt, web, "main_mp3", wav(1), filename="really.mp3")
    assert answer["kind"] == "main_wav"


def test_a_wrong_offset_is_told_where_to_go_on(rt, web, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    assert patch(web, url, 0, content[:1000]).headers["upload-offset"] == "1000"
    for offset in (0, 500, 2000):
        answer = patch(web, url, offset, b"x" * 10)
        assert (answer.status_code, answer.headers["upload-offset"]) == (409, "1000")
    assert patch(web, url, 1000, content[1000:]).status_code == 204
    assert patch(web, url, len(content), b"").status_code == 409
    assert checked(rt, web, url)["state"] == "checked"


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "99999999999999999999", "1.0"])
def test_an_offset_is_a_number(web, ash, offset):
    url = begin(web.as_(ash), "main_wav", wav(1))
    assert patch(web, url, offset, b"x").status_code == 400
    assert web.tus("PATCH", url, b"x").status_code == 400


def test_every_answer_speaks_one_version(web, ash):
    url = begin(web.as_(ash), "main_wav", wav(1))
    for method, where in (("POST", URL), ("HEAD", url), ("PATCH", url), ("DELETE", url)):
        for said in ({}, {"Tus-Resumable": "0.2.2"}):
            answer = web.request(method, where, headers=said)
            assert answer.status_code == 412
            assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert offset_of(web, url) == 0
    for where in (URL, url):
        answer = web.request("OPTIONS", where)
        assert answer.status_code == 204
        assert answer.headers["tus-extension"] == "creation,checksum,expiration,termination"
        assert int(answer.headers["tus-max-size"]) == max(LIMITS.values())
        assert "sha1" in answer.headers["tus-checksum-algorithm"].split(",")
    for method in ("GET", "PATCH", "DELETE", "PUT"):
        assert web.tus(method, URL, b"").status_code == 405


def test_a_part_says_what_it_is(web, ash):
    url = begin(web.as_(ash), "main_wav", wav(1))
    for kind in ("", "application/octet-stream", "multipart/form-data; boundary=x"):
        assert patch(web, url, 0, b"x", content_type=kind).status_code == 415
    assert offset_of(web, url) == 0


def test_a_damaged_part_leaves_nothing(rt, web, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)

    def summed(name, data):
        return f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"

    assert patch(web, url, 0, b"x" * 500, upload_checksum="sha1 AAAA").status_code == 460
    wrong = summed("sha256", content[:999])
    assert patch(web, url, 0, content[:1000], upload_checksum=wrong).status_code == 460
    assert offset_of(web, url) == 0
    for said in ("crc9 AAAA", "sha1 !!", "sha1", ""):
        answer = patch(web, url, 0, content[:1000], upload_checksum=said)
        assert answer.status_code in ({400, 460} if said == "sha1" else {400}), said
    for at, name in ((0, "sha1"), (1000, "sha256"), (2000, "md5")):
        part = content[at : at + 1000]
        assert patch(web, url, at, part, upload_checksum=summed(name, part)).status_code == 204
    assert patch(web, url, 3000, content[3000:]).status_code == 204
    assert checked(rt, web, url)["state"] == "checked"


def test_a_method_may_travel_in_a_post(rt, web, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    over = {"x_http_method_override": "PATCH", "content_type": "application/offset+octet-stream"}
    answer = web.tus("POST", url, content, upload_offset=0, **over)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(content)))
    assert web.tus("POST", url).status_code == 405
    head = web.tus("POST", url, x_http_method_override="HEAD")
    assert head.headers["upload-length"] == str(len(content))
    assert head.headers["cache-control"] == "no-store"
    assert web.tus("POST", url, x_http_method_override="DELETE").status_code == 204
    assert web.tus("HEAD", url).status_code == 404


def test_two_writers_of_one_upload_do_not_mix(rt, web, ash):
    content = wav(1)
    upload = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=len(content))
    first = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    with pytest.raises(UploadLocked):
        flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    assert patch(web.as_(ash), f"{URL}/{upload.id}", 0, content).status_code == 423
    first.write(content)
    flows.close_part(rt, ash, part=first)
    assert checked(rt, web, f"{URL}/{upload.id}")["state"] == "checked"


def test_a_part_costs_one_question(rt, web, ash, query_count):
    upload = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=1000)
    with query_count(1):
        part = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
        part.write(b"x" * 500)
        flows.close_part(rt, ash, part=part)


def test_a_worker_that_is_there_at_once_finds_the_file_unlocked(rt, web, ash, monkeypatch):
    load_rooms()
    monkeypatch.setattr(rt, "wake", lambda _queues: drain_queue(rt, ["audio"]))
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    assert patch(web, url, 0, content).status_code == 204
    assert web.get(url).json()["state"] == "checked"


def test_a_part_cut_off_counts_as_far_as_it_came(rt, web, ash):
    """A process killed in the middle keeps what it had written."""
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    with flows.part_path(rt, UUID(url.rpartition("/")[2])).open("ab") as file:
        file.write(content[:700])
    assert offset_of(web, url) == 700
    assert patch(web, url, 700, content[700:]).status_code == 204
    answer = checked(rt, web, url)
    assert answer["state"] == "checked"
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(answer["id"])).storage_key
    assert rt.storage.fetch(key).read_bytes() == content


def test_a_dead_line_lets_go_of_the_file(rt, web, ash, monkeypatch):
    monkeypatch.setattr(endpoints, "SILENCE_S", 0.1)
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)

    async def stalls():
        yield content[:700]
        await asyncio.sleep(1.0)
        yield content[700:]

    assert patch(web, url, 0, stalls()).status_code == 422
    assert offset_of(web, url) == 700
    assert patch(web, url, 700, content[700:]).status_code == 204


def test_more_bytes_than_announced_are_refused(web, rt, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    assert patch(web, url, 0, content + b"!").status_code == 413
    assert offset_of(web, url) == 0
    # Without a length in front (chunked) the overflow shows only while streaming.
    endless = (b"x" * 65_536 for _ in range(len(content) // 65_536 + 20))
    assert patch(web, url, 0, endless).status_code == 413
    assert offset_of(web, url) <= len(content)
    monster = {"content_length": str(MOST_PART_BYTES + 1)}
    assert patch(web, url, offset_of(web, url), b"", **monster).status_code == 413


@pytest.mark.parametrize("kind", [k.value for k in LIMITS])
def test_a_file_too_large_is_refused_before_its_first_byte(web, ash, kind):
    answer = announce(web.as_(ash), kind, LIMITS[FileKind(kind)] + 1)
    assert answer.status_code == 413
    assert "at most" in answer.json()["message"]


GOOD = {"upload_length": "5", "upload_metadata": metadata("main_wav")}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload_length": ""}, 400), ({"upload_length": "-5"}, 400),
        ({"upload_length": "5.0"}, 400), ({"upload_length": "9" * 30}, 400),
        ({"upload_length": "0"}, 422), ({"upload_defer_length": "1"}, 400),
        ({"upload_metadata": ""}, 422), ({"upload_metadata": metadata("preview")}, 422),
        ({"upload_metadata": metadata("avatar")}, 422), ({"upload_metadata": "kind"}, 422),
        ({"upload_metadata": "kind !!!"}, 400), ({"upload_metadata": "kind /w=="}, 400),
        ({"upload_metadata": ","}, 400),
        ({"upload_metadata": metadata("main_wav") + "," + metadata("cover")}, 400),
        ({"upload_metadata": metadata("main_wav", "x" * 9000)}, 413),
        ({"content_length": "700"}, 413),
    ],
)  # fmt: skip
def test_a_nonsense_announcement_is_refused(web, rt, ash, headers, status):
    assert web.as_(ash).tus("POST", URL, **{**GOOD, **headers}).status_code == status
    with rt.read() as ctx:
        assert ctx.db.scalar(select(func.count()).select_from(Upload)) == 0


def test_nobody_reaches_anothers_upload(web, rt, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    for other in (NOBODY, make_fan(rt), make_producer(rt, "Grayline")):
        web.as_(other)
        assert web.get(url).status_code == 404
        assert web.tus("HEAD", url).status_code == 404
        assert patch(web, url, 0, content).status_code == 404
        assert web.tus("DELETE", url).status_code == 404
    assert offset_of(web.as_(ash), url) == 0
    for odd in (str(uuid4()), "x", "..%2F..%2Fetc%2Fpasswd"):
        assert web.tus("HEAD", f"{URL}/{odd}").status_code == 404


def test_only_producers_upload(web, rt):
    assert announce(web.as_(NOBODY), "main_wav", 1).status_code == 401
    assert announce(web.as_(make_fan(rt)), "main_wav", 1).status_code == 403


def test_cancelling_removes_every_byte(web, rt, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    patch(web, url, 0, content[:5000])
    assert web.tus("DELETE", url).status_code == 204
    assert web.tus("DELETE", url).status_code == 204
    assert web.get(url).status_code == 404
    assert patch(web, url, 5000, content[5000:]).status_code == 404
    done = send(rt, web, "main_wav", content)["id"]
    assert web.tus("DELETE", f"{URL}/{done}").status_code == 204
    assert rubbish(rt) == []


BROKEN = {
    "empty wav": ("main_wav", wav(0.0)),
    "truncated wav": ("main_wav", wav(2)[:30]),
    "text": ("main_wav", b"This is not music at all. " * 500),
    "html as wav": ("main_wav", b"<!doctype html><script>alert(1)</script>" * 100),
    "zip as wav": ("main_wav", stems()),
    "wav as zip": ("stems_zip", wav(1)),
    "picture as wav": ("main_wav", picture()),
    "wav as cover": ("cover", wav(1)),
    "svg as cover": ("cover", b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 50),
    "cut picture": ("cover", picture()[:300]),
    "tiny picture": ("cover", picture(50, 50)),
    "picture bomb": ("cover", picture_bomb()),
    "long voice tag": ("voice_tag", wav(11)),
    "cut zip": ("stems_zip", stems()[:-200]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_not_what_it_should_be_is_refused_and_leaves_nothing(web, rt, ash, case):
    kind, content = BROKEN[case]
    answer = send(rt, web.as_(ash), kind, content)
    assert answer["state"] == "refused", answer
    assert len(answer["message"]) > 20
    assert rubbish(rt) == []


def test_stems_that_climb_out_of_their_folder_are_refused(web, rt, ash):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/cron.d/evil.wav", wav(0.3))
    answer = send(rt, web.as_(ash), "stems_zip", out.getvalue())
    assert answer["state"] == "refused"
    assert rubbish(rt) == []


def test_good_stems_cover_and_voice_tag_are_taken(web, rt, ash):
    assert send(rt, web.as_(ash), "stems_zip", stems())["state"] == "checked"
    assert send(rt, web, "voice_tag", wav(2))["state"] == "checked"
    cover = send(rt, web, "cover", picture(900, 500, "JPEG"))
    assert cover["state"] == "checked"
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(cover["id"])).storage_key
    large = rt.storage.fetch(key).read_bytes()
    assert large[8:12] == b"WEBP"
    assert len(rt.storage.fetch(key.replace(".webp", "-96.webp")).read_bytes()) < len(large)


def test_a_cover_loses_what_the_camera_wrote_into_it(rt, web, ash):
    from PIL import Image

    taken = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (400, 300), (10, 90, 60)).save(taken, "JPEG", exif=exif)
    cover = send(rt, web.as_(ash), "cover", taken.getvalue())
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(cover["id"])).storage_key
    stored = rt.storage.fetch(key).read_bytes()
    assert b"taken at home" not in stored
    with Image.open(io.BytesIO(stored)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (300, 300), {})


def test_a_name_from_a_browser_is_only_ever_shown(web, rt, ash):
    answer = send(rt, web.as_(ash), "main_wav", wav(1), filename="../../\x00etc/pass\nwd.wav")
    assert answer["filename"] == "pass wd.wav"
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(answer["id"])).storage_key
    assert key == f"files/{answer['id'].replace('-', '')[-2:]}/{answer['id']}.wav"


def test_only_so_many_at_once(web, ash):
    for _ in range(OPEN_UPLOADS):
        begin(web.as_(ash), "main_wav", b"x" * 100)
    answer = announce(web, "main_wav", 100)
    assert answer.status_code == 429
    assert "in progress" in answer.json()["message"]


def test_a_full_disk_is_said_before_the_first_byte(web, ash, monkeypatch):
    full = shutil._ntuple_diskusage(10**9, 10**9, 5_000)
    monkeypatch.setattr(flows.shutil, "disk_usage", lambda _p: full)
    answer = announce(web.as_(ash), "main_wav", 100)
    assert (answer.status_code, "no space" in answer.json()["message"]) == (507, True)


def test_a_check_cut_short_is_taken_up_again(web, rt, ash, clock):
    """As if a process had died after the last byte, before the check, or in the middle of it."""
    content = wav(1)
    upload_id = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=len(content)).id
    flows.part_path(rt, upload_id).write_bytes(content)
    assert checked(rt, web.as_(ash), f"{URL}/{upload_id}")["state"] == "checked"

    unseen = flows.begin(rt, ash, kind="main_wav", filename="b.wav", count=len(content)).id
    flows.part_path(rt, unseen).write_bytes(content)
    flows.sweep(rt)
    assert checked(rt, web, f"{URL}/{unseen}")["state"] == "checked"

    crashed = flows.begin(rt, ash, kind="main_wav", filename="c.wav", count=len(content)).id
    flows.part_path(rt, crashed).write_bytes(content)
    with rt.write(ash) as ctx:
        commands.note_arrived(ctx, upload_id=crashed, is_checked_here=True)
        commands.record_target(ctx, upload_id=crashed, storage_key="files/aa/crashed.wav")
    rt.storage.put("files/aa/crashed.wav", flows.part_path(rt, crashed), content_type="audio/wav")
    clock.move(minutes=6)
    flows.sweep(rt)
    assert checked(rt, web, f"{URL}/{crashed}")["state"] == "checked"


def test_a_check_that_fails_for_good_is_said(web, rt, ash, clock, monkeypatch):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    patch(web, url, 0, content)
    monkeypatch.setattr(rt.audio, "probe", lambda _p: 1 / 0)
    load_rooms()
    for _ in range(6):
        drain_queue(rt, ["audio"])
        clock.move(hours=1)
    answer = web.get(url).json()
    assert (answer["state"], "again" in answer["message"]) == ("refused", True)
    flows.sweep(rt)
    clock.move(hours=25)
    flows.sweep(rt)
    assert web.get(url).status_code == 404


def test_a_lost_file_begins_anew(web, rt, ash):
    content = wav(1)
    url = begin(web.as_(ash), "main_wav", content)
    patch(web, url, 0, content[:700])
    flows.part_path(rt, UUID(url.rpartition("/")[2])).unlink()
    assert web.tus("HEAD", url).status_code == 404
    assert patch(web, url, 700, content[700:]).status_code == 404


def test_an_upload_ends_when_it_said_it_would(web, rt, ash, clock):
    answer = announce(web.as_(ash), "main_wav", 1000)
    url, until = answer.headers["location"], answer.headers["upload-expires"]
    assert patch(web, url, 0, b"x").headers["upload-expires"] == until
    assert parsedate_to_datetime(until) == clock().replace(microsecond=0) + RESUMABLE_FOR
    clock.move(hours=71)
    flows.sweep(rt)
    assert offset_of(web, url) == 1
    clock.move(hours=2)
    assert web.tus("HEAD", url).status_code == 404
    assert patch(web, url, 1, b"x").status_code == 404
    flows.sweep(rt)
    assert rubbish(rt) == []


def test_the_sweep_forgets_what_nobody_came_back_for(rt, web, ash, clock):
    content = wav(1)
    kept = send(rt, web.as_(ash), "main_wav", content)["id"]
    begin(web, "main_wav", content)
    send(rt, web, "main_wav", b"not a sound" * 50)
    used = send(rt, web, "main_wav", content)["id"]
    from indii.catalog.recordings.commands import create_draft

    with rt.write(ash) as ctx:
        recording_id = create_draft(ctx, title="Rust")
        commands.attach_upload(ctx, recording_id=recording_id, upload_id=UUID(used))
    stray = rt.site.state_dir / "incoming" / f"{uuid4()}.part"
    stray.write_bytes(b"left by a crash")
    flows.sweep(rt)
    assert web.get(f"{URL}/{kept}").json()["state"] == "checked"
    clock.move(hours=25)
    flows.sweep(rt)
    assert web.get(f"{URL}/{kept}").status_code == 404
    clock.move(hours=48)
    # Files carry the machine's own time, not the test's.
    flows.sweep(rt)
    assert rubbish(rt) in ([], [stray])
    with rt.read() as ctx:
        assert list(ctx.db.scalars(select(Upload.state))) == ["used"]


def test_files_of_this_machine_take_the_same_way(rt, ash, tmp_path):
    good, bad = tmp_path / "good.flac", tmp_path / "bad.wav"
    good.write_bytes(wav(1))
    bad.write_bytes(b"RIFF but not really" * 40)
    upload = flows.ingest_file(rt, ash, path=good, kind=FileKind.MAIN_MP3, filename="good.flac")
    assert (upload.state, upload.kind) == ("checked", "main_wav")
    assert good.exists()
    with pytest.raises(FileRefused):
        flows.ingest_file(rt, ash, path=bad, kind=FileKind.MAIN_WAV, filename="bad.wav")
    assert rubbish(rt) == []


def test_an_unknown_upload_is_unknown(rt, ash):
    with pytest.raises(UploadNotFound), rt.read(SYSTEM) as ctx:
        queries.own_upload(ctx, uuid4())
