"""Tables of access."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Play(SQLModel, table=True):
    """One listener heard thirty seconds of one recording on one day."""

    __tablename__ = "play"

    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id")
    day: date = Field(primary_key=True, index=True)
    # The account id, or the day's visitor hash.
    listener: str = Field(primary_key=True, max_length=80)
    at: UtcTime


class DownloadPermission(SQLModel, table=True):
    """Somebody may have one file for good, whatever its producer does later.

    `granted_for` names what was bought, in the words of the room that sold it; `media_file_id` is
    empty while an MP3 is still being made from the master `source_file_id`.
    """

    __tablename__ = "download_permission"
    __table_args__ = (
        UniqueConstraint("granted_for", "kind"),
        Index(
            "ix_download_permission_unmade",
            "source_file_id",
            postgresql_where=text("media_file_id IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    granted_for: UUID
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    account_id: UUID | None = Field(
        default=None, foreign_key="account.id", index=True, ondelete="SET NULL"
    )
    kind: str = Field(max_length=12)
    media_file_id: UUID | None = Field(default=None, foreign_key="media_file.id")
    source_file_id: UUID | None = Field(default=None, foreign_key="media_file.id")
    filename: str = Field(max_length=200)
    granted_at: UtcTime
    revoked_at: UtcTime | None = None
    revoke_reason: str = Field(default="", max_length=200)


class DownloadAttempt(SQLModel, table=True):
    """Somebody asked for a bought file: the evidence in a dispute, the help in a complaint."""

    __tablename__ = "download_attempt"

    id: UUID = Field(primary_key=True)
    permission_id: UUID = Field(
        foreign_key="download_permission.id", index=True, ondelete="CASCADE"
    )
    at: UtcTime
    # The network's hash of that day, never an address.
    network: str = Field(max_length=80)
    outcome: str = Field(max_length=20)
