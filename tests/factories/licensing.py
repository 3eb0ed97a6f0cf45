"""Licenses: facts of a contract, and grants made by the command that the storefront uses."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.commands import NewGrant, grant_licenses
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import grants_of
from indii.business.licensing.rules import (
    DEFAULTS,
    ContractFacts,
    LicensedFile,
    contract_text,
    licensed_files,
)
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile, Recording
from indii.kernel.context import SYSTEM
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime

FILES = (
    LicensedFile(FileKind.MADE_MP3, None, "", 0, "Ash Verell - Cold Harbour.mp3"),
    LicensedFile(FileKind.MAIN_WAV, UUID(int=9), "b2" * 32, 34_512_331, "Cold Harbour.wav"),
)


def contract_facts(tier: LicenseTier = LicenseTier.WAV_LEASE, **changes: Any) -> ContractFacts:
    """What a contract says, complete."""
    values: Mapping[str, Any] = {
        "recording_id": UUID("0198c0de-0000-7000-8000-000000000001"),
        "title": "Cold Harbour",
        "producer_name": "Ash Verell",
        "licensee_name": "Mara Lindqvist",
        "licensee_alias": "MARA",
        "tier": tier,
        "terms": DEFAULTS[tier],
        "files": FILES,
        "price_label": "$49.95",
        "order_number": "IN-2026-000123",
        "effective_on": date(2026, 11, 20),
        "ai_use": "none",
    }
    return ContractFacts(**{**values, **changes})


def make_grant(
    rt: Runtime,
    recording_id: UUID,
    *,
    account_id: UUID | None = None,
    tier: LicenseTier = LicenseTier.WAV_LEASE,
    licensee_name: str = "Mara Lindqvist",
    licensee_alias: str = "MARA",
    order_item_id: UUID | None = None,
    makes_mp3: bool = False,
    days_before: int = 0,
) -> UUID:
    """A granted license of a recording as it is now; returns the certificate's id."""
    with rt.write(SYSTEM) as ctx:
        recording = ctx.db.get_one(Recording, recording_id)
        files = ctx.db.scalars(
            select(MediaFile).where(
                col(MediaFile.recording_id) == recording_id,
                col(MediaFile.kind).in_(["main_wav", "main_mp3", "stems_zip"]),
                col(MediaFile.replaced_at).is_(None),
            )
        ).all()
        facts = contract_facts(
            tier,
            recording_id=recording_id,
            title=recording.title,
            licensee_name=licensee_name,
            licensee_alias=licensee_alias,
            effective_on=ctx.now.date() - timedelta(days=days_before),
            files=licensed_files(
                files, title=recording.title, producer_name="Ash Verell", makes_mp3=makes_mp3
            ),
        )
        new = NewGrant(
            order_item_id=order_item_id or new_id(),
            order_number=facts.order_number,
            recording_id=recording_id,
            producer_id=recording.producer_id,
            account_id=account_id,
            tier=tier,
            title=facts.title,
            producer_name=facts.producer_name,
            licensee_name=facts.licensee_name,
            licensee_alias=facts.licensee_alias,
            terms=asdict(facts.terms),
            contract=contract_text(facts),
            file_ids=[f.id for f in files],
            makes_mp3=makes_mp3,
            effective_on=facts.effective_on,
        )
        grant_licenses(ctx, [new], files={f.id: f for f in files})
        ctx.db.flush()
        return grants_of(ctx.reading, [new.order_item_id])[new.order_item_id].certificate_id
