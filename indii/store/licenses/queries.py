"""Licenses in a cart and in orders, as their buyers, sellers and the till see them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import (
    GrantLine,
    StoredCertificate,
    find_order_item,
    grants_of,
    stored_certificate,
    terms_by_producer,
)
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
from indii.catalog.recordings.queries import (
    RecordingRow,
    cover_url,
    files_of,
    get_visible,
    playable,
    rows,
)
from indii.identity.accounts.models import Account
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.errors import IndiiError
from indii.kernel.format import count, money
from indii.store.checkout.queries import find_cart, open_order
from indii.store.licenses import rules
from indii.store.licenses.errors import ContractChanged, ContractNotFound
from indii.store.licenses.models import CartLicensee, CartLine, LicenseLine
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.offers.queries import LicenseSheet, TierChoice, price_words, sheet_of, tier_choices
from indii.store.offers.rules import DELIVERS, delivered_files, missing_files, pinned_files
from indii.store.orders.enums import ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.kinds import Description, Document, HeldLine, PricedLine
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.store.orders.queries import is_awaited, is_own, may_have
from indii.store.orders.rules import check_total

KIND = "license"
OWN = "This is your own recording: you need no license for it."
OWNED = "You already have this license: it is in your library."


@dataclass(frozen=True, slots=True)
class CartLicense:
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


def owned(
    ctx: ReadCtx, recording_ids: Collection[UUID], *, email: str = ""
) -> frozenset[tuple[UUID, str]]:
    """Return which licenses of these recordings the actor has, or is paying for by a slow method.

    `email` adds what was bought with that address; as (recording, tier).
    """
    mine = is_own(ctx, email)
    if not mine:
        return frozenset()
    has = col(OrderItem.state) == ItemStatus.GRANTED
    found = ctx.db.execute(
        select(col(LicenseLine.recording_id), col(LicenseLine.tier))
        .join(OrderItem, col(OrderItem.id) == col(LicenseLine.order_item_id))
        .join(Order, col(Order.id) == col(OrderItem.order_id))
        .where(col(LicenseLine.recording_id).in_(recording_ids), or_(*mine), has | is_awaited())
    )
    return frozenset((recording_id, tier) for recording_id, tier in found)


def owned_tiers(ctx: ReadCtx, recording_id: UUID) -> frozenset[str]:
    """Return which licenses of one recording the actor has, or is paying for."""
    return frozenset(tier for _, tier in owned(ctx, [recording_id]))


def license_sheet(ctx: ReadCtx, recording_id: UUID, token: str) -> LicenseSheet:
    """Return the licenses of a recording with what keeps the actor from taking one.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    recording, cart = get_visible(ctx, recording_id), find_cart(ctx, token)
    line = ctx.db.get(CartLine, (cart.id, recording_id)) if cart else None
    is_by_actor = recording.producer_id == ctx.actor.profile_id
    theirs: frozenset[str] = (
        frozenset(LicenseTier) if is_by_actor else owned_tiers(ctx, recording_id)
    )
    refused = dict.fromkeys(theirs, OWN if is_by_actor else OWNED)
    in_cart = line.tier if line else ""
    return sheet_of(ctx, recording_id, in_cart=in_cart, refused=refused)


@dataclass(frozen=True, slots=True)
class _Known:
    """What judging the lines of a cart takes, asked for all of them at once."""

    files: Mapping[UUID, Mapping[FileKind, MediaFile]]
    terms: Mapping[UUID, Mapping[LicenseTier, Terms]]
    owned: frozenset[tuple[UUID, str]]


def cart_licenses(
    ctx: ReadCtx, cart_id: UUID, *, only: UUID | None = None
) -> tuple[CartLicense, ...]:
    """Return the licenses in a cart in the order in which they were added.

    `only` names a recording: the others are left out.
    """
    asked = (
        select(CartLine, CartLicensee, Recording, Profile, Offer)
        .join(Recording, col(Recording.id) == col(CartLine.recording_id))
        .join(Profile, col(Profile.id) == col(Recording.producer_id))
        .outerjoin(CartLicensee, col(CartLicensee.cart_id) == col(CartLine.cart_id))
        .outerjoin(
            Offer,
            (col(Offer.recording_id) == col(CartLine.recording_id))
            & (col(Offer.tier) == col(CartLine.tier))
            & col(Offer.is_open).is_(True),
        )
        .where(col(CartLine.cart_id) == cart_id)
        .order_by(col(CartLine.added_at), col(CartLine.recording_id))
    )
    if only is not None:
        asked = asked.where(col(CartLine.recording_id) == only)
    found = ctx.db.execute(asked).all()
    ids = {recording.id for _, _, recording, _, _ in found}
    known = _Known(
        files=files_of(ctx, ids),
        terms=terms_by_producer(ctx, {profile.id for _, _, _, profile, _ in found}),
        owned=owned(ctx, ids),
    )
    return tuple(_cart_license(ctx, known, *row) for row in found)


def _cart_license(  # noqa: PLR0917 - one call site
    ctx: ReadCtx,
    known: _Known,
    line: CartLine,
    licensee: CartLicensee | None,
    recording: Recording,
    profile: Profile,
    offer: Offer | None,
) -> CartLicense:
    tier = LicenseTier(line.tier)
    name, alias = line.licensee_name, line.licensee_alias
    if not name and licensee is not None:
        name, alias = licensee.name, licensee.alias
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
    return CartLicense(
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
        return "This license is no longer offered. Remove it, or choose another one."
    if missing_files(tier, present):
        return "Its files are being replaced. Remove it, or come back later."
    return OWN if recording.producer_id == ctx.actor.profile_id else ""


def count_in_cart(ctx: ReadCtx, cart_id: UUID) -> int:
    """Return how many licenses lie in a cart."""
    found = ctx.db.scalar(
        select(func.count()).select_from(CartLine).where(col(CartLine.cart_id) == cart_id)
    )
    return int(found or 0)


def lines_to_order(ctx: ReadCtx, cart_id: UUID) -> list[PricedLine]:
    """Return the licenses in a cart as an order would have them."""
    return [
        PricedLine(
            kind=KIND,
            payee_id=found.recording.producer_id,
            payee_name=found.producer_name,
            title=found.recording.title,
            label=TIER_LABELS[found.tier],
            unit_price_minor=found.price_minor,
            currency=found.currency,
            identity=(
                str(found.recording.id),
                found.tier,
                str(found.price_minor),
                found.currency,
                found.sha256,
            ),
            facts=found,
            is_held=found.tier == LicenseTier.EXCLUSIVE,
        )
        for found in cart_licenses(ctx, cart_id)
    ]


def lines_of(ctx: ReadCtx, item_ids: Collection[UUID]) -> dict[UUID, LicenseLine]:
    """Return what these order lines sold of licenses, by item id; no check who asks."""
    found = ctx.db.scalars(select(LicenseLine).where(col(LicenseLine.order_item_id).in_(item_ids)))
    return {line.order_item_id: line for line in found}


def describe(ctx: ReadCtx, items: Sequence[OrderItem]) -> dict[UUID, Description]:
    """Return what lists and e-mails say of these licenses, by item id; no check who asks."""
    ids = [item.id for item in items]
    licenses, grants = lines_of(ctx, ids), grants_of(ctx, ids)
    recordings = list({line.recording_id for line in licenses.values()})
    seen = {UUID(row.id): row for row in rows(ctx, recordings)}
    covers = _covers(ctx, set(recordings) - seen.keys())
    return {
        item_id: _described(
            line,
            grants.get(item_id),
            seen.get(line.recording_id),
            covers.get(line.recording_id, ""),
        )
        for item_id, line in licenses.items()
    }


def _covers(ctx: ReadCtx, recording_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the covers of recordings that are not shown any more, for whoever sold them."""
    if not recording_ids:
        return {}
    found = ctx.db.execute(
        select(col(Recording.id), col(Recording.cover_version)).where(
            col(Recording.id).in_(recording_ids),
            col(Recording.producer_id) == ctx.actor.profile_id,
        )
    )
    return {ident: cover_url(ident, version) for ident, version in found}


def _described(
    line: LicenseLine, grant: GrantLine | None, row: RecordingRow | None, cover: str
) -> Description:
    name, alias = line.licensee_name, line.licensee_alias
    return Description(
        recipient=f"{name} ({alias})" if alias else name,
        as_buyer=f"{name} as {alias}" if alias else name,
        href=f"/recording/{row.slug}" if row else "",
        payee_href=f"/producer/{row.producer_slug}" if row else "",
        cover=row.cover_url if row else cover,
        playable=playable(row) if row else "",
        is_void=grant is not None and grant.is_void,
        document=_document(grant) if grant else None,
    )


def _document(grant: GrantLine) -> Document:
    return Document(
        label="License certificate",
        is_made=grant.is_made,
        buyer_href=f"/api/orders/certificates/{grant.certificate_id}",
        seller_href=f"/api/certificates/{grant.certificate_id}.pdf",
        page_href=f"/verify/{grant.certificate_id}",
    )


def held_of(ctx: ReadCtx, profile_id: UUID) -> list[HeldLine]:
    """Return a producer's exclusive licenses that somebody is paying for at this moment."""
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
        HeldLine("the exclusive license of", title, f"{until:%H:%M} UTC", until.isoformat())
        for title, until in found
    ]


SOLD_EXCLUSIVELY = "Sold exclusively to somebody else a moment before this payment."
TAKEN_DOWN = "Taken down by this site a moment before this payment."


def why_undeliverable(ctx: ReadCtx, items: Sequence[OrderItem]) -> tuple[str, ...]:
    """Return why paid licenses could not be granted, in words for the buyer."""
    found = ctx.db.scalars(
        select(col(Recording.state))
        .join(LicenseLine, col(LicenseLine.recording_id) == col(Recording.id))
        .where(col(LicenseLine.order_item_id).in_([item.id for item in items]))
    )
    whys = [TAKEN_DOWN if s == RecordingStatus.TAKEN_DOWN else SOLD_EXCLUSIVELY for s in found]
    return tuple(dict.fromkeys(whys))


def open_checkout_refs(ctx: ReadCtx, recording_id: UUID) -> Sequence[str]:
    """Return open checkouts in which a recording is still for sale; for the system."""
    ctx.actor.require_role("system")
    return ctx.db.scalars(
        select(col(PaymentSession.ref))
        .join(Order, col(Order.id) == col(PaymentSession.order_id))
        .join(OrderItem, col(OrderItem.order_id) == col(Order.id))
        .join(LicenseLine, col(LicenseLine.order_item_id) == col(OrderItem.id))
        .where(
            col(LicenseLine.recording_id) == recording_id,
            col(Order.state) == OrderStatus.AWAITING_PAYMENT,
            col(PaymentSession.state) == SessionStatus.OPEN,
            col(PaymentSession.ref) != "",
        )
        .distinct()
    )


def bought_certificate(ctx: ReadCtx, certificate_id: UUID) -> StoredCertificate:
    """Return the certificate of a license to whoever bought it, with or without an account.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    item_id = find_order_item(ctx, certificate_id)
    if item_id is None or not may_have(ctx, item_id):
        raise OrderNotFound
    return stored_certificate(ctx, certificate_id)


@dataclass(frozen=True, slots=True)
class CartRow:
    """One license in the cart.

    Its contract is named by `sha256`; the text is fetched when it is opened (`contract_in_cart`).
    """

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
    lines, licensee = cart_licenses(ctx, cart.id), ctx.db.get(CartLicensee, cart.id)
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
        licensee_name=licensee.name if licensee else "",
        licensee_alias=licensee.alias if licensee else "",
        blocked=_blocked(lines, total, currency),
        summary=f"{count(len(lines), 'license')} from {count(producers, 'producer')}",
        open_order=str(order.id) if order else "",
        open_note=f"Order {order.number} is waiting for payment." if order else "",
    )


def contract_in_cart(ctx: ReadCtx, token: str, *, recording_id: UUID, sha256: str) -> str:
    """Return the contract of a line in the actor's cart, if its text still has this hash.

    Raises:
        ContractNotFound: the actor's cart has no such line, or it cannot be bought.
        ContractChanged: the text is another one now.
    """
    cart = find_cart(ctx, token)
    found = cart_licenses(ctx, cart.id, only=recording_id) if cart else ()
    if not found or found[0].problem:
        raise ContractNotFound
    if found[0].sha256 != sha256:
        raise ContractChanged
    return found[0].text


def _blocked(lines: Sequence[CartLicense], total: int, currency: str) -> str:
    """Return the first thing that stands in the way of paying, "" if nothing does."""
    waiting = sum(not d.is_accepted for d in lines)
    hurdles = (
        (not lines, "Your cart is empty."),
        (any(d.problem for d in lines), "Remove unavailable items to continue."),
        (len({d.currency for d in lines}) > 1, "One order has one currency: place two orders."),
        (any(not d.licensee_name for d in lines), "Add a legal name for the contracts."),
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


def _row(found: CartLicense, choices: tuple[TierChoice, ...]) -> CartRow:
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
        sha256=found.sha256,
        is_accepted=found.is_accepted,
        problem=found.problem,
    )
