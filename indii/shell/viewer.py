"""Who looks: what the frame shows of the person behind the tab."""

import reflex as rx

from indii.identity.accounts.queries import viewer
from indii.identity.sessions.commands import touch_session
from indii.ui.state import Actions, NoticeState, public


class ViewerState(Actions, rx.State):
    """Loaded with every page; the guard empties the whole tab when the account changes."""

    name: str = ""
    slug: str = ""
    avatar: str = ""
    roles: list[str] = []
    is_signed_in: bool = False
    is_ready: bool = False
    # Whose tab this is; written and compared by `shell/guard.py` alone.
    _account_id: str = ""

    @public
    async def load(self) -> None:
        """Show who is there, and let their session live on."""
        found = await self._fetch(viewer)
        self.name, self.slug, self.avatar = found.name, found.slug, found.avatar
        self.roles = list(found.roles)
        self.is_signed_in, self.is_ready = self._actor().is_signed_in, True
        (await self.get_state(NoticeState))._fade()
        if found.is_stale:
            await self._perform(touch_session)
