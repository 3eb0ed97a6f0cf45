"""State of the library: what somebody bought, and what the last form said."""

import reflex as rx

from indii.kernel.flash import Flash, read_flash
from indii.kernel.format import count
from indii.kernel.ids import read_id
from indii.store.downloads import queries
from indii.store.downloads.commands import claim_purchases
from indii.store.downloads.queries import DownloadsPage
from indii.ui.state import Actions, public, public_background

PATH = "/downloads"
POLL_S = 2.0
POLLS = 150


class DownloadsState(Actions, rx.State):
    """What this account or this browser bought; the address says how far back the list goes."""

    page: DownloadsPage = DownloadsPage()
    is_ready: bool = False
    notice: str = ""
    email: str = ""
    errors: dict[str, str] = {}
    _watch: int = 0

    @public
    async def load(self) -> object:
        """Show what was bought, with what a guest of the same address bought before."""
        self._show(read_flash(self.router.headers.cookie or "", PATH) or Flash(PATH))
        if self._actor().is_verified and (new := await self._perform(claim_purchases)):
            orders = count(new, "order", "orders")
            self.notice = f"Your account now shows {orders} you placed without it."
        await self._refresh()
        self.is_ready = True
        return DownloadsState.watch if self.page.is_being_made else None

    async def _refresh(self) -> None:
        after = read_id(self.router.url.query_parameters.get("after", ""))
        self.page = await self._fetch(queries.downloads_page, after=after)

    def _show(self, flash: Flash) -> None:
        self.notice, self.errors = flash.notice, dict(flash.errors)
        self.email = flash.values.get("email", "")

    @public_background
    async def watch(self) -> None:
        """Look again while something is being made and the page is shown."""
        await self._poll(
            self._refresh,
            goes_on=lambda: self._is_at(PATH) and self.page.is_being_made,
            times=POLLS,
            every_s=POLL_S,
        )
