"""Checking certificates: what the address, a typed number or a document's hash leads to."""

import reflex as rx

from indii.business.licensing import queries
from indii.business.licensing.queries import CertificateView
from indii.business.licensing.rules import read_certificate_id, read_sha256
from indii.ui.state import Actions, public

NOT_A_NUMBER = "A certificate number has 32 letters and digits. It is on the first page."
NO_SUCH_DOCUMENT = "This document was not issued here, or it was changed. Check its number."


class VerifyState(Actions, rx.State):
    """Looking for a certificate."""

    error: str = ""
    answer: str = ""

    @public
    async def load(self) -> None:
        """Begin with nothing asked."""
        self.error = self.answer = ""

    @public
    async def look_up(self, form_data: dict[str, str]) -> object:
        """Go to the certificate whose number was typed or pasted."""
        found = read_certificate_id(form_data.get("number", ""))
        self.error = "" if found else NOT_A_NUMBER
        return rx.redirect(f"/verify/{found}") if found else None

    @public
    async def find_document(self, sha256: str) -> object:
        """Go to the certificate that has this very document."""
        found = await self._fetch(queries.find_by_pdf_hash, read_sha256(sha256))
        self.answer = "" if found else NO_SUCH_DOCUMENT
        return rx.redirect(f"/verify/{found}") if found else None


class CertificateState(Actions, rx.State):
    """The certificate in the address."""

    page: CertificateView = CertificateView()
    is_ready: bool = False
    is_missing: bool = False

    @public
    async def load(self) -> None:
        """Show what this certificate says today."""
        number = self._path_param()
        self.page = await self._fetch(queries.certificate_view, read_certificate_id(number))
        self.is_missing = self.page.status == "unknown"
        self.is_ready = True
