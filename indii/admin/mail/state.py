"""State of the mail page."""

import reflex as rx

from indii.admin.frame.state import AdminActions
from indii.admin.mail import queries
from indii.admin.mail.queries import EmailsPage
from indii.kernel import edge
from indii.kernel.ids import read_id
from indii.ui.state import public


class EmailsState(AdminActions, rx.State):
    """E-mails without their text; the address says in which state, and from where on."""

    page: EmailsPage = EmailsPage()

    @public
    async def load(self):
        """Show emails to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        self.page = await self._fetch(
            queries.emails,
            state=self._query_param("state"),
            after=read_id(self._query_param("after")),
            has_mailbox=edge.runtime().site.environment != "production",
        )
