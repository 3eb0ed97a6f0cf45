"""States of the administrators' view of the machinery."""

import reflex as rx

from indii.admin.reports.state import Administering
from indii.admin.work import queries
from indii.admin.work.commands import replay_event, replay_told, retry_job
from indii.admin.work.errors import WorkGone
from indii.admin.work.queries import Letters, ToldEvents, Work
from indii.kernel import edge
from indii.kernel.ids import read_id, require_id
from indii.ui.state import public, role


class WorkState(Administering, rx.State):
    """Jobs, and events that our own handlers did not take; the address says where lists go on."""

    work: Work = Work()

    @public
    async def load(self):
        """Show what the machinery does to administrators; a visitor is asked to sign in first."""
        return await self._admit()

    async def _look(self) -> None:
        places = {name: read_id(self._asked(name)) for name in queries.LISTS}
        self.work = await self._fetch(queries.work, **places)

    @role("admin")
    async def retry(self, job_id: str) -> None:
        """Try a job again that gave up."""
        await self._perform(retry_job, job_id=require_id(job_id, WorkGone))
        await self._look()
        await self._notice("The job is queued again.", "good")

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Deliver an event again that nobody took."""
        await self._perform(replay_event, event_id=require_id(event_id, WorkGone))
        await self._look()
        await self._notice("The event is on its way again.", "good")


class ToldState(Administering, rx.State):
    """What the outside world told us; the address says in which state, and from where on."""

    page: ToldEvents = ToldEvents()

    @public
    async def load(self):
        """Show events to administrators; a visitor is asked to sign in first."""
        return await self._admit()

    async def _look(self) -> None:
        state, after = self._asked("state"), read_id(self._asked("after"))
        self.page = await self._fetch(queries.told_events, state=state, after=after)

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Work an event again."""
        await self._perform(replay_told, event_id=require_id(event_id, WorkGone))
        await self._look()
        await self._notice("The event is worked again in a moment.", "good")


class LettersState(Administering, rx.State):
    """Letters without their text; the address says in which state, and from where on."""

    page: Letters = Letters()

    @public
    async def load(self):
        """Show letters to administrators; a visitor is asked to sign in first."""
        return await self._admit()

    async def _look(self) -> None:
        self.page = await self._fetch(
            queries.letters,
            state=self._asked("state"),
            after=read_id(self._asked("after")),
            has_mailbox=edge.runtime().site.environment != "production",
        )
