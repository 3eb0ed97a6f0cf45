"""Giving tips; what an order of one does, and undoes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.identity.accounts.models import Account
from indii.identity.accounts.rules import clean_email
from indii.kernel.context import WriteCtx
from indii.store.orders.commands import ReturnPaths, create_order
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.kinds import Buyer, LineKind, PricedLine, Words
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.store.orders.rules import content_hash
from indii.store.tips import queries, rules
from indii.store.tips.errors import NoPaymentsHere, OwnTip, TipGone
from indii.store.tips.models import Tip


@dataclass(frozen=True, slots=True)
class NewTip:
    """A tip as somebody filled the form in, all of it hostile."""

    slug: str
    recording: str = ""
    amount: str = ""
    typed: str = ""
    giver: str = ""
    message: str = ""
    is_public: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What only tips know of a line that is about to be ordered."""

    profile_id: UUID
    recording_id: UUID | None
    giver: str
    message: str
    is_public: bool


def give_tip(ctx: WriteCtx, *, tip: NewTip, buyer_hash: str) -> UUID:
    """Place a tip as an order of its own, whatever lies in a cart; return the order.

    The same tip sent twice while its payment page is open is one order.

    Raises:
        NobodyToTip: there is no such producer or recording, or the producer cannot be paid.
        OwnTip: to oneself.
        NoPaymentsHere: this site takes no money.
        IndiiError: on `amount`, `message`, `giver` or `email`.
    """
    profile = queries.payee(ctx.reading, tip.slug)
    if not ctx.site.takes_payments:
        raise NoPaymentsHere
    currency = ctx.site.currency
    heard = (
        queries.find_recording_of(ctx.reading, profile.id, tip.recording) if tip.recording else None
    )
    minor = rules.check_amount(tip.amount, tip.typed, currency)
    message = rules.check_message(tip.message)
    email = _email(ctx, tip.email)
    facts = _Facts(
        profile_id=profile.id,
        recording_id=heard.id if heard else None,
        giver=rules.check_giver(tip.giver),
        message=message,
        is_public=tip.is_public and bool(message),
    )
    line = PricedLine(
        kind=queries.KIND,
        payee_id=profile.id,
        payee_name=profile.name,
        title=heard.title if heard else profile.name,
        label="Tip",
        unit_price_minor=minor,
        currency=currency,
        identity=(
            queries.KIND, str(profile.id), str(facts.recording_id or ""), str(minor), currency,
            facts.giver, message, str(facts.is_public),
        ),
        facts=facts,
    )  # fmt: skip
    wanted = content_hash([(email, buyer_hash), line.identity])
    if (open_order := _find_open(ctx, wanted)) is not None:
        return open_order
    left = queries.tip_href(profile.slug, recording=tip.recording if heard else "", left=True)
    order = create_order(
        ctx,
        email=email,
        buyer_hash=buyer_hash,
        content_hash=wanted,
        lines=[line],
        paths=ReturnPaths(done=lambda order_id: f"/tip-thanks/{order_id}", left=left),
    )
    ctx.audit("order.placed", "order", order.id, lines=1)
    return order.id


def _email(ctx: WriteCtx, email: str) -> str:
    if ctx.actor.account_id is not None:
        return ctx.db.get_one(Account, ctx.actor.account_id).email
    return clean_email(email)


def _find_open(ctx: WriteCtx, wanted: str) -> UUID | None:
    """Return the order of this very tip whose payment page is still open."""
    alive = (SessionStatus.OPENING, SessionStatus.OPEN)
    found: UUID | None = ctx.db.scalar(
        select(col(Order.id))
        .join(PaymentSession, col(PaymentSession.order_id) == col(Order.id))
        .where(
            col(Order.content_hash) == wanted,
            col(Order.account_id).is_not_distinct_from(ctx.actor.account_id),
            col(Order.state) == OrderStatus.AWAITING_PAYMENT,
            col(PaymentSession.state).in_(alive),
            col(PaymentSession.expires_at) > ctx.now,
        )
        .limit(1)
    )
    return found


def remove_message(ctx: WriteCtx, *, tip_id: UUID) -> UUID:
    """Take the message of a tip away for good; the money stays. Return whose page it stood on.

    Raises:
        NotAllowed: the actor is no administrator.
        TipGone: there is no such message, or it was removed already.
    """
    ctx.actor.require_role("admin")
    tip = ctx.db.get(Tip, tip_id, with_for_update=True)
    if tip is None or tip.removed_at is not None or not tip.message:
        raise TipGone
    tip.removed_at = ctx.now
    ctx.audit("tip.message_removed", "tip", tip_id)
    return tip.profile_id


# ---- in an order ------------------------------------------------------------------------------


def _check(ctx: WriteCtx, lines: Sequence[PricedLine], buyer: Buyer) -> None:  # noqa: ARG001
    if any(line.payee_id == ctx.actor.profile_id for line in lines):
        raise OwnTip


def _freeze(ctx: WriteCtx, order: Order, lines: Mapping[UUID, PricedLine]) -> None:  # noqa: ARG001
    for item_id, line in lines.items():
        facts: _Facts = line.facts
        ctx.db.add(
            Tip(
                order_item_id=item_id,
                profile_id=facts.profile_id,
                recording_id=facts.recording_id,
                giver=facts.giver,
                message=facts.message,
                is_public=facts.is_public,
                created_at=ctx.now,
            )
        )


def _fulfil(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> set[UUID]:  # noqa: ARG001
    """Deliver thanks, which never fails."""
    return {item.id for item in items}


def _revoke(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    """Take nothing back: a message is shown only while its line is good."""


def _restore(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> set[UUID]:  # noqa: ARG001
    return {item.id for item in items}


WORDS = Words(
    one="tip",
    many="tips",
    undeliverable="This tip could not be given.",
    notes={
        ItemStatus.REFUNDING: "A refund is on its way.",
        ItemStatus.REFUNDED: "Refunded. The message is no longer shown.",
    },
    receipt="Your tip and your message are listed here:",
    sold="You got a tip",
    sold_to="from",
    ends="The public message of a tip is then no longer shown.",
    ended="Messages that came with a tip are no longer shown.",
    seller_ended="The message that came with a tip is no longer shown.",
    stands="The tip remains valid.",
    seller_stands="The tip is valid again.",
)
TIP = LineKind(
    name=queries.KIND,
    words=WORDS,
    check=_check,
    freeze=_freeze,
    fulfil=_fulfil,
    revoke=_revoke,
    restore=_restore,
    describe=queries.describe,
)
