"""What discovery listens to: new masters, newly public recordings."""

from uuid import UUID

from indii.catalog.recordings.events import MasterStored, RecordingHidden, RecordingPublished
from indii.discovery.search.commands import INDEX_WORDS, rebuild_word_index, request_word_index
from indii.discovery.similar.commands import EMBED, missing_count, request_embedding
from indii.discovery.similar.flows import embed_recording
from indii.kernel import metrics
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from workers.registry import GAUGES, REFRESHES, Task, chore, job, on


@on(MasterStored)
def embed_new_master(ctx: WriteCtx, event: MasterStored) -> None:
    """Ask the model to listen."""
    request_embedding(ctx, recording_id=event.recording_id)


@on(RecordingPublished)
def index_new_words(ctx: WriteCtx, _event: RecordingPublished) -> None:
    """Let search learn the words of what is new."""
    request_word_index(ctx)


@on(RecordingHidden)
def remove_old_words(ctx: WriteCtx, _event: RecordingHidden) -> None:
    """Let search forget the words of what is gone."""
    request_word_index(ctx)


@job(EMBED)
def embed(rt: Runtime, task: Task) -> None:
    """Let every model hear the newest master; one that comes meanwhile is heard afterwards."""
    embed_recording(rt, SYSTEM, recording_id=UUID(task.key), progress=task.progress)


@job(INDEX_WORDS)
def rebuild_words(rt: Runtime, _task: Task) -> None:
    """Learn the catalogue's words."""
    refresh_words(rt)


@chore(REFRESHES)
def refresh_words(rt: Runtime) -> None:
    """Learn the catalogue's words."""
    with rt.write(SYSTEM) as ctx:
        rebuild_word_index(ctx)


@chore(GAUGES)
def publish_backlog(rt: Runtime) -> None:
    """Publish how many recordings no model has heard."""
    with rt.write(SYSTEM) as ctx:
        for model in rt.embeddings.models:
            count = missing_count(ctx, model=model.name, version=model.version)
            metrics.EMBEDDING_BACKLOG.labels(model.name).set(count)
