"""The terms of a producer, tier by tier; what was granted, and what its certificate says today."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.enums import CertificateStatus, LicenseTier, VoidReason
from indii.business.licensing.errors import CertificateNotFound
from indii.business.licensing.models import LicenseCertificate, LicenseGrant, LicenseTerms
from indii.business.licensing.rules import (
    DEFAULTS,
    TIER_LABELS,
    TIER_NOTES,
    VOID_WORDS,
    LicensedFile,
    Terms,
    day_words,
    last_day,
    terms_table,
)
from indii.catalog.analysis.models import SoundFact
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile, Recording
from indii.kernel.context import ReadCtx
from indii.kernel.format import size
from indii.kernel.text import slugify


def terms_of(ctx: ReadCtx, profile_id: UUID) -> Mapping[LicenseTier, Terms]:
    """Return what each tier of this producer grants: their own terms, else the defaults."""
    return terms_by_producer(ctx, [profile_id])[profile_id]


def terms_by_producer(
    ctx: ReadCtx, profile_ids: Collection[UUID]
) -> dict[UUID, dict[LicenseTier, Terms]]:
    """Return what each tier of these producers grants."""
    found = ctx.db.scalars(
        select(LicenseTerms).where(col(LicenseTerms.profile_id).in_(profile_ids))
    )
    terms = {profile_id: dict(DEFAULTS) for profile_id in profile_ids}
    for row in found:
        terms[row.profile_id][LicenseTier(row.tier)] = _terms(row)
    return terms


def _terms(row: LicenseTerms) -> Terms:
    return Terms(
        streams_limit=row.streams_limit,
        copies_limit=row.copies_limit,
        videos_limit=row.videos_limit,
        radio_stations_limit=row.radio_stations_limit,
        term_years=row.term_years,
        allows_live_performance=row.allows_live_performance,
        allows_broadcast=row.allows_broadcast,
        requires_credit=row.requires_credit,
    )


@dataclass(frozen=True, slots=True)
class TermPair:
    """One term as its name and value: `Streams`, `up to 50,000`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that belongs to a license, by its content; `detail` like `WAV, 34.5 MB`."""

    label: str
    filename: str
    detail: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What anybody may know of a certificate; neither price nor e-mail nor order.

    Everything but `id`, `status` and the two sentences is empty where `status` is `unknown`.
    `known` has the PDF, the license text and the files, as far as they are there.
    """

    id: str = ""
    status: str = CertificateStatus.UNKNOWN
    status_label: str = "Unknown"
    tone: str = "warn"
    said: str = ""
    facts: tuple[TermPair, ...] = ()
    note: str = ""
    terms: tuple[TermPair, ...] = ()
    text_sha256: str = ""
    pdf_sha256: str = ""
    files: tuple[KnownFile, ...] = ()
    known: tuple[KnownFile, ...] = ()


@dataclass(frozen=True, slots=True)
class GrantLine:
    """What an order shows of the license behind one of its lines."""

    certificate_id: UUID
    is_made: bool
    is_void: bool


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """Where a certificate's document lies; `is_made` is False while a worker is still at it."""

    storage_key: str
    pdf_sha256: str
    filename: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the template of a certificate is filled with; the address is added by the flow."""

    is_made: bool
    granted_at: datetime
    data: Mapping[str, Any]


Pair = tuple[LicenseCertificate, LicenseGrant]
_TONES = {
    CertificateStatus.VALID: "good",
    CertificateStatus.ENDED: "warn",
    CertificateStatus.VOID: "bad",
}
WAVE_BARS = 120
MADE_LATER = "made from the master"


def _find(ctx: ReadCtx, certificate_id: UUID) -> Pair | None:
    found = ctx.db.execute(
        select(LicenseCertificate, LicenseGrant)
        .join(LicenseGrant, col(LicenseGrant.id) == col(LicenseCertificate.grant_id))
        .where(col(LicenseCertificate.id) == certificate_id)
    ).first()
    return (found[0], found[1]) if found else None


def _get(ctx: ReadCtx, certificate_id: UUID) -> Pair:
    found = _find(ctx, certificate_id)
    if found is None:
        raise CertificateNotFound
    return found


def _granted_files(ctx: ReadCtx, grant: LicenseGrant) -> tuple[LicensedFile, ...]:
    files = tuple(
        LicensedFile(
            kind=FileKind(file["kind"]),
            media_file_id=UUID(file["media_file_id"]) if file["media_file_id"] else None,
            sha256=file["sha256"],
            bytes=file["bytes"],
            filename=file["filename"],
        )
        for file in grant.files
    )
    if all(file.sha256 for file in files):
        return files
    # By now the MP3 may have been made; what was made from a pinned master is pinned too.
    made: MediaFile | None = ctx.db.scalar(
        select(MediaFile)
        .where(
            col(MediaFile.source_id).in_([f.media_file_id for f in files if f.media_file_id]),
            col(MediaFile.kind) == FileKind.MADE_MP3,
        )
        .order_by(col(MediaFile.id))
        .limit(1)
    )
    if made is None:
        return files
    return tuple(
        f if f.sha256 else replace(f, media_file_id=made.id, sha256=made.sha256, bytes=made.bytes)
        for f in files
    )


def grants_of(ctx: ReadCtx, order_item_ids: Collection[UUID]) -> Mapping[UUID, GrantLine]:
    """Return what these order items were granted; for rooms above, which have checked who asks."""
    found = ctx.db.execute(
        select(LicenseGrant, LicenseCertificate)
        .join(LicenseCertificate, col(LicenseCertificate.grant_id) == col(LicenseGrant.id))
        .where(col(LicenseGrant.order_item_id).in_(order_item_ids))
    )
    return {
        grant.order_item_id: GrantLine(
            certificate_id=certificate.id,
            is_made=certificate.made_at is not None,
            is_void=grant.voided_at is not None,
        )
        for grant, certificate in found
    }


def find_order_item(ctx: ReadCtx, certificate_id: UUID) -> UUID | None:
    """Return what was bought with this certificate, in the words of the till."""
    found: UUID | None = ctx.db.scalar(
        select(col(LicenseGrant.order_item_id))
        .join(LicenseCertificate, col(LicenseCertificate.grant_id) == col(LicenseGrant.id))
        .where(col(LicenseCertificate.id) == certificate_id)
    )
    return found


def find_by_pdf_hash(ctx: ReadCtx, sha256: str) -> UUID | None:
    """Return which certificate this very document is; whoever has the document may ask."""
    found: UUID | None = ctx.db.scalar(
        select(col(LicenseCertificate.id)).where(
            col(LicenseCertificate.pdf_sha256) == sha256, col(LicenseCertificate.pdf_sha256) != ""
        )
    )
    return found


def _status(ctx: ReadCtx, grant: LicenseGrant) -> tuple[CertificateStatus, str, str]:
    """Return the status, its label and a sentence."""
    if grant.voided_at is not None:
        why = VOID_WORDS[VoidReason(grant.void_reason)]
        day = day_words(grant.voided_at.date())
        return (
            CertificateStatus.VOID,
            f"Void since {day}",
            f"{why} This license is no longer valid.",
        )
    end = last_day(grant.effective_on, Terms(**grant.terms).term_years)
    if end is not None and ctx.now.date() > end:
        words = "Its term has ended. What was sold before that day stays licensed."
        return CertificateStatus.ENDED, f"Ended on {day_words(end)}", words
    words = "This license was granted here and is in force."
    return CertificateStatus.VALID, "Valid", words


def _known(
    certificate: LicenseCertificate, grant: LicenseGrant, files: tuple[KnownFile, ...]
) -> tuple[KnownFile, ...]:
    pdf = KnownFile("Certificate", "certificate.pdf", "PDF", certificate.pdf_sha256)
    text = KnownFile("License text", "license.txt", "attached to the PDF", grant.text_sha256)
    return tuple(f for f in (pdf, text, *files) if f.sha256)


def _files(ctx: ReadCtx, grant: LicenseGrant) -> tuple[KnownFile, ...]:
    return tuple(
        KnownFile(f.label, f.filename, size(f.bytes) if f.sha256 else MADE_LATER, f.sha256)
        for f in _granted_files(ctx, grant)
    )


def _facts(grant: LicenseGrant) -> tuple[TermPair, ...]:
    day = grant.granted_at.date()
    pairs = (
        ("Recording", grant.title),
        ("Producer", grant.producer_name),
        ("Licensee", grant.licensee_name),
        ("Performing as", grant.licensee_alias),
        ("License", TIER_LABELS[LicenseTier(grant.tier)]),
        ("Granted on", f"{day_words(day)} ({day.isoformat()})"),
    )
    return tuple(TermPair(name, value) for name, value in pairs if value)


def certificate_view(ctx: ReadCtx, certificate_id: UUID | None) -> CertificateView:
    """Return what anybody may know of this certificate today; an unknown id has a view too."""
    found = _find(ctx, certificate_id) if certificate_id else None
    if found is None:
        said = "No license was granted here under this number."
        return CertificateView(id=str(certificate_id or ""), said=said)
    certificate, grant = found
    status, label, said = _status(ctx, grant)
    files = _files(ctx, grant)
    return CertificateView(
        id=str(certificate.id),
        status=status,
        status_label=label,
        tone=_TONES[status],
        said=said,
        facts=_facts(grant),
        note=TIER_NOTES.get(LicenseTier(grant.tier), ""),
        terms=tuple(
            TermPair(*pair) for pair in terms_table(Terms(**grant.terms), grant.effective_on)
        ),
        text_sha256=grant.text_sha256,
        pdf_sha256=certificate.pdf_sha256,
        files=files,
        known=_known(certificate, grant, files),
    )


def stored_certificate(ctx: ReadCtx, certificate_id: UUID) -> StoredCertificate:
    """Return where the document lies; for rooms above, which have checked who asks.

    Raises:
        CertificateNotFound: there is no such certificate.
    """
    return _stored(*_get(ctx, certificate_id))


def _stored(certificate: LicenseCertificate, grant: LicenseGrant) -> StoredCertificate:
    name = slugify(grant.title, fallback="recording", limit=40)
    return StoredCertificate(
        storage_key=certificate.storage_key,
        pdf_sha256=certificate.pdf_sha256,
        filename=f"license-{name}-{str(certificate.id)[-12:]}.pdf",
        is_made=certificate.made_at is not None,
    )


def certificate_file(ctx: ReadCtx, certificate_id: UUID) -> StoredCertificate:
    """Return where the document lies, for who bought it, who sold it, and administrators.

    Raises:
        CertificateNotFound: unknown, or somebody else's.
        SignInNeeded: nobody is signed in.
    """
    ctx.actor.require_account()
    certificate, grant = _get(ctx, certificate_id)
    is_buyer = grant.account_id == ctx.actor.account_id
    is_seller = grant.producer_id == ctx.actor.profile_id
    if not (is_buyer or is_seller or ctx.actor.has_role("admin")):
        raise CertificateNotFound
    return _stored(certificate, grant)


def certificate_facts(ctx: ReadCtx, certificate_id: UUID) -> CertificateFacts:
    """Return what the certificate is made from; only the house itself may ask.

    Raises:
        CertificateNotFound: there is no such certificate.
    """
    ctx.actor.require_role("system")
    certificate, grant = _get(ctx, certificate_id)
    tier = LicenseTier(grant.tier)
    data = {
        "id": str(certificate.id),
        "title": grant.title,
        "producer": grant.producer_name,
        "licensee": grant.licensee_name,
        "alias": grant.licensee_alias,
        "tier": TIER_LABELS[tier],
        "is_exclusive": tier == LicenseTier.EXCLUSIVE,
        "order": grant.order_number,
        "recording": str(grant.recording_id),
        "day": day_words(grant.granted_at.date()),
        "moment": grant.granted_at.strftime("%Y-%m-%d %H:%M UTC"),
        "terms": [list(pair) for pair in terms_table(Terms(**grant.terms), grant.effective_on)],
        "files": [[f.label, f.detail, f.sha256, f.filename] for f in _files(ctx, grant)],
        "text": grant.text,
        "text_sha256": grant.text_sha256,
    } | _drawing(ctx, grant.recording_id)
    return CertificateFacts(certificate.made_at is not None, grant.granted_at, data)


def _drawing(ctx: ReadCtx, recording_id: UUID) -> dict[str, Any]:
    """Return the recording's waveform in bars of 0..255 and its two colours."""
    found = ctx.db.execute(
        select(col(Recording.colour_a), col(Recording.colour_b), col(SoundFact.peaks))
        .outerjoin(SoundFact, col(SoundFact.recording_id) == col(Recording.id))
        .where(col(Recording.id) == recording_id)
    ).one()
    peaks = found.peaks or b""
    step = len(peaks) / WAVE_BARS
    edges = [int(i * step) for i in range(WAVE_BARS + 1)]
    bars = [max(peaks[a:b], default=0) for a, b in pairwise(edges)] if peaks else []
    return {"colours": [found.colour_a, found.colour_b], "wave": bars}
