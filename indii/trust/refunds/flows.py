"""Refunds and the payment network: asked once, looked up before they are asked again."""

from uuid import UUID

from indii.kernel.context import SYSTEM
from indii.kernel.runtime import Runtime
from indii.ports.errors import PaymentError
from indii.ports.payments import ProviderRefund, ProviderRefundStatus, RefundRequest
from indii.trust.refunds import commands, queries


def carry_out(rt: Runtime, *, refund_id: UUID) -> None:
    """Give the money back and settle what follows; safe to repeat.

    What became of an earlier request is looked up first: its key at the network lives a day only,
    and a worker may have died between the answer and our commit.

    Raises:
        PaymentError: nobody answered; the job tries again.
    """
    with rt.read(SYSTEM) as ctx:
        plan = queries.refund_plan(ctx, refund_id)
    if plan is None or not plan.is_open:
        return
    made = _find(rt, plan.payment_ref, refund_id)
    if made is None and plan.is_asked:
        made = _ask(rt, plan)
    if made is not None:
        _apply_result(rt, refund_id, made)


def _find(rt: Runtime, payment_ref: str, refund_id: UUID) -> ProviderRefund | None:
    found = rt.payments.refunds(payment_ref)
    return next((made for made in found if made.refund_id == str(refund_id)), None)


def _ask(rt: Runtime, plan: queries.RefundPlan) -> ProviderRefund | None:
    request = RefundRequest(
        key=f"refund:{plan.refund_id}",
        refund_id=str(plan.refund_id),
        payment_ref=plan.payment_ref,
        amount_minor=plan.amount_minor,
        currency=plan.currency,
    )
    try:
        return rt.payments.refund(request)
    except PaymentError as error:
        with rt.write(SYSTEM) as ctx:
            if error.retryable:
                commands.record_error(ctx, refund_id=plan.refund_id, why=str(error))
            else:
                commands.fail_refund(ctx, refund_id=plan.refund_id, why=str(error))
        if error.retryable:
            raise
        return None


def _apply_result(rt: Runtime, refund_id: UUID, made: ProviderRefund) -> None:
    with rt.write(SYSTEM) as ctx:
        if made.state is ProviderRefundStatus.FAILED:
            commands.fail_refund(ctx, refund_id=refund_id, why=commands.CAME_BACK)
        else:
            is_done = made.state is ProviderRefundStatus.SUCCEEDED
            commands.mark_accepted(ctx, refund_id=refund_id, ref=made.ref, is_done=is_done)


def reconcile(rt: Runtime, *, order_id: UUID) -> None:
    """Learn what became of every refund of an order, those made at the network itself included."""
    with rt.read(SYSTEM) as ctx:
        payment_ref = queries.payment_of(ctx, order_id)
    for made in rt.payments.refunds(payment_ref) if payment_ref else ():
        with rt.read(SYSTEM) as ctx:
            own = queries.own_refund(ctx, order_id, made.refund_id)
        if own is not None:
            _apply_result(rt, own, made)
        else:
            _record_external(rt, order_id, made)


def _record_external(rt: Runtime, order_id: UUID, made: ProviderRefund) -> None:
    with rt.write(SYSTEM) as ctx:
        if made.state is ProviderRefundStatus.FAILED:
            commands.fail_external(ctx, ref=made.ref)
        else:
            commands.record_external(
                ctx,
                order_id=order_id,
                amount_minor=made.amount_minor,
                currency=made.currency,
                ref=made.ref,
            )


def sweep_refunds(rt: Runtime) -> None:
    """Ask for the work of every refund that is not through, in case a word was lost."""
    with rt.write(SYSTEM) as ctx:
        for refund_id in queries.open_refunds(ctx.reading):
            ctx.enqueue(commands.REFUND.name, key=str(refund_id))
