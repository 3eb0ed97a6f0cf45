"""What administrators' pages share; the queue of reports, a decision, what is taken down."""

from urllib.parse import quote

import reflex as rx

from indii.kernel.errors import IndiiError
from indii.trust.moderation import commands
from indii.trust.moderation.queries import (
    Queue,
    Takedown,
    recording_at,
    report_queue,
    takedowns,
)
from indii.trust.moderation.rules import subject
from indii.ui.state import Actions, public, role, role_background


class AdminActions(Actions, rx.State, mixin=True):
    """What a page of the administrators says before it shows anything.

    A state of such a page reads what it shows in a `_look` of its own, whose answer follows the
    page, and its `load` answers with `_admit()`. The vars are copied into each state.
    """

    is_allowed: bool = False
    is_ready: bool = False

    async def _require_admin(self) -> object:
        """Show the page to administrators; a visitor is asked to sign in, and comes back here."""
        if not self._actor().is_signed_in:
            path, query = self.router.url.path, self.router.url.query
            here = quote(f"{path}?{query}" if query else path)
            return rx.redirect(f"/sign-in?next={here}")
        self.is_allowed = self._actor().has_role("admin")
        answer = await self._refresh() if self.is_allowed else None
        self.is_ready = True
        return answer

    def _query_param(self, name: str) -> str:
        """Return what the address asks for by this name, "" for nothing."""
        return self.router.url.query_parameters.get(name, "")


class ModerationState(AdminActions, rx.State):
    """What waits, and the decision that is being written in the dialog."""

    queue: Queue = Queue(things=(), total=0)
    downs: list[Takedown] = []
    # The open dialog: dismiss, take_down, blank, remove; "" for none.
    action: str = ""
    kind: str = ""
    subject_id: str = ""
    title: str = ""
    is_busy: bool = False
    errors: dict[str, str] = {}

    @public
    async def load(self):
        """Show the queue to administrators; a visitor is asked to sign in first."""
        return await self._require_admin()

    async def _refresh(self) -> None:
        self.queue = await self._fetch(report_queue)
        self.downs = list(await self._fetch(takedowns))

    def _open(self, action: str, kind: str, subject_id: str, title: str) -> None:
        self.action = action if action in {"dismiss", "take_down", "blank", "remove"} else ""
        self.kind, self.subject_id, self.title = kind[:20], subject_id[:40], title[:200]
        self.errors, self.is_busy = {}, False

    @role("admin")
    async def choose(self, action: str, kind: str, subject_id: str, title: str) -> None:
        """Begin a decision."""
        self._open(action, kind, subject_id, title)

    @role("admin")
    async def cancel(self) -> None:
        """Decide nothing."""
        self.action = ""

    @role("admin")
    async def look_up(self, form: dict[str, str]) -> None:
        """Begin the takedown of a recording that nobody reported."""
        self.errors = {}
        found = await self._fetch(recording_at, form.get("address", ""))
        self._open("take_down", "recording", found.id, found.title)

    @role_background("admin")
    async def decide(self, form: dict[str, str]) -> None:
        """Carry the decision out, and say so."""
        async with self:
            self.is_busy, action = True, self.action
            kind, subject_id = self.kind, self.subject_id
        try:
            said = await self._carry_out(action, kind, subject_id, form.get("reason", ""))
        except IndiiError as error:
            # beside the form: a notice in the corner would lie behind the dialog
            async with self:
                self.is_busy, self.errors = False, {error.field or "form": error.message}
            return
        await self._done(said)

    async def _carry_out(self, action: str, kind: str, subject_id: str, reason: str) -> str:
        if action == "take_down":
            recording_id = subject(subject_id)
            await self._perform(commands.take_down, recording_id=recording_id, reason=reason)
            return "Taken down. The producer is told by mail."
        if action == "blank":
            profile_id = subject(subject_id)
            await self._perform(commands.blank_profile, profile_id=profile_id, reason=reason)
            return "Text and picture are removed. Their owner is told by mail."
        if action == "remove":
            tip_id = subject(subject_id)
            await self._perform(commands.remove_tip_message, tip_id=tip_id, reason=reason)
            return "Removed. It is not shown any more."
        await self._perform(
            commands.dismiss, kind=kind, subject_id=subject(subject_id), note=reason
        )
        return "Dismissed. Everything stays as it is."

    async def _done(self, said: str) -> None:
        async with self:
            await self._refresh()
            self.action, self.is_busy = "", False
            await self._notice(said, "good")

    @role_background("admin")
    async def restore(self, recording_id: str) -> None:
        """Undo a takedown."""
        await self._perform(commands.restore, recording_id=subject(recording_id))
        await self._done("It is back. The producer is told by mail.")
