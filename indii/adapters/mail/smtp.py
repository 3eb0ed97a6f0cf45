"""Mail over SMTP with STARTTLS."""

import smtplib
import ssl
from dataclasses import dataclass

from indii.adapters.mail.mailbox import as_message
from indii.ports.errors import MailError
from indii.ports.mail import Email

TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where emails are handed over."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    sender: str


class Smtp:
    """Delivers to a mail server; one connection a email."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        if server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        return connection

    def send(self, email: Email) -> None:
        """Hand the email over; a 5xx answer is final, everything else may be tried again."""
        try:
            with self._connect() as connection:
                connection.send_message(as_message(email, self._server.sender))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise MailError(
                "The mail server refused the address", retryable=all(c < 500 for c in codes)
            ) from error
        except smtplib.SMTPResponseException as error:
            raise MailError(
                f"The mail server answered {error.smtp_code}", retryable=error.smtp_code < 500
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"The mail server could not be reached: {error}") from error

    def check(self) -> None:
        """Prove that the server takes our login."""
        try:
            with self._connect() as connection:
                connection.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(
                f"The mail server {self._server.host}:{self._server.port} refuses the connection: "
                f"{error}. Check INDII_SMTP_HOST, _PORT, _USER and _PASSWORD."
            ) from error
