"""Making a certificate: typesetting and storing lie between the transactions."""

import tempfile
from pathlib import Path
from uuid import UUID

from indii.business.licensing import commands, queries
from indii.business.licensing.errors import CertificateBeingMade
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime

LINK_S = 300
TEMPLATE = "certificate"
PDF = "application/pdf"


def verify_url(rt: Runtime, certificate_id: UUID) -> str:
    """Return the public address at which a certificate is checked."""
    return f"{rt.site.public_url}/verify/{certificate_id}"


def make_certificate(rt: Runtime, actor: Actor, *, certificate_id: UUID) -> None:
    """Make and keep the certificate unless it is there; trying again is safe at any point."""
    with rt.read(actor) as ctx:
        facts = queries.certificate_facts(ctx, certificate_id)
    if facts.is_made:
        return
    address = verify_url(rt, certificate_id)
    data = dict(facts.data) | {"url": address, "site": rt.site.name}
    document = rt.documents.pdf(TEMPLATE, data, made_at=facts.granted_at, code=address)
    key = f"certificate/{certificate_id.hex[-2:]}/{certificate_id}.pdf"
    with tempfile.TemporaryDirectory(prefix="indii-certificate-") as folder:
        file = Path(folder) / "certificate.pdf"
        file.write_bytes(document)
        stored = rt.storage.put(key, file, content_type=PDF)
    with rt.write(actor) as ctx:
        commands.record_certificate(
            ctx, certificate_id=certificate_id, storage_key=key, pdf_sha256=stored.sha256
        )


def certificate_link(rt: Runtime, actor: Actor, *, certificate_id: UUID) -> str:
    """Return a short-lived address of a certificate that the actor bought, sold or administers.

    Raises:
        CertificateBeingMade: it will be there in a moment.
    """
    with rt.read(actor) as ctx:
        file = queries.certificate_file(ctx, certificate_id)
    return link_to(rt, file)


def link_to(rt: Runtime, file: queries.StoredCertificate) -> str:
    """Return a short-lived address of a stored certificate; the caller has checked who asks.

    Raises:
        CertificateBeingMade: it will be there in a moment.
    """
    if not file.is_made:
        raise CertificateBeingMade
    return rt.storage.url(
        file.storage_key, expires_s=LINK_S, filename=file.filename, content_type=PDF
    )
