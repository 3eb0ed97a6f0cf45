"""States of tipping: the form, and the thanks after it."""

import reflex as rx

from indii.kernel.errors import NotFound
from indii.kernel.flash import Flash, read_flash
from indii.kernel.ids import require_id
from indii.store.checkout.rules import left_words
from indii.store.orders.errors import OrderNotFound
from indii.store.tips import queries
from indii.store.tips.queries import ThanksPage, TipPage
from indii.ui.state import Actions, public


class TipState(Actions, rx.State):
    """The form of a tip, with what the last try answered and what had been typed."""

    page: TipPage = TipPage()
    slug: str = ""
    is_ready: bool = False
    is_missing: bool = False
    errors: dict[str, str] = {}
    typed: str = ""
    message: str = ""
    giver: str = ""
    email: str = ""
    is_public: bool = False
    notice: str = ""

    @public
    async def load(self) -> None:
        """Show the form for the producer in the address."""
        self.slug = self._path_param()[:60]
        flash = read_flash(self.router.headers.cookie or "", f"/tip/{self.slug}") or Flash("")
        await self._show(flash.values.get("amount", "") or self._asked("amount")[:12])
        self._fill(flash)
        self.notice = left_words(self._asked("payment"))
        self.is_ready = True

    def _asked(self, name: str) -> str:
        return self.router.url.query_parameters.get(name, "")

    async def _show(self, amount: str) -> None:
        heard = self._asked("recording")[:120]
        try:
            self.page = await self._fetch(
                queries.tip_page, self.slug, recording=heard, amount=amount
            )
        except NotFound:
            self.page = TipPage()
        self.is_missing = self.page.name == ""

    def _fill(self, flash: Flash) -> None:
        """Keep what had been typed into a form that was refused."""
        typed = flash.values
        self.errors = dict(flash.errors)
        self.typed, self.message = typed.get("typed", ""), typed.get("message", "")
        self.giver = typed.get("giver", "") or self.page.giver
        self.email, self.is_public = typed.get("email", ""), bool(typed.get("is_public", ""))


class TipThanksState(Actions, rx.State):
    """A tip that was given by whoever asks."""

    page: ThanksPage = ThanksPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the tip in the address, to who gave it."""
        self.is_missing = False
        try:
            order_id = require_id(self._path_param(), OrderNotFound)
            self.page = await self._fetch(queries.thanks_page, order_id)
        except NotFound:
            self.page, self.is_missing = ThanksPage(), True
        self.is_ready = True
