"""What stands in the tables, and what an attempt changed in them.

Every row of every table is compared. Only what a mere look at a page may write is left out, and
only here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, text

BOOKKEEPING: dict[str, tuple[str, ...]] = {
    # "was seen" is renewed by any page view of a session older than five minutes
    "login_session": ("seen_at", "expires_at"),
}
NOT_OURS = {"alembic_version"}

Row = tuple[str, str]
Snapshot = dict[Row, bool]
"""(table, hash of the row) to whether the row names one of the ids that were asked for."""


class Tables:
    """Takes snapshots of one database."""

    def __init__(self, engine: Engine, *ids: object) -> None:
        self._engine = engine
        with engine.connect() as connection:
            self.names = [
                name
                for (name,) in connection.execute(
                    text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
                )
                if name not in NOT_OURS
            ]
        self._sql = text(" UNION ALL ".join(self._select(name) for name in self.names))
        self._marks = "|".join(str(one) for one in ids) or "no such id"

    def _select(self, name: str) -> str:
        left_out = ",".join(BOOKKEEPING.get(name, ()))
        row = f"(to_jsonb(x) - '{{{left_out}}}'::text[])::text"
        return f"SELECT '{name}', md5({row}), {row} ~ :marks FROM \"{name}\" x"

    def snapshot(self) -> Snapshot:
        """Every row as it stands now."""
        with self._engine.connect() as connection:
            found = connection.execute(self._sql, {"marks": self._marks})
            return {(table, digest): bool(named) for table, digest, named in found}

    @contextmanager
    def watched(self) -> Iterator[Changes]:
        """`with watched() as changes:`; afterwards `changes` says what happened meanwhile."""
        changes = Changes()
        before = self.snapshot()
        yield changes
        changes.note(before, self.snapshot())


@dataclass
class Changes:
    """In which tables rows came, went or became others."""

    tables: set[str] = field(default_factory=set)
    # Those of them in which a changed row names one of the watched ids.
    named: set[str] = field(default_factory=set)

    def note(self, before: Snapshot, after: Snapshot) -> None:
        """Compare."""
        rows = dict(before.items() ^ after.items())
        self.tables |= {table for table, _ in rows}
        self.named |= {table for (table, _), named in rows.items() if named}
