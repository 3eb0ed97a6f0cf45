"""Decisions about licenses in a cart: how many, which names, when an acceptance still counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import name_line
from indii.kernel.errors import IndiiError
from indii.store.licenses.errors import CartFull

MAX_LINES = 50
# After a checkout has ended, nothing paid can still be on its way.
HOLD_GRACE = timedelta(minutes=5)
# A contract says from when it is in force, so an acceptance does not keep for ever.
ACCEPTANCE_LIFE = timedelta(days=3)
NAME_LENGTH = 120


def check_room(lines: int) -> None:
    """Pass if another line fits.

    Raises:
        CartFull: it does not.
    """
    if lines >= MAX_LINES:
        raise CartFull(f"A cart holds {MAX_LINES} licenses. Pay for these first.")


def check_exclusives(tiers: Sequence[LicenseTier]) -> None:
    """Pass if at most one license among these is exclusive.

    Raises:
        CartFull: nobody holds two at a time, not even for one payment.
    """
    if list(tiers).count(LicenseTier.EXCLUSIVE) > 1:
        raise CartFull(
            "One order can have one exclusive license, because it is held for you while you pay."
            " Buy the others in another order."
        )


def check_name(name: str) -> str:
    """Return the licensee's legal name as it will stand in contracts.

    Raises:
        IndiiError: on `licensee_name`: it cannot be anybody's name.
    """
    line = name_line(name[: NAME_LENGTH * 2])
    if not 2 <= len(line) <= NAME_LENGTH or not any(c.isalpha() for c in line):
        raise IndiiError(
            "Enter the legal name of the person or company.",
            field="licensee_name",
        )
    return line


def check_alias(alias: str) -> str:
    """Return the artist or company name; it may be empty."""
    line = name_line(alias[: NAME_LENGTH * 2])
    if len(line) > NAME_LENGTH:
        raise IndiiError("This name is too long for a contract.", field="licensee_alias")
    return line


def is_fresh(accepted_at: datetime | None, now: datetime) -> bool:
    """Whether an acceptance still counts."""
    return accepted_at is not None and now - accepted_at < ACCEPTANCE_LIFE
