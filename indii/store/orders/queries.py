"""Orders as their buyers, their sellers and the payment flows see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.business.ledger.enums import TransactionKind
from indii.business.ledger.models import LedgerTransaction
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import GrantLine, grants_of
from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import cover_url
from indii.identity.guests.queries import proven_email
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money, whole_number
from indii.kernel.inbox import InboundEvent
from indii.kernel.paging import behind
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold
from indii.store.orders import rules
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem, PaymentSession

STATE_LABELS = {
    OrderStatus.AWAITING_PAYMENT: "Waiting for payment",
    OrderStatus.PAID: "Paid",
    OrderStatus.PARTIALLY_REFUNDED: "Partly refunded",
    OrderStatus.REFUNDED: "Refunded",
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.NEEDS_REVIEW: "Being looked at",
}
_ALIVE = (SessionStatus.OPENING, SessionStatus.OPEN, SessionStatus.PENDING)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What a hosted checkout says about one line."""

    title: str
    license: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A hosted checkout that is asked for or open; `url` is "" until the network answered."""

    id: UUID
    order_id: UUID
    key: str
    ref: str
    url: str
    currency: str
    email: str
    lines: tuple[SessionLine, ...]
    expires_at: datetime
    has_exclusive: bool


def is_buyer(ctx: ReadCtx, order: Order) -> bool:
    """Whether the order is the actor's: by account, by this browser's token, or by e-mail."""
    if ctx.actor.has_role("system"):
        return True
    if ctx.actor.account_id is not None and order.account_id == ctx.actor.account_id:
        return True
    if not ctx.actor.buyer:
        return False
    return order.buyer_hash == ctx.actor.buyer or order.email == proven_email(ctx)


def require_own(ctx: ReadCtx, order_id: UUID) -> Order:
    """Return the actor's own order.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    order = ctx.db.get(Order, order_id)
    if order is None or not is_buyer(ctx, order):
        raise OrderNotFound
    return order


def order_state(ctx: ReadCtx, order_id: UUID) -> OrderStatus | None:
    """Return where an order stands, None if there is none; no check who asks."""
    found = ctx.db.scalar(select(col(Order.state)).where(col(Order.id) == order_id))
    return OrderStatus(found) if found else None


def _open(ctx: ReadCtx, session: PaymentSession, order: Order) -> OpenSession:
    items = items_of(ctx, [order.id])
    return OpenSession(
        id=session.id,
        order_id=order.id,
        key=session.key,
        ref=session.ref,
        url=session.url,
        currency=order.currency,
        email=order.email,
        lines=tuple(
            SessionLine(i.title, _license(i), i.price_minor) for i in items if i.price_minor
        ),
        expires_at=session.expires_at,
        has_exclusive=any(i.tier == LicenseTier.EXCLUSIVE for i in items),
    )


def _license(item: OrderItem) -> str:
    return f"{TIER_LABELS[LicenseTier(item.tier)]} · {item.producer_name}"


def open_session(ctx: ReadCtx, order_id: UUID) -> OpenSession:
    """Return the newest checkout of the actor's own order that can still be paid.

    Raises:
        OrderNotFound: not this person's, or nothing is to be paid.
    """
    order = require_own(ctx, order_id)
    found = ctx.db.scalar(
        select(PaymentSession)
        .where(
            col(PaymentSession.order_id) == order_id,
            col(PaymentSession.state).in_([SessionStatus.OPENING, SessionStatus.OPEN]),
        )
        .order_by(col(PaymentSession.attempt).desc())
        .limit(1)
    )
    if found is None:
        raise OrderNotFound
    return _open(ctx, found, order)


def session_refs(ctx: ReadCtx, order_id: UUID) -> Sequence[str]:
    """Return the checkouts of an order that the network knows; no check who asks."""
    return ctx.db.scalars(
        select(col(PaymentSession.ref)).where(
            col(PaymentSession.order_id) == order_id,
            col(PaymentSession.ref) != "",
            col(PaymentSession.state).in_(_ALIVE),
        )
    )


def competing_refs(ctx: ReadCtx, recording_id: UUID) -> Sequence[str]:
    """Return open checkouts in which a recording is still for sale; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(PaymentSession.ref))
        .join(Order, col(Order.id) == col(PaymentSession.order_id))
        .join(OrderItem, col(OrderItem.order_id) == col(Order.id))
        .where(
            col(OrderItem.recording_id) == recording_id,
            col(Order.state) == OrderStatus.AWAITING_PAYMENT,
            col(PaymentSession.state) == SessionStatus.OPEN,
            col(PaymentSession.ref) != "",
        )
        .distinct()
    )


def order_of_session(ctx: ReadCtx, ref: str) -> UUID | None:
    """Return the order that a checkout was opened for; no check who asks."""
    found: UUID | None = ctx.db.scalar(
        select(col(PaymentSession.order_id)).where(col(PaymentSession.ref) == ref)
    )
    return found


def overdue_sessions(ctx: ReadCtx, *, limit: int = 100) -> tuple[OpenSession, ...]:
    """Return checkouts whose time is over though nobody said how they ended."""
    found = ctx.db.execute(
        select(PaymentSession, Order)
        .join(Order, col(Order.id) == col(PaymentSession.order_id))
        .where(
            col(PaymentSession.state).in_([SessionStatus.OPENING, SessionStatus.OPEN]),
            col(PaymentSession.expires_at) < ctx.now - rules.SWEEP_AFTER,
        )
        .order_by(col(PaymentSession.expires_at))
        .limit(limit)
    ).all()
    return tuple(_open(ctx, session, order) for session, order in found)


def session_state(ctx: ReadCtx, ref: str) -> SessionStatus | None:
    """Return where a checkout stands as far as we know; no check who asks."""
    found = ctx.db.scalar(select(col(PaymentSession.state)).where(col(PaymentSession.ref) == ref))
    return SessionStatus(found) if found else None


def has_session_in(
    ctx: ReadCtx, order_id: UUID, *states: SessionStatus, over_at: datetime | None = None
) -> bool:
    """Whether a checkout of an order stands so, and ends by then if that is given."""
    found = select(col(PaymentSession.id)).where(
        col(PaymentSession.order_id) == order_id, col(PaymentSession.state).in_(states)
    )
    if over_at is not None:
        found = found.where(col(PaymentSession.expires_at) <= over_at)
    return ctx.db.scalar(found.limit(1)) is not None


def pending_refs(ctx: ReadCtx) -> Sequence[str]:
    """Return checkouts whose money is on its way; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(PaymentSession.ref))
        .where(col(PaymentSession.state) == SessionStatus.PENDING, col(PaymentSession.ref) != "")
        .order_by(col(PaymentSession.expires_at))
        .limit(500)
    )


def payments_without_fee(ctx: ReadCtx) -> Sequence[str]:
    """Return payments of which the books do not know the network's fee; for the system."""
    ctx.actor.require_role("system")
    booked = (
        select(col(LedgerTransaction.id))
        .where(
            col(LedgerTransaction.order_id) == col(Order.id),
            col(LedgerTransaction.kind) == TransactionKind.PROCESSOR_FEE,
        )
        .exists()
    )
    return ctx.db.scalars(
        select(col(Order.payment_ref))
        .where(
            col(Order.payment_ref) != "",
            col(Order.state).in_(PAID_STATUSES),
            col(Order.paid_at) < ctx.now - rules.FEE_AFTER,
            col(Order.paid_at) > ctx.now - rules.FEE_WITHIN,
            ~booked,
        )
        .order_by(col(Order.paid_at).desc())
        .limit(200)
    )


def unfinished_free_orders(ctx: ReadCtx) -> Sequence[UUID]:
    """Return free orders that were placed and then left alone; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(Order.id))
        .where(
            col(Order.state) == OrderStatus.AWAITING_PAYMENT,
            col(Order.total_minor) == 0,
            col(Order.created_at) < ctx.now - rules.CHECKOUT_LIFE,
        )
        .limit(200)
    )


def last_event_at(ctx: ReadCtx, provider: str) -> datetime | None:
    """Return when the newest event happened that the network told us of."""
    found: datetime | None = ctx.db.scalar(
        select(func.max(col(InboundEvent.happened_at))).where(
            col(InboundEvent.provider) == provider
        )
    )
    return found


def items_of(ctx: ReadCtx, order_ids: Sequence[UUID]) -> Sequence[OrderItem]:
    """Return the lines of these orders; no check who asks."""
    return ctx.db.scalars(
        select(OrderItem)
        .where(col(OrderItem.order_id).in_(order_ids))
        .order_by(col(OrderItem.order_id), col(OrderItem.position))
    )


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One license that a producer sold; the certificate's address is "" until it is made."""

    id: str
    order_number: str
    when: str
    at: str
    title: str
    cover: str
    tier_label: str
    buyer: str
    price_label: str
    receives_label: str
    state: str
    state_label: str
    certificate_href: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """An exclusive license that somebody is paying for at this moment."""

    title: str
    until: str
    at: str


@dataclass(frozen=True, slots=True)
class SalesPage:
    """A producer's sales, newest first; `next_after` continues the list."""

    rows: list[SaleRow] = field(default_factory=list)
    holds: list[HoldRow] = field(default_factory=list)
    next_after: str = ""
    total: str = ""
    total_note: str = ""


_SOLD = (ItemStatus.GRANTED, ItemStatus.REFUNDING, ItemStatus.REFUNDED)
_SALE_LABELS = {ItemStatus.REFUNDING: "Refund on its way", ItemStatus.REFUNDED: "Refunded"}


def sales_page(ctx: ReadCtx, *, after: UUID | None = None, limit: int = 50) -> SalesPage:
    """Return what the actor's recordings sold; the buyer is named as licensee, never by e-mail."""
    ctx.actor.require_role("producer")
    profile_id = ctx.actor.require_profile()
    mine = (col(OrderItem.producer_id) == profile_id) & col(OrderItem.state).in_(_SOLD)
    statement = (
        select(OrderItem, Order, Recording)
        .join(Order, col(Order.id) == col(OrderItem.order_id))
        .join(Recording, col(Recording.id) == col(OrderItem.recording_id))
        .where(mine)
        .order_by(col(OrderItem.id).desc())
        .limit(limit + 1)
    )
    statement = behind(ctx.db, statement, key=col(OrderItem.id), after=after)
    found = ctx.db.execute(statement).all()
    grants = grants_of(ctx, [item.id for item, *_ in found])
    rows = [_sale(ctx, row, grants.get(row[0].id)) for row in found[:limit]]
    total = ctx.db.scalar(select(func.count()).select_from(OrderItem).where(mine)) or 0
    return SalesPage(
        rows=rows,
        holds=_holds(ctx, profile_id),
        next_after=rows[-1].id if len(found) > limit else "",
        total=whole_number(total),
        total_note=f"{'license' if total == 1 else 'licenses'}, free ones included",
    )


def _sale(ctx: ReadCtx, row: Any, grant: GrantLine | None) -> SaleRow:
    item, order, recording = row
    by = f" ({item.licensee_alias})" if item.licensee_alias else ""
    is_back = item.state == ItemStatus.REFUNDED
    then = order.paid_at or order.created_at
    return SaleRow(
        id=str(item.id),
        order_number=order.number,
        when=ago(then, ctx.now),
        at=then.isoformat(),
        title=item.title,
        cover=cover_url(recording.id, recording.cover_version),
        tier_label=TIER_LABELS[LicenseTier(item.tier)],
        buyer=f"{item.licensee_name}{by}",
        price_label=money(item.price_minor, order.currency) if item.price_minor else "Free",
        receives_label=money(0 if is_back else item.price_minor - item.fee_minor, order.currency),
        state=item.state,
        state_label=_SALE_LABELS.get(ItemStatus(item.state), ""),
        certificate_href=f"/api/certificates/{grant.certificate_id}.pdf"
        if grant and grant.is_made
        else "",
    )


def _holds(ctx: ReadCtx, profile_id: UUID) -> list[HoldRow]:
    found = ctx.db.execute(
        select(col(Recording.title), col(ExclusiveHold.expires_at))
        .join(Recording, col(Recording.id) == col(ExclusiveHold.recording_id))
        .where(
            col(Recording.producer_id) == profile_id,
            col(ExclusiveHold.state) == HoldStatus.HELD,
            col(ExclusiveHold.expires_at) > ctx.now,
        )
        .order_by(col(ExclusiveHold.expires_at))
    )
    return [
        HoldRow(title=title, until=f"{until:%H:%M} UTC", at=until.isoformat())
        for title, until in found
    ]
