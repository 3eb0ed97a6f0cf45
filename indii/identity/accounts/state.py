"""States of the entrance (sign in, sign up, passwords) and of one's own account."""

import reflex as rx

from indii.identity.accounts import commands, queries
from indii.identity.accounts.queries import OwnAccount
from indii.identity.accounts.rules import entry_facts
from indii.identity.sessions.commands import end_session
from indii.identity.sessions.queries import SessionRow, own_sessions
from indii.kernel import edge
from indii.kernel.errors import NotFound
from indii.kernel.flash import Flash, read_flash
from indii.kernel.ids import read_id
from indii.ui.state import Actions, public, signed_in

SIGN_IN = "/sign-in?next=/account"


class AuthState(Actions, rx.State):
    """What the last form of the entrance answered, and where somebody wanted to go."""

    email: str = ""
    name: str = ""
    role: str = "fan"
    next: str = "/"
    # The query that carries `next` on to the other form of the entrance.
    carry: str = ""
    notice: str = ""
    notice_kind: str = "info"
    errors: dict[str, str] = {}
    # E-mails can be read at /dev/mailbox.
    has_mailbox: bool = False
    is_ready: bool = False

    @public
    async def load(self):
        """Show what the last form left here; whoever is signed in has no business at the door."""
        path, query = self.router.url.path, self.router.url.query_parameters
        flash = read_flash(self.router.headers.cookie or "", path) or Flash(path)
        for name, value in entry_facts(flash, query).items():
            setattr(self, name, value)
        self.has_mailbox = edge.runtime().site.environment != "production"
        self.is_ready = True
        if self._actor().is_signed_in and path in {"/sign-in", "/sign-up"}:
            return rx.redirect(self.next)
        return None


class AccountState(Actions, rx.State):
    """One's own account: who, which browsers, what the last form answered."""

    account: OwnAccount = OwnAccount(email="", roles=(), is_producer=False, since="")
    sessions: list[SessionRow] = []
    errors: dict[str, str] = {}
    notice: str = ""
    is_ready: bool = False

    @public
    async def load(self):
        """Show the account; a visitor is asked to sign in first."""
        if not self._actor().is_signed_in:
            return rx.redirect(SIGN_IN)
        flash = read_flash(self.router.headers.cookie or "", "/account") or Flash("/account")
        self.errors, self.notice = dict(flash.errors), flash.notice
        await self._refresh()
        return None

    async def _refresh(self) -> None:
        self.account = await self._fetch(queries.own_account)
        self.sessions = list(await self._fetch(own_sessions))
        self.is_ready = True

    @signed_in
    async def end_session(self, session_id: str) -> None:
        """Sign one other browser out."""
        if (which := read_id(session_id)) is None:
            raise NotFound("There is no such session.")
        await self._perform(end_session, session_id=which)
        await self._refresh()

    @signed_in
    async def become_producer(self):
        """Open the studio."""
        await self._perform(commands.become_producer)
        return rx.redirect("/studio")
