"""What the store works on: letters, rivals of an exclusive sale, news from the payment network."""

from uuid import UUID

from indii.identity.guests.commands import delete_expired_passes
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from indii.store.checkout.commands import delete_old_carts, remove_bought
from indii.store.downloads.commands import ORDER_EMAILS
from indii.store.downloads.flows import queue_order_emails
from indii.store.orders import flows
from indii.store.orders.commands import CLOSE_COMPETING
from indii.store.orders.events import ExclusiveSold, OrderPaid
from workers.registry import CLEANUPS, INBOUND_HANDLERS, RECONCILERS, Task, chore, job, on


@on(OrderPaid)
def empty_cart(ctx: WriteCtx, event: OrderPaid) -> None:
    """Take what was bought out of the cart."""
    remove_bought(ctx, order_id=event.order_id)


@on(OrderPaid)
def request_order_emails(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for receipt and news of the sale."""
    ctx.enqueue(ORDER_EMAILS.name, key=str(event.order_id))


@on(ExclusiveSold)
def end_other_checkouts(ctx: WriteCtx, event: ExclusiveSold) -> None:
    """Ask to end what still offers the recording."""
    ctx.enqueue(CLOSE_COMPETING.name, key=str(event.recording_id))


@job(ORDER_EMAILS)
def send_order_emails(rt: Runtime, task: Task) -> None:
    """Write receipt and news of the sale."""
    queue_order_emails(rt, order_id=UUID(task.key))


@job(CLOSE_COMPETING)
def close_competing_checkouts(rt: Runtime, task: Task) -> None:
    """End other checkouts of a recording that is sold exclusively."""
    flows.close_competing_checkouts(rt, recording_id=UUID(task.key))


@chore(INBOUND_HANDLERS)
def process_inbound(rt: Runtime) -> None:
    """Work off what the payment network told us."""
    flows.process_inbox(rt)


@chore(RECONCILERS)
def reconcile_checkouts(rt: Runtime) -> None:
    """Learn what became of checkouts whose time is over."""
    flows.reconcile_sessions(rt)


@chore(RECONCILERS)
def backfill(rt: Runtime) -> None:
    """Fetch events that no webhook brought."""
    flows.backfill(rt)


@chore(CLEANUPS)
def reconcile_delayed_payments(rt: Runtime) -> None:
    """Learn what became of debits and fees that nobody told us about."""
    flows.reconcile_delayed(rt)


@chore(CLEANUPS)
def clean_up(rt: Runtime) -> None:
    """Forget guests' old carts and passes."""
    with rt.write(SYSTEM) as ctx:
        delete_old_carts(ctx)
        delete_expired_passes(ctx)
