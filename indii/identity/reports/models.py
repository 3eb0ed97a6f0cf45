"""Tables of reports."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Report(SQLModel, table=True):
    """Somebody flagged something."""

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_open", "created_at", postgresql_where=text("state = 'open'")),
        Index("ix_report_subject", "kind", "subject_id"),
        Index(
            "uq_report_once",
            "kind",
            "subject_id",
            "reporter",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=20)
    subject_id: UUID
    reason: str = Field(max_length=30)
    details: str = Field(default="", max_length=2000)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    # The account id, or the visitor hash of somebody not signed in: one open report each.
    reporter: str = Field(max_length=80)
    state: str = Field(default="open", max_length=12)
    created_at: UtcTime
    decided_at: UtcTime | None = None
    decided_by: UUID | None = None
    decision_note: str = Field(default="", max_length=2000)
