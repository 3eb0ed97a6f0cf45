"""What trust works on: refunds."""

from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.runtime import Runtime
from indii.store.orders.events import OrderPaid, RefundUpdated, UndeliverablePaid
from indii.trust.refunds import flows
from indii.trust.refunds.commands import (
    FAILURE_EMAILS,
    RECONCILE,
    REFUND,
    REFUND_EMAILS,
    refund_undeliverable,
    request_emails,
    request_failure_emails,
    request_reconcile,
)
from indii.trust.refunds.events import RefundFailed, RefundSettled
from workers.registry import RECONCILERS, Task, chore, job, on


@on(UndeliverablePaid)
def refund_undeliverable_lines(ctx: WriteCtx, event: UndeliverablePaid) -> None:
    """Give back what was paid and could not be delivered."""
    refund_undeliverable(ctx, order_id=event.order_id)


@on(OrderPaid)
def reconcile_early_refunds(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for refunds whose news came before that of the payment."""
    request_reconcile(ctx, order_id=event.order_id)


@on(RefundUpdated)
def reconcile_order_refunds(ctx: WriteCtx, event: RefundUpdated) -> None:
    """Ask what became of an order's refunds."""
    request_reconcile(ctx, order_id=event.order_id)


@on(RefundSettled)
def request_refund_emails(ctx: WriteCtx, event: RefundSettled) -> None:
    """Ask for letters to buyer and sellers."""
    request_emails(ctx, refund_id=event.refund_id)


@on(RefundFailed)
def request_failure_mails(ctx: WriteCtx, event: RefundFailed) -> None:
    """Ask for letters about a refund that failed."""
    request_failure_emails(ctx, refund_id=event.refund_id)


@job(REFUND)
def refund(rt: Runtime, task: Task) -> None:
    """Give money back."""
    flows.carry_out(rt, refund_id=UUID(task.key))


@job(RECONCILE)
def reconcile(rt: Runtime, task: Task) -> None:
    """Learn what became of an order's refunds."""
    flows.reconcile(rt, order_id=UUID(task.payload["order"]))


@job(REFUND_EMAILS)
def send_refund_emails(rt: Runtime, task: Task) -> None:
    """Write to buyer and sellers."""
    flows.queue_refund_emails(rt, refund_id=UUID(task.key))


@job(FAILURE_EMAILS)
def send_failure_emails(rt: Runtime, task: Task) -> None:
    """Write to administrators, and to whom an earlier letter told otherwise."""
    flows.queue_failure_emails(rt, refund_id=UUID(task.key))


@chore(RECONCILERS)
def retry_open_refunds(rt: Runtime) -> None:
    """Ask again for refunds that are not through."""
    flows.sweep_refunds(rt)
