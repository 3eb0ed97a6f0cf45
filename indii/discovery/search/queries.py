"""Questions to the catalogue: a page of ids, how many there are, counts beside every filter."""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from indii.catalog.recordings.enums import Genre, Mood
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import RecordingRow, rows
from indii.discovery.search import rules
from indii.discovery.search.models import SearchWord
from indii.discovery.search.rules import (
    BPM_HI,
    BPM_LO,
    MAX_WORDS,
    PAGE,
    RANKED,
    Chip,
    Choice,
    Filters,
    KeyChoice,
    Sort,
    href,
    page_offset,
    parse_cursor,
    tsquery,
)
from indii.kernel.context import ReadCtx
from indii.kernel.format import whole_number
from indii.kernel.text import words

CACHE_S = 60.0
# Answers that are kept at most, and how many recordings make a catalogue worth keeping them for.
KEPT, MANY = 512, 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facets:
    """How many recordings match, in all and behind each choice; a facet does not narrow itself."""

    total: int = 0
    genres: Mapping[str, int] = field(default_factory=dict)
    moods: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[int, int] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    free: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids in order; `next` is the cursor of the page after, "" at the end."""

    ids: tuple[UUID, ...]
    counts: Facets
    next: str = ""
    # When nothing matched as typed: the words that were searched instead.
    corrected: str = ""

    @property
    def total(self) -> int:
        """How many match in all."""
        return self.counts.total


def _where(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(Recording.state) == "live"]
    query = tsquery(filters.text)
    if query:
        found.append(col(Recording.tsv).op("@@")(func.to_tsquery("simple", query)))
    if filters.genres:
        found.append(col(Recording.genre).in_(filters.genres))
    if filters.moods:
        found.append(col(Recording.mood).in_(filters.moods))
    if filters.bpm_ranges:
        found.append(or_(*(col(Recording.bpm).between(lo, hi) for lo, hi in filters.bpm_ranges)))
    if filters.keys:
        found.append(col(Recording.key).in_(filters.keys))
    if filters.price_max is not None:
        found.append(col(Recording.price_from_minor) <= filters.price_max * 100)
    if filters.tier:
        found.append(col(Recording.tiers).contains([filters.tier]))
    if filters.is_free:
        found.append(col(Recording.price_from_minor) == 0)
    return found


def _sort_column(sort: Sort) -> tuple[Any, bool]:
    """Return (column, whether it falls)."""
    if sort is Sort.POPULAR:
        return col(Recording.plays), True
    if sort is Sort.PRICE:
        return col(Recording.price_from_minor), False
    return col(Recording.published_at), True


def _cursor_value(sort: Sort, text_value: str) -> Any:
    if sort in {Sort.POPULAR, Sort.PRICE}:
        return int(text_value)
    return datetime.fromisoformat(text_value)


def _paged(ctx: ReadCtx, filters: Filters) -> tuple[list[UUID], str]:
    column, falls = _sort_column(filters.sort)
    statement: Select[Any] = select(col(Recording.id), column).where(*_where(filters))
    if filters.sort is Sort.PRICE:
        statement = statement.where(column.is_not(None))
    cursor = parse_cursor(filters.after)
    if cursor is not None:
        try:
            value = _cursor_value(filters.sort, cursor.value)
        except ValueError:
            value = None
        if value is not None and ctx.db.get(Recording, cursor.id) is not None:
            place = tuple_(column, col(Recording.id))
            edge = tuple_(literal(value), literal(cursor.id))
            statement = statement.where(place < edge if falls else place > edge)
    order = (column.desc(), col(Recording.id).desc()) if falls else (column, col(Recording.id))
    found = ctx.db.execute(statement.order_by(*order).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    if len(found) <= PAGE:
        return [row[0] for row in shown], ""
    last_id, last = shown[-1]
    value_text = last.isoformat() if isinstance(last, datetime) else str(last)
    return [row[0] for row in shown], f"{value_text}~{last_id}"


def _ranked(ctx: ReadCtx, filters: Filters) -> tuple[list[UUID], str]:
    """Page inside the ranking: a relevance has no stable key to continue behind."""
    offset = page_offset(filters.after)
    query = func.to_tsquery("simple", tsquery(filters.text))
    hits = (
        select(col(Recording.id), col(Recording.tsv), col(Recording.plays))
        .where(*_where(filters))
        .order_by(col(Recording.published_at).desc())
        .limit(RANKED)
        .subquery()
    )
    found = ctx.db.scalars(
        select(hits.c.id)
        .order_by(func.ts_rank_cd(hits.c.tsv, query).desc(), hits.c.plays.desc(), hits.c.id)
        .offset(offset)
        .limit(PAGE + 1)
    )
    if offset and not found:
        return _ranked(ctx, replace(filters, after=""))
    more = len(found) > PAGE and offset + PAGE < RANKED
    return list(found[:PAGE]), str(offset + PAGE) if more else ""


def page_of(ctx: ReadCtx, filters: Filters) -> tuple[list[UUID], str]:
    """Return a page of matching ids in order, and the cursor of the page after."""
    if filters.sort is Sort.BEST and tsquery(filters.text):
        return _ranked(ctx, filters)
    return _paged(ctx, filters)


def find(ctx: ReadCtx, filters: Filters, *, whole: Facets | None = None) -> Found:
    """Return a page of matching ids and all counts; with no match, of the words likely meant."""
    counts = facets(ctx, filters, whole=whole)
    if counts.total == 0 and filters.text:
        corrected = correct(ctx, filters.text)
        again = replace(filters, text=corrected, after="")
        if corrected and (meant := facets(ctx, again)).total:
            return Found(tuple(page_of(ctx, again)[0]), meant, corrected=corrected)
    if counts.total == 0:
        return Found((), counts)
    ids, following = page_of(ctx, filters)
    return Found(tuple(ids), counts, next=following)


def facets(ctx: ReadCtx, filters: Filters, *, whole: Facets | None = None) -> Facets:
    """Return how many match, and the counts beside every filter.

    `whole` are the counts of the catalogue without any filter, for whoever has them already.
    """

    def counted(**without: Any) -> Facets:
        wider = _plain(replace(filters, **without))
        return whole if whole and wider == _plain(Filters()) else count_matches(ctx, wider)

    found = counted()
    if filters.genres:
        found = replace(found, genres=counted(genres=()).genres)
    if filters.moods:
        found = replace(found, moods=counted(moods=()).moods)
    if filters.key is not None:
        found = replace(found, keys=counted(key=None).keys)
    if filters.tier or filters.is_free:
        wider = counted(tier="", is_free=False)
        found = replace(found, tiers=wider.tiers, free=wider.free)
    return found


def _plain(filters: Filters) -> Filters:
    """Return the question without what changes no count."""
    half, near = filters.half_double and filters.bpm is not None, bool(filters.keys[1:])
    return replace(filters, sort=Sort.NEW, after="", half_double=half, compatible_keys=near)


def count_matches(ctx: ReadCtx, filters: Filters) -> Facets:
    """Return how many live recordings match exactly this question, and what they are."""
    plain = _plain(filters)
    return cached(ctx, plain, lambda: _count_matches(ctx, plain))


def _count_matches(ctx: ReadCtx, filters: Filters) -> Facets:
    """Count everything in one pass over the rows: `ix_recording_facets` holds all it reads."""
    names = ("genre", "mood", "key", "tiers", "is_free")
    hits = (
        select(
            *(col(getattr(Recording, name)) for name in names[:4]),
            (col(Recording.price_from_minor) == 0).label("is_free"),
        )
        .where(*_where(filters))
        .subquery()
    )
    by = [hits.c[name] for name in names]
    counted = ctx.db.execute(
        select(func.grouping(*by), *by, func.count()).group_by(
            func.grouping_sets(*(tuple_(c) for c in by))
        )
    )
    found: dict[str, list[tuple[Any, int]]] = {name: [] for name in names}
    for mask, *values, number in counted:
        # GROUPING() has a 0 bit, leftmost column first, for the column that is grouped by.
        at = next(i for i in range(len(names)) if not mask >> (len(names) - 1 - i) & 1)
        found[names[at]].append((values[at], number))
    tiers = Counter[str]()
    for together, number in found["tiers"]:
        tiers.update(dict.fromkeys(together, number))
    return Facets(
        total=sum(number for _, number in found["genre"]),
        genres={value: number for value, number in found["genre"] if value},
        moods={value: number for value, number in found["mood"] if value},
        keys={value: number for value, number in found["key"] if value is not None},
        tiers=tiers,
        free=dict(found["is_free"]).get(True, 0),
    )


def correct(ctx: ReadCtx, typed: str) -> str:
    """Return the text with unknown words replaced by the nearest known ones, "" if none is."""
    fixed, changed = [], False
    for word in words(typed)[:MAX_WORDS]:
        replacement = word if _is_known(ctx, word) else _nearest(ctx, word)
        changed = changed or (replacement is not None and replacement != word)
        fixed.append(replacement or word)
    return " ".join(fixed) if changed else ""


def _is_known(ctx: ReadCtx, word: str) -> bool:
    return bool(ctx.db.scalar(select(literal(1)).where(col(SearchWord.word) == word)))


def _nearest(ctx: ReadCtx, word: str) -> str | None:
    grams = rules.trigrams(word)
    rows = ctx.db.execute(
        select(col(SearchWord.word), col(SearchWord.recordings))
        .where(
            col(SearchWord.trigrams).op("&&")(literal(grams, ARRAY(Text))),
            func.length(col(SearchWord.word)).between(len(word) - 2, len(word) + 2),
        )
        .limit(2000)
    )
    return rules.nearest_word(word, ((w, n) for w, n in rows))


_kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
_keeping = threading.Lock()


def cached(ctx: ReadCtx, question: Hashable, ask: Callable[[], T]) -> T:
    """Return the answer to the question from the last minute, or ask anew.

    For counts only: they cost the most, and among thousands a minute's age hurts nobody; a small
    catalogue is counted every time. Rows are never kept, so a takedown shows at once.
    """
    now = time.monotonic()
    with _keeping:
        until, answer = _kept.get(question, (0.0, None))
    if until > now:
        return answer  # type: ignore[no-any-return]
    answer = ask()
    if _is_large(ctx):
        with _keeping:
            _kept[question] = (now + CACHE_S, answer)
            _kept.move_to_end(question)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return answer


def _is_large(ctx: ReadCtx) -> bool:
    """Whether the catalogue is large, by what Postgres last learnt about its tables."""
    known = text("SELECT reltuples FROM pg_class WHERE oid = 'recording'::regclass")
    return bool(ctx.db.scalar(known) >= MANY)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the command menu."""

    kind: str
    title: str
    subtitle: str
    href: str


def suggest(ctx: ReadCtx, typed: str, *, limit: int = 8) -> Sequence[Suggestion]:
    """Return recordings and producers whose words begin as typed."""
    from indii.identity.profiles.models import Profile

    query = tsquery(typed[:100])
    if not query:
        return ()
    hits = ctx.db.execute(
        select(col(Recording.title), col(Recording.slug), col(Profile.name), col(Profile.slug))
        .join(Profile, col(Profile.id) == col(Recording.producer_id))
        .where(
            col(Recording.state) == "live",
            col(Recording.tsv).op("@@")(func.to_tsquery("simple", query)),
        )
        .order_by(col(Recording.plays).desc(), col(Recording.id).desc())
        .limit(50)
    ).all()
    typed_words = words(typed)
    people = {
        slug: Suggestion("producer", name, "Producer", f"/producer/{slug}")
        for _, _, name, slug in hits
        if all(any(w.startswith(t) for w in words(name)) for t in typed_words)
    }
    recordings = [Suggestion("recording", t, name, f"/recording/{s}") for t, s, name, _ in hits]
    return [*list(people.values())[:3], *recordings][:limit]


@dataclass(frozen=True, slots=True)
class ExplorePage:
    """The explore page; every link in it is an address that can be shared."""

    rows: list[RecordingRow] = field(default_factory=list)
    total: str = ""
    noun: str = "recordings"
    text: str = ""
    corrected: str = ""
    chips: list[Chip] = field(default_factory=list)
    genres: list[Choice] = field(default_factory=list)
    moods: list[Choice] = field(default_factory=list)
    tiers: list[Choice] = field(default_factory=list)
    prices: list[Choice] = field(default_factory=list)
    wheel: list[KeyChoice] = field(default_factory=list)
    compatible: Choice = field(default=Choice("Include compatible keys", "", "", is_on=False))
    half_double: Choice = field(default=Choice("Include half and double time", "", "", is_on=False))
    bpm_lo: int = BPM_LO
    bpm_hi: int = BPM_HI
    sort: str = "new"
    sorts: list[Choice] = field(default_factory=list)
    clear_href: str = "/explore"
    next_href: str = ""
    first_href: str = ""


def explore_page(ctx: ReadCtx, filters: Filters) -> ExplorePage:
    """Return the page of this question: rows, counts beside every filter, all as links."""
    whole = count_matches(ctx, Filters())
    found = find(ctx, filters, whole=whole)
    counts = found.counts
    start = replace(filters, after="")
    return ExplorePage(
        rows=list(rows(ctx, found.ids)),
        total=whole_number(found.total),
        noun="recording" if found.total == 1 else "recordings",
        text=filters.text,
        corrected=found.corrected,
        chips=rules.chips(start),
        genres=rules.choices(start, "genres", Genre, counts.genres, whole.genres),
        moods=rules.choices(start, "moods", Mood, counts.moods, whole.moods),
        tiers=rules.tier_choices(start, counts.tiers, whole.tiers),
        prices=rules.price_choices(start, counts.free, has_free=whole.free > 0),
        wheel=rules.key_choices(start, counts.keys),
        compatible=rules.toggle(start, "compatible_keys", "Include compatible keys"),
        half_double=rules.toggle(start, "half_double", "Include half and double time"),
        bpm_lo=filters.bpm[0] if filters.bpm else BPM_LO,
        bpm_hi=filters.bpm[1] if filters.bpm else BPM_HI,
        sort=str(filters.sort),
        sorts=rules.sorts(start),
        clear_href=href(Filters(sort=filters.sort if filters.sort is not Sort.BEST else Sort.NEW)),
        next_href=href(replace(filters, after=found.next)) if found.next else "",
        first_href=href(start) if filters.after else "",
    )
