"""Identity's chores."""

from indii.identity.accounts import commands as accounts
from indii.identity.sessions import commands as sessions
from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime
from workers.registry import CLEANUPS, chore


@chore(CLEANUPS)
def clean_up(rt: Runtime) -> None:
    """Forget old sessions, spent links and accounts that were never confirmed."""
    with rt.write(SYSTEM) as ctx:
        sessions.delete_expired(ctx)
        accounts.delete_expired(ctx)
