"""State of the cart's frame: how much lies in it, and whose browser it is."""

import re

import reflex as rx

from indii.kernel.ids import new_token
from indii.store.checkout import commands, queries
from indii.store.checkout.rules import CART_LIFE
from indii.ui.state import Actions, public

_TOKEN = re.compile(r"[\w-]{20,100}", re.ASCII)


def _token(said: object) -> str:
    """Return a cart's token as a browser gave it, "" for anything else."""
    return said if isinstance(said, str) and _TOKEN.fullmatch(said) else ""


class CartState(Actions, rx.State):
    """What the frame shows of the cart; the cookie names a guest's."""

    token: str = rx.Cookie(
        "", name="indii_cart", max_age=int(CART_LIFE.total_seconds()), same_site="lax"
    )
    lines: int = 0

    @public
    async def refresh(self) -> None:
        """Count what lies in the cart."""
        await self._count()

    async def _mine(self) -> str:
        """Return the token of a guest; at a sign-in the account takes over what they had chosen."""
        token = _token(self.token)
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
            self.token = _token(held) or new_token()
