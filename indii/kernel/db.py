"""The database: one engine a process, names for constraints, read-only sessions."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Engine, Executable, Result, Table, create_engine, event, inspect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

T = TypeVar("T")

PING_AFTER_S = 1.0

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLModel stores it as timestamptz and hands it back aware; naive values are refused.
UtcTime = datetime


def table_of(model: type[SQLModel]) -> Table:
    """Return the model's table, for many rows at once: no object of them is made or tracked."""
    return cast("Table", inspect(model).local_table)


def driver_url(url: str) -> str:
    """Return the address with the driver we use, whatever scheme the operator wrote."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def make_engine(url: str, *, pool_size: int) -> Engine:
    """Return an engine that opens nothing yet.

    Statements are never prepared on the server: a generic plan would forget the partial vector
    index and was measured to take 467 ms where a custom plan took 0.3 ms.
    """
    engine = create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        # Values hold addresses and hashes; an error's text goes into the log.
        hide_parameters=True,
        connect_args={
            "prepare_threshold": None,
            "connect_timeout": 5,
            "application_name": "indii",
            "options": "-c timezone=UTC -c statement_timeout=30000 -c jit=off"
            " -c hnsw.iterative_scan=strict_order -c hnsw.ef_search=100",
        },
    )
    _ping_the_rested(engine)
    return engine


def _ping_the_rested(engine: Engine) -> None:
    """Ask a connection whether it still lives, but only after a rest.

    Before every transaction it would be one more trip to the server, under load for nothing.
    """

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["rested_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        rested_at = record.info.get("rested_at")
        if rested_at is None or time.monotonic() - rested_at < PING_AFTER_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


class ReadSession:
    """A session that can only ask."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def execute(self, statement: Executable, params: Any = None) -> Result[*tuple[Any, ...]]:
        """Run the statement; the transaction is read-only, so a write fails in the database."""
        return self._session.execute(statement, params)

    def scalars(self, statement: Executable, params: Any = None) -> Sequence[Any]:
        """Return the first column of every row."""
        return self._session.scalars(statement, params).all()

    def scalar(self, statement: Executable, params: Any = None) -> Any:
        """Return the first column of the first row, or None."""
        return self._session.scalar(statement, params)

    def get(self, model: type[T], ident: UUID | str | tuple[Any, ...]) -> T | None:
        """Return the row with this primary key, or None."""
        return self._session.get(model, ident)
