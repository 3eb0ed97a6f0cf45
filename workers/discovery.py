"""What discovery listens to: new masters, newly public recordings."""

from uuid import UUID

from indii.catalog.recordings.events import MasterStored, RecordingHidden, RecordingPublished
from indii.discovery.search.commands import LEARN_WORDS, ask_to_learn, learn_words
from indii.discovery.similar.commands import EMBED, ask_for_embedding, missing_count
from indii.discovery.similar.flows import embed_recording
from indii.kernel import metrics
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from workers.registry import GAUGES, REFRESHES, Task, chore, job, on


@on(MasterStored)
def listen_to_new_master(ctx: WriteCtx, event: MasterStored) -> None:
    """Ask the ear to listen."""
    ask_for_embedding(ctx, recording_id=event.recording_id)


@on(RecordingPublished)
def learn_new_words(ctx: WriteCtx, _event: RecordingPublished) -> None:
    """Let search learn the words of what is new."""
    ask_to_learn(ctx)


@on(RecordingHidden)
def forget_old_words(ctx: WriteCtx, _event: RecordingHidden) -> None:
    """Let search forget the words of what is gone."""
    ask_to_learn(ctx)


@job(EMBED)
def embed(rt: Runtime, task: Task) -> None:
    """Let every ear hear the newest master; one that comes meanwhile is heard afterwards."""
    embed_recording(rt, SYSTEM, recording_id=UUID(task.key), progress=task.progress)


@job(LEARN_WORDS)
def learn(rt: Runtime, _task: Task) -> None:
    """Learn the catalogue's words."""
    refresh(rt)


@chore(REFRESHES)
def refresh(rt: Runtime) -> None:
    """Learn the catalogue's words."""
    with rt.write(SYSTEM) as ctx:
        learn_words(ctx)


@chore(GAUGES)
def backlog(rt: Runtime) -> None:
    """Publish how many recordings no ear has heard."""
    with rt.write(SYSTEM) as ctx:
        for ear in rt.embeddings.ears:
            count = missing_count(ctx, model=ear.model, version=ear.version)
            metrics.EMBEDDING_BACKLOG.labels(ear.model).set(count)
