"""Decisions about offers: which files a tier needs, which prices make sense."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.recordings.enums import FileKind
from indii.kernel.errors import IndiiError
from indii.kernel.format import exponent, money

# Whoever kept an exclusive license from others for so long within a day, and did not buy it, leaves
# it to them for a while. Somebody who changes their cart, or comes back from the payment page, has
# kept it for a moment only.
MAX_HOLD = timedelta(minutes=30)
HOLD_WINDOW = timedelta(days=1)
COOL_DOWN = timedelta(minutes=15)
MIN_PRICE_MINOR = 50
MAX_PRICE_MINOR = 10_000_000

FILE_LABELS = {
    FileKind.MAIN_MP3: "MP3",
    FileKind.MAIN_WAV: "WAV",
    FileKind.STEMS_ZIP: "Stems",
}
# Each set names alternatives: one file of every set must be there.
NEEDS: Mapping[LicenseTier, tuple[frozenset[FileKind], ...]] = {
    LicenseTier.MP3_LEASE: (frozenset({FileKind.MAIN_MP3, FileKind.MAIN_WAV}),),
    LicenseTier.WAV_LEASE: (frozenset({FileKind.MAIN_WAV}),),
    LicenseTier.STEMS_LEASE: (frozenset({FileKind.MAIN_WAV}), frozenset({FileKind.STEMS_ZIP})),
    LicenseTier.UNLIMITED_LEASE: (frozenset({FileKind.MAIN_WAV}),),
    LicenseTier.EXCLUSIVE: (frozenset({FileKind.MAIN_WAV}),),
}
# What a buyer gets; an MP3 is made from a lossless master where none was uploaded.
DELIVERS: Mapping[LicenseTier, tuple[FileKind, ...]] = {
    LicenseTier.MP3_LEASE: (FileKind.MAIN_MP3,),
    LicenseTier.WAV_LEASE: (FileKind.MAIN_MP3, FileKind.MAIN_WAV),
    LicenseTier.STEMS_LEASE: (FileKind.MAIN_MP3, FileKind.MAIN_WAV, FileKind.STEMS_ZIP),
    LicenseTier.UNLIMITED_LEASE: (FileKind.MAIN_MP3, FileKind.MAIN_WAV, FileKind.STEMS_ZIP),
    LicenseTier.EXCLUSIVE: (FileKind.MAIN_MP3, FileKind.MAIN_WAV, FileKind.STEMS_ZIP),
}
_MISSING = {
    FileKind.MAIN_WAV: "a lossless master (WAV, AIFF or FLAC)",
    FileKind.STEMS_ZIP: "a zip of stems",
}


def missing_files(tier: LicenseTier, present: Collection[FileKind]) -> tuple[str, ...]:
    """Return in words which files the tier still needs."""
    gaps = [need for need in NEEDS[tier] if need.isdisjoint(present)]
    return tuple(
        _MISSING[next(iter(need))] if len(need) == 1 else "the recording itself" for need in gaps
    )


def require_files(tier: LicenseTier, present: Collection[FileKind]) -> None:
    """Pass if the tier can be offered with these files.

    Raises:
        IndiiError: on the tier's field, naming what is missing.
    """
    if missing := missing_files(tier, present):
        raise IndiiError(
            f"{TIER_LABELS[tier]} needs {' and '.join(missing)}: upload it first.", field=tier
        )


def delivered_files(tier: LicenseTier, present: Collection[FileKind]) -> tuple[str, ...]:
    """Return the labels of the files a buyer of the tier gets; stems only where there are some."""
    return tuple(
        FILE_LABELS[kind]
        for kind in DELIVERS[tier]
        if kind != FileKind.STEMS_ZIP or kind in present
    )


def pinned_files(tier: LicenseTier, present: Collection[FileKind]) -> tuple[FileKind, ...]:
    """Return which of these files a sale keeps for good.

    What the tier delivers, and the master that its MP3 is made from where none was uploaded.
    """
    pinned = tuple(kind for kind in DELIVERS[tier] if kind in present)
    makes_mp3 = FileKind.MAIN_MP3 in DELIVERS[tier] and FileKind.MAIN_MP3 not in present
    if makes_mp3 and FileKind.MAIN_WAV in present and FileKind.MAIN_WAV not in pinned:
        return (*pinned, FileKind.MAIN_WAV)
    return pinned


def check_price(tier: LicenseTier, minor: int, currency: str) -> int:
    """Return the price in minor units; 0 gives a lease away.

    Raises:
        IndiiError: on the tier's field.
    """
    if minor == 0:
        if tier == LicenseTier.EXCLUSIVE:
            raise IndiiError("An exclusive license cannot be free.", field=tier)
        return 0
    if not MIN_PRICE_MINOR <= minor <= MAX_PRICE_MINOR:
        raise IndiiError(
            f"Enter a price between {money(MIN_PRICE_MINOR, currency)} and"
            f" {money(MAX_PRICE_MINOR, currency)}; 0 makes a lease free.",
            field=tier,
        )
    return minor


def read_price(text: str, currency: str) -> int | None:
    """Return what a person typed (`29.95`, `$29,95`, `free`) in minor units, None for nothing.

    Raises:
        ValueError: it is no amount.
    """
    typed = text.strip().lower().lstrip("$€£¥").removesuffix(currency.lower()).strip()
    if not typed:
        return None
    if typed == "free":
        return 0
    digits = exponent(currency)
    # A last comma followed by no more than the currency's decimals is a decimal comma.
    head, comma, tail = typed.rpartition(",")
    if comma and "." not in typed and len(tail) <= digits:
        typed = f"{head}.{tail}"
    whole, _, rest = typed.replace(",", "").replace(" ", "").partition(".")
    if not (whole or rest) or not (whole + rest).isdecimal() or not (whole + rest).isascii():
        raise ValueError(text)
    if len(rest) > digits or len(whole) > 9:
        raise ValueError(text)
    return int((whole or "0") + rest.ljust(digits, "0"))


def holder_of(account_id: UUID | None, email: str) -> str:
    """Return under what name somebody holds an exclusive license while they pay."""
    if account_id is not None:
        return f"a:{account_id}"
    return f"e:{sha256(email.encode()).hexdigest()}"


def must_wait(kept: timedelta, since: timedelta) -> bool:
    """Whether it is others' turn: held for so long in all, and let go so long ago."""
    return kept >= MAX_HOLD and since < COOL_DOWN


def lowest(prices: Mapping[LicenseTier, int]) -> int | None:
    """Return the lowest price, None while nothing is offered."""
    return min(prices.values(), default=None)
