"""The audit log: who did what to which thing, never changed afterwards."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class AuditEntry(SQLModel, table=True):
    """One remembered act of a person with power."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_id"),)

    id: UUID = Field(primary_key=True)
    action: str = Field(max_length=60)
    subject_kind: str = Field(max_length=40)
    subject_id: UUID
    account_id: UUID | None = None
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: UtcTime
