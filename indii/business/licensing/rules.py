"""What the tiers grant: typed terms, their defaults, the same in words, and as a contract."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from indii.business.licensing.enums import LicenseTier, VoidReason
from indii.catalog.access.rules import delivered_name
from indii.catalog.recordings.enums import AiUse, FileKind
from indii.kernel.errors import IndiiError, InvalidForm
from indii.kernel.format import count, whole_number
from indii.kernel.text import clean_line

TIERS = tuple(LicenseTier)
TIER_LABELS = {
    LicenseTier.MP3_LEASE: "MP3 lease",
    LicenseTier.WAV_LEASE: "WAV lease",
    LicenseTier.STEMS_LEASE: "Stems lease",
    LicenseTier.UNLIMITED_LEASE: "Unlimited lease",
    LicenseTier.EXCLUSIVE: "Exclusive",
}
TIER_NOTES = {
    LicenseTier.EXCLUSIVE: "The last license sold. Earlier leases stay valid.",
}
MOST = 1_000_000_000
MAX_YEARS = 99


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
    ("term_years", 1, MAX_YEARS, "The term in years"),
)


def check_terms(terms: Terms) -> Terms:
    """Return the terms.

    Raises:
        InvalidForm: on each limit that means nothing.
    """
    errors = {}
    for name, low, high, label in _LIMITS:
        value = getattr(terms, name)
        if value is not None and not low <= value <= high:
            errors[name] = (
                f"{label}: a number from {whole_number(low)} to {whole_number(high)},"
                " or empty for no limit."
            )
    if errors:
        raise InvalidForm(errors)
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
        "no expiry" if years is None else f"for {count(years, 'year')}",
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


FILE_WORDS = {
    FileKind.MAIN_WAV: "Lossless master",
    FileKind.MAIN_MP3: "MP3",
    FileKind.MADE_MP3: "MP3",
    FileKind.STEMS_ZIP: "Stems",
}
VOID_WORDS = {
    VoidReason.REFUNDED: "The order was refunded.",
    VoidReason.DISPUTED: "The buyer's bank reversed the payment.",
    VoidReason.MISTAKEN: "It was granted by mistake.",
}
_AI_WORDS = {
    AiUse.NONE: "made without AI",
    AiUse.ASSISTED: "made with help of AI",
    AiUse.GENERATED: "generated by AI",
}
LONGEST_NAME = 200
_SHA256 = re.compile("[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class LicensedFile:
    """A file that a license delivers, pinned by its content.

    One that is still being made from the master has no id, no SHA-256 ("") and no length (0).
    """

    kind: FileKind
    media_file_id: UUID | None
    sha256: str
    bytes: int
    filename: str

    @property
    def label(self) -> str:
        """What the file is, in words."""
        return FILE_WORDS[self.kind]


class StoredFile(Protocol):
    """What of a stored file matters here."""

    id: UUID
    kind: str
    sha256: str
    bytes: int
    format: str
    filename: str


def licensed_files(
    files: Iterable[StoredFile],
    *,
    title: str,
    producer_name: str,
    makes_mp3: bool,
    kinds: Collection[FileKind] | None = None,
) -> tuple[LicensedFile, ...]:
    """Return the files of a license by the names that the buyer gets.

    `makes_mp3` adds an MP3 that is made from the lossless master where none was uploaded; `kinds`
    says what is delivered, all of `files` if not given: an MP3 lease keeps its master to itself.
    """

    def name(kind: FileKind, ending: str) -> str:
        return name_line(delivered_name(producer_name, title, kind, ending))

    found = {
        kind: LicensedFile(
            kind, f.id, f.sha256, f.bytes, name(kind, f.format or f.filename.rpartition(".")[2])
        )
        for kind, f in ((FileKind(f.kind), f) for f in files)
    }
    if makes_mp3 and FileKind.MAIN_MP3 not in found and FileKind.MAIN_WAV in found:
        kind = FileKind.MADE_MP3
        found[kind] = LicensedFile(kind, None, "", 0, name(kind, "mp3"))
    if kinds is not None:
        found = {k: f for k, f in found.items() if k in {*kinds, FileKind.MADE_MP3}}
    return tuple(found[kind] for kind in FILE_WORDS if kind in found)


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """Everything a contract says; `price_label` is "" where nothing is paid."""

    recording_id: UUID
    title: str
    producer_name: str
    licensee_name: str
    licensee_alias: str
    tier: LicenseTier
    terms: Terms
    files: tuple[LicensedFile, ...]
    price_label: str
    order_number: str
    effective_on: date
    holds_rights: bool = True
    ai_use: str = ""


def name_line(text: str) -> str:
    """Return what somebody typed as one harmless line: no controls, no marks of direction, NFC."""
    line = clean_line(text)
    # A leading accent would sit on the character before it, which is ours.
    while line and unicodedata.combining(line[0]):
        line = line[1:].lstrip()
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1].rstrip() + "…"


_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """Return a number from 0 to 999,999,999,999 in English words."""
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= size:
            head, rest = divmod(number, size)
            return f"{in_words(head)} {name}" + (f" {in_words(rest)}" if rest else "")
    if number >= 100:
        head, rest = divmod(number, 100)
        return f"{_SMALL[head]} hundred" + (f" and {in_words(rest)}" if rest else "")
    if number >= 20:
        head, rest = divmod(number, 10)
        return _TENS[head] + (f"-{_SMALL[rest]}" if rest else "")
    return _SMALL[number]


def in_full(number: int) -> str:
    """Return a number that nobody can misread: `50,000 (fifty thousand)`."""
    return f"{number:,} ({in_words(number)})"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def day_words(day: date) -> str:
    """Return a date in words: `20 November 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def last_day(start: date, years: int | None) -> date | None:
    """Return the last day of a term that begins on `start`, None if it has no end."""
    if years is None:
        return None
    leap = (start.month, start.day) == (2, 29)
    end = date(start.year + years, 3, 1) if leap else start.replace(year=start.year + years)
    return end - timedelta(days=1)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a contract's UTF-8 text, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_sha256(text: str) -> str:
    """Return a SHA-256 as it was typed or sent, in lower case.

    Raises:
        IndiiError: it is none.
    """
    found = text.strip().lower()
    if not _SHA256.fullmatch(found):
        raise IndiiError("This is not a SHA-256.")
    return found


def read_certificate_id(text: str) -> UUID | None:
    """Return the certificate's id in what somebody typed or pasted, also inside an address."""
    found = _ID.search(text.strip().lower())
    return UUID(found[0]) if found else None


def terms_table(terms: Terms, start: date) -> tuple[tuple[str, str], ...]:
    """Return the terms as names and values for people, always in the same order."""

    def limit(number: int | None) -> str:
        if number is None:
            return "unlimited"
        return f"up to {number:,}" if number else "none"

    end = last_day(start, terms.term_years)
    return (
        ("Streams", limit(terms.streams_limit)),
        ("Copies sold", limit(terms.copies_limit)),
        ("Music videos", limit(terms.videos_limit)),
        ("Radio stations", limit(terms.radio_stations_limit)),
        ("TV and film", "allowed" if terms.allows_broadcast else "not included"),
        ("Live shows", "allowed" if terms.allows_live_performance else "not included"),
        ("Credit", "required" if terms.requires_credit else "not required"),
        ("Term", "no expiry" if end is None else f"until {day_words(end)}"),
    )


@cache
def _contract() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701 - plain text; values are single lines, never markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return environment.get_template("contract.txt.jinja")


def contract_text(facts: ContractFacts) -> str:
    """Return the agreement as plain text: the same facts give the same bytes, normalised (NFC)."""
    end = last_day(facts.effective_on, facts.terms.term_years)
    written = _contract().render(
        facts=facts,
        terms=facts.terms,
        files=facts.files,
        title=name_line(facts.title) or "(untitled)",
        producer=name_line(facts.producer_name) or "(no name)",
        licensee=name_line(facts.licensee_name) or "(no name)",
        alias=name_line(facts.licensee_alias),
        tier=TIER_LABELS[facts.tier],
        is_exclusive=facts.tier == LicenseTier.EXCLUSIVE,
        price=name_line(facts.price_label),
        order=name_line(facts.order_number),
        start=day_words(facts.effective_on),
        end=day_words(end) if end else "",
        ai=_AI_WORDS.get(AiUse(facts.ai_use), "") if facts.ai_use else "",
        in_full=in_full,
        name_line=name_line,
    )
    return unicodedata.normalize("NFC", "\n".join(_numbered(written.strip().split("\n"))) + "\n")


def _numbered(lines: Sequence[str]) -> list[str]:
    """Return the lines with their sections and clauses numbered."""
    section = clause = 0
    found = []
    for line in lines:
        if line.startswith("# "):
            section, clause = section + 1, 0
            found.append(f"{section}. {line[2:]}")
        elif line.startswith("- "):
            clause += 1
            found.append(f"{section}.{clause} {line[2:]}")
        else:
            found.append(line)
    return found
