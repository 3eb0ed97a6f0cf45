"""Flows of reports: the rate limiter in front of the command."""

from indii.identity.reports import commands
from indii.identity.reports.errors import NothingToReport
from indii.identity.reports.rules import PER_HOUR, PER_NETWORK
from indii.kernel.context import Actor
from indii.kernel.ids import require_id
from indii.kernel.runtime import Runtime


def report(
    rt: Runtime, actor: Actor, *, kind: str, subject_id: str, reason: str, details: str
) -> None:
    """Flag something, ten times an hour at most; thirty times for all visitors of one network.

    Raises:
        TooManyAttempts: that was often.
        IndiiError: see `commands.file_report`.
    """
    subject = require_id(subject_id, NothingToReport)
    key = f"report:{actor.account_id or actor.visitor}"
    rt.limiter.hit(key, limit=PER_HOUR, per_s=3600)
    if actor.account_id is None and actor.network:
        # Another name of the browser makes another visitor, not another place.
        rt.limiter.hit(f"report-from:{actor.network}", limit=PER_NETWORK, per_s=3600)
    with rt.write(actor) as ctx:
        commands.file_report(ctx, kind=kind, subject_id=subject, reason=reason, details=details)
