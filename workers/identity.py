"""What identity works on: pictures nobody shows, old sessions and links."""

from indii.identity.accounts import commands as accounts
from indii.identity.profiles.commands import DELETE_PICTURE
from indii.identity.profiles.flows import delete_picture
from indii.identity.sessions import commands as sessions
from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime
from workers.registry import CLEANUPS, Task, chore, job


@chore(CLEANUPS)
def clean_up(rt: Runtime) -> None:
    """Forget old sessions, spent links and accounts that were never confirmed."""
    with rt.write(SYSTEM) as ctx:
        sessions.delete_expired(ctx)
        accounts.delete_expired(ctx)


@job(DELETE_PICTURE)
def remove_picture(rt: Runtime, task: Task) -> None:
    """Remove a picture that no profile shows any more."""
    delete_picture(rt, key=task.key)
