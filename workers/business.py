"""What business works on: the documents of licenses."""

from uuid import UUID

from indii.business.licensing.commands import CERTIFICATE, request_missing_certificates
from indii.business.licensing.flows import make_certificate
from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime
from workers.registry import CLEANUPS, Task, chore, job


@job(CERTIFICATE)
def certificate(rt: Runtime, task: Task) -> None:
    """Set the document of a granted license."""
    make_certificate(rt, SYSTEM, certificate_id=UUID(task.key))


@chore(CLEANUPS)
def requeue_missing_certificates(rt: Runtime) -> None:
    """Ask again for certificates that a race or a lost word forgot."""
    with rt.write(SYSTEM) as ctx:
        request_missing_certificates(ctx)
