"""Tables of licensing."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class LicenseTerms(SQLModel, table=True):
    """A producer's typed terms for one tier; None in a limit means without limit."""

    __tablename__ = "license_terms"
    __table_args__ = (
        CheckConstraint("streams_limit > 0", name="streams_positive"),
        CheckConstraint("copies_limit > 0", name="copies_positive"),
        CheckConstraint("videos_limit >= 0", name="videos_range"),
        CheckConstraint("radio_stations_limit >= 0", name="radio_range"),
        CheckConstraint("term_years > 0", name="term_positive"),
    )

    profile_id: UUID = Field(primary_key=True, foreign_key="profile.id", ondelete="CASCADE")
    tier: str = Field(primary_key=True, max_length=20)
    streams_limit: int | None = None
    copies_limit: int | None = None
    videos_limit: int | None = None
    radio_stations_limit: int | None = None
    term_years: int | None = None
    allows_live_performance: bool = True
    allows_broadcast: bool = False
    requires_credit: bool = True
    updated_at: UtcTime


class LicenseGrant(SQLModel, table=True):
    """A license that was sold, as it was sold: words, terms and files never change afterwards.

    A database trigger refuses every change but voiding it, and handing it to an account.
    """

    __tablename__ = "license_grant"
    __table_args__ = (
        CheckConstraint("text_sha256 ~ '^[0-9a-f]{64}$'", name="text_sha256_shape"),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void_has_reason"),
        Index("ix_license_grant_recording", "recording_id", "tier"),
        Index("ix_license_grant_producer", "producer_id", "granted_at"),
        Index("ix_license_grant_account", "account_id", "granted_at"),
    )

    id: UUID = Field(primary_key=True)
    # Of the till, which lies above this room: no foreign key.
    order_item_id: UUID = Field(unique=True)
    order_number: str = Field(default="", max_length=40)
    recording_id: UUID = Field(foreign_key="recording.id")
    producer_id: UUID = Field(foreign_key="profile.id")
    # None for a guest.
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    tier: str = Field(max_length=20)
    title: str = Field(max_length=200)
    producer_name: str = Field(max_length=200)
    licensee_name: str = Field(max_length=200)
    licensee_alias: str = Field(default="", max_length=200)
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    text_sha256: str = Field(max_length=64)
    # Each {kind, media_file_id, sha256, bytes, filename}; see `rules.LicensedFile`.
    files: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    # The day from which the contract counts its term; the day of the grant or shortly before.
    effective_on: date
    granted_at: UtcTime
    voided_at: UtcTime | None = None
    void_reason: str = Field(default="", max_length=12)


class LicenseCertificate(SQLModel, table=True):
    """The document of a grant; its id is public. Empty until the worker has made it."""

    __tablename__ = "license_certificate"
    __table_args__ = (
        CheckConstraint(
            "(made_at IS NULL) = (pdf_sha256 = '') AND (made_at IS NULL) = (storage_key = '')",
            name="made_is_whole",
        ),
        Index(
            "ix_license_certificate_pdf", "pdf_sha256", postgresql_where=text("pdf_sha256 <> ''")
        ),
        Index("ix_license_certificate_unmade", "id", postgresql_where=text("made_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    grant_id: UUID = Field(unique=True, foreign_key="license_grant.id")
    storage_key: str = Field(default="", max_length=200)
    pdf_sha256: str = Field(default="", max_length=64)
    made_at: UtcTime | None = None
