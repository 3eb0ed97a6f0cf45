"""The cart as its owner sees it, and as an order freezes it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import terms_by_producer
from indii.business.licensing.rules import (
    TIER_LABELS,
    TIER_NOTES,
    ContractFacts,
    LicensedFile,
    Terms,
    contract_text,
    describe_terms,
    licensed_files,
    text_hash,
)
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.queries import cover_url, files_of, get_visible
from indii.identity.accounts.models import Account
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.errors import IndiiError
from indii.kernel.format import count, money
from indii.kernel.ids import hash_token
from indii.store.checkout import rules
from indii.store.checkout.models import Cart, CartLine
from indii.store.downloads.queries import owned, owned_tiers
from indii.store.offers.models import Offer
from indii.store.offers.queries import LicenseSheet, TierChoice, price_words, sheet_of, tier_choices
from indii.store.offers.rules import DELIVERS, delivered_files, missing_files, pinned_files
from indii.store.orders.commands import NewLine
from indii.store.orders.enums import OrderStatus, SessionStatus
from indii.store.orders.models import Order
from indii.store.orders.queries import has_session_in
from indii.store.orders.rules import cart_hash, check_total, fee_of

OWN = "This is your own recording: you need no license for it."
OWNED = "You have this license already: it is in your downloads."


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A cart line with everything an order would freeze; `problem` says why it cannot be bought."""

    line: CartLine
    recording: Recording
    producer_name: str
    producer_slug: str
    tier: LicenseTier
    price_minor: int
    currency: str
    licensee_name: str
    licensee_alias: str
    text: str
    sha256: str
    is_accepted: bool
    problem: str
    file_ids: tuple[UUID, ...]
    file_names: tuple[str, ...]
    terms: Terms


def find_cart(ctx: ReadCtx, token: str, *, locks: bool = False) -> Cart | None:
    """Return the actor's cart: an account's own, else the one behind the token.

    `locks` keeps it for the transaction of a command.
    """
    is_own = col(Cart.account_id) == ctx.actor.account_id
    if ctx.actor.account_id is None:
        if not token:
            return None
        is_own = col(Cart.token_hash) == hash_token(token)
    asked = select(Cart).where(is_own)
    if locks:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found: Cart | None = ctx.db.scalar(asked)
    return found


def lines_in_cart(ctx: ReadCtx, token: str) -> int:
    """Return how many licenses lie in the actor's cart."""
    cart = find_cart(ctx, token)
    if cart is None:
        return 0
    found = ctx.db.scalar(
        select(func.count()).select_from(CartLine).where(col(CartLine.cart_id) == cart.id)
    )
    return int(found or 0)


def license_sheet(ctx: ReadCtx, recording_id: UUID, token: str, *, fee_bps: int) -> LicenseSheet:
    """Return the licenses of a recording with what keeps the actor from taking one.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    recording, cart = get_visible(ctx, recording_id), find_cart(ctx, token)
    line = ctx.db.get(CartLine, (cart.id, recording_id)) if cart else None
    is_own = recording.producer_id == ctx.actor.profile_id
    owned: frozenset[str] = frozenset(LicenseTier) if is_own else owned_tiers(ctx, recording_id)
    refused = dict.fromkeys(owned, OWN if is_own else OWNED)
    in_cart = line.tier if line else ""
    return sheet_of(ctx, recording_id, fee_bps=fee_bps, in_cart=in_cart, refused=refused)


@dataclass(frozen=True, slots=True)
class _Known:
    """What judging the lines of a cart takes, asked for all of them at once."""

    files: Mapping[UUID, Mapping[FileKind, MediaFile]]
    terms: Mapping[UUID, Mapping[LicenseTier, Terms]]
    owned: frozenset[tuple[UUID, str]]


def priced_lines(ctx: ReadCtx, cart: Cart) -> tuple[PricedLine, ...]:
    """Return the lines of a cart in the order in which they were added."""
    found = ctx.db.execute(
        select(CartLine, Recording, Profile, Offer)
        .join(Recording, col(Recording.id) == col(CartLine.recording_id))
        .join(Profile, col(Profile.id) == col(Recording.producer_id))
        .outerjoin(
            Offer,
            (col(Offer.recording_id) == col(CartLine.recording_id))
            & (col(Offer.tier) == col(CartLine.tier))
            & col(Offer.is_open).is_(True),
        )
        .where(col(CartLine.cart_id) == cart.id)
        .order_by(col(CartLine.added_at), col(CartLine.recording_id))
    ).all()
    ids = {recording.id for _, recording, _, _ in found}
    known = _Known(
        files=files_of(ctx, ids),
        terms=terms_by_producer(ctx, {profile.id for _, _, profile, _ in found}),
        owned=owned(ctx, ids),
    )
    return tuple(_priced_line(ctx, cart, known, *row) for row in found)


def _priced_line(  # noqa: PLR0917 - one call site
    ctx: ReadCtx,
    cart: Cart,
    known: _Known,
    line: CartLine,
    recording: Recording,
    profile: Profile,
    offer: Offer | None,
) -> PricedLine:
    tier = LicenseTier(line.tier)
    name = line.licensee_name or cart.licensee_name
    alias = line.licensee_alias if line.licensee_name else cart.licensee_alias
    present = known.files[recording.id]
    stored = {kind: present[kind] for kind in pinned_files(tier, present)}
    terms = known.terms[profile.id][tier]
    fresh = rules.is_fresh(line.accepted_at, ctx.now)
    day = line.accepted_at if fresh and line.accepted_at else ctx.now
    price, currency = (offer.price_minor, offer.currency) if offer else (0, recording.currency)
    text = contract_text(
        ContractFacts(
            recording_id=recording.id,
            title=recording.title,
            producer_name=profile.name,
            licensee_name=name,
            licensee_alias=alias,
            tier=tier,
            terms=terms,
            files=_delivered(recording, profile, tier, stored.values()),
            price_label=money(price, currency) if price else "",
            order_number="",
            effective_on=day.date(),
            holds_rights=recording.rights_attested_at is not None,
            ai_use=recording.ai_use,
        )
    )
    hashed = text_hash(text)
    return PricedLine(
        line=line,
        recording=recording,
        producer_name=profile.name,
        producer_slug=profile.slug,
        tier=tier,
        price_minor=price,
        currency=currency,
        licensee_name=name,
        licensee_alias=alias,
        text=text,
        sha256=hashed,
        is_accepted=fresh and bool(name) and line.accepted_sha256 == hashed,
        problem=OWNED
        if (recording.id, tier) in known.owned
        else _problem(ctx, recording, offer, tier, frozenset(stored)),
        file_ids=tuple(f.id for f in stored.values()),
        file_names=delivered_files(tier, frozenset(present)),
        terms=terms,
    )


def _delivered(
    recording: Recording, profile: Profile, tier: LicenseTier, stored: Iterable[MediaFile]
) -> tuple[LicensedFile, ...]:
    return licensed_files(
        stored,
        title=recording.title,
        producer_name=profile.name,
        makes_mp3=FileKind.MAIN_MP3 in DELIVERS[tier],
        kinds=DELIVERS[tier],
    )


def _problem(
    ctx: ReadCtx,
    recording: Recording,
    offer: Offer | None,
    tier: LicenseTier,
    present: frozenset[FileKind],
) -> str:
    if recording.state != RecordingStatus.LIVE or offer is None:
        return "This license is not offered any more. Remove it, or choose another one."
    if missing_files(tier, present):
        return "Its files are being replaced. Remove it, or come back later."
    return OWN if recording.producer_id == ctx.actor.profile_id else ""


def hash_of(lines: Sequence[PricedLine], email: str) -> str:
    """Return one hash of what these lines would be as an order."""
    return cart_hash(
        [
            (email,),
            *(
                (str(d.recording.id), d.tier, str(d.price_minor), d.currency, d.sha256)
                for d in lines
            ),
        ]
    )


def to_order_line(found: PricedLine, *, fee_bps: int, now: datetime) -> NewLine:
    """Return the line as an order keeps it."""
    return NewLine(
        recording_id=found.recording.id,
        producer_id=found.recording.producer_id,
        title=found.recording.title,
        producer_name=found.producer_name,
        tier=found.tier,
        price_minor=found.price_minor,
        fee_minor=fee_of(found.price_minor, fee_bps),
        licensee_name=found.licensee_name,
        licensee_alias=found.licensee_alias,
        terms=asdict(found.terms),
        contract=found.text,
        contract_sha256=found.sha256,
        accepted_at=found.line.accepted_at or now,
        file_ids=found.file_ids,
    )


@dataclass(frozen=True, slots=True)
class CartRow:
    """One license in the cart."""

    recording_id: str
    slug: str
    title: str
    producer_name: str
    producer_slug: str
    cover: str
    tier: str
    tier_label: str
    choices: tuple[TierChoice, ...]
    files: str
    terms: str
    note: str
    price_label: str
    licensee_name: str
    licensee_alias: str
    has_own_licensee: bool
    contract: str
    sha256: str
    is_accepted: bool
    problem: str


@dataclass(frozen=True, slots=True)
class CartPage:
    """The cart with everything that stands between it and the payment; `blocked` says what."""

    rows: list[CartRow] = field(default_factory=list)
    total_label: str = ""
    is_free: bool = False
    is_guest: bool = True
    email: str = ""
    licensee_name: str = ""
    licensee_alias: str = ""
    blocked: str = ""
    summary: str = ""
    # An order of this cart that is being paid somewhere, and until when its licenses are kept.
    open_order: str = ""
    open_note: str = ""


def cart_page(ctx: ReadCtx, token: str) -> CartPage:
    """Return the actor's cart."""
    cart = find_cart(ctx, token)
    is_guest = ctx.actor.account_id is None
    if cart is None:
        return CartPage(is_guest=is_guest)
    lines = priced_lines(ctx, cart)
    currency = lines[0].currency if lines else "USD"
    total = sum(d.price_minor for d in lines if not d.problem)
    account = ctx.db.get(Account, ctx.actor.account_id) if ctx.actor.account_id else None
    order = open_order(ctx, cart)
    producers = len({d.recording.producer_id for d in lines})
    choices = tier_choices(ctx, {d.recording.id: d.tier for d in lines})
    return CartPage(
        rows=[_row(d, choices[d.recording.id]) for d in lines],
        total_label=price_words(total, currency),
        is_free=total == 0,
        is_guest=is_guest,
        email=account.email if account else cart.email,
        licensee_name=cart.licensee_name,
        licensee_alias=cart.licensee_alias,
        blocked=_blocked(lines, total, currency),
        summary=f"{count(len(lines), 'license')} by {count(producers, 'producer')}",
        open_order=str(order.id) if order else "",
        open_note=f"Order {order.number} of this cart is waiting for its payment." if order else "",
    )


def _blocked(lines: Sequence[PricedLine], total: int, currency: str) -> str:
    """Return the first thing that stands in the way of paying, "" if nothing does."""
    waiting = sum(not d.is_accepted for d in lines)
    hurdles = (
        (not lines, "Your cart is empty."),
        (any(d.problem for d in lines), "Remove what cannot be bought first."),
        (len({d.currency for d in lines}) > 1, "One order has one currency: pay in two steps."),
        (any(not d.licensee_name for d in lines), "Say who takes the licenses."),
        (waiting > 0, f"Read and accept {count(waiting, 'contract')}."),
    )
    for is_there, said in hurdles:
        if is_there:
            return said
    try:
        rules.check_exclusives([d.tier for d in lines])
        check_total(total, currency)
    except IndiiError as error:
        return error.message
    return ""


def _row(found: PricedLine, choices: tuple[TierChoice, ...]) -> CartRow:
    return CartRow(
        recording_id=str(found.recording.id),
        slug=found.recording.slug,
        title=found.recording.title,
        producer_name=found.producer_name,
        producer_slug=found.producer_slug,
        cover=cover_url(found.recording.id, found.recording.cover_version),
        tier=found.tier,
        tier_label=TIER_LABELS[found.tier],
        choices=choices,
        files=" + ".join(found.file_names),
        terms=" · ".join(describe_terms(found.terms)[:4]),
        note=TIER_NOTES.get(found.tier, ""),
        price_label="–" if found.problem else price_words(found.price_minor, found.currency),
        licensee_name=found.licensee_name,
        licensee_alias=found.licensee_alias,
        has_own_licensee=bool(found.line.licensee_name),
        contract=found.text,
        sha256=found.sha256,
        is_accepted=found.is_accepted,
        problem=found.problem,
    )


def open_order(ctx: ReadCtx, cart: Cart) -> Order | None:
    """Return the order of this cart that still waits for its payment.

    One whose buyer is done, and whose bank is slow, leaves the cart free for the next.
    """
    order = ctx.db.get(Order, cart.order_id) if cart.order_id else None
    if order is None or order.state != OrderStatus.AWAITING_PAYMENT:
        return None
    return None if has_session_in(ctx, order.id, SessionStatus.PENDING) else order


def open_order_id(ctx: ReadCtx, token: str) -> UUID | None:
    """Return the order of the actor's cart that still waits for its payment."""
    cart = find_cart(ctx, token)
    order = open_order(ctx, cart) if cart else None
    return order.id if order else None
