"""The words of accounts."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may be."""

    FAN = "fan"
    PRODUCER = "producer"
    ADMIN = "admin"


class TokenKind(StrEnum):
    """What a mailed token is good for."""

    VERIFY = "verify"
    RESET = "reset"


class Document(StrEnum):
    """What people agree to; versions live in `rules`."""

    TERMS = "terms"
    PRIVACY = "privacy"
