"""A producer's own terms; licenses granted and voided, and their certificates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier, VoidReason
from indii.business.licensing.errors import CertificateNotFound
from indii.business.licensing.models import LicenseCertificate, LicenseGrant, LicenseTerms
from indii.business.licensing.rules import (
    DEFAULTS,
    LicensedFile,
    Terms,
    check_terms,
    check_tier,
    licensed_files,
    name_line,
    read_sha256,
    text_hash,
)
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.kernel.context import WriteCtx
from indii.kernel.db import table_of
from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, declare

CERTIFICATE = declare(JobKind("certificate", max_tries=8, priority=60))


def set_terms(ctx: WriteCtx, *, tier: str, terms: Terms) -> None:
    """Set what a tier of the actor grants from now on; what was sold keeps its own text."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    known = check_tier(tier)
    values = asdict(check_terms(terms)) | {"updated_at": ctx.now}
    ctx.db.execute(
        insert(LicenseTerms)
        .values(profile_id=profile_id, tier=known, **values)
        .on_conflict_do_update(index_elements=["profile_id", "tier"], set_=values)
    )
    ctx.audit("terms.set", "profile", profile_id, tier=known, is_default=terms == DEFAULTS[known])


def reset_terms(ctx: WriteCtx, *, tier: str) -> None:
    """Go back to the default terms of a tier."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    known = check_tier(tier)
    ctx.db.execute(
        delete(LicenseTerms).where(
            col(LicenseTerms.profile_id) == profile_id, col(LicenseTerms.tier) == known
        )
    )
    ctx.audit("terms.reset", "profile", profile_id, tier=known)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What one order item bought, in the words and terms that were accepted.

    `makes_mp3` says that an MP3 is made where none was uploaded, `kinds` which of the files are
    delivered, all if not given; `effective_on` is the day in the contract.
    """

    order_item_id: UUID
    order_number: str
    recording_id: UUID
    producer_id: UUID
    account_id: UUID | None
    tier: LicenseTier
    title: str
    producer_name: str
    licensee_name: str
    licensee_alias: str
    terms: Mapping[str, Any]
    contract: str
    file_ids: Sequence[UUID]
    effective_on: date
    makes_mp3: bool = False
    kinds: Collection[FileKind] | None = None


def grant_licenses(
    ctx: WriteCtx, wanted: Sequence[NewGrant], *, files: Mapping[UUID, MediaFile]
) -> None:
    """Grant what order items bought, each once, and ask for their certificates.

    For the till, which has seen the payment: words and terms are kept as they are given, files
    with the content that they have.
    """
    if not wanted:
        return
    made = ctx.db.execute(
        insert(table_of(LicenseGrant))
        .on_conflict_do_nothing(index_elements=["order_item_id"])
        .returning(col(LicenseGrant.id), col(LicenseGrant.tier)),
        [_grant_row(ctx, new, [files[i] for i in new.file_ids]) for new in wanted],
    )
    certificates = []
    for grant_id, tier in made:
        certificates.append(LicenseCertificate(id=new_id(), grant_id=grant_id))
        ctx.audit("license.granted", "license_grant", grant_id, tier=tier)
    ctx.db.add_all(certificates)
    ctx.enqueue_all(CERTIFICATE.name, [str(certificate.id) for certificate in certificates])


def _grant_row(ctx: WriteCtx, new: NewGrant, stored: Sequence[MediaFile]) -> dict[str, Any]:
    files = licensed_files(
        stored,
        title=new.title,
        producer_name=new.producer_name,
        makes_mp3=new.makes_mp3,
        kinds=new.kinds,
    )
    return {
        "id": new_id(),
        "order_item_id": new.order_item_id,
        "order_number": name_line(new.order_number),
        "recording_id": new.recording_id,
        "producer_id": new.producer_id,
        "account_id": new.account_id,
        "tier": check_tier(new.tier),
        "title": name_line(new.title),
        "producer_name": name_line(new.producer_name),
        "licensee_name": name_line(new.licensee_name),
        "licensee_alias": name_line(new.licensee_alias),
        "terms": asdict(Terms(**new.terms)),
        "text": new.contract,
        "text_sha256": text_hash(new.contract),
        "effective_on": new.effective_on,
        "files": [_plain(f) for f in files],
        "granted_at": ctx.now,
        "void_reason": "",
    }


def _plain(file: LicensedFile) -> dict[str, Any]:
    known = str(file.media_file_id) if file.media_file_id else None
    return asdict(file) | {"media_file_id": known}


def void_grant(ctx: WriteCtx, *, order_item_id: UUID, reason: VoidReason) -> bool:
    """Let a license not count any more, from now and with the first reason given for it.

    Returns whether anything changed: False if it was void already or nothing was ever granted.
    For the rooms above, which have refunded or lost the payment.
    """
    grant = _locked_grant(ctx, order_item_id)
    if grant is None or grant.voided_at is not None:
        return False
    grant.voided_at, grant.void_reason = ctx.now, VoidReason(reason)
    ctx.audit("license.voided", "license_grant", grant.id, reason=reason)
    return True


def restore_grant(ctx: WriteCtx, *, order_item_id: UUID) -> bool:
    """Let a voided license count again, as after a dispute that was won.

    Returns whether anything changed. For the rooms above, which have the payment back.
    """
    grant = _locked_grant(ctx, order_item_id)
    if grant is None or grant.voided_at is None:
        return False
    grant.voided_at, grant.void_reason = None, ""
    ctx.audit("license.restored", "license_grant", grant.id)
    return True


def transfer_grants(ctx: WriteCtx, *, order_item_ids: Sequence[UUID], account_id: UUID) -> None:
    """Put a guest's licenses into an account; the caller has proven that both are one person."""
    ctx.db.execute(
        update(LicenseGrant)
        .where(
            col(LicenseGrant.order_item_id).in_(order_item_ids),
            col(LicenseGrant.account_id).is_(None),
        )
        .values(account_id=account_id)
    )


def _locked_grant(ctx: WriteCtx, order_item_id: UUID) -> LicenseGrant | None:
    return ctx.db.scalars(
        select(LicenseGrant)
        .where(col(LicenseGrant.order_item_id) == order_item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def record_certificate(
    ctx: WriteCtx, *, certificate_id: UUID, storage_key: str, pdf_sha256: str
) -> bool:
    """Keep where the finished document lies and what it is; the first one stays.

    Returns whether it was kept.

    Raises:
        CertificateNotFound: there is no such certificate.
    """
    ctx.actor.require_role("system")
    found = ctx.db.get(LicenseCertificate, certificate_id, with_for_update=True)
    if found is None:
        raise CertificateNotFound
    if found.made_at is not None:
        return False
    found.storage_key, found.pdf_sha256 = storage_key, read_sha256(pdf_sha256)
    found.made_at = ctx.now
    return True
