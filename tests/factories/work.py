"""What was asked of the engine for work."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from indii.kernel.context import SYSTEM
from indii.kernel.events import DISPATCH
from indii.kernel.jobs import Job
from indii.kernel.runtime import Runtime


def emitted(rt: Runtime) -> list[tuple[str, dict[str, Any]]]:
    """Every event that was ever emitted, oldest first: name and payload."""
    with rt.write(SYSTEM) as ctx:
        found = select(Job).where(col(Job.kind) == DISPATCH.name).order_by(col(Job.key))
        return [(job.payload["event"], job.payload["data"]) for job in ctx.db.scalars(found)]
