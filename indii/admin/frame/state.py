"""What the states of administrators' pages share."""

from urllib.parse import quote

import reflex as rx

from indii.ui.state import Actions


class AdminActions(Actions, rx.State, mixin=True):
    """What a page of the administrators says before it shows anything.

    A state of such a page reads what it shows in a `_refresh` of its own, whose answer follows the
    page, and its `load` answers with `_require_admin()`. The vars are copied into each state.
    """

    is_allowed: bool = False
    is_ready: bool = False

    async def _require_admin(self) -> object:
        """Show the page to administrators; a visitor is asked to sign in, and comes back here."""
        if not self._actor().is_signed_in:
            path, query = self.router.url.path, self.router.url.query
            here = quote(f"{path}?{query}" if query else path)
            return rx.redirect(f"/sign-in?next={here}")
        self.is_allowed = self._actor().has_role("admin")
        answer = await self._refresh() if self.is_allowed else None
        self.is_ready = True
        return answer

    def _query_param(self, name: str) -> str:
        """Return what the address asks for by this name, "" for nothing."""
        return self.router.url.query_parameters.get(name, "")
