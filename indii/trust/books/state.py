"""States of the ledger's pages and of the audit log."""

from uuid import UUID

import reflex as rx

from indii.kernel.errors import NotFound
from indii.kernel.text import clean_line
from indii.trust.books import queries
from indii.trust.books.queries import AuditLog, BooksChecked, LedgerView, MovementView
from indii.ui.state import Acting, public, role


class LedgerState(Acting, rx.State):
    """Accounts and movements; the address says which."""

    view: LedgerView = LedgerView()
    checked: BooksChecked = BooksChecked()
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show the ledger to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/ledger")
        self.is_allowed = self._actor().has_role("admin")
        if self.is_allowed:
            await self._look()
        self.is_ready, self.checked = True, BooksChecked()
        return None

    async def _look(self) -> None:
        query = self.router.url.query_parameters
        self.view = await self._fetch(
            queries.ledger_view,
            code=query.get("code", ""),
            order=query.get("order", ""),
            after=_id(query.get("after", "")),
        )

    @role("admin")
    async def find(self, form: dict[str, str]) -> object:
        """Go to the movements of one order."""
        code = self.router.url.query_parameters.get("code", "")
        order = clean_line(form.get("order", ""))[:20]
        return rx.redirect(queries.address(code=code, order=order))

    @role("admin")
    async def check(self) -> None:
        """Look through every entry whether the books agree."""
        self.checked = await self._fetch(queries.checked_books)


class MovementState(Acting, rx.State):
    """The movement in the address."""

    view: MovementView = MovementView()
    is_allowed: bool = False
    is_missing: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show one movement to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/ledger")
        self.is_allowed, self.is_missing = self._actor().has_role("admin"), False
        if self.is_allowed:
            await self._look()
        self.is_ready = True
        return None

    async def _look(self) -> None:
        which = self.router.url.path.rstrip("/").rpartition("/")[2]
        try:
            self.view = await self._fetch(queries.movement, which)
        except NotFound:
            self.is_missing = True


class AuditState(Acting, rx.State):
    """Remembered acts; the address says which."""

    page: AuditLog = AuditLog()
    is_allowed: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show the audit log to administrators; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect("/sign-in?next=/admin/audit")
        self.is_allowed = self._actor().has_role("admin")
        if self.is_allowed:
            query = self.router.url.query_parameters
            self.page = await self._fetch(
                queries.audit_log, text=query.get("q", ""), after=_id(query.get("after", ""))
            )
        self.is_ready = True
        return None

    @role("admin")
    async def search(self, form: dict[str, str]) -> object:
        """Go to the acts that these words are about."""
        return rx.redirect(queries.audit_address(text=clean_line(form.get("q", ""))[:100]))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
