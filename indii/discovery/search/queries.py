"""Questions to the catalogue: a page of ids, how many there are, counts beside every filter."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
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
    Chip,
    Choice,
    Filters,
    KeyChoice,
    Sort,
    href,
    parse_cursor,
    tsquery,
)
from indii.kernel.context import ReadCtx
from indii.kernel.text import words

EAR_LABEL = "acoustic ear v1: rhythm, timbre and harmony measured from the audio"
# Ranking more than this many hits of a common word costs time and helps nobody.
RANKED = 2000
KEEP_S = 60.0


@dataclass(frozen=True, slots=True)
class Facets:
    """How many recordings each choice would show; a facet does not narrow itself."""

    genres: Mapping[str, int] = field(default_factory=dict)
    moods: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[int, int] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    free: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids in order; `next` is the cursor of the page after, "" at the end."""

    ids: tuple[UUID, ...]
    total: int
    next: str = ""
    # When nothing matched as typed: the words that were searched instead.
    corrected: str = ""


def _where(filters: Filters, *, leave_out: str = "") -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(Recording.state) == "live"]
    query = tsquery(filters.text)
    if query:
        found.append(col(Recording.tsv).op("@@")(func.to_tsquery("simple", query)))
    if filters.genres and leave_out != "genre":
        found.append(col(Recording.genre).in_(filters.genres))
    if filters.moods and leave_out != "mood":
        found.append(col(Recording.mood).in_(filters.moods))
    if filters.bpm_ranges:
        found.append(or_(*(col(Recording.bpm).between(lo, hi) for lo, hi in filters.bpm_ranges)))
    if filters.keys and leave_out != "key":
        found.append(col(Recording.key).in_(filters.keys))
    if filters.price_max is not None:
        found.append(col(Recording.price_from_minor) <= filters.price_max * 100)
    if filters.tier and leave_out != "tier":
        found.append(col(Recording.tiers).contains([filters.tier]))
    if filters.is_free and leave_out != "tier":
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
        if value is not None:
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
    offset = int(filters.after) if filters.after.isascii() and filters.after.isdigit() else 0
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
        .offset(min(offset, RANKED))
        .limit(PAGE + 1)
    )
    more = len(found) > PAGE and offset + PAGE < RANKED
    return list(found[:PAGE]), str(offset + PAGE) if more else ""


def count(ctx: ReadCtx, filters: Filters) -> int:
    """Return how many live recordings match."""
    return int(
        ctx.db.scalar(select(func.count()).select_from(Recording).where(*_where(filters))) or 0
    )


def find(ctx: ReadCtx, filters: Filters) -> Found:
    """Return a page of matching ids; with no match, of the words most likely meant."""
    total = kept("count", replace(filters, after="", sort=Sort.NEW), lambda f: count(ctx, f))
    if total == 0 and filters.text:
        corrected = correct(ctx, filters.text)
        if corrected:
            again = replace(filters, text=corrected, after="")
            total = count(ctx, again)
            if total:
                ids, _ = _page(ctx, again)
                return Found(tuple(ids), total, corrected=corrected)
        return Found((), 0)
    ids, following = _page(ctx, filters)
    return Found(tuple(ids), total, next=following)


def _page(ctx: ReadCtx, filters: Filters) -> tuple[list[UUID], str]:
    if filters.sort is Sort.BEST and tsquery(filters.text):
        return _ranked(ctx, filters)
    return _paged(ctx, filters)


def facets(ctx: ReadCtx, filters: Filters) -> Facets:
    """Return the counts beside every filter."""
    plain = replace(filters, after="", sort=Sort.NEW)
    found: Facets = kept("facets", plain, lambda f: _facets(ctx, f))
    return found


def _facets(ctx: ReadCtx, filters: Filters) -> Facets:
    counted: dict[str, dict[Any, int]] = {}
    columns = {"genre": Recording.genre, "mood": Recording.mood, "key": Recording.key}
    active = {
        "genre": bool(filters.genres),
        "mood": bool(filters.moods),
        "key": filters.key is not None,
    }
    together = [name for name, is_on in active.items() if not is_on]
    # Facets that leave nothing out share one pass over the rows; the others need their own.
    for group, leave_out in [(together, ""), *(([n], n) for n, on in active.items() if on)]:
        if group:
            counted |= _grouped(ctx, filters, {n: columns[n] for n in group}, leave_out)
    tiers, free = _tier_counts(ctx, filters)
    return Facets(
        genres=counted["genre"],
        moods=counted["mood"],
        keys=counted["key"],
        tiers=tiers,
        free=free,
    )


def _grouped(
    ctx: ReadCtx, filters: Filters, columns: Mapping[str, Any], leave_out: str
) -> dict[str, dict[Any, int]]:
    names = list(columns)
    picked = [col(columns[name]) for name in names]
    rows = ctx.db.execute(
        select(func.grouping(*picked), *picked, func.count())
        .where(*_where(filters, leave_out=leave_out))
        .group_by(func.grouping_sets(*(tuple_(c) for c in picked)))
    )
    found: dict[str, dict[Any, int]] = {name: {} for name in names}
    for mask, *values, number in rows:
        # GROUPING() has a 0 bit, leftmost column first, for the column that is grouped by.
        at = next(i for i in range(len(names)) if not mask >> (len(names) - 1 - i) & 1)
        if values[at] not in {None, ""}:
            found[names[at]][values[at]] = number
    return found


def _tier_counts(ctx: ReadCtx, filters: Filters) -> tuple[dict[str, int], int]:
    where = and_(*_where(filters, leave_out="tier"))
    names = ("mp3_lease", "wav_lease", "stems_lease", "unlimited_lease", "exclusive")
    counts = [
        func.count().filter(col(Recording.tiers).contains([name])).label(name) for name in names
    ]
    free = func.count().filter(col(Recording.price_from_minor) == 0)
    row = ctx.db.execute(select(*counts, free).where(where)).one()
    return dict(zip(names, row[:-1], strict=True)), row[-1]


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
            col(SearchWord.trigrams).overlap(grams),
            func.length(col(SearchWord.word)).between(len(word) - 2, len(word) + 2),
        )
        .limit(2000)
    )
    return rules.nearest_word(word, ((w, n) for w, n in rows))


_kept: dict[tuple[str, Filters], tuple[float, Any]] = {}


def kept(what: str, filters: Filters, ask: Any) -> Any:
    """Return the answer to the plain question from the last minute; ask anew for any other.

    Only the unfiltered list is kept: it is the most asked and the slowest, and a minute's age of a
    count hurts nobody. Rows are never kept, so a takedown shows at once.
    """
    if not filters.is_plain:
        return ask(filters)
    now = time.monotonic()
    found = _kept.get((what, filters))
    if found and found[0] > now:
        return found[1]
    answer = ask(filters)
    _kept[what, filters] = (now + KEEP_S, answer)
    return answer


def forget_kept() -> None:
    """Drop what was kept, for tests and after the demo catalogue was seeded."""
    _kept.clear()


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
    compatible: Choice = field(default=Choice("Compatible keys too", "", "", is_on=False))
    half_double: Choice = field(default=Choice("Half and double time too", "", "", is_on=False))
    bpm_lo: int = BPM_LO
    bpm_hi: int = BPM_HI
    sort: str = "new"
    sorts: list[Choice] = field(default_factory=list)
    clear_href: str = "/explore"
    next_href: str = ""
    first_href: str = ""
    ear: str = EAR_LABEL


def explore_page(ctx: ReadCtx, filters: Filters) -> ExplorePage:
    """Return the page of this question: rows, counts beside every filter, all as links."""
    found = find(ctx, filters)
    counts = facets(ctx, filters)
    start = replace(filters, after="")
    return ExplorePage(
        rows=list(rows(ctx, found.ids)),
        total=f"{found.total:,}",
        noun="recording" if found.total == 1 else "recordings",
        text=filters.text,
        corrected=found.corrected,
        chips=rules.chips(start),
        genres=rules.choices(start, "genres", Genre, counts.genres),
        moods=rules.choices(start, "moods", Mood, counts.moods),
        tiers=rules.tier_choices(start, counts.tiers),
        prices=rules.price_choices(start, counts.free),
        wheel=rules.key_choices(start, counts.keys),
        compatible=Choice(
            "Compatible keys too",
            "",
            href(replace(start, compatible_keys=not start.compatible_keys)),
            is_on=start.compatible_keys,
        ),
        half_double=Choice(
            "Half and double time too",
            "",
            href(replace(start, half_double=not start.half_double)),
            is_on=start.half_double,
        ),
        bpm_lo=filters.bpm[0] if filters.bpm else BPM_LO,
        bpm_hi=filters.bpm[1] if filters.bpm else BPM_HI,
        sort=str(filters.sort),
        sorts=rules.sorts(start),
        clear_href=href(Filters(sort=filters.sort if filters.sort is not Sort.BEST else Sort.NEW)),
        next_href=href(replace(filters, after=found.next)) if found.next else "",
        first_href=href(start) if filters.after else "",
    )
