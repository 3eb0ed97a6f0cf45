"""States of the operators' orders: the list, and one order with its refund."""

from uuid import UUID

import reflex as rx

from indii.admin.frame.state import AdminActions
from indii.admin.orders import queries
from indii.admin.orders.queries import OrdersPage, OrderView
from indii.kernel.errors import IndiiError, NotFound
from indii.kernel.ids import read_id
from indii.kernel.text import clean_line
from indii.trust.refunds.commands import request_refund, return_payment
from indii.trust.refunds.queries import RefundDraft, refund_draft
from indii.ui.state import public, role, role_background

POLL_S = 2.0
POLLS = 60
PREFIX = "line-"


class OrdersState(AdminActions, rx.State):
    """Orders; the address says which."""

    page: OrdersPage = OrdersPage()

    @public
    async def load(self):
        """Show orders to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        text, state = self._query_param("q"), self._query_param("state")
        after = read_id(self._query_param("after"))
        self.page = await self._fetch(queries.orders_page, text=text, state=state, after=after)

    @role("admin")
    async def search(self, form: dict[str, str]) -> object:
        """Go to the orders with this number, address or payment."""
        text = clean_line(form.get("q", ""))[:254]
        return rx.redirect(queries.address(text=text, state=self._query_param("state")))


class OrderState(AdminActions, rx.State):
    """One order, and the refund that is being decided: chosen first, then confirmed."""

    view: OrderView = OrderView()
    is_missing: bool = False
    # The open dialog: choose, confirm; return for a payment that did not fit; "" for none.
    step: str = ""
    draft: RefundDraft = RefundDraft()
    errors: dict[str, str] = {}
    _watch: int = 0

    @public
    async def load(self):
        """Show one order to administrators; a visitor is asked to sign in first."""
        self.step = ""
        return await self._require_admin()

    async def _refresh(self) -> object:
        """Read the order; while money is on its way back, it wants to be watched."""
        self.is_missing = False
        try:
            self.view = await self._fetch(queries.order_view, self._path_param())
        except NotFound:
            self.view, self.is_missing = OrderView(), True
        return OrderState.watch if self.view.is_refunding else None

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
            refund_draft, self._path_param(), line_ids=chosen, reason=form.get("reason", "")
        )
        self.step = "confirm"

    @role("admin")
    async def give_back(self) -> object:
        """Ask for the refund that was reviewed, and watch what becomes of it."""
        if self.step != "confirm" or not self.draft.line_ids:
            raise IndiiError("Choose what to refund first.")
        order_id, lines = UUID(self.view.id), [UUID(line) for line in self.draft.line_ids]
        self.step = ""
        await self._perform(
            request_refund, order_id=order_id, item_ids=lines, reason=self.draft.reason
        )
        return await self._asked_for()

    async def _asked_for(self) -> object:
        watched = await self._refresh()
        await self._notice("The refund is on its way.", "good")
        return watched

    @role("admin")
    async def choose_return(self) -> None:
        """Begin to give back a payment that did not fit."""
        self.step, self.errors = "return", {}

    @role("admin")
    async def give_payment_back(self, form: dict[str, str]) -> object:
        """Ask for the return of a payment that did not fit, and watch what becomes of it."""
        if self.step != "return" or not self.view.return_label:
            raise IndiiError("There is nothing left to refund for this payment.")
        self.errors = {}
        order_id, reason = UUID(self.view.id), form.get("reason", "")
        await self._perform(return_payment, order_id=order_id, reason=reason)
        self.step = ""
        return await self._asked_for()

    @role_background("admin")
    async def watch(self) -> None:
        """Look again while money is on its way back and the page is shown."""
        number = self._path_param()
        await self._poll(
            self._refresh,
            goes_on=lambda: self._path_param() == number and self.view.is_refunding,
            times=POLLS,
            every_s=POLL_S,
        )
