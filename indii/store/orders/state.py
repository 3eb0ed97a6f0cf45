"""State of a producer's sales."""

import reflex as rx

from indii.business.ledger.queries import PayableLine, payable_of
from indii.kernel.ids import read_id
from indii.store.orders import queries
from indii.store.orders.queries import SalesPage
from indii.ui.state import Actions, public


class SalesState(Actions, rx.State):
    """What was sold, what of it is owed now; the address says how far back the list goes."""

    # anonymous, fan or producer; "" until the server has said.
    access: str = ""
    page: SalesPage = SalesPage()
    owed: list[PayableLine] = []
    is_continued: bool = False

    @public
    async def load(self) -> None:
        """Show a producer's own sales."""
        actor = self._actor()
        if actor.has_role("producer"):
            after = read_id(self.router.url.query_parameters.get("after", ""))
            self.page = await self._fetch(queries.sales_page, after=after)
            self.owed = list(await self._fetch(payable_of, actor.require_profile()))
            self.is_continued = after is not None
            self.access = "producer"
        else:
            self.access = "fan" if actor.is_signed_in else "anonymous"
