"""State of the studio's settings."""

import reflex as rx

from indii.business.licensing.commands import reset_terms, set_terms
from indii.catalog.uploads.commands import set_voice_tag
from indii.studio.dashboard.state import access_of
from indii.studio.settings import queries
from indii.studio.settings.queries import StudioSettings
from indii.studio.settings.rules import read_terms
from indii.studio.uploads.state import as_id
from indii.ui.state import Actions, public, role


class SettingsState(Actions, rx.State):
    """The voice tag and what each license grants."""

    access: str = ""
    view: StudioSettings = StudioSettings()
    errors: dict[str, str] = {}
    # The tier whose form is open, so that its errors stand in the right one.
    tier: str = ""
    turn: int = 0

    @public
    async def load(self) -> None:
        """Show what is set."""
        self.access, self.errors = access_of(self._actor()), {}
        if self.access == "producer":
            await self._show()

    async def _show(self) -> None:
        self.view = await self._fetch(queries.studio_settings)
        self.turn += 1

    @role("producer")
    async def save_terms(self, form_data: dict[str, str]) -> None:
        """Save what one license grants."""
        self.errors, self.tier = {}, form_data.get("tier", "")
        await self._perform(set_terms, tier=self.tier, terms=read_terms(form_data))
        await self._notice("Saved. New licenses are sold on these terms.", "good")
        await self._show()

    @role("producer")
    async def reset_terms(self, tier: str) -> None:
        """Go back to the default terms of one license."""
        self.errors = {}
        await self._perform(reset_terms, tier=tier)
        await self._notice("Default terms restored.", "good")
        await self._show()

    @role("producer")
    async def set_voice_tag(self, upload_id: str) -> None:
        """Mix an upload into every preview from now on."""
        await self._perform(set_voice_tag, upload_id=as_id(upload_id))
        await self._notice("Your previews are being remade with this voice tag.", "good")
        await self._show()

    @role("producer")
    async def remove_voice_tag(self) -> None:
        """Make every preview without a voice tag."""
        await self._perform(set_voice_tag, upload_id=None)
        await self._notice("Your previews are being remade without a voice tag.", "good")
        await self._show()
