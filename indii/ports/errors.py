"""What the outside world can refuse or break, in words a caller can act on."""

from __future__ import annotations


class PortError(Exception):
    """The outside world failed; `retryable` says whether trying again can help."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable


class StorageError(PortError):
    """A stored object could not be written, read or removed."""


class LinkInvalid(StorageError):
    """This signed address was never made here, or was changed."""

    def __init__(self) -> None:
        super().__init__("This link is not valid. Open the page again.", retryable=False)


class LinkExpired(StorageError):
    """This signed address was right once."""

    def __init__(self) -> None:
        super().__init__("This link has expired. Open the page again.", retryable=False)


class MailError(PortError):
    """An e-mail could not be handed over."""


class AudioRefused(PortError):
    """This file or these samples are not audio that we can use; the message is for a person.

    `reason` is a stable word for metrics and tests ("truncated", "not_audio", ...).
    """

    def __init__(self, message: str, *, reason: str = "refused") -> None:
        super().__init__(message, retryable=False)
        self.reason = reason


class PaymentError(PortError):
    """The payment network refused (not retryable) or its answer is unknown (retryable)."""


class WebhookRefused(PortError):
    """What came is not an event that the payment network signed for us."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class DocumentError(PortError):
    """A document could not be made."""
