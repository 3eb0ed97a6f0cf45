"""Explore's questions as somebody would write them by hand, in SQL and nothing else.

One statement for the rows, one for everything that is counted in passing, one more for each filter
that is on, because a facet does not narrow itself. The same indexes, the same database, no cache.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from indii.discovery.search.rules import PAGE, Filters, Sort, tsquery

OPTIONS = "-c timezone=UTC -c jit=off"
ROW = """r.id, r.slug, r.title, r.bpm, r.key, r.tags, r.price_from_minor, r.currency, r.tiers,
    r.duration_ms, r.cover_version, r.has_picture, r.colour_a, r.colour_b, r.wave, p.name, p.slug"""
ORDERS = {
    Sort.NEW: "r.published_at DESC, r.id DESC",
    Sort.POPULAR: "r.plays DESC, r.id DESC",
    Sort.PRICE: "r.price_from_minor, r.id",
}

Asked = tuple[str, list[Any]]


def statements(filters: Filters) -> list[Asked]:
    """Every statement that answers the question."""
    asked = [_rows(filters), _counts(filters)]
    if filters.genres:
        asked.append(_facet("genre", replace(filters, genres=())))
    if filters.moods:
        asked.append(_facet("mood", replace(filters, moods=())))
    if filters.key is not None:
        asked.append(_facet("key", replace(filters, key=None)))
    if filters.tier or filters.is_free:
        asked.append(_facet("tiers", replace(filters, tier="", is_free=False)))
    return asked


def answer(db: psycopg.Connection[Any], filters: Filters) -> int:
    """Ask all of it and read all of it; how many rows came."""
    came = 0
    with db.transaction():
        for statement, values in statements(filters):
            came += len(db.execute(statement, values, prepare=False).fetchall())  # type: ignore[arg-type]
    return came


def _where(filters: Filters) -> Asked:
    parts, values = ["r.state = 'live'"], []
    for condition, value in (
        ("r.tsv @@ to_tsquery('simple', %s)", tsquery(filters.text)),
        ("r.genre = ANY(%s)", list(filters.genres)),
        ("r.mood = ANY(%s)", list(filters.moods)),
        ("r.key = ANY(%s)", list(filters.keys)),
        ("r.tiers @> ARRAY[%s]", filters.tier),
    ):
        if value:
            parts.append(condition)
            values.append(value)
    if filters.bpm_ranges:
        parts.append("(" + " OR ".join(["r.bpm BETWEEN %s AND %s"] * len(filters.bpm_ranges)) + ")")
        values += [edge for span in filters.bpm_ranges for edge in span]
    if filters.price_max is not None:
        parts.append("r.price_from_minor <= %s")
        values.append(filters.price_max * 100)
    if filters.is_free:
        parts.append("r.price_from_minor = 0")
    return " AND ".join(parts), values


def _rows(filters: Filters) -> Asked:
    where, values = _where(filters)
    if filters.sort is Sort.BEST:
        hits = f"""(SELECT * FROM recording r WHERE {where}
            ORDER BY r.published_at DESC LIMIT 2000) r"""
        order = "ts_rank_cd(r.tsv, to_tsquery('simple', %s)) DESC, r.plays DESC, r.id"
        values, where = [*values, tsquery(filters.text)], "true"
    else:
        hits, order = "recording r", ORDERS[filters.sort]
    if filters.sort is Sort.PRICE:
        where += " AND r.price_from_minor IS NOT NULL"
    return (
        f"SELECT {ROW} FROM {hits} JOIN profile p ON p.id = r.producer_id "
        f"WHERE {where} ORDER BY {order} LIMIT {PAGE + 1}"
    ), values


def _counts(filters: Filters) -> Asked:
    where, values = _where(filters)
    return (
        "SELECT genre, mood, key, tiers, price_from_minor = 0, count(*) FROM recording r "
        f"WHERE {where} GROUP BY GROUPING SETS "
        "((genre), (mood), (key), (tiers), (price_from_minor = 0), ())"
    ), values


def _facet(column: str, filters: Filters) -> Asked:
    where, values = _where(filters)
    return f"SELECT {column}, count(*) FROM recording r WHERE {where} GROUP BY 1", values
