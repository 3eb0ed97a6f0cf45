"""The rest of the demo catalogue is composed by the workers."""

from indii.demo.work import COMPOSE
from indii.kernel.runtime import Runtime
from workers.registry import Task, job


@job(COMPOSE)
def compose(rt: Runtime, task: Task) -> None:
    """Compose one demo recording and bring it in."""
    # The composer is heavy to import, and most workers never compose.
    from indii.demo.seed import compose_one

    compose_one(rt, task.key)
