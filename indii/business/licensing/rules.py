"""What the tiers grant: typed terms, their defaults, and the same in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from indii.business.licensing.enums import LicenseTier
from indii.kernel.errors import IndiiError
from indii.kernel.format import count

TIERS = tuple(LicenseTier)
TIER_LABELS = {
    LicenseTier.MP3_LEASE: "MP3 lease",
    LicenseTier.WAV_LEASE: "WAV lease",
    LicenseTier.STEMS_LEASE: "Stems lease",
    LicenseTier.UNLIMITED_LEASE: "Unlimited lease",
    LicenseTier.EXCLUSIVE: "Exclusive",
}
TIER_NOTES = {
    LicenseTier.EXCLUSIVE: "The last license sold. Earlier leases keep running.",
}
MOST = 1_000_000_000
MOST_YEARS = 99


@dataclass(frozen=True, slots=True)
class Terms:
    """What a tier grants; None in a limit means without limit, 0 means not at all."""

    streams_limit: int | None
    copies_limit: int | None
    videos_limit: int | None
    radio_stations_limit: int | None
    term_years: int | None
    allows_live_performance: bool
    allows_broadcast: bool
    requires_credit: bool


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term in words; `differs` from the tier before, so that it can be pointed out."""

    text: str
    differs: bool


DEFAULTS: dict[LicenseTier, Terms] = {
    LicenseTier.MP3_LEASE: Terms(50_000, 2_000, 1, 0, 5, True, False, True),
    LicenseTier.WAV_LEASE: Terms(150_000, 5_000, 2, 2, 5, True, False, True),
    LicenseTier.STEMS_LEASE: Terms(500_000, 10_000, 4, 5, 10, True, False, True),
    LicenseTier.UNLIMITED_LEASE: Terms(None, None, None, None, 10, True, True, True),
    LicenseTier.EXCLUSIVE: Terms(None, None, None, None, None, True, True, True),
}

_LIMITS = (
    ("streams_limit", 1, MOST, "Streams"),
    ("copies_limit", 1, MOST, "Copies"),
    ("videos_limit", 0, MOST, "Videos"),
    ("radio_stations_limit", 0, MOST, "Radio stations"),
    ("term_years", 1, MOST_YEARS, "The term in years"),
)


def check_terms(terms: Terms) -> Terms:
    """Return the terms.

    Raises:
        IndiiError: a limit that means nothing.
    """
    for name, low, high, label in _LIMITS:
        value = getattr(terms, name)
        if value is not None and not low <= value <= high:
            raise IndiiError(
                f"{label}: a number from {low:,} to {high:,}, or nothing for no limit.", field=name
            )
    return terms


def check_tier(tier: str) -> LicenseTier:
    """Return the tier.

    Raises:
        IndiiError: there is no such tier.
    """
    if tier not in set(LicenseTier):
        raise IndiiError("There is no such license.")
    return LicenseTier(tier)


def _limited(limit: int | None, one: str, many: str) -> str:
    if limit is None:
        return f"unlimited {many}"
    return count(limit, one, many) if limit else f"no {many}"


def describe_terms(terms: Terms) -> tuple[str, ...]:
    """Return the terms as short lines of plain words, always in the same order."""
    years = terms.term_years
    return (
        _limited(terms.streams_limit, "stream", "streams"),
        _limited(terms.copies_limit, "copy sold", "copies sold"),
        _limited(terms.videos_limit, "music video", "music videos"),
        _limited(terms.radio_stations_limit, "radio station", "radio stations"),
        "TV and film allowed" if terms.allows_broadcast else "no TV or film",
        "live shows allowed" if terms.allows_live_performance else "no live shows",
        "credit required" if terms.requires_credit else "no credit needed",
        "for ever" if years is None else f"for {count(years, 'year')}",
    )


def compare_terms(tiers: Sequence[Terms]) -> tuple[tuple[TermLine, ...], ...]:
    """Return each tier's lines, marked where they differ from the tier before."""
    described = [describe_terms(t) for t in tiers]
    return tuple(
        tuple(
            TermLine(line, differs=index > 0 and line != described[index - 1][place])
            for place, line in enumerate(lines)
        )
        for index, lines in enumerate(described)
    )
