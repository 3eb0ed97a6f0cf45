"""States of the ledger's pages and of the audit log."""

import reflex as rx

from indii.admin.books import queries
from indii.admin.books.queries import AuditLog, BooksChecked, LedgerView, MovementView
from indii.admin.reports.state import Administering
from indii.kernel.errors import NotFound
from indii.kernel.ids import read_id
from indii.kernel.text import clean_line
from indii.ui.state import public, role


class LedgerState(Administering, rx.State):
    """Accounts and movements; the address says which."""

    view: LedgerView = LedgerView()
    checked: BooksChecked = BooksChecked()

    @public
    async def load(self):
        """Show the ledger to administrators; a visitor is asked to sign in first."""
        self.checked = BooksChecked()
        return await self._admit()

    async def _look(self) -> None:
        self.view = await self._fetch(
            queries.ledger_view,
            code=self._asked("code"),
            order=self._asked("order"),
            after=read_id(self._asked("after")),
        )

    @role("admin")
    async def find(self, form: dict[str, str]) -> object:
        """Go to the movements of one order."""
        order = clean_line(form.get("order", ""))[:20]
        return rx.redirect(queries.address(code=self._asked("code"), order=order))

    @role("admin")
    async def check(self) -> None:
        """Look through every entry whether the books agree."""
        self.checked = await self._fetch(queries.checked_books)


class MovementState(Administering, rx.State):
    """The movement in the address."""

    view: MovementView = MovementView()
    is_missing: bool = False

    @public
    async def load(self):
        """Show one movement to administrators; a visitor is asked to sign in first."""
        return await self._admit()

    async def _look(self) -> None:
        which = self._named()
        self.is_missing = False
        try:
            self.view = await self._fetch(queries.movement, which)
        except NotFound:
            self.is_missing = True


class AuditState(Administering, rx.State):
    """Remembered acts; the address says which."""

    page: AuditLog = AuditLog()

    @public
    async def load(self):
        """Show the audit log to administrators; a visitor is asked to sign in first."""
        return await self._admit()

    async def _look(self) -> None:
        text, after = self._asked("q"), read_id(self._asked("after"))
        self.page = await self._fetch(queries.audit_log, text=text, after=after)

    @role("admin")
    async def search(self, form: dict[str, str]) -> object:
        """Go to the acts that these words are about."""
        return rx.redirect(queries.audit_address(text=clean_line(form.get("q", ""))[:100]))
