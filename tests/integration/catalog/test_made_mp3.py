"""An MP3 for whoever licensed a lossless master: made once, from real sound, without rubbish."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from mutagen.id3 import ID3
from sqlalchemy import select, text

from indii.catalog.access import commands, flows, queries
from indii.catalog.access.commands import NewDownloads
from indii.catalog.access.models import DownloadPermission
from indii.catalog.recordings import commands as recordings
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads import commands as intake
from indii.catalog.uploads import flows as intake_flows
from indii.kernel import jobs
from indii.kernel.context import SYSTEM
from indii.kernel.errors import SignInNeeded
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job
from indii.kernel.runtime import Runtime
from indii.ports.errors import StorageError
from tests.factories.identity import make_producer
from tests.factories.sounds import mp3, picture, wav
from tests.runtime import make_test_runtime
from workers.queue import drain_queue
from workers.registry import load_rooms

COMMITTED = (
    "download_permission", "job", "media_file", "upload", "recording", "profile", "account",
    "job", "audit_entry",
)  # fmt: skip


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def recording_id(rt, ash, tmp_path):
    return make_draft(rt, ash, tmp_path)


def do(rt, actor, command, **kwargs):
    with rt.write(actor) as ctx:
        return command(ctx, **kwargs)


def attach(rt, actor, tmp_path, recording_id, content, kind=FileKind.MAIN_WAV):
    file = tmp_path / "in"
    file.write_bytes(content)
    upload = intake_flows.ingest_file(rt, actor, path=file, kind=kind, filename=f"Rust.{kind}")
    command = intake.set_cover if kind == FileKind.COVER else intake.attach_upload
    do(rt, actor, command, recording_id=recording_id, upload_id=upload.id)


def make_draft(rt, actor, tmp_path, content=b""):
    recording_id = do(rt, actor, recordings.create_draft, title="Rust")
    attach(rt, actor, tmp_path, recording_id, content or wav(3))
    return recording_id


def files(rt, recording_id, kind=FileKind.MADE_MP3):
    with rt.read() as ctx:
        found = ctx.db.scalars(
            select(MediaFile)
            .where(MediaFile.recording_id == recording_id, MediaFile.kind == kind)
            .order_by(MediaFile.id)
        )
        return [MediaFile(**f.model_dump()) for f in found]


def master_of(rt, recording_id):
    (master,) = [f for f in files(rt, recording_id, FileKind.MAIN_WAV) if f.replaced_at is None]
    return master.id


def grant(rt, recording_id, master_id, *, makes_mp3=True):
    bought = uuid4()
    new = NewDownloads(
        granted_for=bought, recording_id=recording_id, account_id=None, file_ids=[master_id],
        title="Rust", producer_name="Ash Verell", makes_mp3=makes_mp3,
    )  # fmt: skip
    with rt.write(SYSTEM) as ctx:
        commands.grant_downloads(ctx, [new], files=commands.lock_files(ctx, [master_id]))
    return bought


def bought_mp3(rt, granted_for):
    """The permission for the MP3 as (file id, file name), None if there is none."""
    with rt.read() as ctx:
        found = ctx.db.scalar(
            select(DownloadPermission).where(
                DownloadPermission.granted_for == granted_for,
                DownloadPermission.kind == FileKind.MADE_MP3,
            )
        )
        return (found.media_file_id, found.filename) if found else None


def make(rt, master_id, **more):
    return flows.make_mp3(rt, SYSTEM, master_id=master_id, **more)


def objects(rt):
    folder = rt.site.state_dir / "storage" / "objects" / "made"
    return [p.relative_to(folder.parent).as_posix() for p in folder.rglob("*.mp3")]


def left_in_scratch(rt):
    return list((rt.site.state_dir / "scratch").glob("*.mp3"))


def test_a_licensed_wav_becomes_an_mp3_for_all_who_wait(rt, recording_id):
    master_id = master_of(rt, recording_id)
    buyers = [grant(rt, recording_id, master_id) for _ in range(2)]
    assert {bought_mp3(rt, b) for b in buyers} == {(None, "Ash Verell - Rust.mp3")}
    seen = []
    assert make(rt, master_id, progress=seen.append) is True
    (made,) = files(rt, recording_id)
    assert {bought_mp3(rt, b)[0] for b in buyers} == {made.id}
    assert (made.source_id, made.replaced_at, made.format) == (master_id, None, "mp3")
    assert (made.duration_ms, made.sample_rate, made.channels) == (3000, 44_100, 2)
    stored = rt.storage.stat(made.storage_key)
    assert (stored.bytes, stored.sha256) == (made.bytes, made.sha256)
    assert objects(rt) == [made.storage_key]
    assert made.storage_key.startswith("made/")
    assert seen == sorted(seen)
    assert left_in_scratch(rt) == []


def test_it_names_the_music_and_the_site_and_no_buyer(rt, ash, recording_id, tmp_path):
    attach(rt, ash, tmp_path, recording_id, picture(), FileKind.COVER)
    make(rt, master_of(rt, recording_id))
    (made,) = files(rt, recording_id)
    path = rt.storage.fetch(made.storage_key)
    tags = ID3(path)
    (cover,) = tags.getall("APIC")
    assert cover.mime == "image/jpeg"
    assert rt.audio.cover(path) == cover.data
    assert {name: str(frame) for name, frame in tags.items() if not name.startswith("APIC")} == {
        "TIT2": "Rust", "TPE1": "Ash Verell",
        "COMM::eng": f"Licensed through {rt.site.name}, see your certificate",
    }  # fmt: skip


def test_a_lost_cover_is_worth_no_mp3(rt, ash, recording_id, tmp_path, monkeypatch):
    attach(rt, ash, tmp_path, recording_id, picture(), FileKind.COVER)
    (cover,) = files(rt, recording_id, FileKind.COVER)
    rt.storage.delete(cover.storage_key)
    assert make(rt, master_of(rt, recording_id)) is True
    (made,) = files(rt, recording_id)
    assert rt.audio.cover(rt.storage.fetch(made.storage_key)) is None


def test_it_is_made_once_and_later_buyers_have_it_at_once(rt, recording_id):
    master_id = master_of(rt, recording_id)
    assert make(rt, master_id) is True
    assert make(rt, master_id) is False
    (made,) = files(rt, recording_id)
    assert bought_mp3(rt, grant(rt, recording_id, master_id))[0] == made.id
    with rt.read() as ctx:
        assert list(ctx.db.scalars(select(Job.id).where(Job.kind == "make_mp3"))) == []


def test_who_may_have_no_mp3_gets_none(rt, recording_id):
    bought = grant(rt, recording_id, master_of(rt, recording_id), makes_mp3=False)
    assert bought_mp3(rt, bought) is None


def test_the_worker_makes_it(rt, recording_id):
    load_rooms()
    master_id = master_of(rt, recording_id)
    first, second = (grant(rt, recording_id, master_id) for _ in range(2))
    with rt.read() as ctx:
        kinds = ctx.db.scalars(select(Job.key).where(Job.kind == "make_mp3"))
        assert list(kinds) == [str(master_id)]
    assert drain_queue(rt, [jobs.queue_of("make_mp3")]) >= 1
    (made,) = files(rt, recording_id)
    assert bought_mp3(rt, first)[0] == bought_mp3(rt, second)[0] == made.id
    with rt.read() as ctx:
        assert list(ctx.db.scalars(select(Job.state).where(Job.kind == "make_mp3"))) == ["done"]


def test_only_a_lossless_master_of_ours_becomes_one(rt, ash, tmp_path, recording_id):
    attach(rt, ash, tmp_path, recording_id, mp3(), FileKind.MAIN_MP3)
    (lossy,) = files(rt, recording_id, FileKind.MAIN_MP3)
    assert make(rt, lossy.id) is False
    assert make(rt, new_id()) is False
    with pytest.raises(SignInNeeded), rt.read() as ctx:
        queries.made_mp3_plan(ctx, master_of(rt, recording_id))
    assert files(rt, recording_id) == []


def test_a_new_master_gets_its_own_and_the_old_one_stays_for_its_buyers(
    rt, ash, recording_id, tmp_path
):
    old_master = master_of(rt, recording_id)
    before = grant(rt, recording_id, old_master)
    make(rt, old_master)
    (old,) = files(rt, recording_id)
    attach(rt, ash, tmp_path, recording_id, wav(5))
    new_master = master_of(rt, recording_id)
    after = grant(rt, recording_id, new_master)
    assert make(rt, new_master) is True
    retired, current = files(rt, recording_id)
    assert (retired.id, retired.replaced_at is None) == (old.id, False)
    assert (current.replaced_at, current.duration_ms) == (None, 5000)
    assert bought_mp3(rt, before)[0] == old.id
    assert bought_mp3(rt, after)[0] == current.id
    assert sorted(objects(rt)) == sorted([retired.storage_key, current.storage_key])


def test_of_a_replaced_master_it_is_made_without_taking_the_place_of_the_current(
    rt, ash, recording_id, tmp_path
):
    old_master = master_of(rt, recording_id)
    bought = grant(rt, recording_id, old_master)
    attach(rt, ash, tmp_path, recording_id, wav(5))
    make(rt, master_of(rt, recording_id))
    (current,) = files(rt, recording_id)
    assert make(rt, old_master) is True
    by_source = {f.source_id: f for f in files(rt, recording_id)}
    assert by_source[current.source_id].replaced_at is None
    assert by_source[old_master].replaced_at is not None
    assert bought_mp3(rt, bought)[0] == by_source[old_master].id


def test_what_is_hidden_stays_deliverable(rt, ash, recording_id):
    master_id = master_of(rt, recording_id)
    do(rt, ash, recordings.delete, recording_id=recording_id)
    assert make(rt, master_id) is True


def test_whoever_comes_second_leaves_nothing(rt, recording_id):
    master_id = master_of(rt, recording_id)
    first = []

    def overtaken(percent):
        if percent == 90:
            first.append(make(rt, master_id))

    bought = grant(rt, recording_id, master_id)
    assert make(rt, master_id, progress=overtaken) is False
    assert first == [True]
    (made,) = files(rt, recording_id)
    assert objects(rt) == [made.storage_key]
    assert bought_mp3(rt, bought)[0] == made.id
    assert left_in_scratch(rt) == []


@pytest.mark.parametrize("where", ["put", "keep"])
def test_a_crash_leaves_nothing_for_long(rt, recording_id, clock, monkeypatch, where):
    def dies(*_a, **_k):
        raise RuntimeError

    master_id = master_of(rt, recording_id)
    if where == "put":
        monkeypatch.setattr(rt.storage._adapter, "put", dies)
    else:
        monkeypatch.setattr(commands, "store_made_mp3", dies)
    with pytest.raises(RuntimeError):
        make(rt, master_id)
    monkeypatch.undo()
    assert left_in_scratch(rt) == []
    (stray,) = files(rt, recording_id)
    bought = grant(rt, recording_id, master_id)
    assert bought_mp3(rt, bought)[0] is None
    assert make(rt, master_id) is True
    assert flows.sweep_made_mp3s(rt) == 0
    clock.move(hours=2)
    assert flows.sweep_made_mp3s(rt) == 1
    (made,) = files(rt, recording_id)
    assert made.id != stray.id
    assert objects(rt) == [made.storage_key]
    assert bought_mp3(rt, bought)[0] == made.id


def test_a_storage_that_fails_is_tried_again(rt, recording_id, monkeypatch):
    def full(*_a, **_k):
        raise StorageError("The disk is full.")

    master_id = master_of(rt, recording_id)
    monkeypatch.setattr(rt.storage._adapter, "fetch", full)
    with pytest.raises(StorageError):
        make(rt, master_id)
    monkeypatch.undo()
    assert files(rt, recording_id) == []
    assert make(rt, master_id) is True


# ---- with real transactions beside each other -------------------------------------------


@pytest.fixture
def live(engine, tmp_path) -> Iterator[Runtime]:
    """A runtime that really commits; cleans up after itself."""
    yield make_test_runtime(engine, tmp_path)
    with engine.begin() as connection:
        for table in COMMITTED:
            connection.execute(text(f"DELETE FROM {table}"))


def waits_for_a_lock(engine) -> bool:
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        )
    return bool(found)


def test_a_buyer_in_the_middle_of_paying_is_not_forgotten(
    live, engine, tmp_path: Path, monkeypatch
):
    actor = make_producer(live, "Ash Verell")
    recording_id = make_draft(live, actor, tmp_path)
    master_id = master_of(live, recording_id)
    # Asked by an earlier buyer; it keeps its MP3 just when this one has seen that there is none.
    worker = threading.Thread(target=make, args=(live, master_id))
    kept_mp3s = commands._kept_mp3s

    def overtaken(ctx, found_for):
        found = kept_mp3s(ctx, found_for)
        if threading.current_thread() is threading.main_thread():
            worker.start()
            until = time.monotonic() + 20
            while worker.is_alive() and not waits_for_a_lock(engine):
                assert time.monotonic() < until
                time.sleep(0.02)
        return found

    monkeypatch.setattr(commands, "_kept_mp3s", overtaken)
    bought = grant(live, recording_id, master_id)
    worker.join(20)
    (made,) = files(live, recording_id)
    assert bought_mp3(live, bought) == (made.id, "Ash Verell - Rust.mp3")


def test_two_workers_at_once_keep_one(live, tmp_path: Path, monkeypatch):
    actor = make_producer(live, "Ash Verell")
    recording_id = make_draft(live, actor, tmp_path)
    master_id = master_of(live, recording_id)
    together, results = threading.Barrier(2), []
    adapter = live.storage._adapter
    put = adapter.put

    def at_the_same_time(*args, **kwargs):
        stored = put(*args, **kwargs)
        together.wait(20)
        return stored

    bought = grant(live, recording_id, master_id)
    monkeypatch.setattr(adapter, "put", at_the_same_time)
    workers = [
        threading.Thread(target=lambda: results.append(make(live, master_id))) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(results) == [False, True]
    (made,) = files(live, recording_id)
    assert objects(live) == [made.storage_key]
    assert bought_mp3(live, bought)[0] == made.id
