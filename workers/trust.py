"""What trust works on: refunds and the e-mails about them, decisions of moderators."""

from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.ids import read_id
from indii.kernel.runtime import Runtime
from indii.store.orders.events import OrderPaid, UndeliverablePaid
from indii.trust.moderation.commands import DECISION_EMAIL, queue_decision_email
from indii.trust.refund_emails.commands import (
    REFUND_EMAIL,
    ask_for_failure_emails,
    ask_for_refund_emails,
    queue_refund_email,
)
from indii.trust.refunds import flows
from indii.trust.refunds.commands import (
    RECONCILE,
    REFUND,
    ask_to_reconcile,
    ask_to_reconcile_payment,
    refund_undeliverable,
)
from indii.trust.refunds.events import RefundFailed, RefundSettled
from workers.registry import RECONCILERS, Ending, Inbound, Task, chore, inbound, job, on


@inbound("refund.created", "refund.updated", "refund.failed")
def refund_changed(_rt: Runtime, event: Inbound) -> Ending:
    """Ask what became of the refunds of the payment."""
    return lambda ctx: ask_to_reconcile_payment(ctx, payment_ref=event.payment_ref)


@on(UndeliverablePaid)
def refund_undeliverable_lines(ctx: WriteCtx, event: UndeliverablePaid) -> None:
    """Give back what was paid and could not be delivered."""
    refund_undeliverable(ctx, order_id=event.order_id)


@on(OrderPaid)
def find_early_refunds(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for refunds whose news came before that of the payment."""
    ask_to_reconcile(ctx, order_id=event.order_id)


@on(RefundSettled)
def tell_of_refund(ctx: WriteCtx, event: RefundSettled) -> None:
    """Ask for e-mails to buyer and sellers."""
    ask_for_refund_emails(ctx, refund_id=event.refund_id)


@on(RefundFailed)
def tell_of_failure(ctx: WriteCtx, event: RefundFailed) -> None:
    """Ask for e-mails to administrators, and to whom an earlier one told otherwise."""
    ask_for_failure_emails(ctx, refund_id=event.refund_id)


@job(REFUND)
def refund(rt: Runtime, task: Task) -> None:
    """Give money back."""
    flows.carry_out(rt, refund_id=UUID(task.key))


@job(RECONCILE)
def reconcile(rt: Runtime, task: Task) -> None:
    """Learn what became of an order's refunds."""
    flows.reconcile(rt, order_id=UUID(task.key))


@job(REFUND_EMAIL)
def write_about_refund(_rt: Runtime, task: Task) -> Ending:
    """Write one e-mail about a refund."""
    refund_id, email = UUID(task.payload["refund"]), task.payload["email"]
    to = read_id(task.payload["to"])
    return lambda ctx: queue_refund_email(ctx, refund_id=refund_id, email=email, to=to)


@job(DECISION_EMAIL)
def write_of_decision(_rt: Runtime, task: Task) -> Ending:
    """Write to somebody what moderators decided."""
    profile_id, template = UUID(task.payload["profile"]), task.payload["template"]
    values = task.payload["values"]
    return lambda ctx: queue_decision_email(
        ctx, profile_id=profile_id, template=template, values=values
    )


@chore(RECONCILERS)
def reconcile_open_refunds(rt: Runtime) -> None:
    """Ask again for refunds that are not through."""
    flows.sweep_refunds(rt)
