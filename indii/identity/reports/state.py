"""Reporting something, from wherever it is shown."""

import reflex as rx

from indii.identity.reports.flows import report
from indii.kernel.errors import IndiiError
from indii.ui.state import Actions, public, public_background


class ReportState(Actions, rx.State):
    """The report that somebody is writing."""

    # Which dialog is open: the id of what is being reported.
    subject: str = ""
    is_sent: bool = False
    errors: dict[str, str] = {}

    @public
    async def open(self, subject_id: str) -> None:
        """Begin a report."""
        self.subject, self.is_sent, self.errors = subject_id[:40], False, {}

    @public
    async def close(self) -> None:
        """Let it be."""
        self.subject = ""

    @public_background
    async def send(self, kind: str, subject_id: str, form: dict[str, str]) -> None:
        """Hand the report to the moderators."""
        said = {key: form.get(key, "") for key in ("reason", "details")}
        try:
            await self._run(report, kind=kind, subject_id=subject_id, **said)
        except IndiiError as error:
            # beside the form: a notice in the corner would lie behind the dialog
            refused = {error.field or "form": error.message}
        else:
            refused = {}
        async with self:
            self.errors, self.is_sent = refused, not refused
