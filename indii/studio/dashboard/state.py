"""State of the studio's first page."""

import reflex as rx

from indii.identity.accounts.commands import become_producer
from indii.kernel.context import Actor
from indii.studio.dashboard import queries
from indii.studio.dashboard.queries import Dashboard
from indii.ui.state import Actions, public, public_background, signed_in

POLL_S = 2.0
POLLS = 300


def access_of(actor: Actor) -> str:
    """Return which of the studio's faces the actor sees: anonymous, fan or producer."""
    if not actor.is_signed_in:
        return "anonymous"
    return "producer" if actor.has_role("producer") else "fan"


class DashboardState(Actions, rx.State):
    """Numbers and recordings; the address says which of them and in which order."""

    access: str = ""
    view: Dashboard = Dashboard()
    _watch: int = 0

    async def _refresh(self) -> None:
        query = self.router.url.query_parameters
        self.view = await self._fetch(
            queries.dashboard, shown=query.get("state", "all"), order=query.get("sort", "new")
        )

    @public
    async def load(self) -> object:
        """Show the numbers, and keep looking while something is being processed."""
        self.access = access_of(self._actor())
        if self.access != "producer":
            return None
        await self._refresh()
        return DashboardState.watch if self.view.is_working else None

    @public_background
    async def watch(self) -> None:
        """Look again while work is open and the page is shown."""
        await self._poll(
            self._refresh,
            goes_on=lambda: self._is_at("/studio") and self.view.is_working,
            times=POLLS,
            every_s=POLL_S,
        )

    @signed_in
    async def start_selling(self) -> object:
        """Become a producer and open the studio."""
        await self._perform(become_producer)
        # As a document: the frame around the page changes with the role.
        return rx.redirect("/studio", is_external=True)
