"""Webhooks: sent in parallel and in no order, each try with a signature and a time of its own.

A delivery is a row until an endpoint answered 2xx, so nothing is lost with the process.
"""

import asyncio
import functools
import hashlib
import hmac
import json
import logging
import time
from typing import Any

from psycopg import OperationalError

from sandbox.stripe.instance import Instance
from sandbox.stripe.knobs import Endpoint
from sandbox.stripe.post import NoAnswer, post

log = logging.getLogger(__name__)
IN_PARALLEL = 32
LONGEST_SLEEP_S = 1.0
SHORTEST_SLEEP_S = 0.005
DUE = """
SELECT delivery.id, delivery.endpoint_id, delivery.attempt, document.body
FROM delivery JOIN document ON document.id = delivery.event_id
WHERE delivery.state = 'pending' AND delivery.next_at <= %s AND delivery.id <> ALL(%s)
ORDER BY delivery.next_at, delivery.id LIMIT %s
"""
CHOSEN = """
SELECT delivery.id, delivery.endpoint_id, delivery.attempt, document.body
FROM delivery JOIN document ON document.id = delivery.event_id
WHERE delivery.id = ANY(%s)
"""
NOTED = "UPDATE delivery SET state = %s, attempt = %s, next_at = %s, answer = %s WHERE id = %s"


def signature(payload: str, secret: str, at: int) -> str:
    """Return the header that proves who sent a payload, and when."""
    proof = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={proof}"


class WebhookSender:
    """Sends what waits."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send, for as long as the process lives."""
        try:
            while True:
                try:
                    sent = await self._start_due()
                except OperationalError:
                    log.warning("The database does not answer; webhooks wait.")
                    sent = 0
                    await asyncio.sleep(LONGEST_SLEEP_S)
                if sent == 0:
                    await self._sleep()
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def _sleep(self) -> None:
        bell = self.instance.wakers.deliveries
        bell.clear()
        try:
            async with asyncio.timeout(await self._rest_s()):
                await bell.wait()
        except TimeoutError:
            return

    async def _rest_s(self) -> float:
        """Return how long nothing will be due, at most a second."""
        [(soonest,)] = await self.instance.database.fetch(
            "SELECT min(next_at) FROM delivery WHERE state = 'pending' AND id <> ALL(%s)",
            (list(self._under_way),),
        )
        if soonest is None:
            return LONGEST_SLEEP_S
        # A full house is woken by who leaves it, not by what waits outside.
        least = SHORTEST_SLEEP_S if len(self._under_way) < IN_PARALLEL else LONGEST_SLEEP_S
        return min(LONGEST_SLEEP_S, max(float(soonest) - self.instance.clock.now(), least))

    async def _start_due(self) -> int:
        room = IN_PARALLEL - len(self._under_way)
        if room <= 0:
            return 0
        rows = await self.instance.database.fetch(
            DUE, (self.instance.clock.now(), list(self._under_way), room)
        )
        for delivery_id, endpoint_id, attempt, event in rows:
            sending = self._send(delivery_id, endpoint_id, attempt, event)
            task = asyncio.create_task(sending)
            self._under_way[delivery_id] = task
            task.add_done_callback(functools.partial(self._ended, delivery_id))
        return len(rows)

    def _ended(self, delivery_id: int, task: asyncio.Task[None]) -> None:
        self._under_way.pop(delivery_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Delivery %s could not be noted: %r", delivery_id, error)
        self.instance.wakers.deliveries.set()

    async def send_in_order(self, delivery_ids: list[int]) -> None:
        """Send these one after another, each before the next leaves."""
        rows = await self.instance.database.fetch(CHOSEN, (delivery_ids,))
        by_id = {row[0]: row for row in rows}
        for delivery_id in delivery_ids:
            if delivery_id in by_id:
                await self._send(*by_id[delivery_id])

    async def drain(self, within_s: float) -> bool:
        """Wait until nothing is due or under way; False when that took too long."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            [(due,)] = await self.instance.database.fetch(
                "SELECT count(*) FROM delivery WHERE state = 'pending' AND next_at <= %s",
                (self.instance.clock.now(),),
            )
            if due == 0 and not self._under_way:
                return True
            self.instance.wakers.deliveries.set()
            await asyncio.sleep(0.02)
        return False

    async def _send(
        self, delivery_id: int, endpoint_id: str, attempt: int, event: dict[str, Any]
    ) -> None:
        endpoint = next((e for e in self.instance.endpoints if e.id == endpoint_id), None)
        if endpoint is None:
            await self._note(delivery_id, "dropped", attempt, "the endpoint is gone")
            return
        try:
            status = await self._post(endpoint, json.dumps(event).encode())
        except NoAnswer as error:
            done, said = False, str(error)
        else:
            done, said = 200 <= status < 300, str(status)
        waits = self.instance.knobs.retry_schedule_s
        if done:
            await self._note(delivery_id, "done", attempt + 1, said)
        elif attempt < len(waits):
            await self._note(delivery_id, "pending", attempt + 1, said, waits[attempt])
        else:
            await self._note(delivery_id, "failed", attempt + 1, said)

    async def _post(self, endpoint: Endpoint, payload: bytes) -> int:
        # The shop measures a signature's age by the real time, whatever the sandbox believes.
        at = int(time.time() - self.instance.knobs.signature_age_s)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (sandbox)",
            "Stripe-Signature": signature(payload.decode(), endpoint.secret, at),
        }
        timeout_s = self.instance.knobs.webhook_timeout_s
        return await post(endpoint.url, payload, headers, timeout_s=timeout_s)

    async def _note(
        self, delivery_id: int, state: str, attempt: int, said: str, wait_s: float = 0.0
    ) -> None:
        values = (state, attempt, self.instance.clock.now() + wait_s, said, delivery_id)
        await self.instance.database.run(NOTED, values)
