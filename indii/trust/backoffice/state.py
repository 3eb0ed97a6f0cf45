"""States of the administrators' view of the machinery."""

from uuid import UUID

import reflex as rx

from indii.kernel import edge
from indii.kernel.errors import NotFound
from indii.trust.backoffice import queries
from indii.trust.backoffice.commands import replay_event, replay_told, retry_job
from indii.trust.backoffice.queries import Letters, ToldEvents, Work, work
from indii.ui.state import Acting, public, role

_NOTHING = Work(
    kinds=(), jobs=(), trying=(), events=(),
    open_jobs=0, dead_jobs=0, waiting_events=0, dead_events=0, waiting_letters=0,
)  # fmt: skip


class WorkState(Acting, rx.State):
    """Jobs, and events that our own handlers did not take."""

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


class ToldState(Acting, rx.State):
    """What the outside world told us; the address says in which state."""

    page: ToldEvents = ToldEvents()
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show events to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/events")
        self.is_allowed = self._actor().has_role("admin")
        if self.is_allowed:
            await self._look()
        self.is_ready = True
        return None

    async def _look(self) -> None:
        state = self.router.url.query_parameters.get("state", "")
        self.page = await self._fetch(queries.told_events, state=state)

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Work an event again."""
        await self._perform(replay_told, event_id=_id(event_id))
        await self._look()
        await self._notice("The event is worked again in a moment.", "good")


class LettersState(Acting, rx.State):
    """Letters without their text; the address says in which state."""

    page: Letters = Letters()
    has_mailbox: bool = False
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show letters to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/mail")
        self.is_allowed = self._actor().has_role("admin")
        self.has_mailbox = edge.runtime().site.environment != "production"
        if self.is_allowed:
            state = self.router.url.query_parameters.get("state", "")
            self.page = await self._fetch(
                queries.letters, state=state, has_mailbox=self.has_mailbox
            )
        self.is_ready = True
        return None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("That is not there any more.") from error
