"""What happens by itself: sessions expire, fees appear, debits and refunds are decided."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from psycopg import OperationalError

from sandbox.stripe import payments, refunds, sessions, settlement
from sandbox.stripe.desk import Desk, Transaction

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


async def run(desk: Desk) -> None:
    """Do what is due, for as long as the process lives."""
    while True:
        try:
            done = await work_off(desk)
        except OperationalError:
            log.warning("The database does not answer; timers wait.")
            done = 0
            await asyncio.sleep(LONGEST_SLEEP_S)
        if done == 0:
            await _sleep(desk)


async def _sleep(desk: Desk) -> None:
    bell = desk.wakers.timers
    bell.clear()
    rest = max(desk.next_timer_at - desk.clock.now(), MOMENT_S)
    try:
        async with asyncio.timeout(min(rest, LONGEST_SLEEP_S)):
            await bell.wait()
    except TimeoutError:
        return


async def work_off(desk: Desk, *, job: str | None = None, ref: str | None = None) -> int:
    """Do what is due now; with a job or a reference do those although they are not due yet."""
    early = job is not None or ref is not None
    rows = await desk.database.fetch(
        "SELECT id FROM timer WHERE (at <= %s OR %s) AND (%s::text IS NULL OR job = %s) "
        "AND (%s::text IS NULL OR ref = %s) ORDER BY at LIMIT %s",
        (desk.clock.now(), early, job, job, ref, ref, AT_ONCE),
    )
    for (timer_id,) in rows:
        await _one(desk, timer_id)
    if not rows and not early:
        [(soonest,)] = await desk.database.fetch("SELECT min(at) FROM timer")
        desk.next_timer_at = soonest or desk.clock.now() + LONGEST_SLEEP_S
    return len(rows)


async def _one(desk: Desk, timer_id: int) -> None:
    """Do one job; it is forgotten in the transaction of its work."""
    try:
        async with desk.transaction() as tx:
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
        await desk.database.run(
            "UPDATE timer SET at = %s WHERE id = %s",
            (desk.clock.now() + AGAIN_AFTER_S, timer_id),
        )
