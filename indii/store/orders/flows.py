"""Orders and the payment network: opening a checkout, learning how it went, missing nothing.

Whatever told us (the page a buyer returns to, a webhook, the sweep), one road leads to the books:
ask the network how the checkout stands now, then `settle`. Nothing a browser or an event claims is
believed.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from indii.kernel import inbox
from indii.kernel.context import SYSTEM, Actor, WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.ids import read_id
from indii.kernel.inbox import InboundMessage
from indii.kernel.logging import log
from indii.kernel.runtime import Runtime
from indii.ports.errors import PaymentError, PortError
from indii.ports.payments import (
    Checkout,
    CheckoutLine,
    CheckoutRequest,
    CheckoutStatus,
    Fee,
    PaymentEvent,
)
from indii.store.orders import commands, queries
from indii.store.orders.commands import Payment
from indii.store.orders.enums import OrderStatus
from indii.store.orders.queries import OpenSession

Ending = Callable[[WriteCtx], object]

PROVIDER = "stripe"
BACKFILL_WINDOW = timedelta(hours=3)
# The network keeps its events for thirty days.
MAX_BACKFILL_WINDOW = timedelta(days=29)


def open_checkout(rt: Runtime, actor: Actor, *, order_id: UUID) -> str:
    """Return the address where an order is paid; asking twice gives the same one.

    Raises:
        PaymentError: the network refused, or did not answer; the order waits unharmed.
    """
    with rt.read(actor) as ctx:
        session = queries.open_session(ctx, order_id)
    if session.url:
        return session.url
    made = rt.payments.open_checkout(_request(rt, session))
    with rt.write(actor) as ctx:
        commands.record_session(ctx, session_id=session.id, ref=made.ref, url=made.url)
    return made.url


def _request(rt: Runtime, session: OpenSession) -> CheckoutRequest:
    base = rt.site.public_url
    return CheckoutRequest(
        key=session.key,
        order_id=str(session.order_id),
        currency=session.currency,
        lines=[CheckoutLine(line.title, line.detail, line.price_minor) for line in session.lines],
        email=session.email,
        success_url=f"{base}/checkout/return?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}{session.left_path}",
        expires_at=session.expires_at,
        allows_delayed=session.allows_delayed,
    )


def sync_checkout(rt: Runtime, *, session_ref: str) -> OrderStatus | None:
    """Ask how a checkout stands and do what follows from it; None for one that is not ours.

    Raises:
        PaymentError: the network did not answer; nothing was changed.
    """
    return apply_status(rt, rt.payments.checkout(session_ref))


def apply_status(rt: Runtime, found: Checkout) -> OrderStatus | None:
    """Bring an order to where its checkout stands; safe to repeat, in any order of news."""
    with rt.write(SYSTEM) as ctx:
        return _apply_status(ctx, found)


def _apply_status(ctx: WriteCtx, found: Checkout) -> OrderStatus | None:
    order_id = read_id(found.order_id)
    if order_id is None or queries.order_state(ctx.reading, order_id) is None:
        log.info("foreign_checkout", ref=found.ref)
        return None
    if found.state is CheckoutStatus.COMPLETE and found.is_paid:
        payment = Payment(found.payment_ref, found.amount_minor, found.currency)
        return commands.fulfil_order(ctx, order_id=order_id, payment=payment)
    if found.state in {CheckoutStatus.EXPIRED, CheckoutStatus.FAILED}:
        return commands.cancel_order(ctx, order_id=order_id)
    if found.state is CheckoutStatus.COMPLETE:
        commands.mark_pending(ctx, ref=found.ref)
    return queries.order_state(ctx.reading, order_id)


def finish_free(rt: Runtime, *, order_id: UUID) -> OrderStatus:
    """Fulfil an order that costs nothing."""
    with rt.write(SYSTEM) as ctx:
        return commands.fulfil_order(ctx, order_id=order_id, payment=None)


def abandon(rt: Runtime, actor: Actor, *, order_id: UUID) -> OrderStatus | None:
    """End the checkout of an order that its buyer does not want to pay now.

    Whoever paid in the last second has paid: the order is fulfilled instead.

    Raises:
        OrderNotFound: not this person's.
        PaymentError: the network did not answer; the order stays as it is.
    """
    with rt.read(actor) as ctx:
        queries.require_own(ctx, order_id)
    with rt.read(SYSTEM) as ctx:
        refs = queries.session_refs(ctx, order_id)
    if not refs:
        with rt.write(SYSTEM) as ctx:
            commands.cancel_order(ctx, order_id=order_id)
        return OrderStatus.CANCELED
    state = None
    for ref in refs:
        state = apply_status(rt, rt.payments.expire_checkout(ref))
    return state


def receive_webhook(rt: Runtime, actor: Actor, *, body: bytes, signature: str) -> None:
    """Store what a webhook says, once.

    Raises:
        WebhookRefused: nobody we know signed this.
    """
    store_event(rt, actor, rt.payment_events.read(body, signature))


def store_event(rt: Runtime, actor: Actor, event: PaymentEvent) -> bool:
    """Keep a verified event for the worker; False if it was kept before."""
    with rt.write(actor) as ctx:
        kept = inbox.store(
            ctx,
            InboundMessage(
                provider=PROVIDER,
                external_id=event.external_id,
                kind=event.kind,
                payload={"object": event.object_ref, "payment": event.payment_ref},
                happened_at=event.happened_at,
            ),
        )
    return kept is not None


def ask_checkout(rt: Runtime, ref: str) -> Ending:
    """Ask how a checkout stands; return what follows from it."""
    found = rt.payments.checkout(ref)
    return lambda ctx: _apply_status(ctx, found)


def ask_fee(rt: Runtime, payment_ref: str) -> Ending:
    """Ask what the network kept of a payment; return what follows from it."""
    fee = rt.payments.fee(payment_ref) if payment_ref else None
    return lambda ctx: _book(ctx, payment_ref, fee)


def sync_fee(rt: Runtime, *, payment_ref: str) -> None:
    """Book what the network kept of a payment, if it says by now."""
    follow = ask_fee(rt, payment_ref)
    with rt.write(SYSTEM) as ctx:
        follow(ctx)


def _book(ctx: WriteCtx, payment_ref: str, fee: Fee | None) -> None:
    if fee is not None:
        commands.book_fee(
            ctx,
            payment_ref=payment_ref,
            fee_ref=fee.ref,
            amount_minor=fee.amount_minor,
            currency=fee.currency,
        )


def reconcile_sessions(rt: Runtime) -> int:
    """Ask about every checkout whose time is over and that nobody told us about."""
    with rt.read(SYSTEM) as ctx:
        overdue = queries.overdue_sessions(ctx)
    for session in overdue:
        with _one_of_many(order_id=str(session.order_id)):
            _sweep(rt, session)
    return len(overdue)


def reconcile_delayed(rt: Runtime) -> None:
    """Ask about what may take days: debits under way, fees; end free orders nobody finished."""
    with rt.read(SYSTEM) as ctx:
        pending, unbooked = queries.pending_refs(ctx), queries.payments_without_fee(ctx)
        unfinished = queries.unfinished_free_orders(ctx)
    for ref in pending:
        with _one_of_many(session=ref):
            sync_checkout(rt, session_ref=ref)
    for payment_ref in unbooked:
        with _one_of_many(payment=payment_ref):
            sync_fee(rt, payment_ref=payment_ref)
    for order_id in unfinished:
        with rt.write(SYSTEM) as write:
            commands.cancel_order(write, order_id=order_id)


@contextmanager
def _one_of_many(**about: str) -> Generator[None]:
    """Let one thing fail without holding up the others; the next round tries it again."""
    try:
        yield
    except (IndiiError, PortError) as error:
        log.warning("sweep_failed", error=str(error), **about)
    except Exception:  # noqa: BLE001 - one bad order must not hold up the others
        log.error("sweep_bug", exc_info=True, **about)


def _sweep(rt: Runtime, session: OpenSession) -> None:
    ref = session.ref
    if not ref:
        # Asked for, and then nobody was there to hear the answer: the key finds it again.
        try:
            ref = rt.payments.open_checkout(_request(rt, session)).ref
        except PaymentError as error:
            if error.retryable:
                raise
            # Refused, for its end lies behind us: it was never opened.
            with rt.write(SYSTEM) as ctx:
                commands.cancel_order(ctx, order_id=session.order_id)
            return
        with rt.write(SYSTEM) as ctx:
            commands.record_session(ctx, session_id=session.id, ref=ref, url="")
    apply_status(rt, rt.payments.expire_checkout(ref))


def backfill(rt: Runtime, *, kinds: Sequence[str]) -> int:
    """Store events of these kinds that no webhook brought us; return how many were new.

    Looks back from the newest that we know of, so a site that slept for a week misses nothing.
    """
    with rt.read(SYSTEM) as ctx:
        known = queries.last_event_at(ctx, PROVIDER) or ctx.now
        since = max(min(known, ctx.now) - BACKFILL_WINDOW, ctx.now - MAX_BACKFILL_WINDOW)
    missed = rt.payment_events.since(since, kinds)
    return sum(store_event(rt, SYSTEM, event) for event in missed)
