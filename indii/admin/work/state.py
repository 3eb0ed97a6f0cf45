"""State of the jobs page."""

import reflex as rx

from indii.admin.frame.errors import WorkNotFound
from indii.admin.frame.state import AdminActions
from indii.admin.work import queries
from indii.admin.work.commands import retry_job
from indii.admin.work.queries import WorkPage
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
