"""Lists that go on: one page at a time, newest first, behind the row where the last page ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, tuple_

from indii.kernel.db import ReadSession

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list; it goes on behind the row `next_after`, "" at its end."""

    rows: Sequence[Any]
    next_after: str
    is_first: bool


def newest_first(
    db: ReadSession,
    listed: Select[Any],
    *,
    by: Any,
    key: Any,
    size: int,
    after: UUID | None = None,
    only: ColumnElement[bool] | None = None,
) -> Page:
    """Return a page of `listed`, newest first by the time `by`, ties by the id `key`.

    An `after` that is not listed, or behind which nothing lies, begins anew. `only` narrows the
    rows but not the places: a row that has left the narrower list is still a place to go on from.
    """
    narrowed = listed if only is None else listed.where(only)
    wanted = narrowed.order_by(by.desc(), key.desc()).limit(size + 1)
    rows: Sequence[Any] = ()
    if after is not None:
        known = listed.with_only_columns(by, key).where(key == after)
        for moment, ident in db.execute(known):
            place = tuple_(literal(moment), literal(ident))
            rows = db.scalars(wanted.where(tuple_(by, key) < place))
    is_first = not rows
    if is_first:
        rows = db.scalars(wanted)
    shown = rows[:size]
    return Page(shown, str(shown[-1].id) if len(rows) > size else "", is_first)


def behind(db: ReadSession, listed: S, *, key: Any, after: UUID | None) -> S:
    """Return what of `listed`, newest first by its ids `key`, comes behind the row `after`.

    All of it if that row is not listed or nothing lies behind it: a wrong place in an address
    shows the first page, never some place.
    """
    if after is None:
        return listed
    near = listed.with_only_columns(key).where(key <= after).order_by(None)
    found = db.scalars(near.order_by(key.desc()).limit(2))
    return listed.where(key < after) if len(found) == 2 and found[0] == after else listed
