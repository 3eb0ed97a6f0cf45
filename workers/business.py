"""What business works on: the documents of licenses."""

from uuid import UUID

from indii.business.licensing.commands import CERTIFICATE
from indii.business.licensing.flows import make_certificate
from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime
from workers.registry import Task, job


@job(CERTIFICATE)
def certificate(rt: Runtime, task: Task) -> None:
    """Set the document of a granted license."""
    make_certificate(rt, SYSTEM, certificate_id=UUID(task.key))
