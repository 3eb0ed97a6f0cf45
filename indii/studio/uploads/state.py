"""State of the upload page."""

from uuid import UUID

import reflex as rx

from indii.catalog.uploads.commands import cancel_upload
from indii.catalog.uploads.errors import UploadNotFound
from indii.kernel.ids import require_id
from indii.studio.dashboard.state import access_of
from indii.studio.uploads import commands, queries
from indii.studio.uploads.queries import UploadPage
from indii.ui.state import Actions, public, public_background, role

POLL_S = 2.0
POLLS = 300


def as_id(text: str) -> UUID:
    """Return the id that an event carried.

    Raises:
        UploadNotFound: it is none.
    """
    return require_id(text, UploadNotFound)


class UploadState(Actions, rx.State):
    """Files become drafts; nothing here is lost by a reload."""

    access: str = ""
    view: UploadPage = UploadPage()
    _watch: int = 0

    @public
    async def load(self) -> object:
        """Show drafts and files that wait for the next step."""
        self.access = access_of(self._actor())
        return await self._show() if self.access == "producer" else None

    async def _show(self) -> object:
        self.view = await self._fetch(queries.upload_page)
        return UploadState.watch if self.view.is_working else None

    @role("producer")
    async def checked(self, upload_id: str) -> object:
        """Make a draft of a master that arrived and was checked."""
        await self._perform(commands.start_recording, upload_id=as_id(upload_id))
        return await self._show()

    @role("producer")
    async def discard(self, upload_id: str) -> object:
        """Give up a checked file; its bytes go with the next sweep."""
        await self._perform(cancel_upload, upload_id=as_id(upload_id))
        return await self._show()

    @public_background
    async def watch(self) -> None:
        """Look again while work is open and the page is shown."""
        await self._poll(
            self._show,
            goes_on=lambda: self._is_at("/studio/upload") and self.view.is_working,
            times=POLLS,
            every_s=POLL_S,
        )
