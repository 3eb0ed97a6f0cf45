"""State of the events page."""

import reflex as rx

from indii.admin.events import queries
from indii.admin.events.commands import replay_inbound
from indii.admin.events.queries import InboundEventsPage
from indii.admin.frame.errors import WorkNotFound
from indii.admin.frame.state import AdminActions
from indii.kernel.ids import read_id, require_id
from indii.ui.state import public, role


class InboundEventsState(AdminActions, rx.State):
    """What the outside world told us; the address says in which state, and from where on."""

    page: InboundEventsPage = InboundEventsPage()

    @public
    async def load(self):
        """Show events to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        state, after = self._query_param("state"), read_id(self._query_param("after"))
        self.page = await self._fetch(queries.inbound_events, state=state, after=after)

    @role("admin")
    async def replay(self, event_id: str) -> None:
        """Work an event again."""
        await self._perform(replay_inbound, event_id=require_id(event_id, WorkNotFound))
        await self._refresh()
        await self._notice("The event will be retried in a moment.", "good")
