"""Files on their way in: parts, quotas, checks, refusals that leave no rubbish."""

import io
import shutil
import zipfile
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads import commands, flows, queries
from indii.catalog.uploads.errors import FileRefused, PartConflict, UploadNotFound
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.rules import LIMITS, OPEN_UPLOADS
from indii.kernel.context import NOBODY, SYSTEM
from tests.factories.identity import make_fan, make_producer
from tests.factories.sounds import mp3, picture, picture_bomb, stems, wav


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def begin(web, kind, content, filename="Rust.wav"):
    body = {"kind": kind, "filename": filename, "bytes": len(content)}
    return web.post("/api/uploads", json=body)


def send(web, kind, content, filename="Rust.wav", part=200_000):
    """Upload as the browser does; return the last answer."""
    answer = begin(web, kind, content, filename)
    if answer.status_code != 201:
        return answer
    upload_id = answer.json()["id"]
    for at in range(0, len(content), part):
        url = f"/api/uploads/{upload_id}?offset={at}"
        answer = web.put(url, content=content[at : at + part])
        assert answer.status_code == 200, answer.text
    return answer


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
    answer = send(web.as_(ash), "main_wav", content).json()
    assert (answer["state"], answer["received"]) == ("checked", len(content))
    assert answer["probe"]["line"] == "WAV · 44.1 kHz · 16 bit · stereo · 0:03"
    with rt.read(ash) as ctx:
        upload = queries.own_upload(ctx, UUID(answer["id"]))
    assert rt.storage.fetch(upload.storage_key).read_bytes() == content
    assert rubbish(rt) == []


def test_a_lossy_file_is_no_wav_whatever_its_name(web, rt, ash):
    answer = send(web.as_(ash), "main_wav", mp3(), filename="really.wav").json()
    assert (answer["state"], answer["kind"]) == ("checked", "main_mp3")
    answer = send(web, "main_mp3", wav(1), filename="really.mp3").json()
    assert answer["kind"] == "main_wav"


def test_a_wrong_offset_is_told_where_to_go_on(web, ash):
    content = wav(1)
    upload_id = begin(web.as_(ash), "main_wav", content).json()["id"]
    assert web.put(f"/api/uploads/{upload_id}?offset=0", content=content[:1000]).status_code == 200
    for offset in (0, 500, 2000):
        answer = web.put(f"/api/uploads/{upload_id}?offset={offset}", content=b"x" * 10)
        assert (answer.status_code, answer.json()["received"]) == (409, 1000)
    answer = web.put(f"/api/uploads/{upload_id}?offset=1000", content=content[1000:])
    assert answer.json()["state"] == "checked"


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "99999999999999999999", "٣"])
def test_an_offset_is_a_number(web, ash, offset):
    upload_id = begin(web.as_(ash), "main_wav", wav(1)).json()["id"]
    answer = web.put(f"/api/uploads/{upload_id}?offset={offset}", content=b"x")
    assert answer.status_code == 422


def test_two_writers_of_one_upload_do_not_mix(rt, ash):
    content = wav(1)
    upload = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=len(content))
    first = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    with pytest.raises(PartConflict):
        flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    first.write(content)
    flows.close_part(rt, ash, upload_id=upload.id, part=first)
    assert flows.check_upload(rt, ash, upload_id=upload.id).state == "checked"


def test_a_part_cut_off_counts_as_far_as_it_came(web, rt, ash):
    content = wav(1)
    upload = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=len(content))
    part = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    part.write(content[:700])
    assert flows.close_part(rt, ash, upload_id=upload.id, part=part).received == 700
    # A process killed in the middle leaves bytes that were never acknowledged.
    with flows.part_path(rt, upload.id).open("ab") as file:
        file.write(b"never acknowledged")
    answer = web.as_(ash).put(f"/api/uploads/{upload.id}?offset=700", content=content[700:])
    assert answer.json()["state"] == "checked"
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, upload.id).storage_key
    assert rt.storage.fetch(key).read_bytes() == content


def test_more_bytes_than_announced_are_refused(web, rt, ash):
    content = wav(1)
    upload_id = begin(web.as_(ash), "main_wav", content).json()["id"]
    url = f"/api/uploads/{upload_id}?offset=0"
    assert web.put(url, content=content + b"!").status_code == 413
    # Without a length in front (chunked) the overflow shows only while streaming.
    endless = (b"x" * 65_536 for _ in range(len(content) // 65_536 + 20))
    assert web.put(url, content=endless).status_code == 413
    assert web.get(f"/api/uploads/{upload_id}").json()["state"] == "receiving"


@pytest.mark.parametrize("kind", [k.value for k in LIMITS])
def test_a_file_too_large_is_refused_before_its_first_byte(web, ash, kind):
    body = {"kind": kind, "filename": "huge", "bytes": LIMITS[FileKind(kind)] + 1}
    answer = web.as_(ash).post("/api/uploads", json=body)
    assert answer.status_code == 413
    assert "at most" in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"kind": "preview", "filename": "x", "bytes": 5},
        {"kind": "avatar", "filename": "x", "bytes": 5},
        {"kind": "main_wav", "filename": "x", "bytes": 0},
        {"kind": "main_wav", "filename": "x", "bytes": -5},
        {"kind": "main_wav", "filename": "x", "bytes": True},
        {"kind": "main_wav", "filename": "x", "bytes": "5"},
        {"kind": "main_wav", "filename": 5, "bytes": 5},
        {"kind": ["main_wav"], "filename": "x", "bytes": 5},
    ],
)  # fmt: skip
def test_a_nonsense_announcement_is_refused(web, rt, ash, body):
    assert web.as_(ash).post("/api/uploads", json=body).status_code == 422
    assert web.post("/api/uploads", content=b"{" * 9000).status_code == 413
    with rt.read() as ctx:
        assert ctx.db.scalar(select(func.count()).select_from(Upload)) == 0


def test_nobody_reaches_anothers_upload(web, rt, ash):
    content = wav(1)
    upload_id = begin(web.as_(ash), "main_wav", content).json()["id"]
    url = f"/api/uploads/{upload_id}"
    for other in (NOBODY, make_fan(rt), make_producer(rt, "Grayline")):
        web.as_(other)
        assert web.get(url).status_code == 404
        assert web.put(f"{url}?offset=0", content=content).status_code == 404
        assert web.delete(url).status_code == 404
    assert web.as_(ash).get(url).json()["received"] == 0
    for odd in (str(uuid4()), "x", "..%2F..%2Fetc%2Fpasswd"):
        assert web.get(f"/api/uploads/{odd}").status_code == 404


def test_only_producers_upload(web, rt):
    assert begin(web.as_(NOBODY), "main_wav", b"x").status_code == 401
    assert begin(web.as_(make_fan(rt)), "main_wav", b"x").status_code == 403


def test_cancelling_removes_every_byte(web, rt, ash):
    content = wav(1)
    upload_id = begin(web.as_(ash), "main_wav", content).json()["id"]
    web.put(f"/api/uploads/{upload_id}?offset=0", content=content[:5000])
    assert web.delete(f"/api/uploads/{upload_id}").status_code == 204
    assert web.delete(f"/api/uploads/{upload_id}").status_code == 204
    assert web.get(f"/api/uploads/{upload_id}").status_code == 404
    answer = web.put(f"/api/uploads/{upload_id}?offset=5000", content=content[5000:])
    assert answer.status_code in {404, 409}
    done = send(web, "main_wav", content).json()["id"]
    assert web.delete(f"/api/uploads/{done}").status_code == 204
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
    answer = send(web.as_(ash), kind, content).json()
    assert answer["state"] == "refused", answer
    assert len(answer["message"]) > 20
    assert rubbish(rt) == []


def test_stems_that_climb_out_of_their_folder_are_refused(web, rt, ash):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/cron.d/evil.wav", wav(0.3))
    answer = send(web.as_(ash), "stems_zip", out.getvalue()).json()
    assert answer["state"] == "refused"
    assert rubbish(rt) == []


def test_good_stems_cover_and_voice_tag_are_taken(web, rt, ash):
    assert send(web.as_(ash), "stems_zip", stems()).json()["state"] == "checked"
    assert send(web, "voice_tag", wav(2)).json()["state"] == "checked"
    cover = send(web, "cover", picture(900, 500, "JPEG")).json()
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
    cover = send(web.as_(ash), "cover", taken.getvalue()).json()
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(cover["id"])).storage_key
    stored = rt.storage.fetch(key).read_bytes()
    assert b"taken at home" not in stored
    with Image.open(io.BytesIO(stored)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (300, 300), {})


def test_a_name_from_a_browser_is_only_ever_shown(web, rt, ash):
    answer = send(web.as_(ash), "main_wav", wav(1), filename="../../\x00etc/pass\nwd.wav").json()
    assert answer["filename"] == "pass wd.wav"
    with rt.read(ash) as ctx:
        key = queries.own_upload(ctx, UUID(answer["id"])).storage_key
    assert key == f"files/{answer['id'].replace('-', '')[-2:]}/{answer['id']}.wav"


def test_only_so_many_at_once(web, ash):
    for _ in range(OPEN_UPLOADS):
        assert begin(web.as_(ash), "main_wav", b"x" * 100).status_code == 201
    answer = begin(web, "main_wav", b"x" * 100)
    assert answer.status_code == 429
    assert "under way" in answer.json()["message"]


def test_a_full_disk_is_said_before_the_first_byte(web, ash, monkeypatch):
    full = shutil._ntuple_diskusage(10**9, 10**9, 5_000)
    monkeypatch.setattr(flows.shutil, "disk_usage", lambda _p: full)
    answer = begin(web.as_(ash), "main_wav", b"x" * 100)
    assert (answer.status_code, "no room" in answer.json()["message"]) == (507, True)


def test_a_check_cut_short_is_taken_up_again(web, rt, ash):
    """As if the process had died between the last byte and the check, or in the middle of it."""
    content = wav(1)
    upload = flows.begin(rt, ash, kind="main_wav", filename="a.wav", count=len(content))
    part = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    part.write(content)
    flows.close_part(rt, ash, upload_id=upload.id, part=part)
    assert web.as_(ash).get(f"/api/uploads/{upload.id}").json()["state"] == "checked"

    upload = flows.begin(rt, ash, kind="main_wav", filename="b.wav", count=len(content))
    part = flows.open_part(rt, ash, upload_id=upload.id, offset=0)
    part.write(content)
    flows.close_part(rt, ash, upload_id=upload.id, part=part)
    with rt.write(ash) as ctx:
        commands.record_target(ctx, upload_id=upload.id, storage_key="files/aa/crashed.wav")
    rt.storage.put("files/aa/crashed.wav", flows.part_path(rt, upload.id), content_type="audio/wav")
    assert web.get(f"/api/uploads/{upload.id}").json()["state"] == "checked"


def test_the_sweep_forgets_what_nobody_came_back_for(rt, web, ash, clock):
    content = wav(1)
    checked = send(web.as_(ash), "main_wav", content).json()["id"]
    begin(web, "main_wav", content)
    send(web, "main_wav", b"not a sound" * 50)
    used = send(web, "main_wav", content).json()["id"]
    from indii.catalog.recordings.commands import create_draft

    with rt.write(ash) as ctx:
        recording_id = create_draft(ctx, title="Rust")
        commands.attach_upload(ctx, recording_id=recording_id, upload_id=UUID(used))
    stray = rt.site.state_dir / "incoming" / f"{uuid4()}.part"
    stray.write_bytes(b"left by a crash")
    flows.sweep(rt)
    assert web.get(f"/api/uploads/{checked}").json()["state"] == "checked"
    clock.move(hours=25)
    # Files carry the machine's own time, not the test's.
    flows.sweep(rt)
    assert web.get(f"/api/uploads/{checked}").status_code == 404
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
