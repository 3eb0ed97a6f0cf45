"""The table of signed-in browsers; tokens are stored as hashes only."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class LoginSession(SQLModel, table=True):
    """One signed-in browser; the cookie holds the token, the row only its SHA-256."""

    __tablename__ = "login_session"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    user_agent: str = Field(max_length=300)
    ip: str = Field(max_length=64)
    created_at: UtcTime
    seen_at: UtcTime
    expires_at: UtcTime
    ended_at: UtcTime | None = None
