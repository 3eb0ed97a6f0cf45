"""The queue of reports, a decision, what is taken down."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from indii.admin.frame.state import AdminActions
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
from indii.ui.state import public, role, role_background

# What each decision does, to what, and what is said when it is done; any other dismisses.
_DECISIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "take_down": (
        commands.take_down, "recording_id", "Taken down. The producer is told by e-mail.",
    ),
    "blank": (
        commands.blank_profile, "profile_id",
        "Text and picture are removed. The owner is told by e-mail.",
    ),
    "remove": (commands.remove_tip_message, "tip_id", "Removed. It is no longer shown."),
}  # fmt: skip


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
        ident = subject(subject_id)
        if action in _DECISIONS:
            command, named, said = _DECISIONS[action]
            await self._perform(command, **{named: ident}, reason=reason)
            return said
        await self._perform(commands.dismiss, kind=kind, subject_id=ident, note=reason)
        return "Dismissed. Nothing was changed."

    async def _done(self, said: str) -> None:
        async with self:
            await self._refresh()
            self.action, self.is_busy = "", False
            await self._notice(said, "good")

    @role_background("admin")
    async def restore(self, recording_id: str) -> None:
        """Undo a takedown."""
        await self._perform(commands.restore, recording_id=subject(recording_id))
        await self._done("Restored. The producer is told by e-mail.")
