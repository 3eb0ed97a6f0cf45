"""States of buying licenses: the license sheet, the cart itself."""

from uuid import UUID

import reflex as rx

from indii.catalog.recordings.errors import RecordingNotFound
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash, read_flash
from indii.kernel.ids import require_id
from indii.store.checkout.rules import left_words
from indii.store.checkout.state import CartState
from indii.store.licenses import commands, queries
from indii.store.licenses.queries import CartPage
from indii.store.offers.queries import LicenseSheet
from indii.ui.state import Actions, public

CART = "/cart"


def _id(text: str) -> UUID:
    return require_id(text, RecordingNotFound)


class LicenseState(Actions, rx.State):
    """The licenses of the recording that somebody asked for, in the sheet beside the page."""

    sheet: LicenseSheet = LicenseSheet()
    said: str = ""
    is_added: bool = False

    @public
    async def open(self, recording_id: str) -> None:
        """Show the licenses of a recording."""
        self.said, self.is_added = "", False
        try:
            await self._refresh(_id(recording_id))
        except IndiiError as error:
            # in the sheet: a notice in the corner would lie behind it
            self.sheet = LicenseSheet(recording_id=recording_id[:40], nothing=error.message)

    @public
    async def close(self) -> None:
        """Forget it."""
        self.sheet, self.said = LicenseSheet(), ""

    @public
    async def add(self, recording_id: str, tier: str, held: str) -> None:
        """Put a license into the cart; `held` is the cart's cookie as the browser has it now."""
        cart, wanted = await self.get_state(CartState), _id(recording_id)
        cart._keep(held)
        token = await cart._mine()
        try:
            await self._perform(commands.add_to_cart, token=token, recording_id=wanted, tier=tier)
        except IndiiError as error:
            self.said = error.message
        else:
            self.said, self.is_added = "", True
        await self._refresh(wanted)

    async def _refresh(self, recording_id: UUID) -> None:
        cart = await self.get_state(CartState)
        self.sheet = await self._fetch(queries.license_sheet, recording_id, await cart._mine())
        await cart._count()


class CheckoutState(Actions, rx.State):
    """The cart: its licenses, who takes them, what was accepted, what the last form answered."""

    page: CartPage = CartPage()
    errors: dict[str, str] = {}
    notice: str = ""
    # What was typed into the form that was refused.
    email: str = ""
    # Of which line somebody names another licensee.
    naming: str = ""
    # How often something was refused: boxes that were ticked in vain are drawn anew.
    refusals: int = 0
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Show the cart, and what the last form left here."""
        flash = read_flash(self.router.headers.cookie or "", CART) or Flash(CART)
        self.errors, self.notice = dict(flash.errors), flash.notice
        self.notice = self.notice or left_words(self.router.url.query_parameters.get("payment", ""))
        self.naming = flash.values.get("recording_id", "")
        await self._refresh()
        self.email = flash.values.get("email", "") or self.page.email
        self.is_ready = True

    async def _refresh(self) -> None:
        cart = await self.get_state(CartState)
        self.page = await self._fetch(queries.cart_page, await cart._mine())
        await cart._count()

    @public
    async def refresh(self) -> None:
        """Show the cart as it is now: a contract that was opened is not the one shown any more."""
        await self._refresh()

    async def _change(self, command, **facts) -> None:
        """Change the cart and show it as it is then, also when that was refused."""
        cart = await self.get_state(CartState)
        self.errors, self.notice = {}, ""
        try:
            await self._perform(command, token=await cart._mine(), **facts)
        except IndiiError:
            self.refusals += 1
            raise
        finally:
            await self._refresh()

    @public
    async def remove(self, recording_id: str) -> None:
        """Take a license out."""
        await self._change(commands.remove_from_cart, recording_id=_id(recording_id))

    @public
    async def change(self, recording_id: str, tier: str) -> None:
        """Take another license of the same recording."""
        await self._change(commands.add_to_cart, recording_id=_id(recording_id), tier=tier)

    @public
    async def name(self, form: dict[str, str]) -> None:
        """Say who takes the licenses."""
        await self._change(
            commands.name_licensee,
            name=form.get("licensee_name", ""),
            alias=form.get("licensee_alias", ""),
        )

    @public
    async def name_other(self, form: dict[str, str]) -> None:
        """Say who takes one license in the others' place; no name gives it back to them."""
        self.naming = form.get("recording_id", "")[:40]
        await self._change(
            commands.name_licensee,
            recording_id=_id(self.naming),
            name=form.get("licensee_name", ""),
            alias=form.get("licensee_alias", ""),
        )
        self.naming = ""

    @public
    async def accept(self, recording_id: str, sha256: str, accepts: bool) -> None:  # noqa: FBT001
        """Accept the contract that was shown, or take that back."""
        await self._change(
            commands.accept_contract,
            recording_id=_id(recording_id),
            sha256=sha256,
            accepts=accepts,
        )
