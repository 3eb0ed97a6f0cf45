"""Preview, waveform and loudness, from real sound."""

import pytest
from sqlalchemy import select

from indii.catalog.analysis import commands as sound
from indii.catalog.analysis import flows, queries
from indii.catalog.recordings import commands
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import RecordingNotFound, WrongState
from indii.catalog.recordings.models import MediaFile, Recording, SoundFact
from indii.catalog.uploads import commands as intake
from indii.catalog.uploads import flows as intake_flows
from indii.kernel import jobs
from indii.kernel.context import SYSTEM
from tests.factories.catalog import Heard, make_recording
from tests.factories.identity import make_producer
from tests.factories.sounds import wav


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def do(rt, actor, command, **kwargs):
    with rt.write(actor) as ctx:
        return command(ctx, **kwargs)


def bring(rt, actor, tmp_path, content, kind=FileKind.MAIN_WAV):
    file = tmp_path / "in"
    file.write_bytes(content)
    return intake_flows.ingest_file(rt, actor, path=file, kind=kind, filename="Rust.wav").id


@pytest.fixture
def draft(rt, ash, tmp_path):
    upload_id = bring(rt, ash, tmp_path, wav(4))
    recording_id = do(rt, ash, commands.create_draft, title="Rust")
    do(rt, ash, intake.attach_upload, recording_id=recording_id, upload_id=upload_id)
    return recording_id


def digest(rt, recording_id):
    return flows.digest_recording(rt, SYSTEM, recording_id=recording_id)


def previews(rt, recording_id):
    with rt.read() as ctx:
        return [
            MediaFile(**file.model_dump())
            for file in ctx.db.scalars(
                select(MediaFile)
                .where(MediaFile.recording_id == recording_id, MediaFile.kind == "preview")
                .order_by(MediaFile.id)
            )
        ]


def test_a_master_becomes_preview_wave_and_loudness(rt, ash, draft):
    seen = []
    assert flows.digest_recording(rt, SYSTEM, recording_id=draft, progress=seen.append)
    (preview,) = previews(rt, draft)
    assert rt.storage.fetch(preview.storage_key).stat().st_size == preview.bytes > 10_000
    with rt.read() as ctx:
        kept, fact = ctx.db.get(Recording, draft), ctx.db.get(SoundFact, draft)
        assert len(fact.peaks) == 800
        assert -40 < fact.lufs < 0
        assert kept.wave.startswith("M2 ")
        assert abs(kept.duration_ms - 4000) < 60
    assert seen == sorted(seen)
    assert not list((rt.site.state_dir / "scratch").glob("*.mp3"))


def test_the_same_sound_is_not_digested_twice(rt, draft):
    assert digest(rt, draft) is True
    assert digest(rt, draft) is False
    assert len(previews(rt, draft)) == 1


def test_a_voice_tag_makes_the_preview_anew_and_the_old_one_goes(rt, ash, draft, tmp_path, clock):
    digest(rt, draft)
    (plain,) = previews(rt, draft)
    tag = bring(rt, ash, tmp_path, wav(1, hz=880), FileKind.VOICE_TAG)
    do(rt, ash, intake.set_voice_tag, upload_id=tag)
    assert do(rt, SYSTEM, sound.request_all_digests, producer_id=ash.profile_id) == 1
    assert digest(rt, draft) is True
    old, tagged = previews(rt, draft)
    assert old.id == plain.id
    assert old.replaced_at is not None
    assert tagged.replaced_at is None
    assert tagged.sha256 != plain.sha256
    clock.move(hours=2)
    intake_flows.sweep(rt)
    assert [p.id for p in previews(rt, draft)] == [tagged.id]
    assert rt.storage.stat(plain.storage_key) is None
    do(rt, ash, intake.set_voice_tag, upload_id=None)
    assert digest(rt, draft) is True


def test_a_replaced_master_is_kept_but_the_new_one_is_heard(rt, ash, draft, tmp_path):
    digest(rt, draft)
    do(
        rt, ash, intake.attach_upload, recording_id=draft,
        upload_id=bring(rt, ash, tmp_path, wav(6)),
    )  # fmt: skip
    assert digest(rt, draft) is True
    with rt.read() as ctx:
        found = ctx.db.scalars(select(MediaFile).where(MediaFile.kind == "main_wav"))
        masters = [MediaFile(**m.model_dump()) for m in found]
        assert abs(ctx.db.get(Recording, draft).duration_ms - 6000) < 60
    assert sorted(m.replaced_at is None for m in masters) == [False, True]
    for master in masters:
        assert rt.storage.stat(master.storage_key) is not None


def test_a_crash_between_storing_and_noting_leaves_nothing_for_long(rt, draft, clock, monkeypatch):
    def dies(*_a, **_k):
        raise RuntimeError

    monkeypatch.setattr(flows, "record_digest", dies)
    with pytest.raises(RuntimeError):
        digest(rt, draft)
    monkeypatch.undo()
    assert digest(rt, draft) is True
    clock.move(hours=2)
    intake_flows.sweep(rt)
    (preview,) = previews(rt, draft)
    folder = rt.site.state_dir / "storage" / "objects" / "preview"
    assert [p.name for p in folder.rglob("*.mp3")] == [preview.storage_key.rpartition("/")[2]]


def test_nothing_to_digest_is_fine(rt, ash):
    assert digest(rt, do(rt, ash, commands.create_draft, title="Empty")) is False


def test_work_is_visible_and_can_be_tried_again(rt, ash, draft):
    def steps(actor=ash):
        with rt.read(actor) as ctx:
            return {s.kind: s for s in queries.work_of(ctx, draft)}

    assert {s.state for s in steps().values()} == {"waiting"}
    do(rt, SYSTEM, sound.request_digest, recording_id=draft)
    with rt.write(SYSTEM) as ctx:
        job = jobs.claim(ctx.db, ["audio"], now=ctx.now)
    assert steps()["digest"].state == "running"
    with pytest.raises(WrongState):
        do(rt, ash, sound.retry_work, recording_id=draft, kind="digest")
    with rt.write(SYSTEM) as ctx:
        jobs.fail(ctx.db, job.id, job.lease_id, "No sound in it.", ctx.now, retryable=False)
    failed = steps()["digest"]
    assert (failed.state, failed.error, failed.can_retry) == ("failed", "No sound in it.", True)
    with pytest.raises(RecordingNotFound):
        do(rt, make_producer(rt, "Grayline"), sound.retry_work, recording_id=draft, kind="digest")
    woken = []
    rt.wake = woken.extend
    do(rt, ash, sound.retry_work, recording_id=draft, kind="digest")
    assert woken == ["audio"]
    assert steps()["digest"].state == "waiting"
    with pytest.raises(RecordingNotFound):
        steps(make_producer(rt, "Somebody"))


def test_suggestions_come_with_how_sure_they_are(rt, ash):
    heard = Heard(bpm=174.0, bpm_confidence=0.42, key=9, key_confidence=0.81)
    recording_id = make_recording(rt, ash, is_live=False, heard=heard)
    with rt.read(ash) as ctx:
        found = queries.suggestions(ctx, recording_id)
    assert (found.bpm_label, found.bpm_percent, found.is_bpm_sure) == ("174", 42, False)
    assert (found.key_label, found.key_percent, found.is_key_sure) == ("A major", 81, True)
