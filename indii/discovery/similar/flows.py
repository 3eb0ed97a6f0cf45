"""Listening: fetch the master, let the ear hear it, keep vector and facts in one commit."""

from collections.abc import Callable
from uuid import UUID

from indii.catalog.analysis.commands import record_sound_facts
from indii.discovery.similar.commands import NewVector, store_vectors
from indii.discovery.similar.queries import master_to_hear, models_of
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime


def embed_recording(
    rt: Runtime,
    actor: Actor,
    *,
    recording_id: UUID,
    progress: Callable[[int], None] = lambda _percent: None,
) -> bool:
    """Let every ear hear the recording's master; False if there was nothing (new) to hear.

    Safe to repeat: a file that all ears have heard is not decoded again.
    """
    ears = rt.embeddings.ears
    with rt.read(actor) as ctx:
        master = master_to_hear(ctx, recording_id)
        if master is None:
            return False
        known = models_of(ctx, recording_id, source_sha256=master.sha256)
    missing = [ear for ear in ears if f"{ear.model}/{ear.version}" not in known]
    if not missing:
        return False
    path = rt.storage.fetch(master.storage_key)
    progress(20)
    hearing = rt.embeddings.hear(
        lambda rate: rt.audio.pcm(path, rate), [ear.model for ear in missing]
    )
    progress(80)
    vectors = [
        NewVector(ear.model, ear.version, hearing.vectors[ear.model].tolist()) for ear in missing
    ]
    with rt.write(actor) as ctx:
        store_vectors(ctx, recording_id=recording_id, source_sha256=master.sha256, vectors=vectors)
        record_sound_facts(
            ctx,
            recording_id=recording_id,
            source_sha256=master.sha256,
            facts=hearing.facts,
            vector=vectors[0].vector,
        )
    return True
