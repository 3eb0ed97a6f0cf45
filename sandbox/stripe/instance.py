"""What all parts of one process share, and the transaction in which they work."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from psycopg.errors import DeadlockDetected, LockNotAvailable

from sandbox.stripe import shapes
from sandbox.stripe.clock import Clock
from sandbox.stripe.errors import lock_timeout, missing
from sandbox.stripe.ids import new_id
from sandbox.stripe.knobs import Endpoint, Faults, Knobs, Wakers
from sandbox.stripe.rules_from_sdk import api_version
from sandbox.stripe.settings import Settings
from sandbox.stripe.store import WRITE, Connection, Database, Doc, Record, Writes, fetch

ONE = "SELECT body, owner, hidden FROM document WHERE id = %s AND kind = %s"
KEPT_FOR_S = 86_400
"""How long an answer to an idempotency key is given again."""
FROM_ENVIRONMENT = "we_1SandboxEnvironment0000"


class Instance:
    """One running stand-in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.clock = Clock()
        self.knobs = Knobs()
        self.faults = Faults()
        self.wakers = Wakers()
        self.endpoints: list[Endpoint] = []
        self.in_flight: set[str] = set()
        self.next_timer_at = 0.0

    async def open(self) -> None:
        """Continue where an earlier process ended, however it ended."""
        await self.database.open()
        kept: dict[str, Any] = dict(await self.database.fetch("SELECT name, value FROM setting"))
        self.knobs = Knobs.kept(kept.get("knobs", {}))
        self.clock.offset_s = float(kept.get("clock", 0.0))
        await self.database.run(
            "DELETE FROM idempotency WHERE created < %s", (self.clock.now() - KEPT_FOR_S,)
        )
        await self.register_environment()
        await self.reload_endpoints()

    async def close(self) -> None:
        """Let go of the database."""
        await self.database.close()

    async def keep_settings(self) -> None:
        """Store knobs and clock for the next process."""
        values = json.dumps({"knobs": self.knobs.as_dict(), "clock": self.clock.offset_s})
        await self.database.run(
            "INSERT INTO setting SELECT key, value FROM jsonb_each(%s::jsonb) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (values,),
        )

    async def register_environment(self) -> None:
        """Register the endpoint that the environment names, or forget an older one."""
        if not self.settings.webhook_url:
            await self.database.run("DELETE FROM document WHERE id = %s", (FROM_ENVIRONMENT,))
            return
        async with self.transaction() as tx:
            body: Doc = {
                "id": FROM_ENVIRONMENT,
                "object": "webhook_endpoint",
                "api_version": None,
                "application": None,
                "created": int(self.clock.now()),
                "description": "From the environment",
                "enabled_events": ["*"],
                "livemode": False,
                "metadata": {},
                "status": "enabled",
                "url": self.settings.webhook_url,
            }
            tx.put(Record(body, hidden={"secret": self.settings.webhook_secret}))

    async def reload_endpoints(self) -> None:
        """Remember where events go."""
        rows = await self.database.fetch(
            "SELECT body, hidden FROM document WHERE kind = 'webhook_endpoint' ORDER BY seq"
        )
        self.endpoints = [
            Endpoint(body["id"], body["url"], hidden["secret"], tuple(body["enabled_events"]))
            for body, hidden in rows
            if body["status"] == "enabled"
        ]

    @contextlib.asynccontextmanager
    async def transaction(
        self, request_id: str | None = None, idempotency_key: str | None = None
    ) -> AsyncIterator["Transaction"]:
        """Do everything inside or nothing. Raises: WireError(429) when another one holds it up."""
        async with self.database.connection() as connection:
            tx = Transaction(self, connection, request_id, idempotency_key)
            try:
                async with connection.transaction():
                    yield tx
                    await tx.write()
            except (LockNotAvailable, DeadlockDetected) as error:
                raise lock_timeout() from error
        tx.wake()


class Transaction:
    """One request's, or one timer's, view of the documents."""

    def __init__(
        self,
        instance: Instance,
        connection: Connection,
        request_id: str | None,
        idempotency_key: str | None,
    ) -> None:
        self.instance = instance
        self.knobs = instance.knobs
        self.connection = connection
        self.now_exact = instance.clock.now()
        self.now = int(self.now_exact)
        self._request = {"id": request_id, "idempotency_key": idempotency_key}
        self._writes = Writes()
        self._seen: dict[str, Record] = {}
        self.changes_endpoints = False

    # ------------------------------------------------------------------ reading

    async def find(self, kind: str, doc_id: str, *, lock: bool = False) -> Record | None:
        """Return a document or None; `lock` keeps others from changing it until the end."""
        if doc_id in self._writes.documents:
            known = self._writes.documents[doc_id]
            return known if known.body["object"] == kind else None
        if not lock and doc_id in self._seen:
            return self._seen[doc_id]
        query = f"{ONE} FOR UPDATE" if lock else ONE
        rows = await fetch(self.connection, query, (doc_id, kind))
        if not rows:
            return None
        body, owner, hidden = rows[0]
        self._seen[doc_id] = Record(body, owner, hidden)
        return self._seen[doc_id]

    async def get(
        self,
        kind: str,
        doc_id: str,
        *,
        lock: bool = False,
        param: str = "id",
        in_url: bool = True,
    ) -> Record:
        """Return a document. Raises: WireError(resource_missing)."""
        found = await self.find(kind, doc_id, lock=lock)
        if found is None:
            raise missing(kind, doc_id, param=param, in_url=in_url)
        return found

    async def owned(self, owner: str, kind: str) -> list[Record]:
        """Return the stored documents of an owner, newest first."""
        rows = await fetch(
            self.connection,
            "SELECT body, owner, hidden FROM document WHERE owner = %s AND kind = %s "
            "ORDER BY seq DESC",
            (owner, kind),
        )
        return [Record(*row) for row in rows]

    # ------------------------------------------------------------------ writing

    def put(self, record: Record) -> Record:
        """Write a document at the end."""
        self._writes.documents[record.id] = record
        return record

    def emit(self, event_type: str, body: Doc, previous: Doc | None = None) -> None:
        """Tell the endpoints what happened, with the object as it is at this moment."""
        wanted = [e for e in self.instance.endpoints if e.wants(event_type)]
        data: Doc = {"object": json.loads(json.dumps(body))}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": new_id("event"),
            "object": "event",
            "api_version": api_version(),
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": len(wanted),
            "request": dict(self._request),
            "type": event_type,
        }
        if self.instance.settings.check_shapes:
            shapes.check(event)
        self.put(Record(event, owner=str(body["id"])))
        for endpoint in wanted:
            self._writes.deliveries += self.deliveries_of(event, endpoint)

    def deliveries_of(self, event: Doc, endpoint: Endpoint) -> list[Doc]:
        """Return the letters of an event to an endpoint, interfered with as the knobs say."""
        row = {
            "event_id": event["id"],
            "endpoint_id": endpoint.id,
            "type": event["type"],
            "state": "pending",
            "next_at": self.now_exact,
        }
        if not self.knobs.concern(event["type"]):
            return [row]
        if self.knobs.drop:
            # below zero: every one, until told otherwise
            self.knobs.drop -= 1 if self.knobs.drop > 0 else 0
            return [row | {"state": "dropped"}]
        row["next_at"] = self.now_exact + self.knobs.delay_s
        row["state"] = "held" if self.knobs.hold else "pending"
        return [row] * (1 + self.knobs.duplicate)

    def after(self, seconds: float, job: str, ref: str) -> None:
        """Have a job done later, on the stand-in's clock."""
        self._writes.timers.append({"at": self.now_exact + seconds, "job": job, "ref": ref})

    def answer(self, row: Doc) -> None:
        """Keep an answer for the next request with the same key."""
        self._writes.answers.append(row)

    async def write(self) -> None:
        """Write all that was gathered."""
        if self._writes:
            await self.connection.execute(WRITE.encode(), self._writes.rows())

    def wake(self) -> None:
        """After the commit: tell the background tasks what waits for them."""
        if self._writes.deliveries:
            self.instance.wakers.deliveries.set()
        if any(timer["at"] < self.instance.next_timer_at for timer in self._writes.timers):
            self.instance.wakers.timers.set()
