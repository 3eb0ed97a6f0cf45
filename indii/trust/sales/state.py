"""States of the operators' orders: the list, and one order with its refund."""

import asyncio
from uuid import UUID

import reflex as rx

from indii.kernel.errors import IndiiError, NotFound
from indii.kernel.text import clean_line
from indii.trust.refunds.commands import ask_refund
from indii.trust.refunds.queries import RefundDraft, refund_draft
from indii.trust.sales import queries
from indii.trust.sales.queries import OrdersPage, OrderView
from indii.ui.state import Acting, public, role, role_background

POLL_S = 2.0
POLLS = 60
PREFIX = "line-"


class OrdersState(Acting, rx.State):
    """Orders; the address says which."""

    page: OrdersPage = OrdersPage()
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show orders to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/orders")
        self.is_allowed = self._actor().has_role("admin")
        if self.is_allowed:
            query = self.router.url.query_parameters
            text, state = query.get("q", ""), query.get("state", "")
            after = _id(query.get("after", ""))
            self.page = await self._fetch(queries.orders_page, text=text, state=state, after=after)
        self.is_ready = True
        return None

    @role("admin")
    async def search(self, form: dict[str, str]) -> object:
        """Go to the orders with this number, address or payment."""
        text = clean_line(form.get("q", ""))[:254]
        state = self.router.url.query_parameters.get("state", "")
        return rx.redirect(queries.address(text=text, state=state))


class OrderState(Acting, rx.State):
    """One order, and the refund that is being decided: chosen first, then confirmed."""

    view: OrderView = OrderView()
    is_allowed: bool = False
    is_missing: bool = False
    is_ready: bool = False
    # The open dialog: choose, confirm; "" for none.
    step: str = ""
    draft: RefundDraft = RefundDraft()
    errors: dict[str, str] = {}
    _watch: int = 0

    def _number(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    @public
    async def load(self):
        """Show one order to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/orders")
        self.is_allowed, self.is_missing = self._actor().has_role("admin"), False
        if self.is_allowed:
            await self._look()
        self.is_ready, self.step = True, ""
        return OrderState.watch if self.view.is_refunding else None

    async def _look(self) -> None:
        try:
            self.view = await self._fetch(queries.order_view, self._number())
        except NotFound:
            self.view, self.is_missing = OrderView(), True

    @role("admin")
    async def choose(self) -> None:
        """Begin a refund."""
        self.step, self.errors, self.draft = "choose", {}, RefundDraft()

    @role("admin")
    async def back(self) -> None:
        """Choose again."""
        self.step = "choose"

    @role("admin")
    async def cancel(self) -> None:
        """Give nothing back."""
        self.step = ""

    @role("admin")
    async def review(self, form: dict[str, str]) -> None:
        """Show what the refund of the chosen lines would mean."""
        chosen = [name.removeprefix(PREFIX) for name in form if name.startswith(PREFIX)]
        self.errors = {}
        self.draft = await self._fetch(
            refund_draft, self._number(), line_ids=chosen, reason=form.get("reason", "")
        )
        self.step = "confirm"

    @role("admin")
    async def give_back(self) -> object:
        """Ask for the refund that was reviewed, and watch what becomes of it."""
        if self.step != "confirm" or not self.draft.line_ids:
            raise IndiiError("Choose first what to give back.")
        order_id, lines = UUID(self.view.id), [UUID(line) for line in self.draft.line_ids]
        self.step = ""
        await self._perform(ask_refund, order_id=order_id, item_ids=lines, reason=self.draft.reason)
        await self._look()
        await self._notice("The refund is on its way.", "good")
        return OrderState.watch

    @role_background("admin")
    async def watch(self) -> None:
        """Look again while money is on its way back and the page is shown."""
        async with self:
            self._watch += 1
            mine, number = self._watch, self._number()
        for _ in range(POLLS):
            await asyncio.sleep(POLL_S)
            async with self:
                is_here = self._number() == number
                if self._watch != mine or not is_here or not self.view.is_refunding:
                    return
                await self._look()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
