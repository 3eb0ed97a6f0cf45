"""States of the administrators' view of the machinery."""

import reflex as rx

from indii.admin.reports.state import AdminActions
from indii.admin.work import queries
from indii.admin.work.commands import replay_inbound, retry_job
from indii.admin.work.errors import WorkNotFound
from indii.admin.work.queries import EmailsPage, InboundPage, WorkPage
from indii.kernel import edge
from indii.kernel.ids import read_id, require_id
from indii.ui.state import public, role


class WorkState(AdminActions, rx.State):
    """Jobs, those that failed among them; the address says where lists go on."""

    work: WorkPage = WorkPage()

    @public
    async def load(self):
        """Show what the machinery does to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        places = {name: read_id(self._query_param(name)) for name in queries.LISTS}
        self.work = await self._fetch(queries.work, **places)

    @role("admin")
    async def retry(self, job_id: str) -> None:
        """Try a job again that gave up."""
        await self._perform(retry_job, job_id=require_id(job_id, WorkNotFound))
        await self._refresh()
        await self._notice("The job is queued again.", "good")


class InboundEventsState(AdminActions, rx.State):
    """What the outside world told us; the address says in which state, and from where on."""

    page: InboundPage = InboundPage()

    @public
    async def load(self):
        """Show events to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        state, after = self._query_param("state"), read_id(self._query_param("after"))
        self.page = await self._fetch(queries.inbound_page, state=state, after=after)

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Work an event again."""
        await self._perform(replay_inbound, event_id=require_id(event_id, WorkNotFound))
        await self._refresh()
        await self._notice("The event is worked again in a moment.", "good")


class EmailsState(AdminActions, rx.State):
    """Letters without their text; the address says in which state, and from where on."""

    page: EmailsPage = EmailsPage()

    @public
    async def load(self):
        """Show emails to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        self.page = await self._fetch(
            queries.emails,
            state=self._query_param("state"),
            after=read_id(self._query_param("after")),
            has_mailbox=edge.runtime().site.environment != "production",
        )
