"""State of the page on which one recording is worked on."""

from uuid import UUID

import reflex as rx

from indii.catalog.analysis.commands import publish_recording, retry_work
from indii.catalog.recordings import commands as catalog
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import RecordingNotFound
from indii.catalog.uploads.commands import attach_upload, set_cover
from indii.kernel.errors import IndiiError
from indii.store.offers.commands import remove_file
from indii.studio.dashboard.state import access_of
from indii.studio.editing import commands, queries
from indii.studio.editing.queries import EditView
from indii.studio.uploads.state import as_id
from indii.ui.state import Actions, public, public_background, role

POLL_S = 1.5
POLLS = 400


class EditState(Actions, rx.State):
    """One own recording; what is typed stays in the browser until it is saved."""

    access: str = ""
    is_ready: bool = False
    is_missing: bool = False
    view: EditView = EditView()
    errors: dict[str, str] = {}
    # What the suggestion buttons put into their fields; a new turn makes the field take it over.
    bpm: str = ""
    musical_key: str = ""
    turn: int = 0
    # A form keeps what was typed; opening the page again must not.
    opened: int = 0
    ai_use: str = ""
    tags: list[str] = []
    _watch: int = 0

    def _id(self) -> UUID:
        if not self.view.id:
            raise RecordingNotFound
        return UUID(self.view.id)

    async def _show(self) -> object:
        """Read the recording again; what stands in the form is left alone."""
        self.view = await self._fetch(queries.edit_view, self.view.slug or self._path_param())
        return EditState.watch if self.view.is_working else None

    @public
    async def load(self) -> object:
        """Open the recording in the address."""
        self.access = access_of(self._actor())
        self.view, self.errors, self.is_missing = EditView(), {}, False
        if self.access != "producer":
            return None
        try:
            self.view = await self._fetch(queries.edit_view, self._path_param())
        except RecordingNotFound:
            self.is_missing = True
        self.bpm, self.musical_key = self.view.bpm, self.view.key
        self.ai_use, self.tags = self.view.ai_use, self.view.tags
        self.opened += 1
        self.is_ready = True
        return EditState.watch if self.view.is_working else None

    @public_background
    async def watch(self) -> None:
        """Follow the work while it is open and the page is shown."""
        await self._poll(
            self._show,
            goes_on=lambda: self._path_param() == self.view.slug and self.view.is_working,
            times=POLLS,
            every_s=POLL_S,
        )

    @role("producer")
    async def save(self, form_data: dict[str, str]) -> object:
        """Save description, licenses and attestation together."""
        self.errors = {}
        await self._notice("")
        save = commands.save_recording
        slug = await self._perform(save, recording_id=self._id(), typed=form_data)
        await self._notice("Saved.", "good")
        if slug != self.view.slug:
            return rx.redirect(f"/studio/recording/{slug}", replace=True)
        self.bpm, self.musical_key = form_data.get("bpm", ""), form_data.get("key", "")
        return await self._show()

    @role("producer")
    async def use_bpm(self, bpm: str) -> None:
        """Put a suggested tempo into its field."""
        self.bpm = bpm[:8]
        self.turn += 1

    @role("producer")
    async def use_key(self, key: str) -> None:
        """Put the suggested key into its field."""
        self.musical_key = key[:2]
        self.turn += 1

    @role("producer")
    async def choose_ai(self, value: str) -> None:
        """Mark the answer on machines in the making."""
        self.ai_use = value[:12]

    @role("producer")
    async def publish(self) -> object:
        """Make the recording public."""
        self.errors = {}
        await self._perform(publish_recording, recording_id=self._id())
        await self._notice("Published. Everyone can hear it now.", "good")
        return await self._show()

    @role("producer")
    async def withdraw(self) -> object:
        """Hide the recording again."""
        await self._perform(catalog.withdraw, recording_id=self._id())
        await self._notice("Withdrawn. Only you can see it now.")
        return await self._show()

    @role("producer")
    async def delete(self) -> object:
        """Delete the recording and go back to the others."""
        await self._perform(catalog.delete, recording_id=self._id())
        await self._notice("Deleted.")
        return rx.redirect("/studio")

    @role("producer")
    async def attach(self, upload_id: str) -> object:
        """Make an upload the master or the stems."""
        await self._perform(attach_upload, recording_id=self._id(), upload_id=as_id(upload_id))
        return await self._show()

    @role("producer")
    async def set_cover(self, upload_id: str) -> object:
        """Make an upload the cover."""
        await self._perform(set_cover, recording_id=self._id(), upload_id=as_id(upload_id))
        return await self._show()

    @role("producer")
    async def reset_cover(self) -> object:
        """Go back to the cover that the sound drew."""
        await self._perform(set_cover, recording_id=self._id(), upload_id=None)
        return await self._show()

    @role("producer")
    async def remove(self, kind: str) -> object:
        """Take a file away; licenses that needed it are closed."""
        if kind not in set(FileKind):
            raise IndiiError("There is no such file.")
        closed = await self._perform(remove_file, recording_id=self._id(), kind=FileKind(kind))
        await self._notice(
            "Removed. Licenses that needed it are no longer offered." if closed else "Removed."
        )
        self.turn += 1
        return await self._show()

    @role("producer")
    async def retry(self, kind: str) -> object:
        """Try failed work again."""
        await self._perform(retry_work, recording_id=self._id(), kind=kind)
        return await self._show()
