"""Listening: fetch the master, let the model hear it, keep vector and facts in one commit."""

from collections.abc import Callable
from uuid import UUID

from indii.catalog.analysis.commands import record_sound_facts
from indii.discovery.similar.commands import NewVector, store_vectors
from indii.discovery.similar.queries import master_to_embed, models_of
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime


def embed_recording(
    rt: Runtime,
    actor: Actor,
    *,
    recording_id: UUID,
    progress: Callable[[int], None] = lambda _percent: None,
) -> bool:
    """Let every model hear the recording's master; False if there was nothing (new) to hear.

    Safe to repeat: a file that all models have heard is not decoded again.
    """
    models = rt.embeddings.models
    with rt.read(actor) as ctx:
        master = master_to_embed(ctx, recording_id)
        if master is None:
            return False
        known = models_of(ctx, recording_id, source_sha256=master.sha256)
    missing = [model for model in models if f"{model.name}/{model.version}" not in known]
    if not missing:
        return False
    path = rt.storage.fetch(master.storage_key)
    progress(20)
    hearing = rt.embeddings.analyse(
        lambda rate: rt.audio.pcm(path, rate), [model.name for model in missing]
    )
    progress(80)
    vectors = [
        NewVector(model.name, model.version, hearing.vectors[model.name].tolist())
        for model in missing
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
