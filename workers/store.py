"""What the store works on: e-mails about orders, open checkouts, events of the payment network."""

from uuid import UUID

from indii.catalog.recordings.events import RecordingTakenDown
from indii.identity.guests.commands import delete_expired_passes
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from indii.store.checkout.commands import delete_old_carts, remove_bought
from indii.store.downloads.commands import (
    SALE_EMAIL,
    ask_for_sale_emails,
    queue_receipt,
    queue_sale_email,
)
from indii.store.licenses.commands import CLOSE_CHECKOUTS
from indii.store.licenses.events import ExclusiveSold
from indii.store.licenses.flows import close_checkouts
from indii.store.orders import flows
from indii.store.orders.events import OrderPaid
from workers.registry import (
    CLEANUPS,
    INBOUND_HANDLERS,
    RECONCILERS,
    Ending,
    Inbound,
    Task,
    chore,
    inbound,
    job,
    on,
)


@inbound(
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
def checkout_changed(rt: Runtime, event: Inbound) -> Ending:
    """Bring an order to where its checkout stands now."""
    return flows.ask_checkout(rt, event.object_ref)


@inbound("charge.updated")
def fee_known(rt: Runtime, event: Inbound) -> Ending:
    """Book what the network kept of a payment."""
    return flows.ask_fee(rt, event.payment_ref)


@on(OrderPaid)
def empty_cart(ctx: WriteCtx, event: OrderPaid) -> None:
    """Take what was bought out of the cart."""
    remove_bought(ctx, order_id=event.order_id)


@on(OrderPaid)
def write_receipt(ctx: WriteCtx, event: OrderPaid) -> None:
    """Write to the buyer."""
    queue_receipt(ctx, order_id=event.order_id)


@on(OrderPaid)
def tell_sellers(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for an e-mail to everybody who sold something."""
    ask_for_sale_emails(ctx, order_id=event.order_id)


@job(SALE_EMAIL)
def write_to_seller(_rt: Runtime, task: Task) -> Ending:
    """Write to one seller of an order."""
    order_id, seller_id = UUID(task.payload["order"]), UUID(task.payload["seller"])
    return lambda ctx: queue_sale_email(ctx, order_id=order_id, seller_id=seller_id)


@on(ExclusiveSold)
def end_checkouts_of_sold(ctx: WriteCtx, event: ExclusiveSold) -> None:
    """Ask to end what still offers a recording that is sold exclusively."""
    ctx.enqueue(CLOSE_CHECKOUTS.name, key=str(event.recording_id))


@on(RecordingTakenDown)
def end_checkouts_of_taken_down(ctx: WriteCtx, event: RecordingTakenDown) -> None:
    """Ask to end what still offers a recording that is taken down."""
    ctx.enqueue(CLOSE_CHECKOUTS.name, key=str(event.recording_id))


@job(CLOSE_CHECKOUTS)
def end_checkouts(rt: Runtime, task: Task) -> None:
    """End open checkouts of a recording that nobody can license any more."""
    close_checkouts(rt, recording_id=UUID(task.key))


@chore(RECONCILERS)
def reconcile_checkouts(rt: Runtime) -> None:
    """Learn what became of checkouts whose time is over."""
    flows.reconcile_sessions(rt)


@chore(RECONCILERS)
def backfill_events(rt: Runtime) -> None:
    """Fetch events that somebody here handles and no webhook brought."""
    flows.backfill(rt, kinds=sorted(INBOUND_HANDLERS))


@chore(CLEANUPS)
def reconcile_slow_money(rt: Runtime) -> None:
    """Learn what became of debits and fees that nobody told us about."""
    flows.reconcile_delayed(rt)


@chore(CLEANUPS)
def forget_old(rt: Runtime) -> None:
    """Forget guests' old carts and passes."""
    with rt.write(SYSTEM) as ctx:
        delete_old_carts(ctx)
        delete_expired_passes(ctx)
