"""Refunds as the flow that carries them out sees them, and as an operator does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.business.ledger.models import LedgerEntry, LedgerTransaction
from indii.identity.accounts.enums import Role
from indii.identity.accounts.models import Account
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money
from indii.kernel.ids import read_id
from indii.store.orders import kinds
from indii.store.orders.enums import PAID_STATUSES, ItemStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.queries import items_of
from indii.trust.refunds.enums import RefundStatus
from indii.trust.refunds.models import Refund, RefundLine
from indii.trust.refunds.rules import check_chosen, check_reason

REFUND_LABELS = {
    RefundStatus.ASKED: "Requested",
    RefundStatus.PENDING: "At the bank",
    RefundStatus.DONE: "Done",
    RefundStatus.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What to ask the network for; `is_open` is False once it has been settled."""

    refund_id: UUID
    payment_ref: str
    amount_minor: int
    currency: str
    is_open: bool
    is_asked: bool


def refund_plan(ctx: ReadCtx, refund_id: UUID) -> RefundPlan | None:
    """Return what a refund asks for, None if there is none; for the system."""
    ctx.actor.require_role("system")
    refund = ctx.db.get(Refund, refund_id)
    order = ctx.db.get(Order, refund.order_id) if refund else None
    if refund is None or order is None:
        return None
    return RefundPlan(
        refund_id=refund.id,
        payment_ref=order.payment_ref,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        is_open=refund.state in {RefundStatus.ASKED, RefundStatus.PENDING},
        is_asked=refund.state == RefundStatus.ASKED,
    )


@dataclass(frozen=True, slots=True)
class UnmatchedPayment:
    """A payment that did not fit its order: what came, what is still here, what nobody asked for.

    A refund that the network has not taken on yet is still here, but was asked for.
    """

    came_minor: int
    here_minor: int
    left_minor: int
    currency: str


def find_unmatched_payment(ctx: ReadCtx, order_id: UUID) -> UnmatchedPayment | None:
    """Return what was set aside of an order's payment, None if it fitted; no check who asks."""
    came = ctx.db.execute(
        select(col(LedgerEntry.amount_minor), col(LedgerEntry.currency))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            col(LedgerTransaction.dedupe_key) == f"set-aside:{order_id}",
            col(LedgerEntry.amount_minor) > 0,
        )
    ).first()
    if came is None:
        return None
    amount = col(Refund.amount_minor)
    is_asked = col(Refund.state) == RefundStatus.ASKED
    [(back, asked)] = ctx.db.execute(
        select(func.sum(amount).filter(~is_asked), func.sum(amount).filter(is_asked)).where(
            col(Refund.order_id) == order_id, col(Refund.state) != RefundStatus.FAILED
        )
    )
    here = max(0, came.amount_minor - int(back or 0))
    return UnmatchedPayment(
        came_minor=came.amount_minor,
        here_minor=here,
        left_minor=max(0, here - int(asked or 0)),
        currency=came.currency,
    )


def open_refunds(ctx: ReadCtx) -> tuple[UUID, ...]:
    """Return refunds that the network has taken on and not finished; for the system."""
    ctx.actor.require_role("system")
    return tuple(
        ctx.db.scalars(
            select(col(Refund.id))
            .where(col(Refund.state).in_([RefundStatus.ASKED, RefundStatus.PENDING]))
            .order_by(col(Refund.created_at))
            .limit(200)
        )
    )


def own_refund(ctx: ReadCtx, order_id: UUID, claimed: str) -> UUID | None:
    """Return the refund of this order that a refund at the network says it is, None if it is none.

    One of a database that was restored from a backup may be unknown here.
    """
    refund_id = read_id(claimed)
    refund = ctx.db.get(Refund, refund_id) if refund_id else None
    return refund.id if refund is not None and refund.order_id == order_id else None


def payment_of(ctx: ReadCtx, order_id: UUID) -> str:
    """Return the payment of an order, "" if there is none; no check who asks."""
    found = ctx.db.scalar(select(col(Order.payment_ref)).where(col(Order.id) == order_id))
    return found or ""


@dataclass(frozen=True, slots=True)
class RefundedSeller:
    """Somebody whose sale a refund gives back, and which lines."""

    profile_id: UUID
    email: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefundEmailFacts:
    """What the e-mails about a refund say.

    `ended` and `seller_ended` are sentences on what ends with these lines, for either. `came` is
    what was paid where that did not fit the order, else "".
    """

    number: str
    email: str
    total: str
    came: str
    amount: str
    reason: str
    has_failed: bool
    lines: tuple[str, ...]
    ended: tuple[str, ...]
    seller_ended: tuple[str, ...]
    sellers: tuple[RefundedSeller, ...]


def refund_note(ctx: ReadCtx, refund_id: UUID) -> RefundEmailFacts | None:
    """Return what the e-mails about a refund say, None if there is none; for the system."""
    ctx.actor.require_role("system")
    refund = ctx.db.get(Refund, refund_id)
    order = ctx.db.get(Order, refund.order_id) if refund else None
    if refund is None or order is None:
        return None
    found, aside = _lines(ctx, refund_id), find_unmatched_payment(ctx, order.id)
    lines = [item for item, _ in found]
    return RefundEmailFacts(
        number=order.number,
        email=order.email,
        total=money(order.total_minor, order.currency),
        came=money(aside.came_minor, aside.currency) if aside else "",
        amount=money(refund.amount_minor, refund.currency),
        reason=refund.reason,
        has_failed=refund.state == RefundStatus.FAILED,
        lines=tuple(_line(item) for item, _ in found),
        ended=kinds.said_once(lines, lambda words: words.ended),
        seller_ended=kinds.said_once(lines, lambda words: words.seller_ended),
        sellers=_by_seller(found),
    )


def _lines(ctx: ReadCtx, refund_id: UUID) -> Sequence[tuple[OrderItem, str]]:
    """Return the lines of a refund with their sellers' addresses."""
    found = ctx.db.execute(
        select(OrderItem, col(Account.email))
        .join(RefundLine, col(RefundLine.order_item_id) == col(OrderItem.id))
        .join(Profile, col(Profile.id) == col(OrderItem.payee_id))
        .join(Account, col(Account.id) == col(Profile.account_id))
        .where(col(RefundLine.refund_id) == refund_id)
        .order_by(col(OrderItem.position))
    )
    return [(item, email) for item, email in found]


def _by_seller(found: Sequence[tuple[OrderItem, str]]) -> tuple[RefundedSeller, ...]:
    sellers: dict[tuple[UUID, str], list[str]] = {}
    for item, email in found:
        sellers.setdefault((item.payee_id, email), []).append(_line(item))
    return tuple(RefundedSeller(*who, tuple(lines)) for who, lines in sellers.items())


@dataclass(frozen=True, slots=True)
class FailureEmailFacts:
    """What the e-mails about a failed refund say; `admins` are e-mails by account.

    `good` are lines that hold again, with a sentence on each kind of them for buyer and seller in
    `stands` and `seller_stands`; `owed` those that cannot be delivered any more. The
    buyer is told only if they heard before that money is on its way.
    """

    number: str
    email: str
    amount: str
    said: str
    is_emailed: bool
    good: tuple[str, ...]
    owed: tuple[str, ...]
    stands: tuple[str, ...]
    seller_stands: tuple[str, ...]
    sellers: tuple[RefundedSeller, ...]
    admins: Mapping[UUID, str]


def failure_note(ctx: ReadCtx, refund_id: UUID) -> FailureEmailFacts | None:
    """Return what the e-mails about a failed refund say, None if it did not; for the system."""
    ctx.actor.require_role("system")
    refund = ctx.db.get(Refund, refund_id)
    order = ctx.db.get(Order, refund.order_id) if refund else None
    if refund is None or order is None or refund.state != RefundStatus.FAILED:
        return None
    found, is_emailed = _lines(ctx, refund_id), refund.emailed_at is not None
    good = [(item, email) for item, email in found if item.state != ItemStatus.CANCELED]
    standing = [item for item, _ in good]
    return FailureEmailFacts(
        number=order.number,
        email=order.email,
        amount=money(refund.amount_minor, refund.currency),
        said=refund.last_error,
        is_emailed=is_emailed,
        good=tuple(_line(item) for item, _ in good),
        owed=tuple(_line(item) for item, _ in found if item.state == ItemStatus.CANCELED),
        stands=kinds.said_once(standing, lambda words: words.stands),
        seller_stands=kinds.said_once(standing, lambda words: words.seller_stands),
        sellers=_by_seller(good) if is_emailed else (),
        admins=_admins(ctx),
    )


def _admins(ctx: ReadCtx) -> Mapping[UUID, str]:
    found = ctx.db.execute(
        select(col(Account.id), col(Account.email))
        .where(col(Account.roles).contains([Role.ADMIN]), col(Account.disabled_at).is_(None))
        .order_by(col(Account.id))
    )
    return {account_id: email for account_id, email in found}  # noqa: C416 - rows are no pairs


def _line(item: OrderItem) -> str:
    return f"{item.title} by {item.payee_name}, {item.label}"


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money that goes or went back."""

    id: str
    amount_label: str
    state: str
    state_label: str
    reason: str
    what: str
    by: str
    ref: str
    error: str
    when: str
    at: str
    is_open: bool


def order_numbered(ctx: ReadCtx, number: str) -> Order:
    """Return an order by its number; no check who asks.

    Raises:
        OrderNotFound: there is none.
    """
    found: Order | None = ctx.db.scalar(
        select(Order).where(col(Order.number) == number.upper()[:20])
    )
    if found is None:
        raise OrderNotFound
    return found


def can_refund(order: Order, item: OrderItem) -> bool:
    """Whether an administrator can give this line back."""
    is_paid = order.state in PAID_STATUSES and bool(order.payment_ref) and order.paid_at is not None
    return is_paid and item.price_minor > 0 and item.state == ItemStatus.GRANTED


def refunds_of(
    ctx: ReadCtx, order_id: UUID, titles: Mapping[UUID, str], *, unnamed: str = "items unknown"
) -> tuple[RefundRow, ...]:
    """Return an order's refunds, newest first; `titles` are its lines by id.

    `unnamed` says what a refund without lines gave back.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    given: dict[UUID, list[str]] = {}
    pairs = ctx.db.execute(
        select(col(RefundLine.refund_id), col(RefundLine.order_item_id)).where(
            col(RefundLine.order_item_id).in_(list(titles))
        )
    )
    for refund_id, item_id in pairs:
        given.setdefault(refund_id, []).append(titles[item_id])
    found = ctx.db.execute(
        select(Refund, col(Profile.name))
        .outerjoin(Profile, col(Profile.account_id) == col(Refund.asked_by))
        .where(col(Refund.order_id) == order_id)
        .order_by(col(Refund.created_at).desc(), col(Refund.id).desc())
    )
    return tuple(
        RefundRow(
            id=str(refund.id),
            amount_label=money(refund.amount_minor, refund.currency),
            state=refund.state,
            state_label=REFUND_LABELS[RefundStatus(refund.state)],
            reason=refund.reason,
            what=", ".join(given.get(refund.id, [unnamed])),
            by=name or ("a closed account" if refund.asked_by else "automatic"),
            ref=refund.ref,
            error=refund.last_error,
            when=ago(refund.created_at, ctx.now),
            at=refund.created_at.isoformat(),
            is_open=refund.state in {RefundStatus.ASKED, RefundStatus.PENDING},
        )
        for refund, name in found
    )


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """A refund that is about to be asked for: what it gives back and what ends with it."""

    line_ids: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    amount_label: str = ""
    reason: str = ""
    button: str = ""


def refund_draft(ctx: ReadCtx, number: str, *, line_ids: Sequence[str], reason: str) -> RefundDraft:
    """Return what giving back these lines of an order would mean.

    Raises:
        NotAllowed: the actor is no administrator.
        OrderNotFound: there is no such order.
        IndiiError: on `lines` or `reason`.
    """
    ctx.actor.require_role("admin")
    order = order_numbered(ctx, number)
    items = {str(i.id): i for i in items_of(ctx, [order.id]) if can_refund(order, i)}
    chosen = check_chosen(line_ids, list(items))
    amount = money(sum(items[line].price_minor for line in chosen), order.currency)
    return RefundDraft(
        line_ids=chosen,
        titles=tuple(f"{items[x].title}, {items[x].label}" for x in chosen),
        ends=kinds.said_once([items[x] for x in chosen], lambda words: words.ends),
        amount_label=amount,
        reason=check_reason(reason),
        button=f"Refund {amount}",
    )
