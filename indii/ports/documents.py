"""The documents port: from a template of ours and plain data to a PDF that can be kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Documents(Protocol):
    """Set documents. Blocking, safe from several threads; failures are `DocumentError`."""

    def pdf(
        self, template: str, data: Mapping[str, Any], *, made_at: datetime, code: str = ""
    ) -> bytes:
        """Return the PDF of `template` filled with `data`, which is never read as markup.

        The same arguments give the same bytes on one installation. `made_at` (aware) is the date
        that the file carries; `code` is an address that the template may show as a QR code. A
        character that no font at hand can draw is written by its number, such as `[U+5F20]`.

        Raises:
            DocumentError: the template fails, or took too long; only the latter is retryable.
        """

    def check(self) -> None:
        """Raise `DocumentError` unless a small document can be made."""
