"""Tips as their givers, their producers and visitors see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import playable, rows
from indii.identity.accounts.models import Account
from indii.identity.profiles.models import Profile
from indii.identity.profiles.queries import find_public_profile, open_profiles, public_profile
from indii.identity.profiles.rules import avatar_url
from indii.kernel.context import ReadCtx
from indii.kernel.errors import NotFound
from indii.kernel.format import ago, money
from indii.store.orders.enums import ItemStatus, OrderStatus
from indii.store.orders.kinds import Description
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.queries import items_of, require_own
from indii.store.tips import rules
from indii.store.tips.errors import NobodyToTip, NoPaymentsHere, OwnTip
from indii.store.tips.models import Tip

KIND = "tip"
SHOWN = 10


@dataclass(frozen=True, slots=True)
class TipChoice:
    """A suggested amount; `href` opens the form with it chosen."""

    minor: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class TipOffer:
    """The way to tip, as pages show it: the amounts, or in `nothing` why there are none."""

    name: str = ""
    href: str = ""
    choices: tuple[TipChoice, ...] = ()
    nothing: str = ""


NO_TIP = TipOffer()


@dataclass(frozen=True, slots=True)
class PublicTip:
    """A message that came with a tip, for everybody to read."""

    id: str
    giver: str
    amount: str
    message: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class TipPage:
    """The form: who is tipped and for what; `email` is a member's, "" for a guest."""

    profile_id: str = ""
    name: str = ""
    avatar: str = ""
    href: str = ""
    recording: str = ""
    title: str = ""
    cover: str = ""
    choices: tuple[TipChoice, ...] = ()
    chosen: str = ""
    bounds: str = ""
    is_guest: bool = True
    email: str = ""
    giver: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class ThanksPage:
    """A tip that was given, as the page after the payment shows it."""

    number: str = ""
    name: str = ""
    avatar: str = ""
    href: str = ""
    amount: str = ""
    message: str = ""
    is_public: bool = False
    is_paid: bool = False
    is_refunded: bool = False
    email: str = ""


def tip_href(slug: str, *, recording: str = "", amount: int = 0, left: bool = False) -> str:
    """Return the address of the form."""
    asked = [f"recording={recording}"] if recording else []
    asked += [f"amount={amount}"] if amount else []
    asked += ["payment=left"] if left else []
    return f"/tip/{slug}" + (f"?{'&'.join(asked)}" if asked else "")


def tip_offer(ctx: ReadCtx, profile_id: UUID, *, recording: str = "") -> TipOffer:
    """Return the way to tip a producer, from their page or from that of a recording of theirs."""
    profile = find_public_profile(ctx, profile_id)
    if profile is None or not profile.is_producer or profile_id == ctx.actor.profile_id:
        return NO_TIP
    if not ctx.site.takes_payments:
        return TipOffer(name=profile.name, nothing=str(NoPaymentsHere()))
    return TipOffer(
        name=profile.name,
        href=tip_href(profile.slug, recording=recording),
        choices=_choices(ctx, profile.slug, recording),
    )


def _choices(ctx: ReadCtx, slug: str, recording: str) -> tuple[TipChoice, ...]:
    currency = ctx.site.currency
    return tuple(
        TipChoice(
            str(minor), money(minor, currency), tip_href(slug, recording=recording, amount=minor)
        )
        for minor in rules.suggested_tips(currency)
    )


def public_tips(ctx: ReadCtx, profile_id: UUID) -> list[PublicTip]:
    """Return the newest messages that came with good tips and are meant for everybody."""
    found = ctx.db.execute(
        select(Tip, OrderItem, col(Order.currency))
        .join(OrderItem, col(OrderItem.id) == col(Tip.order_item_id))
        .join(Order, col(Order.id) == col(OrderItem.order_id))
        .where(
            col(Tip.profile_id) == profile_id,
            col(Tip.is_public),
            col(Tip.message) != "",
            col(Tip.removed_at).is_(None),
            col(OrderItem.state) == ItemStatus.GRANTED,
        )
        .order_by(col(Tip.order_item_id).desc())
        .limit(SHOWN)
    )
    return [
        PublicTip(
            id=str(tip.order_item_id),
            giver=tip.giver or "Somebody",
            amount=money(item.price_minor, currency),
            message=tip.message,
            when=ago(tip.created_at, ctx.now),
            at=tip.created_at.isoformat(),
        )
        for tip, item, currency in found
    ]


def tip_page(ctx: ReadCtx, slug: str, *, recording: str = "", amount: str = "") -> TipPage:
    """Return the form for a tip.

    Raises:
        NobodyToTip: no producer has this address, or the recording is not there, or not theirs.
    """
    try:
        profile = public_profile(ctx, slug)
    except NotFound as error:
        raise NobodyToTip from error
    if not profile.is_producer:
        raise NobodyToTip
    played = find_recording_of(ctx, UUID(profile.id), recording) if recording else None
    shown = rows(ctx, [played.id]) if played else ()
    account = ctx.db.get(Account, ctx.actor.account_id) if ctx.actor.account_id else None
    currency = ctx.site.currency
    choices = _choices(ctx, slug, recording)
    is_suggested = any(choice.minor == amount for choice in choices)
    return TipPage(
        profile_id=profile.id,
        name=profile.name,
        avatar=profile.avatar,
        href=f"/recording/{recording}" if shown else f"/producer/{slug}",
        recording=recording if shown else "",
        title=shown[0].title if shown else "",
        cover=shown[0].cover_small if shown else "",
        choices=choices,
        chosen=amount if is_suggested else choices[1].minor,
        bounds=f"{money(rules.least_tip(currency), currency)} to"
        f" {money(rules.most_tip(currency), currency)}",
        is_guest=account is None,
        email=account.email if account else "",
        giver=_own_name(ctx),
        nothing=_hurdle(ctx, UUID(profile.id)),
    )


def _own_name(ctx: ReadCtx) -> str:
    found = ctx.db.get(Profile, ctx.actor.profile_id) if ctx.actor.profile_id else None
    return found.name if found else ""


def _hurdle(ctx: ReadCtx, profile_id: UUID) -> str:
    if profile_id == ctx.actor.profile_id:
        return str(OwnTip())
    return "" if ctx.site.takes_payments else str(NoPaymentsHere())


def find_recording_of(ctx: ReadCtx, profile_id: UUID, slug: str) -> Recording:
    """Return a live recording of this producer.

    Raises:
        NobodyToTip: there is no such recording of theirs.
    """
    found: Recording | None = ctx.db.scalar(
        select(Recording).where(
            col(Recording.slug) == slug[:120],
            col(Recording.producer_id) == profile_id,
            col(Recording.state) == "live",
        )
    )
    if found is None:
        raise NobodyToTip
    return found


def payee(ctx: ReadCtx, slug: str) -> Profile:
    """Return the producer under this address, if they can be paid.

    Raises:
        NobodyToTip: there is none, or their account is closed.
    """
    found: Profile | None = ctx.db.scalar(
        open_profiles().where(col(Profile.slug) == slug[:60], col(Profile.is_producer))
    )
    if found is None:
        raise NobodyToTip
    return found


def thanks_page(ctx: ReadCtx, order_id: UUID) -> ThanksPage:
    """Return the actor's own tip.

    Raises:
        OrderNotFound: somebody else's, or there is none.
        TipGone: this order was no tip.
    """
    order = require_own(ctx, order_id)
    [item, *_] = items_of(ctx, [order_id])
    tip = ctx.db.get(Tip, item.id)
    profile = find_public_profile(ctx, item.payee_id)
    return ThanksPage(
        number=order.number,
        name=item.payee_name,
        avatar=profile.avatar if profile else "",
        href=f"/producer/{profile.slug}" if profile else "",
        amount=money(item.price_minor, order.currency),
        message=tip.message if tip else "",
        is_public=bool(tip and tip.is_public),
        is_paid=order.state in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED},
        is_refunded=order.state == OrderStatus.REFUNDED,
        email=order.email,
    )


def describe(ctx: ReadCtx, items: Sequence[OrderItem]) -> dict[UUID, Description]:
    """Return what lists and e-mails say of these tips, by item id; no check who asks."""
    tips = _tips(ctx, [item.id for item in items])
    profiles = _profiles(ctx, {tip.profile_id for tip in tips.values()})
    heard = {tip.recording_id for tip in tips.values() if tip.recording_id}
    seen = {row.id: row for row in rows(ctx, list(heard))} if heard else {}
    said = {}
    for item_id, tip in tips.items():
        profile, row = profiles.get(tip.profile_id), seen.get(str(tip.recording_id))
        page = f"/producer/{profile.slug}" if profile else ""
        picture = avatar_url(profile.id, profile.avatar_key) if profile else ""
        said[item_id] = Description(
            recipient=tip.giver or "somebody",
            href=f"/recording/{row.slug}" if row else page,
            payee_href=page,
            cover=row.cover_url if row else picture,
            playable=playable(row) if row else "",
            note="" if tip.removed_at else tip.message,
        )
    return said


def _tips(ctx: ReadCtx, item_ids: Collection[UUID]) -> dict[UUID, Tip]:
    found = ctx.db.scalars(select(Tip).where(col(Tip.order_item_id).in_(item_ids)))
    return {tip.order_item_id: tip for tip in found}


def _profiles(ctx: ReadCtx, ids: Collection[UUID]) -> dict[UUID, Profile]:
    found = ctx.db.scalars(open_profiles().where(col(Profile.id).in_(ids)))
    return {profile.id: profile for profile in found}


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A message that came with a tip, as moderators read it."""

    giver: str
    message: str
    name: str
    href: str
    picture: str


def reported_messages(ctx: ReadCtx, ids: Collection[UUID]) -> dict[UUID, ReportedMessage]:
    """Return these messages unless they were removed, by id; for rooms above, which check."""
    tips = _tips(ctx, ids)
    profiles = _profiles(ctx, {tip.profile_id for tip in tips.values()})
    found = {}
    for ident, tip in tips.items():
        profile = profiles.get(tip.profile_id)
        if tip.removed_at is None and profile is not None:
            found[ident] = ReportedMessage(
                giver=tip.giver or "Somebody",
                message=tip.message,
                name=profile.name,
                href=f"/producer/{profile.slug}",
                picture=avatar_url(profile.id, profile.avatar_key),
            )
    return found
