"""What trust works on: refunds."""

from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.runtime import Runtime
from indii.store.orders.events import OrderPaid, PaidInVain, RefundNews
from indii.trust.refunds import flows
from indii.trust.refunds.commands import (
    FAILURES,
    LETTERS,
    LOOK,
    REFUND,
    ask_for_failure_letters,
    ask_for_letters,
    ask_to_look,
    refund_in_vain,
)
from indii.trust.refunds.events import RefundFailed, RefundSettled
from workers.registry import WATCHERS, Task, chore, job, on


@on(PaidInVain)
def give_back(ctx: WriteCtx, event: PaidInVain) -> None:
    """Give back what was paid and could not be delivered."""
    refund_in_vain(ctx, order_id=event.order_id)


@on(OrderPaid)
def look_for_early_refunds(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for refunds whose news came before that of the payment."""
    ask_to_look(ctx, order_id=event.order_id)


@on(RefundNews)
def look_at_refunds(ctx: WriteCtx, event: RefundNews) -> None:
    """Ask what became of an order's refunds."""
    ask_to_look(ctx, order_id=event.order_id)


@on(RefundSettled)
def write_to_both(ctx: WriteCtx, event: RefundSettled) -> None:
    """Ask for letters to buyer and sellers."""
    ask_for_letters(ctx, refund_id=event.refund_id)


@on(RefundFailed)
def write_of_failure(ctx: WriteCtx, event: RefundFailed) -> None:
    """Ask for letters about a refund that failed."""
    ask_for_failure_letters(ctx, refund_id=event.refund_id)


@job(REFUND)
def refund(rt: Runtime, task: Task) -> None:
    """Give money back."""
    flows.carry_out(rt, refund_id=UUID(task.key))


@job(LOOK)
def look(rt: Runtime, task: Task) -> None:
    """Learn what became of an order's refunds."""
    flows.look(rt, order_id=UUID(task.payload["order"]))


@job(LETTERS)
def letters(rt: Runtime, task: Task) -> None:
    """Write to buyer and sellers."""
    flows.write_letters(rt, refund_id=UUID(task.key))


@job(FAILURES)
def failure_letters(rt: Runtime, task: Task) -> None:
    """Write to administrators, and to whom an earlier letter told otherwise."""
    flows.write_failure_letters(rt, refund_id=UUID(task.key))


@chore(WATCHERS)
def watch(rt: Runtime) -> None:
    """Ask again for refunds that are not through."""
    flows.sweep_refunds(rt)
