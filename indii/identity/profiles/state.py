"""How one appears, and changing it."""

import reflex as rx

from indii.identity.profiles.commands import update_profile
from indii.identity.profiles.queries import OwnProfile, own_profile
from indii.ui.state import Actions, public, signed_in


class ProfileState(Actions, rx.State):
    """One's own profile in its form."""

    profile: OwnProfile = OwnProfile(id="", slug="", name="", bio="", avatar="", is_producer=False)
    errors: dict[str, str] = {}
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Fill the form; for a visitor there is none."""
        if self._actor().is_signed_in:
            self.profile, self.errors = await self._fetch(own_profile), {}
            self.is_ready = True

    @signed_in
    async def save(self, form: dict[str, str]) -> None:
        """Keep what the form says."""
        self.errors = {}
        values = {key: form.get(key, "") for key in ("name", "slug", "bio")}
        await self._perform(update_profile, **values)
        self.profile = await self._fetch(own_profile)
        await self._notice("Your profile is saved.", "good")
