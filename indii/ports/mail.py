"""E-mails to people, as the house writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Email:
    """One email, rendered: plain text always, HTML beside it."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Mail(Protocol):
    """Delivers emails."""

    def send(self, email: Email) -> None:
        """Hand the email over.

        Raises:
            MailError: it was not accepted; `retryable` says whether trying again can help.
        """

    def check(self) -> None:
        """Prove that emails can leave.

        Raises:
            MailError: they cannot, with what to do about it.
        """
