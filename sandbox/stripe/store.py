"""The database of the stand-in: documents, deliveries, timers and answers to repeat.

A request is one transaction. What it changes is gathered and written by one statement at the end,
so a request that fails half-way has changed nothing, and one that is killed has never been.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import DuplicateDatabase
from psycopg.rows import TupleRow

Doc = dict[str, Any]
Connection = AsyncConnection[TupleRow]
CONNECTIONS = 8
LOCK_WAIT = "SET lock_timeout = '5s'"

TABLES = """
CREATE TABLE IF NOT EXISTS document (
  id text PRIMARY KEY,
  seq bigserial NOT NULL,
  kind text NOT NULL,
  owner text NOT NULL,
  created bigint NOT NULL,
  body jsonb NOT NULL,
  hidden jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS document_kind ON document (kind, seq DESC);
CREATE INDEX IF NOT EXISTS document_owner ON document (owner, kind, seq DESC);
CREATE TABLE IF NOT EXISTS delivery (
  id bigserial PRIMARY KEY,
  event_id text NOT NULL,
  endpoint_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  attempt int NOT NULL DEFAULT 0,
  next_at double precision NOT NULL,
  answer text NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event_id);
CREATE TABLE IF NOT EXISTS timer (
  id bigserial PRIMARY KEY,
  at double precision NOT NULL,
  job text NOT NULL,
  ref text NOT NULL
);
CREATE INDEX IF NOT EXISTS timer_at ON timer (at);
CREATE INDEX IF NOT EXISTS timer_ref ON timer (ref);
CREATE TABLE IF NOT EXISTS idempotency (
  key text PRIMARY KEY,
  fingerprint text NOT NULL,
  status int NOT NULL,
  body text NOT NULL,
  created double precision NOT NULL
);
CREATE TABLE IF NOT EXISTS setting (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);
"""

WRITE = """
WITH documents AS (
  INSERT INTO document (id, kind, owner, created, body, hidden)
  SELECT id, kind, owner, created, body, hidden FROM jsonb_to_recordset(%s::jsonb)
    AS r(id text, kind text, owner text, created bigint, body jsonb, hidden jsonb)
  ON CONFLICT (id) DO UPDATE
    SET body = excluded.body, hidden = excluded.hidden, owner = excluded.owner
), deliveries AS (
  INSERT INTO delivery (event_id, endpoint_id, type, state, next_at)
  SELECT event_id, endpoint_id, type, state, next_at FROM jsonb_to_recordset(%s::jsonb)
    AS r(event_id text, endpoint_id text, type text, state text, next_at double precision)
), timers AS (
  INSERT INTO timer (at, job, ref)
  SELECT at, job, ref FROM jsonb_to_recordset(%s::jsonb)
    AS r(at double precision, job text, ref text)
)
INSERT INTO idempotency (key, fingerprint, status, body, created)
SELECT key, fingerprint, status, body, created FROM jsonb_to_recordset(%s::jsonb)
  AS r(key text, fingerprint text, status int, body text, created double precision)
ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
  body = excluded.body, created = excluded.created
"""


@dataclass(slots=True)
class Record:
    """A document: what the wire shows of it, and what it does not."""

    body: Doc
    owner: str = ""
    hidden: Doc = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.body["id"])

    def row(self) -> Doc:
        """Return it as the database takes it."""
        return {
            "id": self.id,
            "kind": self.body["object"],
            "owner": self.owner,
            "created": self.body.get("created", 0),
            "body": self.body,
            "hidden": self.hidden,
        }


@dataclass(slots=True)
class Writes:
    """What a transaction is going to write."""

    documents: dict[str, Record] = field(default_factory=dict)
    deliveries: list[Doc] = field(default_factory=list)
    timers: list[Doc] = field(default_factory=list)
    answers: list[Doc] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.documents or self.deliveries or self.timers or self.answers)

    def rows(self) -> tuple[str, ...]:
        """Return the four arguments of the one statement."""
        documents = [record.row() for record in self.documents.values()]
        return tuple(map(json.dumps, (documents, self.deliveries, self.timers, self.answers)))


class Database:
    """A few connections, opened when first needed."""

    def __init__(self, url: str) -> None:
        # SQLAlchemy's spelling of the driver is accepted, for people copy addresses around.
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def open(self) -> None:
        """Make the database and its tables where they are missing."""
        # Asked first: a server calls a connection to a missing database a fatal error. Whoever
        # may not look into the maintenance database brings one that exists.
        with contextlib.suppress(OperationalError):
            await self._make()
        first = await self._connect()
        await first.execute(TABLES)
        self._idle.append(first)

    async def close(self) -> None:
        """Close what lies idle."""
        while self._idle:
            await self._idle.pop().close()

    async def _connect(self) -> Connection:
        made: Connection = await AsyncConnection.connect(self._url, autocommit=True)
        await made.execute(LOCK_WAIT)
        return made

    async def _make(self) -> None:
        """Make the database if it is missing."""
        parts = conninfo_to_dict(self._url)
        name = str(parts["dbname"])
        maintenance = make_conninfo(self._url, dbname="postgres")
        async with await AsyncConnection.connect(maintenance, autocommit=True) as connection:
            known = "SELECT FROM pg_database WHERE datname = %s"
            if await fetch(connection, known, (name,)):
                return
            # another process may have been faster
            with contextlib.suppress(DuplicateDatabase):
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; each statement outside `transaction()` commits by itself."""
        async with self._room:
            while self._idle and self._idle[-1].closed:
                self._idle.pop()
            lent = self._idle.pop() if self._idle else await self._connect()
            try:
                yield lent
            finally:
                if lent.closed:
                    await lent.close()
                else:
                    self._idle.append(lent)

    async def fetch(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[TupleRow]:
        """Return the rows of one statement of its own."""
        async with self.connection() as connection:
            return await fetch(connection, query, values)

    async def run(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Carry out one statement of its own; return how many rows it touched."""
        async with self.connection() as connection:
            cursor = await connection.execute(query.encode(), values)
            return cursor.rowcount


async def fetch(
    connection: Connection, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[TupleRow]:
    """Return the rows of a statement."""
    cursor = await connection.execute(query.encode(), values)
    return await cursor.fetchall()
