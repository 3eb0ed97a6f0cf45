"""What can be asked of the catalogue, and how it stands in the address.

Everything here comes from a hostile address bar: what cannot be read is dropped, never an error.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from rapidfuzz.distance import OSA

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.recordings.enums import Genre, Mood, label_of
from indii.kernel.format import whole_number
from indii.kernel.music_keys import BY_CAMELOT, KEY_COUNT, camelot, compatible, key_name
from indii.kernel.text import clean_line, words

PAGE = 24
RANKED = 2000
"""Ranking more than this many hits of a common word costs time and helps nobody."""
BPM_LO, BPM_HI = 40, 220
MAX_WORDS = 8


class Sort(StrEnum):
    """The orders of a list."""

    BEST = "best"  # the best match for the words; only with words
    NEW = "new"
    POPULAR = "popular"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Filters:
    """One question to the catalogue; hashable, so that answers can be kept for a moment."""

    text: str = ""
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    bpm: tuple[int, int] | None = None
    half_double: bool = False
    key: int | None = None
    compatible_keys: bool = False
    price_max: int | None = None  # whole units of the site's currency
    tier: str = ""
    is_free: bool = False
    sort: Sort = Sort.NEW
    after: str = ""

    @property
    def keys(self) -> tuple[int, ...]:
        """The keys that match, () for any."""
        if self.key is None:
            return ()
        return compatible(self.key) if self.compatible_keys else (self.key,)

    @property
    def bpm_ranges(self) -> tuple[tuple[float, float], ...]:
        """The tempo ranges that match, () for any; half and double time when wanted."""
        if self.bpm is None:
            return ()
        lo, hi = self.bpm
        if not self.half_double:
            return ((lo, hi),)
        return ((lo, hi), (lo / 2, hi / 2), (lo * 2, hi * 2))

    @property
    def is_plain(self) -> bool:
        """Whether nothing narrows the catalogue."""
        return replace(self, sort=Sort.NEW, after="") == Filters()


def parse(params: Iterable[tuple[str, str]]) -> Filters:
    """Return the question in an address's query; unknown or unreadable parts are dropped."""
    many: dict[str, list[str]] = {}
    for name, value in list(params)[:64]:
        many.setdefault(name, []).append(value[:200])
    one = {name: values[-1] for name, values in many.items()}
    text = clean_line(one.get("q", ""))[:100]
    price = one.get("max", "")
    return Filters(
        text=text,
        genres=_known(many.get("genre", []), Genre),
        moods=_known(many.get("mood", []), Mood),
        bpm=_bpm(one.get("bpm", "")),
        half_double=one.get("half") == "1",
        key=BY_CAMELOT.get(one.get("key", "").upper()),
        compatible_keys=one.get("near") == "1",
        price_max=int(price) if re.fullmatch(r"[1-9]\d{0,4}", price, re.ASCII) else None,
        tier=(_known([one.get("tier", "")], LicenseTier) or ("",))[0],
        is_free=one.get("free") == "1",
        sort=_sort(one.get("sort", ""), has_text=bool(words(text))),
        after=one.get("after", "")[:80],
    )


def _known(values: Sequence[str], words_of: type[StrEnum]) -> tuple[str, ...]:
    return tuple(str(word) for word in words_of if str(word) in values)


def _bpm(value: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{2,3})-(\d{2,3})", value, re.ASCII)
    if found is None:
        return None
    lo, hi = sorted(min(max(int(part), BPM_LO), BPM_HI) for part in found.groups())
    return None if (lo, hi) == (BPM_LO, BPM_HI) else (lo, hi)


def _sort(value: str, *, has_text: bool) -> Sort:
    default = Sort.BEST if has_text else Sort.NEW
    if value not in set(Sort) or (value == Sort.BEST and not has_text):
        return default
    return Sort(value)


def to_query(filters: Filters) -> str:
    """Return the address's query of this question, "" for the plain one; `parse` reads it back."""
    has_text = bool(words(filters.text))
    default = Sort.BEST if has_text else Sort.NEW
    pairs: list[tuple[str, str]] = [("q", filters.text)] if filters.text else []
    pairs += [("genre", genre) for genre in filters.genres]
    pairs += [("mood", mood) for mood in filters.moods]
    if filters.bpm:
        pairs.append(("bpm", f"{filters.bpm[0]}-{filters.bpm[1]}"))
    if filters.half_double:
        pairs.append(("half", "1"))
    if filters.key is not None:
        pairs.append(("key", camelot(filters.key)))
    if filters.compatible_keys:
        pairs.append(("near", "1"))
    if filters.price_max is not None:
        pairs.append(("max", str(filters.price_max)))
    if filters.tier:
        pairs.append(("tier", filters.tier))
    if filters.is_free:
        pairs.append(("free", "1"))
    if filters.sort is not default:
        pairs.append(("sort", filters.sort))
    if filters.after:
        pairs.append(("after", filters.after))
    return urlencode(pairs)


def href(filters: Filters) -> str:
    """Return the address of this question."""
    query = to_query(filters)
    return f"/explore?{query}" if query else "/explore"


def tsquery(text: str) -> str:
    """Return the words as a Postgres query: all of them, the last one as a beginning."""
    parts = [re.sub(r"[^\w]", "", word) for word in words(text)[:MAX_WORDS]]
    quoted = [f"'{part}'" for part in parts if part]
    return " & ".join([*quoted[:-1], f"{quoted[-1]}:*"]) if quoted else ""


def trigrams(word: str) -> list[str]:
    """Return the three-letter pieces of a folded word, its edges marked."""
    padded = f"  {word} "
    return sorted({padded[i : i + 3] for i in range(len(padded) - 2)})


def nearest_word(word: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """Return the candidate (word, how common) most likely meant, or None if all are too far.

    Distance is optimal string alignment: a swap of neighbours counts as one slip.
    """
    allowed = 1 if len(word) <= 4 else 2
    near = [
        (OSA.distance(word, other, score_cutoff=allowed), -count, other)
        for other, count in candidates
    ]
    best = min(near, default=None)
    return best[2] if best and best[0] <= allowed else None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: behind this value and id."""

    value: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.value}~{self.id}"


def page_offset(text: str) -> int:
    """Return where a page of a ranking begins, the first one for what is no such place."""
    offset = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    return offset if offset < RANKED and offset % PAGE == 0 else 0


def parse_cursor(text: str) -> Cursor | None:
    """Return the cursor in an address, or None."""
    value, _, ident = text.partition("~")
    try:
        return Cursor(value, UUID(ident))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a filter: choosing it leads to `href`."""

    label: str
    count: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One key of the wheel; `is_near` marks those that the chosen one mixes with."""

    camelot: str
    name: str
    href: str
    is_on: bool
    is_near: bool
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter; following `href` takes it away."""

    label: str
    href: str


def _with(filters: Filters, name: str, values: tuple[str, ...]) -> Filters:
    if name == "genres":
        return replace(filters, genres=values)
    return replace(filters, moods=values)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in values if v != value) if value in values else (*values, value)


def choices(
    filters: Filters,
    name: str,
    every: type[Genre] | type[Mood],
    counted: Mapping[str, int],
    whole: Mapping[str, int],
) -> list[Choice]:
    """Return what the whole catalogue has, most common there first, with what is left of each.

    Which there are and their order do not depend on the question: nothing jumps under a finger.
    """
    chosen: tuple[str, ...] = getattr(filters, name)
    shown = [str(v) for v in every if whole.get(str(v)) or str(v) in chosen]
    return [
        Choice(
            label=label_of(value),
            count=whole_number(counted.get(value, 0)),
            href=href(_with(filters, name, _toggled(chosen, value))),
            is_on=value in chosen,
        )
        for value in sorted(shown, key=lambda v: (-whole.get(v, 0), v))
    ]


def tier_choices(
    filters: Filters, counted: Mapping[str, int], whole: Mapping[str, int]
) -> list[Choice]:
    """Return the license tiers that the whole catalogue has, and the one that is on."""
    return [
        Choice(
            label=TIER_LABELS[tier],
            count=whole_number(counted.get(str(tier), 0)),
            href=href(replace(filters, tier="" if filters.tier == tier else str(tier))),
            is_on=filters.tier == tier,
        )
        for tier in LicenseTier
        if whole.get(str(tier)) or filters.tier == tier
    ]


def toggle(filters: Filters, name: str, label: str) -> Choice:
    """Return a choice that turns one yes-or-no filter over."""
    turned: dict[str, Any] = {name: not getattr(filters, name)}
    return Choice(label, "", href(replace(filters, **turned)), is_on=getattr(filters, name))


def price_choices(filters: Filters, free: int, *, has_free: bool) -> list[Choice]:
    """Return free, when the catalogue has anything free, and the price limits in whole units."""
    steps = [
        Choice(
            label=f"Under ${limit}",
            count="",
            href=href(replace(filters, price_max=None if filters.price_max == limit else limit)),
            is_on=filters.price_max == limit,
        )
        for limit in (20, 30, 50)
    ]
    gratis = Choice(
        label="Free",
        count=whole_number(free),
        href=href(replace(filters, is_free=not filters.is_free)),
        is_on=filters.is_free,
    )
    return [gratis, *steps] if has_free or filters.is_free else steps


def key_choices(filters: Filters, counted: Mapping[int, int]) -> list[KeyChoice]:
    """Return the whole wheel, with the keys that mix with the chosen one."""
    near = set(compatible(filters.key)) if filters.key is not None else set()
    places = [f"{n}{letter}" for letter in "AB" for n in range(1, KEY_COUNT // 2 + 1)]
    return [
        KeyChoice(
            camelot=place,
            name=key_name(BY_CAMELOT[place]),
            href=href(replace(filters, key=None if is_on else BY_CAMELOT[place])),
            is_on=is_on,
            is_near=filters.compatible_keys and not is_on and BY_CAMELOT[place] in near,
            is_empty=not counted.get(BY_CAMELOT[place]),
        )
        for place in places
        for is_on in [filters.key == BY_CAMELOT[place]]
    ]


def chips(filters: Filters) -> list[Chip]:
    """Return what is active, each with the address without it."""
    found = [Chip(f"“{filters.text}”", href(replace(filters, text="")))] if filters.text else []
    for name in ("genres", "moods"):
        chosen: tuple[str, ...] = getattr(filters, name)
        found += [
            Chip(label_of(v), href(_with(filters, name, _toggled(chosen, v)))) for v in chosen
        ]
    if filters.bpm:
        label = f"{filters.bpm[0]}–{filters.bpm[1]} bpm"
        label += ", half and double" if filters.half_double else ""
        found.append(Chip(label, href(replace(filters, bpm=None, half_double=False))))
    if filters.key is not None:
        label = camelot(filters.key) + (" and compatible" if filters.compatible_keys else "")
        found.append(Chip(label, href(replace(filters, key=None, compatible_keys=False))))
    if filters.price_max is not None:
        found.append(Chip(f"under ${filters.price_max}", href(replace(filters, price_max=None))))
    if filters.tier:
        label = TIER_LABELS[LicenseTier(filters.tier)]
        found.append(Chip(label, href(replace(filters, tier=""))))
    if filters.is_free:
        found.append(Chip("Free", href(replace(filters, is_free=False))))
    return found


def sorts(filters: Filters) -> list[Choice]:
    """Return the orders; best match only where there are words."""
    labels = {
        Sort.BEST: "Best match",
        Sort.NEW: "Newest",
        Sort.POPULAR: "Most played",
        Sort.PRICE: "Lowest price",
    }
    has_text = bool(words(filters.text))
    return [
        Choice(label, str(sort), href(replace(filters, sort=sort)), is_on=filters.sort is sort)
        for sort, label in labels.items()
        if has_text or sort is not Sort.BEST
    ]
