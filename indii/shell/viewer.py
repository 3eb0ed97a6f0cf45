"""Who looks: what the frame shows of the person behind the tab."""

import reflex as rx

from indii.identity.accounts.queries import Viewer, viewer
from indii.identity.sessions.commands import touch_session
from indii.ui.frame import frame_part
from indii.ui.state import Actions, NoticeState


@frame_part(lambda ctx, _page: viewer(ctx))
class ViewerState(Actions, rx.State):
    """Filled with every page; the guard empties the whole tab when the account changes."""

    name: str = ""
    slug: str = ""
    avatar: str = ""
    roles: list[str] = []
    is_signed_in: bool = False
    is_ready: bool = False
    # Whose tab this is; written and compared by `shell/guard.py` alone.
    _account_id: str = ""

    async def _show_frame(self, found: Viewer) -> None:
        """Show who is there, and let their session live on."""
        self.name, self.slug, self.avatar = found.name, found.slug, found.avatar
        self.roles = list(found.roles)
        self.is_signed_in, self.is_ready = self._actor().is_signed_in, True
        (await self.get_state(NoticeState))._fade()
        if found.is_stale:
            await self._perform(touch_session)
