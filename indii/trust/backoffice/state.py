"""The administrators' view of the machinery."""

from uuid import UUID

import reflex as rx

from indii.kernel.errors import NotFound
from indii.trust.backoffice.commands import replay_event, retry_job
from indii.trust.backoffice.queries import Work, work
from indii.ui.state import Acting, public, role

_NOTHING = Work(
    kinds=(), jobs=(), events=(), letters=(), audit=(),
    open_jobs=0, dead_jobs=0, waiting_events=0, dead_events=0, waiting_letters=0,
)  # fmt: skip


class WorkState(Acting, rx.State):
    """Jobs, dead letters, mail, the audit log."""

    work: Work = _NOTHING
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show what the machinery does to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/work")
        self.is_allowed = self._actor().has_role("admin")
        if self.is_allowed:
            self.work = await self._fetch(work)
        self.is_ready = True
        return None

    @role("admin")
    async def retry(self, job_id: str) -> None:
        """Try a job again that gave up."""
        await self._perform(retry_job, job_id=_id(job_id))
        self.work = await self._fetch(work)
        await self._notice("The job is queued again.", "good")

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Deliver an event again that nobody took."""
        await self._perform(replay_event, event_id=_id(event_id))
        self.work = await self._fetch(work)
        await self._notice("The event is on its way again.", "good")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("That is not there any more.") from error
