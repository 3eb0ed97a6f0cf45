"""Tables of guests; tokens are stored as hashes only."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class GuestPass(SQLModel, table=True):
    """A proven address: first a link in an e-mail, used once, then its cookie."""

    __tablename__ = "guest_pass"

    id: UUID = Field(primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    email: str = Field(max_length=254, index=True)
    is_email_link: bool
    created_at: UtcTime
    expires_at: UtcTime = Field(index=True)
    used_at: UtcTime | None = None
