"""States of the ledger's pages and of the audit log."""

import reflex as rx

from indii.admin.frame.state import AdminActions
from indii.admin.ledger import queries
from indii.admin.ledger.queries import AuditLog, LedgerCheck, LedgerView, MovementView
from indii.kernel.errors import NotFound
from indii.kernel.ids import read_id
from indii.kernel.text import clean_line
from indii.ui.state import public, role


class LedgerState(AdminActions, rx.State):
    """Accounts and movements; the address says which."""

    view: LedgerView = LedgerView()
    checked: LedgerCheck = LedgerCheck()

    @public
    async def load(self):
        """Show the ledger to administrators; a visitor is asked to sign in first."""
        self.checked = LedgerCheck()
        return await self._require_admin()

    async def _refresh(self) -> None:
        self.view = await self._fetch(
            queries.ledger_view,
            code=self._query_param("code"),
            order=self._query_param("order"),
            after=read_id(self._query_param("after")),
        )

    @role("admin")
    async def find(self, form: dict[str, str]) -> object:
        """Go to the movements of one order."""
        order = clean_line(form.get("order", ""))[:20]
        return rx.redirect(queries.address(code=self._query_param("code"), order=order))

    @role("admin")
    async def check(self) -> None:
        """Look through every entry whether the books agree."""
        self.checked = await self._fetch(queries.checked_ledger)


class MovementState(AdminActions, rx.State):
    """The movement in the address."""

    view: MovementView = MovementView()
    is_missing: bool = False

    @public
    async def load(self):
        """Show one movement to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        which = self._path_param()
        self.is_missing = False
        try:
            self.view = await self._fetch(queries.movement, which)
        except NotFound:
            self.is_missing = True


class AuditState(AdminActions, rx.State):
    """Remembered acts; the address says which."""

    page: AuditLog = AuditLog()

    @public
    async def load(self):
        """Show the audit log to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        text, after = self._query_param("q"), read_id(self._query_param("after"))
        self.page = await self._fetch(queries.audit_log, text=text, after=after)

    @role("admin")
    async def search(self, form: dict[str, str]) -> object:
        """Go to the acts that these words are about."""
        return rx.redirect(queries.audit_address(text=clean_line(form.get("q", ""))[:100]))
