"""The rest of the demo catalogue is composed by the workers."""

from indii.demo.seed import COMPOSE, compose_one
from indii.kernel.runtime import Runtime
from workers.registry import Task, job


@job(COMPOSE)
def compose(rt: Runtime, task: Task) -> None:
    """Compose one demo recording and bring it in."""
    compose_one(rt, task.key)
