"""State of the cart's frame: how much lies in it, and whose browser it is."""

import reflex as rx

from indii.kernel.ids import new_token
from indii.store.checkout import commands, queries
from indii.store.checkout.rules import CART_COOKIE, CART_LIFE, cart_token
from indii.ui.frame import frame_part
from indii.ui.state import Actions


@frame_part(lambda ctx, _page, token: queries.lines_in_cart(ctx, token))
class CartState(Actions, rx.State):
    """What the frame shows of the cart; the cookie names a guest's."""

    token: str = rx.Cookie(
        "", name=CART_COOKIE, max_age=int(CART_LIFE.total_seconds()), same_site="lax"
    )
    lines: int = 0

    async def _frame_asks(self) -> tuple[str]:
        return (await self._mine(),)

    async def _show_frame(self, found: int) -> None:
        """Show how many things lie in the cart."""
        self.lines = found

    async def _mine(self) -> str:
        """Return the token of a guest; at a sign-in the account takes over what they had chosen."""
        token = cart_token(self.token)
        if token and self._actor().is_signed_in:
            await self._perform(commands.merge_guest_cart, token=token)
            self.token = token = ""
        return token

    async def _count(self) -> None:
        token = await self._mine()
        has_cart = bool(token) or self._actor().is_signed_in
        self.lines = await self._fetch(queries.lines_in_cart, token) if has_cart else 0

    def _keep(self, held: str) -> None:
        """Hold what the browser holds now: another of its tabs may have begun a cart meanwhile."""
        if not self._actor().is_signed_in:
            self.token = cart_token(held) or new_token()
