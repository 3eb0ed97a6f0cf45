"""Tables of accounts; secrets are stored as hashes only."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Account(SQLModel, table=True):
    """A login: e-mail and password."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("roles <@ ARRAY['fan','producer','admin']::text[]", name="roles_known"),
    )

    id: UUID = Field(primary_key=True)
    email: str = Field(max_length=254, unique=True)
    password_hash: str = Field(max_length=200)
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: UtcTime
    email_verified_at: UtcTime | None = None
    disabled_at: UtcTime | None = None


class MailToken(SQLModel, table=True):
    """A single-use secret sent by mail, stored as SHA-256."""

    __tablename__ = "mail_token"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    kind: str = Field(max_length=10)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: UtcTime
    expires_at: UtcTime
    used_at: UtcTime | None = None


class Consent(SQLModel, table=True):
    """Which version of which document an account accepted, and when."""

    __tablename__ = "consent"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    document: str = Field(primary_key=True, max_length=20)
    version: str = Field(primary_key=True, max_length=20)
    accepted_at: UtcTime
