"""A mailbox on disk: every email becomes an .eml file that any mail program opens."""

from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from indii.kernel.clock import utcnow
from indii.ports.errors import MailError
from indii.ports.mail import Email


def as_message(email: Email, sender: str) -> EmailMessage:
    """Return the email as a MIME message, text first and HTML beside it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = email.to
    message["Subject"] = email.subject
    message["Date"] = format_datetime(utcnow())
    message["Message-ID"] = email.message_id
    for name, value in email.headers.items():
        message[name] = value
    message.set_content(email.text)
    message.add_alternative(email.html, subtype="html")
    return message


class Mailbox:
    """Delivers into a folder."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, email: Email) -> None:
        """Write the email as `<message id>.eml`; the same email twice is one file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = email.message_id.strip("<>").partition("@")[0]
            part = self._folder / f".{name}.part"
            part.write_bytes(as_message(email, self._sender).as_bytes())
            part.rename(self._folder / f"{name}.eml")
        except OSError as error:
            raise MailError(f"The mailbox folder cannot be written: {error.strerror}") from error

    def check(self) -> None:
        """Prove that the folder can be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / ".check"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise MailError(
                f"The mailbox folder {self._folder} cannot be written: {error.strerror}",
                retryable=False,
            ) from error
