"""Filling a cart, naming who takes the licenses, accepting their contracts, placing the order."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.licensing.rules import check_tier
from indii.catalog.recordings.queries import get_visible
from indii.identity.accounts.models import Account
from indii.identity.accounts.rules import clean_email
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.ids import hash_token, new_id
from indii.store.checkout import queries, rules
from indii.store.checkout.errors import (
    AlreadyOwned,
    CartEmpty,
    CheckoutOpen,
    NotAccepted,
    NotForSale,
    OwnRecording,
)
from indii.store.checkout.models import Cart, CartLine
from indii.store.downloads.queries import owned, owned_tiers
from indii.store.offers.queries import open_prices
from indii.store.orders.commands import create_order
from indii.store.orders.enums import SessionStatus
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.queries import has_session_in


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that waits for its payment, or costs nothing."""

    order_id: UUID
    is_free: bool


def _own_cart(ctx: WriteCtx, token: str) -> Cart:
    """Return the actor's cart, made if there is none.

    Raises:
        IndiiError: a guest without a token has nowhere to keep one.
    """
    account_id = ctx.actor.account_id
    if account_id is None and len(token) < 20:
        raise IndiiError("Your browser keeps no cookies, so it cannot keep a cart.")
    owner = (
        {"account_id": account_id} if account_id is not None else {"token_hash": hash_token(token)}
    )
    ctx.db.execute(
        insert(Cart)
        .values(
            id=new_id(),
            created_at=ctx.now,
            updated_at=ctx.now,
            licensee_name="",
            licensee_alias="",
            email="",
            **owner,
        )
        .on_conflict_do_nothing()
    )
    found = queries.find_cart(ctx.reading, token, locks=True)
    if found is None:
        raise CartEmpty
    return found


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
        raise NotForSale("This license is not offered any more.")
    if known in owned_tiers(ctx.reading, recording_id):
        raise AlreadyOwned("You have this license already: it is in your downloads.")
    cart = _own_cart(ctx, token)
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
    cart = queries.find_cart(ctx.reading, token, locks=True)
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
    cart = queries.find_cart(ctx.reading, token, locks=True)
    if cart is None:
        raise CartEmpty
    if recording_id is not None and not name.strip():
        values = {"licensee_name": "", "licensee_alias": ""}
    else:
        values = {
            "licensee_name": rules.check_name(name), "licensee_alias": rules.check_alias(alias)
        }  # fmt: skip
    if recording_id is None:
        cart.licensee_name, cart.licensee_alias = values["licensee_name"], values["licensee_alias"]
    else:
        ctx.db.execute(
            update(CartLine)
            .where(col(CartLine.cart_id) == cart.id, col(CartLine.recording_id) == recording_id)
            .values(**values)
        )
    cart.updated_at = ctx.now


def accept_contract(
    ctx: WriteCtx, *, token: str, recording_id: UUID, sha256: str, accepts: bool = True
) -> None:
    """Accept the contract of a line, or take that back; only the text that was read counts.

    Raises:
        NotAccepted: the text is another one now; it has to be read again.
        CartEmpty: there is no such line.
    """
    cart = queries.find_cart(ctx.reading, token, locks=True)
    lines = queries.priced_lines(ctx.reading, cart) if cart else ()
    found = next((d for d in lines if d.recording.id == recording_id), None)
    if found is None:
        raise CartEmpty
    line = ctx.db.get_one(CartLine, (found.line.cart_id, recording_id))
    if not accepts:
        line.accepted_sha256, line.accepted_at = "", None
        return
    if not found.licensee_name:
        raise IndiiError("First say who takes the license.", field="licensee_name")
    if found.sha256 != sha256:
        raise NotAccepted("The contract has changed since you opened it. Please read it again.")
    line.accepted_sha256, line.accepted_at = sha256, ctx.now


def merge_guest_cart(ctx: WriteCtx, *, token: str) -> None:
    """Bring what a guest had chosen into the account that they signed in to."""
    if ctx.actor.account_id is None or not token:
        return
    guest = ctx.db.scalar(
        select(Cart).where(col(Cart.token_hash) == hash_token(token)).with_for_update()
    )
    if guest is None:
        return
    own = _own_cart(ctx, token)
    kept = select(col(CartLine.recording_id)).where(col(CartLine.cart_id) == own.id)
    ctx.db.execute(
        update(CartLine)
        .where(col(CartLine.cart_id) == guest.id, col(CartLine.recording_id).not_in(kept))
        .values(cart_id=own.id)
        .execution_options(synchronize_session=False)
    )
    own.licensee_name = own.licensee_name or guest.licensee_name
    own.licensee_alias = own.licensee_alias or guest.licensee_alias
    own.order_id = own.order_id or guest.order_id
    own.updated_at = ctx.now
    ctx.db.flush()
    ctx.db.execute(delete(Cart).where(col(Cart.id) == guest.id))


def place_order(
    ctx: WriteCtx, *, token: str, email: str, buyer_hash: str, fee_bps: int
) -> PlacedOrder:
    """Freeze the cart as an order; the same cart placed twice is one order.

    Raises:
        CartEmpty: nothing to buy.
        NotAccepted, NotForSale: a line cannot be bought as it stands.
        CheckoutOpen: another order of this cart is being paid.
        AmountTooSmall, ExclusiveTaken, HoldRefused: as `create_order` says.
        IndiiError: on `email`.
    """
    cart = queries.find_cart(ctx.reading, token, locks=True)
    lines = queries.priced_lines(ctx.reading, cart) if cart else ()
    if cart is None or not lines:
        raise CartEmpty
    address = _email(ctx, email)
    wanted = queries.hash_of(lines, address)
    order = queries.open_order(ctx.reading, cart)
    if order is not None:
        if order.cart_hash != wanted or _is_over(ctx, order):
            raise CheckoutOpen
        return PlacedOrder(order.id, is_free=order.total_minor == 0)
    _check(lines, ctx, address)
    order_id = create_order(
        ctx,
        email=address,
        buyer_hash=buyer_hash,
        currency=lines[0].currency,
        cart_hash=wanted,
        lines=[queries.to_order_line(found, fee_bps=fee_bps, now=ctx.now) for found in lines],
    )
    cart.email, cart.updated_at, cart.order_id = address, ctx.now, order_id
    ctx.audit("order.placed", "order", order_id, lines=len(lines))
    return PlacedOrder(order_id, is_free=not any(found.price_minor for found in lines))


def _is_over(ctx: WriteCtx, order: Order) -> bool:
    """Whether the payment page of an order is closed by now, though nobody told us."""
    alive = (SessionStatus.OPENING, SessionStatus.OPEN)
    return has_session_in(ctx.reading, order.id, *alive, over_at=ctx.now)


def _email(ctx: WriteCtx, email: str) -> str:
    if ctx.actor.account_id is not None:
        return ctx.db.get_one(Account, ctx.actor.account_id).email
    return clean_email(email)


def _check(lines: tuple[queries.PricedLine, ...], ctx: WriteCtx, email: str) -> None:
    bought = owned(ctx.reading, {found.recording.id for found in lines}, email=email)
    for found in lines:
        if found.problem:
            raise NotForSale(f"{found.recording.title}: {found.problem}")
        if not found.licensee_name:
            raise IndiiError("Say who takes the licenses.", field="licensee_name")
        if not found.is_accepted:
            raise NotAccepted(f"Read and accept the contract of {found.recording.title} first.")
        if (found.recording.id, found.tier) in bought:
            raise AlreadyOwned(
                f"{found.recording.title}: this license was bought with {email} before. The link"
                " in that receipt opens it."
            )
    rules.check_exclusives([found.tier for found in lines])
    if len({found.currency for found in lines}) > 1:
        raise NotForSale("These licenses are priced in different currencies: one order, one.")


def remove_bought(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Take what an order bought out of the cart that it was made of."""
    ctx.actor.require_role("system")
    cart = ctx.db.scalar(select(Cart).where(col(Cart.order_id) == order_id).with_for_update())
    order = ctx.db.get(Order, order_id)
    if cart is None or order is None:
        return
    bought = select(col(OrderItem.recording_id), col(OrderItem.tier)).where(
        col(OrderItem.order_id) == order_id
    )
    ctx.db.execute(
        delete(CartLine)
        .where(
            col(CartLine.cart_id) == cart.id,
            tuple_(col(CartLine.recording_id), col(CartLine.tier)).in_(bought),
            col(CartLine.added_at) <= order.created_at,
        )
        .execution_options(synchronize_session=False)
    )


def delete_old_carts(ctx: WriteCtx) -> int:
    """Delete guests' carts that nobody touched for two months; return how many."""
    ctx.actor.require_role("system")
    gone = ctx.db.scalars(
        delete(Cart)
        .where(col(Cart.account_id).is_(None), col(Cart.updated_at) < ctx.now - rules.CART_LIFE)
        .returning(col(Cart.id))
    ).all()
    return len(gone)
