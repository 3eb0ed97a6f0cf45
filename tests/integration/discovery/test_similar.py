"""The embedding's path: trigger, event, job, vector; and nearness against an exact count."""

import math
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlmodel import col

from indii.catalog.analysis.models import SoundFact
from indii.catalog.recordings.commands import create_draft, mark_taken_down
from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.flows import ingest_file
from indii.discovery.similar.commands import (
    NewVector,
    missing_count,
    request_missing,
    store_vectors,
)
from indii.discovery.similar.flows import embed_recording
from indii.discovery.similar.models import RecordingEmbedding
from indii.discovery.similar.queries import similar_to
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.jobs import Job
from indii.kernel.runtime import Runtime
from tests.factories.catalog import Heard, make_recording
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.sounds import mp3, wav
from tests.factories.work import emitted
from workers import registry
from workers.queue import drain_queue

MODEL_NAME = "acoustic-v1"
registry.load_rooms()


def draft_with(rt: Runtime, actor: Actor, folder: Path, **files: bytes) -> UUID:
    """A draft whose masters came in by the real door."""
    with rt.write(actor) as ctx:
        recording_id = create_draft(ctx, title="Fresh")
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content)
        upload = ingest_file(rt, actor, path=path, kind=FileKind.MAIN_WAV, filename=path.name)
        with rt.write(actor) as ctx:
            attach_upload(ctx, recording_id=recording_id, upload_id=upload.id)
    return recording_id


def put_vector(rt: Runtime, recording_id: UUID, vector: np.ndarray) -> None:
    with rt.write(SYSTEM) as ctx:
        store_vectors(
            ctx,
            recording_id=recording_id,
            source_sha256="0" * 64,
            vectors=[NewVector(MODEL_NAME, "1", (vector / np.linalg.norm(vector)).tolist())],
        )


def test_a_stored_master_is_heard_once_whatever_came_with_it(
    rt: Runtime, ash: Actor, tmp_path: Path
) -> None:
    recording_id = draft_with(rt, ash, tmp_path, a_wav=wav(6.0), b_mp3=mp3(6.0))
    names = [name for name, _ in emitted(rt)]
    assert names.count("MasterStored") == 2, "the trigger wrote one a file"
    drain_queue(rt, ["events"])
    with rt.write(SYSTEM) as ctx:
        asked = ctx.db.scalars(select(Job).where(col(Job.kind) == "embed")).all()
        assert [job.key for job in asked] == [str(recording_id)]
    drain_queue(rt, ["embedding"])
    with rt.write(SYSTEM) as ctx:
        rows = ctx.db.scalars(select(RecordingEmbedding)).all()
        assert [(r.recording_id, r.model) for r in rows] == [(recording_id, MODEL_NAME)]
        norm = math.sqrt(sum(x * x for x in rows[0].embedding))
        assert norm == pytest.approx(1.0, abs=2e-3)
        assert ctx.db.get(SoundFact, recording_id) is not None


def test_listening_twice_decodes_once(rt: Runtime, ash: Actor, tmp_path: Path) -> None:
    recording_id = draft_with(rt, ash, tmp_path, a_wav=wav(6.0))
    assert embed_recording(rt, SYSTEM, recording_id=recording_id)
    assert not embed_recording(rt, SYSTEM, recording_id=recording_id)
    draft = draft_with(rt, ash, tmp_path, c_wav=wav(6.0, hz=330))
    assert embed_recording(rt, SYSTEM, recording_id=draft)


def test_a_replaced_master_is_heard_anew(rt: Runtime, ash: Actor, tmp_path: Path) -> None:
    recording_id = draft_with(rt, ash, tmp_path, a_wav=wav(6.0))
    embed_recording(rt, SYSTEM, recording_id=recording_id)
    path = tmp_path / "new.wav"
    path.write_bytes(wav(6.0, hz=523))
    upload = ingest_file(rt, ash, path=path, kind=FileKind.MAIN_WAV, filename="new.wav")
    with rt.write(ash) as ctx:
        attach_upload(ctx, recording_id=recording_id, upload_id=upload.id)
    assert embed_recording(rt, SYSTEM, recording_id=recording_id)


def test_a_backfill_goes_on_where_it_stopped(rt: Runtime, ash: Actor) -> None:
    made = [make_recording(rt, ash, title=f"Piece {n}") for n in range(5)]
    put_vector(rt, made[0], np.ones(512))
    with rt.write(SYSTEM) as ctx:
        assert missing_count(ctx, model=MODEL_NAME, version="1") == 4
        asked, after = request_missing(ctx, model=MODEL_NAME, version="1", after=None, limit=3)
        assert asked == 3
        asked, after = request_missing(ctx, model=MODEL_NAME, version="1", after=after, limit=3)
        assert asked == 1
        assert request_missing(ctx, model=MODEL_NAME, version="1", after=after, limit=3) == (
            0,
            None,
        )
        assert missing_count(ctx, model=MODEL_NAME, version="2") == 5, (
            "a new version hears all again"
        )


def test_only_the_system_writes_vectors(rt: Runtime, ash: Actor) -> None:
    recording_id = make_recording(rt, ash)
    for actor, refusal in ((ash, NotAllowed), (make_fan(rt), NotAllowed)):
        with pytest.raises(refusal), rt.write(actor) as ctx:
            store_vectors(ctx, recording_id=recording_id, source_sha256="", vectors=[])
    with pytest.raises(SignInNeeded), rt.write() as ctx:
        store_vectors(ctx, recording_id=recording_id, source_sha256="", vectors=[])


def test_the_nearest_are_the_nearest_two_a_producer_at_most(rt: Runtime) -> None:
    rng = np.random.default_rng(7)
    producers = [make_producer(rt, f"Producer {n}") for n in range(4)]
    vectors = {}
    for n in range(24):
        ident = make_recording(rt, producers[n % 4], title=f"Piece {n}")
        vectors[ident] = rng.standard_normal(512)
        put_vector(rt, ident, vectors[ident])
    asked = next(iter(vectors))
    with rt.read() as ctx:
        ctx.db.execute(text("SET LOCAL enable_seqscan = off"))
        near = similar_to(ctx, asked, model=MODEL_NAME, limit=6)
    mine = vectors[asked] / np.linalg.norm(vectors[asked])
    exact = sorted(
        (i for i in vectors if i != asked),
        key=lambda i: -float(mine @ vectors[i] / np.linalg.norm(vectors[i])),
    )
    owner = {ident: n % 4 for n, ident in enumerate(vectors)}
    expected, seen = [], dict.fromkeys(range(4), 0)
    for ident in exact:
        seen[owner[ident]] += 1
        if seen[owner[ident]] <= 2:
            expected.append(ident)
    assert [n.recording_id for n in near] == expected[:6]
    assert asked not in {n.recording_id for n in near}
    closeness = [n.closeness for n in near]
    assert closeness == sorted(closeness, reverse=True)


def test_the_reason_is_true_of_both(rt: Runtime, ash: Actor) -> None:
    one = make_recording(rt, ash, title="One", bpm=140.0, key=17, tags=("dark",))
    two = make_recording(rt, ash, title="Two", bpm=143.0, key=17, tags=("dark", "808"))
    odd = make_recording(
        rt, ash, title="Odd", bpm=91.0, key=3, tags=(), heard=Heard(energy=0.1, low_end=0.1)
    )
    for ident, shift in ((one, 0.0), (two, 0.1), (odd, 0.9)):
        put_vector(rt, ident, np.ones(512) + shift * np.arange(512) / 512)
    with rt.read() as ctx:
        near = {n.recording_id: n.why for n in similar_to(ctx, one, model=MODEL_NAME, a_producer=9)}
    assert near[two] == "same key (4A), 3 bpm apart, both tagged dark"
    assert "key" not in near[odd]
    assert "bpm" not in near[odd]


def test_a_takedown_leaves_the_neighbourhood_at_once(rt: Runtime, ash: Actor) -> None:
    one, two = make_recording(rt, ash, title="One"), make_recording(rt, ash, title="Two")
    for ident in (one, two):
        put_vector(rt, ident, np.ones(512))
    with rt.write(make_admin(rt)) as ctx:
        mark_taken_down(ctx, recording_id=two, reason="Not theirs.")
    with rt.read() as ctx:
        assert similar_to(ctx, one, model=MODEL_NAME) == ()
