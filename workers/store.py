"""What the store works on: letters, rivals of an exclusive sale, news from the payment network."""

from uuid import UUID

from indii.identity.guests.commands import forget_old_passes
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.runtime import Runtime
from indii.store.checkout.commands import clear_bought, forget_old_carts
from indii.store.downloads.commands import LETTERS
from indii.store.downloads.flows import write_letters
from indii.store.licenses.commands import CLOSE_RIVALS
from indii.store.licenses.events import ExclusiveSold
from indii.store.licenses.flows import close_rivals as end_rivals
from indii.store.orders import flows
from indii.store.orders.events import OrderPaid
from workers.registry import HEEDERS, TIDIERS, WATCHERS, Task, chore, job, on


@on(OrderPaid)
def empty_cart(ctx: WriteCtx, event: OrderPaid) -> None:
    """Take what was bought out of the cart."""
    clear_bought(ctx, order_id=event.order_id)


@on(OrderPaid)
def write_to_everybody(ctx: WriteCtx, event: OrderPaid) -> None:
    """Ask for receipt and news of the sale."""
    ctx.enqueue(LETTERS.name, key=str(event.order_id))


@on(ExclusiveSold)
def end_other_checkouts(ctx: WriteCtx, event: ExclusiveSold) -> None:
    """Ask to end what still offers the recording."""
    ctx.enqueue(CLOSE_RIVALS.name, key=str(event.recording_id))


@job(LETTERS)
def letters(rt: Runtime, task: Task) -> None:
    """Write receipt and news of the sale."""
    write_letters(rt, order_id=UUID(task.key))


@job(CLOSE_RIVALS)
def close_rivals(rt: Runtime, task: Task) -> None:
    """End other checkouts of a recording that is sold exclusively."""
    end_rivals(rt, recording_id=UUID(task.key))


@chore(HEEDERS)
def heed(rt: Runtime) -> None:
    """Work off what the payment network told us."""
    flows.work_inbox(rt)


@chore(WATCHERS)
def watch_checkouts(rt: Runtime) -> None:
    """Learn what became of checkouts whose time is over."""
    flows.sweep_sessions(rt)


@chore(WATCHERS)
def catch_up(rt: Runtime) -> None:
    """Fetch events that no webhook brought."""
    flows.catch_up(rt)


@chore(TIDIERS)
def watch_slow_money(rt: Runtime) -> None:
    """Learn what became of debits and fees that nobody told us about."""
    flows.sweep_slowly(rt)


@chore(TIDIERS)
def tidy(rt: Runtime) -> None:
    """Forget guests' old carts and passes."""
    with rt.write(SYSTEM) as ctx:
        forget_old_carts(ctx)
        forget_old_passes(ctx)
