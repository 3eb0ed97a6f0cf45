"""States of tipping: the form, and the thanks after it."""

import reflex as rx

from indii.kernel.errors import NotFound
from indii.kernel.flash import Flash, received
from indii.kernel.ids import require_id
from indii.store.orders.errors import OrderNotFound
from indii.store.tips import queries
from indii.store.tips.queries import ThanksPage, TipPage
from indii.ui.state import Acting, public


class TipState(Acting, rx.State):
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
        self.slug = slug = self._named()[:60]
        asked = self.router.url.query_parameters
        flash = received(self.router.headers.cookie or "", f"/tip/{slug}") or Flash("")
        amount = flash.values.get("amount", "") or asked.get("amount", "")[:12]
        self.is_missing = False
        try:
            self.page = await self._fetch(
                queries.tip_page, slug, recording=asked.get("recording", "")[:120], amount=amount
            )
        except NotFound:
            self.page, self.is_missing = TipPage(), True
        self.errors, self.notice = dict(flash.errors), ""
        if asked.get("payment") == "left":
            self.notice = "You left the payment page; nothing was charged."
        self.typed, self.message = flash.values.get("typed", ""), flash.values.get("message", "")
        self.giver = flash.values.get("giver", "") or self.page.giver
        self.email, self.is_public = (
            flash.values.get("email", ""),
            bool(flash.values.get("is_public", "")),
        )
        self.is_ready = True


class TipThanksState(Acting, rx.State):
    """A tip that was given by whoever asks."""

    page: ThanksPage = ThanksPage()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show the tip in the address, to who gave it."""
        self.is_missing = False
        try:
            order_id = require_id(self._named(), OrderNotFound)
            self.page = await self._fetch(queries.thanks_page, order_id)
        except NotFound:
            self.page, self.is_missing = ThanksPage(), True
        self.is_ready = True
