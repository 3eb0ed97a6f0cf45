"""A mailbox on disk: every letter becomes an .eml file that any mail program opens."""

from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from indii.kernel.clock import utcnow
from indii.ports.errors import MailError
from indii.ports.mail import Letter


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """Return the letter as a MIME message, text first and HTML beside it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(utcnow())
    message["Message-ID"] = letter.message_id
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


class Mailbox:
    """Delivers into a folder."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write the letter as `<message id>.eml`; the same letter twice is one file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = letter.message_id.strip("<>").partition("@")[0]
            part = self._folder / f".{name}.part"
            part.write_bytes(as_message(letter, self._sender).as_bytes())
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
