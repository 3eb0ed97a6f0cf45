"""Choosing licenses and accepting their contracts; what an order of them does, and undoes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.licensing.commands import (
    NewGrant,
    grant_licenses,
    restore_grant,
    transfer_grants,
    void_grant,
)
from indii.business.licensing.enums import LicenseTier, VoidReason
from indii.business.licensing.rules import check_tier
from indii.catalog.access.commands import (
    NewDownloads,
    grant_downloads,
    lock_files,
    restore,
    revoke_downloads,
    transfer,
)
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import get_visible
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.jobs import JobKind, declare
from indii.store.checkout.commands import own_cart
from indii.store.checkout.errors import CartEmpty
from indii.store.checkout.queries import find_cart
from indii.store.licenses import queries, rules
from indii.store.licenses.errors import (
    AlreadyOwned,
    ContractChanged,
    NotAccepted,
    NotForSale,
    OwnRecording,
)
from indii.store.licenses.events import ExclusiveSold
from indii.store.licenses.models import CartLicensee, CartLine, LicenseLine
from indii.store.licenses.queries import CartLicense
from indii.store.offers.commands import (
    close_offers,
    hold_exclusive,
    release_exclusives,
    reopen_exclusive,
    sell_exclusive,
    sold_to,
)
from indii.store.offers.queries import open_prices
from indii.store.offers.rules import DELIVERS, holder_of
from indii.store.orders.enums import ItemStatus
from indii.store.orders.kinds import Buyer, CartPart, LineKind, PricedLine, Words
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.rules import CHECKOUT_LIFE

CLOSE_CHECKOUTS = declare(JobKind("close_checkouts", max_tries=12, priority=5))


# ---- in the cart ------------------------------------------------------------------------------


def add_to_cart(ctx: WriteCtx, *, token: str, recording_id: UUID, tier: str) -> None:
    """Put a license into the cart; another tier of the same recording takes its place.

    Raises:
        NotForSale: it is not offered.
        OwnRecording: to its producer.
        AlreadyOwned: this very license is the actor's.
        CartFull: more than one order can have.
    """
    known = check_tier(tier)
    recording = get_visible(ctx.reading, recording_id)
    if recording.producer_id == ctx.actor.profile_id:
        raise OwnRecording
    if known not in open_prices(ctx.reading, recording_id):
        raise NotForSale("This license is no longer offered.")
    if known in queries.owned_tiers(ctx.reading, recording_id):
        raise AlreadyOwned("You already have this license: it is in your library.")
    cart = own_cart(ctx, token)
    others = ctx.db.scalar(
        select(func.count())
        .select_from(CartLine)
        .where(col(CartLine.cart_id) == cart.id, col(CartLine.recording_id) != recording_id)
    )
    rules.check_room(others or 0)
    ctx.db.execute(
        insert(CartLine)
        .values(
            cart_id=cart.id,
            recording_id=recording_id,
            tier=known,
            licensee_name="",
            licensee_alias="",
            accepted_sha256="",
            added_at=ctx.now,
        )
        .on_conflict_do_update(
            index_elements=["cart_id", "recording_id"],
            set_={"tier": known, "accepted_sha256": "", "accepted_at": None},
        )
    )
    cart.updated_at = ctx.now


def remove_from_cart(ctx: WriteCtx, *, token: str, recording_id: UUID) -> None:
    """Take a license out of the cart."""
    cart = find_cart(ctx.reading, token, locks=True)
    if cart is None:
        return
    ctx.db.execute(
        delete(CartLine).where(
            col(CartLine.cart_id) == cart.id, col(CartLine.recording_id) == recording_id
        )
    )
    cart.updated_at = ctx.now


def name_licensee(
    ctx: WriteCtx, *, token: str, name: str, alias: str, recording_id: UUID | None = None
) -> None:
    """Say who takes the licenses of the cart, or of one line alone; "" takes the line's own away.

    Raises:
        IndiiError: on `licensee_name` or `licensee_alias`.
        CartEmpty: there is nothing to name anybody for.
    """
    cart = find_cart(ctx.reading, token, locks=True)
    if cart is None:
        raise CartEmpty
    if recording_id is not None and not name.strip():
        values = {"licensee_name": "", "licensee_alias": ""}
    else:
        values = {
            "licensee_name": rules.check_name(name), "licensee_alias": rules.check_alias(alias)
        }  # fmt: skip
    if recording_id is None:
        _name_for_all(ctx, cart.id, values["licensee_name"], values["licensee_alias"])
    else:
        ctx.db.execute(
            update(CartLine)
            .where(col(CartLine.cart_id) == cart.id, col(CartLine.recording_id) == recording_id)
            .values(**values)
        )
    cart.updated_at = ctx.now


def _name_for_all(ctx: WriteCtx, cart_id: UUID, name: str, alias: str) -> None:
    values = {"name": name, "alias": alias}
    ctx.db.execute(
        insert(CartLicensee)
        .values(cart_id=cart_id, **values)
        .on_conflict_do_update(index_elements=["cart_id"], set_=values)
    )


def accept_contract(
    ctx: WriteCtx, *, token: str, recording_id: UUID, sha256: str, accepts: bool = True
) -> None:
    """Accept the contract of a line, or take that back; only the text that was read counts.

    Raises:
        ContractChanged: the text is another one now; it has to be read again.
        CartEmpty: there is no such line.
    """
    cart = find_cart(ctx.reading, token, locks=True)
    lines = queries.cart_licenses(ctx.reading, cart.id) if cart else ()
    found = next((d for d in lines if d.recording.id == recording_id), None)
    if found is None:
        raise CartEmpty
    line = ctx.db.get_one(CartLine, (found.line.cart_id, recording_id))
    if not accepts:
        line.accepted_sha256, line.accepted_at = "", None
        return
    if not found.licensee_name:
        raise IndiiError("Add a legal name first.", field="licensee_name")
    if found.sha256 != sha256:
        raise ContractChanged
    line.accepted_sha256, line.accepted_at = sha256, ctx.now


def _adopt(ctx: WriteCtx, *, from_cart: UUID, into_cart: UUID) -> None:
    """Move the licenses of one cart into another, which keeps its own of the same recordings."""
    kept = select(col(CartLine.recording_id)).where(col(CartLine.cart_id) == into_cart)
    ctx.db.execute(
        update(CartLine)
        .where(col(CartLine.cart_id) == from_cart, col(CartLine.recording_id).not_in(kept))
        .values(cart_id=into_cart)
        .execution_options(synchronize_session=False)
    )
    named = ctx.db.get(CartLicensee, from_cart)
    if named is not None and ctx.db.get(CartLicensee, into_cart) is None:
        _name_for_all(ctx, into_cart, named.name, named.alias)


def _clear(ctx: WriteCtx, *, cart_id: UUID, order: Order) -> None:
    """Take the licenses that an order bought out of its cart; one chosen since stays."""
    bought = (
        select(col(LicenseLine.recording_id), col(LicenseLine.tier))
        .join(OrderItem, col(OrderItem.id) == col(LicenseLine.order_item_id))
        .where(col(OrderItem.order_id) == order.id)
    )
    ctx.db.execute(
        delete(CartLine)
        .where(
            col(CartLine.cart_id) == cart_id,
            tuple_(col(CartLine.recording_id), col(CartLine.tier)).in_(bought),
            col(CartLine.added_at) <= order.created_at,
        )
        .execution_options(synchronize_session=False)
    )


# ---- in an order ------------------------------------------------------------------------------


def _check(ctx: WriteCtx, lines: Sequence[PricedLine], buyer: Buyer) -> None:
    """Pass if these licenses can be bought as they stand.

    Raises:
        NotForSale, NotAccepted, AlreadyOwned: one of them cannot.
        CartFull: two of them are exclusive.
        IndiiError: on `licensee_name`.
    """
    chosen: list[CartLicense] = [line.facts for line in lines]
    bought = queries.owned(ctx.reading, {x.recording.id for x in chosen}, email=buyer.email)
    for found in chosen:
        if found.problem:
            raise NotForSale(f"{found.recording.title}: {found.problem}")
        if not found.licensee_name:
            raise IndiiError("Add a legal name for the contracts.", field="licensee_name")
        if not found.is_accepted:
            raise NotAccepted(f"Read and accept the contract for {found.recording.title} first.")
        if (found.recording.id, found.tier) in bought:
            raise AlreadyOwned(
                f"{found.recording.title}: this license was already bought with {buyer.email}. The"
                " link in that receipt opens it."
            )
    rules.check_exclusives([found.tier for found in chosen])


def _freeze(ctx: WriteCtx, order: Order, lines: Mapping[UUID, PricedLine]) -> None:
    """Keep words, terms and files as they were accepted; hold what is exclusive.

    Raises:
        ExclusiveTaken: somebody else holds or has an exclusive license in it.
        HoldRefused: this person holds another one, or kept this one too long.
    """
    ctx.db.add_all(_frozen(ctx, item_id, line.facts) for item_id, line in lines.items())
    chosen: list[CartLicense] = [line.facts for line in lines.values()]
    for found in sorted(chosen, key=lambda found: found.recording.id):
        if found.tier == LicenseTier.EXCLUSIVE:
            hold_exclusive(
                ctx,
                recording_id=found.recording.id,
                title=found.recording.title,
                order_id=order.id,
                holder=holder_of(order.account_id, order.email),
                until=ctx.now + CHECKOUT_LIFE + rules.HOLD_GRACE,
            )


def _frozen(ctx: WriteCtx, item_id: UUID, found: CartLicense) -> LicenseLine:
    return LicenseLine(
        order_item_id=item_id,
        recording_id=found.recording.id,
        tier=found.tier,
        licensee_name=found.licensee_name,
        licensee_alias=found.licensee_alias,
        terms=asdict(found.terms),
        contract=found.text,
        contract_sha256=found.sha256,
        accepted_at=found.line.accepted_at or ctx.now,
        file_ids=[str(file_id) for file_id in found.file_ids],
    )


Pair = tuple[OrderItem, LicenseLine]


def _fulfil(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> set[UUID]:
    """Grant these licenses with their downloads; return which could be granted."""
    sold = _sold(ctx, order, _locked(ctx, items))
    files = lock_files(ctx, {UUID(file_id) for _, line in sold for file_id in line.file_ids})
    grant_licenses(ctx, [_grant(order, *pair) for pair in sold], files=files)
    grant_downloads(ctx, [_downloads(order, *pair) for pair in sold], files=files)
    for _, line in sold:
        if line.tier == LicenseTier.EXCLUSIVE:
            close_offers(ctx, recording_id=line.recording_id)
            ctx.emit(ExclusiveSold(line.recording_id, order.id))
    return {item.id for item, _ in sold}


def _locked(ctx: WriteCtx, items: Sequence[OrderItem]) -> list[Pair]:
    """Return the lines of what is not taken down, with all recordings locked in one order.

    So none is sold twice over, or while it is taken down.
    """
    found = ctx.db.execute(
        select(LicenseLine, col(Recording.state))
        .join(Recording, col(Recording.id) == col(LicenseLine.recording_id))
        .where(col(LicenseLine.order_item_id).in_([item.id for item in items]))
        .order_by(col(LicenseLine.recording_id))
        .with_for_update(of=Recording, key_share=True)
    )
    lines = {
        line.order_item_id: line for line, state in found if state != RecordingStatus.TAKEN_DOWN
    }
    return [(item, lines[item.id]) for item in items if item.id in lines]


def _sold(ctx: WriteCtx, order: Order, wanted: Sequence[Pair]) -> list[Pair]:
    """Return what the order gets: no recording that went to an exclusive buyer before."""
    holder = holder_of(order.account_id, order.email)
    gone = sold_to(ctx, recording_ids={line.recording_id for _, line in wanted})
    sold = []
    for item, line in wanted:
        is_there = gone.get(line.recording_id, order.id) == order.id
        if is_there and line.tier == LicenseTier.EXCLUSIVE:
            is_there = sell_exclusive(
                ctx, recording_id=line.recording_id, order_id=order.id, holder=holder
            )
        if is_there:
            sold.append((item, line))
    return sold


def _grant(order: Order, item: OrderItem, line: LicenseLine) -> NewGrant:
    delivers = DELIVERS[LicenseTier(line.tier)]
    return NewGrant(
        order_item_id=item.id,
        order_number=order.number,
        recording_id=line.recording_id,
        producer_id=item.payee_id,
        account_id=order.account_id,
        tier=LicenseTier(line.tier),
        title=item.title,
        producer_name=item.payee_name,
        licensee_name=line.licensee_name,
        licensee_alias=line.licensee_alias,
        terms=line.terms,
        contract=line.contract,
        file_ids=[UUID(file_id) for file_id in line.file_ids],
        effective_on=line.accepted_at.date(),
        makes_mp3=FileKind.MAIN_MP3 in delivers,
        kinds=delivers,
    )


def _downloads(order: Order, item: OrderItem, line: LicenseLine) -> NewDownloads:
    delivers = DELIVERS[LicenseTier(line.tier)]
    return NewDownloads(
        granted_for=item.id,
        recording_id=line.recording_id,
        account_id=order.account_id,
        file_ids=[UUID(file_id) for file_id in line.file_ids],
        title=item.title,
        producer_name=item.payee_name,
        makes_mp3=FileKind.MAIN_MP3 in delivers,
        kinds=delivers,
    )


def _release(ctx: WriteCtx, order: Order) -> None:
    release_exclusives(ctx, order_id=order.id)


def _revoke(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> None:
    """Void these licenses and end their downloads; a refunded exclusive one is free again."""
    lines = queries.lines_of(ctx.reading, [item.id for item in items])
    for item in items:
        line = lines[item.id]
        void_grant(ctx, order_item_id=item.id, reason=VoidReason.REFUNDED)
        revoke_downloads(ctx, granted_for=item.id, reason="Refunded.")
        if line.tier == LicenseTier.EXCLUSIVE:
            reopen_exclusive(ctx, order_id=order.id, recording_id=line.recording_id)


def _restore(ctx: WriteCtx, order: Order, items: Sequence[OrderItem]) -> set[UUID]:
    """Let these licenses count again, unless one never did or went to somebody else meanwhile."""
    lines = queries.lines_of(ctx.reading, [item.id for item in items])
    holder = holder_of(order.account_id, order.email)
    good = set()
    for item in items:
        line = lines[item.id]
        if line.tier == LicenseTier.EXCLUSIVE and not sell_exclusive(
            ctx, recording_id=line.recording_id, order_id=order.id, holder=holder
        ):
            continue
        if restore_grant(ctx, order_item_id=item.id):
            restore(ctx, granted_for=item.id)
            good.add(item.id)
    return good


def _transfer(ctx: WriteCtx, item_ids: Sequence[UUID], account_id: UUID) -> None:
    transfer(ctx, granted_for=item_ids, account_id=account_id)
    transfer_grants(ctx, order_item_ids=item_ids, account_id=account_id)


WORDS = Words(
    one="license",
    many="licenses",
    undeliverable=queries.SOLD_EXCLUSIVELY,
    notes={
        ItemStatus.REFUNDING: "A refund is on its way. The license ends with it.",
        ItemStatus.REFUNDED: "Refunded. The license is void and its files are no longer available.",
        ItemStatus.CANCELED: "No longer for sale when your payment arrived: you get a refund.",
    },
    receipt="Your files, the contracts you accepted and their certificates are here:",
    sold="You sold",
    sold_to="to",
    ends="Licenses and downloads of these items end when the payment provider accepts the refund.",
    ended=(
        "The licenses for these recordings are void from now on, and their downloads have ended."
    ),
    seller_ended="The license is void, and its public certificate says so.",
    stands="The licenses are valid and their files are available again.",
    seller_stands="The license is valid again.",
    claimed="Free license claimed",
)
LICENSE = LineKind(
    name=queries.KIND,
    words=WORDS,
    check=_check,
    freeze=_freeze,
    fulfil=_fulfil,
    release=_release,
    revoke=_revoke,
    restore=_restore,
    transfer=_transfer,
    describe=queries.describe,
    held=queries.held_of,
    why_undeliverable=queries.why_undeliverable,
    cart=CartPart(
        count=queries.count_in_cart, lines=queries.lines_to_order, adopt=_adopt, clear=_clear
    ),
)
