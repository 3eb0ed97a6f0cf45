"""What happens by itself: sessions expire, fees appear, debits and refunds are decided."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from psycopg import OperationalError

from sandbox.stripe import payments, refunds, sessions, settlement
from sandbox.stripe.instance import Instance, Transaction

log = logging.getLogger(__name__)
LONGEST_SLEEP_S = 1.0
AGAIN_AFTER_S = 5.0
AT_ONCE = 100
MOMENT_S = 0.002

Job = Callable[[Transaction, str], Awaitable[object]]
JOBS: dict[str, Job] = {
    sessions.EXPIRE_JOB: sessions.expire_by_clock,
    payments.FEE_JOB: settlement.book_fee,
    payments.DEBIT_JOB: payments.settle_debit,
    refunds.DECIDE_JOB: refunds.decide,
}


async def run(instance: Instance) -> None:
    """Do what is due, for as long as the process lives."""
    while True:
        try:
            done = await drain_queue(instance)
        except OperationalError:
            log.warning("The database does not answer; timers wait.")
            done = 0
            await asyncio.sleep(LONGEST_SLEEP_S)
        if done == 0:
            await _sleep(instance)


async def _sleep(instance: Instance) -> None:
    bell = instance.wakers.timers
    bell.clear()
    rest = max(instance.next_timer_at - instance.clock.now(), MOMENT_S)
    try:
        async with asyncio.timeout(min(rest, LONGEST_SLEEP_S)):
            await bell.wait()
    except TimeoutError:
        return


async def drain_queue(instance: Instance, *, job: str | None = None, ref: str | None = None) -> int:
    """Do what is due now; with a job or a reference do those although they are not due yet."""
    early = job is not None or ref is not None
    rows = await instance.database.fetch(
        "SELECT id FROM timer WHERE (at <= %s OR %s) AND (%s::text IS NULL OR job = %s) "
        "AND (%s::text IS NULL OR ref = %s) ORDER BY at LIMIT %s",
        (instance.clock.now(), early, job, job, ref, ref, AT_ONCE),
    )
    for (timer_id,) in rows:
        await _one(instance, timer_id)
    if not rows and not early:
        [(soonest,)] = await instance.database.fetch("SELECT min(at) FROM timer")
        instance.next_timer_at = soonest or instance.clock.now() + LONGEST_SLEEP_S
    return len(rows)


async def _one(instance: Instance, timer_id: int) -> None:
    """Do one job; it is forgotten in the transaction of its work."""
    try:
        async with instance.transaction() as tx:
            cursor = await tx.connection.execute(
                "DELETE FROM timer WHERE id = %s RETURNING job, ref", (timer_id,)
            )
            row = await cursor.fetchone()
            if row is not None:
                await JOBS[row[0]](tx, row[1])
    except OperationalError:
        raise
    except Exception:
        log.exception("Timer %s failed; it is tried again.", timer_id)
        await instance.database.run(
            "UPDATE timer SET at = %s WHERE id = %s",
            (instance.clock.now() + AGAIN_AFTER_S, timer_id),
        )
