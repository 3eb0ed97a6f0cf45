"""What somebody bought, and the files and papers that come with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import (
    GrantLine,
    StoredCertificate,
    find_order_item,
    grants_of,
    stored_certificate,
)
from indii.business.licensing.rules import TIER_LABELS
from indii.catalog.access.queries import BoughtFile, BoughtFileInfo, bought_file, bought_files
from indii.catalog.recordings.queries import RecordingRow, rows
from indii.identity.accounts.models import Account
from indii.identity.guests.queries import proven_email
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, count, money
from indii.kernel.paging import newest_first
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus, SessionStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.models import Order, OrderItem, PaymentSession
from indii.store.orders.queries import STATE_LABELS, is_buyer, items_of


def _own(ctx: ReadCtx, email: str) -> list[ColumnElement[bool]]:
    """Return what makes an order the actor's: the account, this browser, a proven address."""
    own = []
    if ctx.actor.account_id is not None:
        own.append(col(Order.account_id) == ctx.actor.account_id)
    if ctx.actor.buyer:
        own.append(col(Order.buyer_hash) == ctx.actor.buyer)
    if email:
        own.append(col(Order.email) == email)
    return own


def _awaited() -> ColumnElement[bool]:
    """Return what says that the money of an order is on its way."""
    pending = select(col(PaymentSession.id)).where(
        col(PaymentSession.order_id) == col(Order.id),
        col(PaymentSession.state) == SessionStatus.PENDING,
    )
    return (col(Order.state) == OrderStatus.AWAITING_PAYMENT) & pending.exists()


def owned(
    ctx: ReadCtx, recording_ids: Collection[UUID], *, email: str = ""
) -> frozenset[tuple[UUID, str]]:
    """Return which licenses of these recordings the actor has, or is paying for by a slow method.

    `email` adds what was bought with that address; as (recording, tier).
    """
    mine = _own(ctx, email)
    if not mine:
        return frozenset()
    has = col(OrderItem.state) == ItemStatus.GRANTED
    found = ctx.db.execute(
        select(col(OrderItem.recording_id), col(OrderItem.tier))
        .join(Order, col(Order.id) == col(OrderItem.order_id))
        .where(col(OrderItem.recording_id).in_(recording_ids), or_(*mine), has | _awaited())
    )
    return frozenset((recording_id, tier) for recording_id, tier in found)


def owned_tiers(ctx: ReadCtx, recording_id: UUID) -> frozenset[str]:
    """Return which licenses of one recording the actor has, or is paying for."""
    return frozenset(tier for _, tier in owned(ctx, [recording_id]))


@dataclass(frozen=True, slots=True)
class FileLine:
    """One bought file: its address, or why it is not there."""

    id: str
    label: str
    size: str
    href: str
    note: str
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """One license that somebody bought, with everything that comes with it.

    `href`, `cover` and `playable` are "" for a recording that the actor may not see any more. The
    certificate is a document once it is made; of a void one only its page is worth a look.
    """

    id: str
    title: str
    href: str
    producer_name: str
    producer_href: str
    cover: str
    playable: str
    tier_label: str
    licensee: str
    price_label: str
    state: str
    state_label: str
    state_note: str
    certificate_href: str
    certificate_note: str
    verify_href: str
    is_being_made: bool
    files: list[FileLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BoughtOrder:
    """One order of a buyer, newest first in their list."""

    id: str
    number: str
    when: str
    at: str
    state: str
    state_label: str
    total_label: str
    note: str
    lines: list[BoughtLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DownloadsPage:
    """A page of what somebody bought; `email` is whose, "" for an account's own.

    `total` counts the licenses of all pages; `older` is the address that continues the list.
    """

    orders: list[BoughtOrder] = field(default_factory=list)
    total: str = ""
    older: str = ""
    is_continued: bool = False
    email: str = ""
    is_guest: bool = False
    is_being_made: bool = False


PAGE = 25


def downloads_page(ctx: ReadCtx, *, after: UUID | None = None) -> DownloadsPage:
    """Return what the actor bought: by account, by this browser, and by a proven address.

    `after` is the actor's own order behind which the page begins; any other begins anew.
    """
    email = proven_email(ctx)
    own = _own(ctx, email)
    if not own:
        return DownloadsPage(is_guest=True)
    is_there = col(Order.state).in_([*PAID_STATUSES, OrderStatus.NEEDS_REVIEW]) | _awaited()
    listed = or_(*own) & is_there
    page = newest_first(
        ctx.db,
        select(Order).where(listed),
        by=col(Order.created_at),
        key=col(Order.id),
        size=PAGE,
        after=after,
    )
    licenses = select(func.count()).select_from(OrderItem).join(Order).where(listed)
    shown = _bought(ctx, page.rows)
    return DownloadsPage(
        orders=shown,
        total=count(ctx.db.scalar(licenses) or 0, "license"),
        older=f"/downloads?after={page.next_after}" if page.next_after else "",
        is_continued=not page.is_first,
        email=email,
        is_guest=ctx.actor.account_id is None,
        is_being_made=any(line.is_being_made for order in shown for line in order.lines),
    )


_NOTES = {
    OrderStatus.AWAITING_PAYMENT: "Your bank is still moving the money. The files come with it.",
    OrderStatus.NEEDS_REVIEW: "The payment does not fit the order. We look into it and write.",
}
_WENT_BACK = "The payment did not fit the order, so it goes back to you and nothing was sold."


def _bought(ctx: ReadCtx, orders: Sequence[Order]) -> list[BoughtOrder]:
    items = items_of(ctx, [order.id for order in orders])
    ids = [item.id for item in items]
    files, grants = bought_files(ctx, ids), grants_of(ctx, ids)
    seen = {UUID(row.id): row for row in rows(ctx, list({item.recording_id for item in items}))}
    by_order: dict[UUID, list[BoughtLine]] = {}
    currencies = {order.id: order.currency for order in orders}
    for item in items:
        price = money(item.price_minor, currencies[item.order_id]) if item.price_minor else "Free"
        found = _Found(files.get(item.id, ()), grants.get(item.id), seen.get(item.recording_id))
        by_order.setdefault(item.order_id, []).append(_line(item, price, found))
    return [_order(ctx, order, by_order.get(order.id, [])) for order in orders]


def _order(ctx: ReadCtx, order: Order, lines: list[BoughtLine]) -> BoughtOrder:
    then = order.paid_at or order.created_at
    note = _NOTES.get(OrderStatus(order.state), "")
    if order.state == OrderStatus.REFUNDED and order.paid_at is None:
        note, lines = _WENT_BACK, [replace(line, state_note="") for line in lines]
    return BoughtOrder(
        id=str(order.id),
        number=order.number,
        when=ago(then, ctx.now),
        at=then.isoformat(),
        state=order.state,
        state_label=STATE_LABELS[OrderStatus(order.state)],
        total_label=money(order.total_minor, order.currency) if order.total_minor else "Free",
        note=note,
        lines=lines,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What is there for one line beside the line itself."""

    files: Sequence[BoughtFileInfo]
    grant: GrantLine | None
    row: RecordingRow | None


_ITEM_LABELS = {
    ItemStatus.REFUNDING: "Refund on its way",
    ItemStatus.REFUNDED: "Refunded",
    ItemStatus.CANCELED: "Not delivered",
}
_ITEM_NOTES = {
    ItemStatus.REFUNDING: "A refund is on its way; the license ends with it.",
    ItemStatus.REFUNDED: "Refunded. The license is void and its files are no longer yours.",
    ItemStatus.CANCELED: "Sold exclusively to somebody else a moment before: you are refunded.",
}
_OVER = frozenset({ItemStatus.REFUNDED, ItemStatus.CANCELED})


def _line(item: OrderItem, price: str, found: _Found) -> BoughtLine:
    by = f" as {item.licensee_alias}" if item.licensee_alias else ""
    state, row, grant = ItemStatus(item.state), found.row, found.grant
    is_over = state in _OVER or (grant is not None and grant.is_void)
    files = [] if is_over else [_file(file) for file in found.files]
    unmade = grant is not None and not grant.is_made and not is_over
    return BoughtLine(
        id=str(item.id),
        title=item.title,
        href=f"/recording/{row.slug}" if row else "",
        producer_name=item.producer_name,
        producer_href=f"/producer/{row.producer_slug}" if row else "",
        cover=row.cover_url if row else "",
        playable=row.playable if row else "",
        tier_label=TIER_LABELS[LicenseTier(item.tier)],
        licensee=f"{item.licensee_name}{by}",
        price_label=price,
        state=item.state,
        state_label=_ITEM_LABELS.get(state, ""),
        state_note=_ITEM_NOTES.get(state, ""),
        certificate_href=f"/api/orders/certificates/{grant.certificate_id}"
        if grant and grant.is_made and not is_over
        else "",
        certificate_note="Certificate being made" if unmade else "",
        verify_href=f"/verify/{grant.certificate_id}" if grant else "",
        is_being_made=unmade or any(not file.href and file.is_waiting for file in files),
        files=files,
    )


def _file(file: BoughtFileInfo) -> FileLine:
    return FileLine(
        id=str(file.id),
        label=file.label,
        size=file.size,
        href=f"/api/downloads/{file.id}" if file.is_there else "",
        note=file.note,
        is_waiting=not file.is_there and not file.size,
    )


def owns_item(ctx: ReadCtx, order_item_id: UUID) -> bool:
    """Whether the actor bought this line."""
    item = ctx.db.get(OrderItem, order_item_id)
    order = ctx.db.get(Order, item.order_id) if item else None
    return order is not None and is_buyer(ctx, order)


def bought_source(ctx: ReadCtx, permission_id: UUID) -> BoughtFile:
    """Return a bought file to whoever bought it.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    found = bought_file(ctx, permission_id)
    if not owns_item(ctx, found.granted_for):
        raise OrderNotFound
    return found


def bought_certificate(ctx: ReadCtx, certificate_id: UUID) -> StoredCertificate:
    """Return the certificate of a license to whoever bought it, with or without an account.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    item_id = find_order_item(ctx, certificate_id)
    if item_id is None or not owns_item(ctx, item_id):
        raise OrderNotFound
    return stored_certificate(ctx, certificate_id)


def has_orders(ctx: ReadCtx, email: str) -> bool:
    """Whether anything was ever bought with this address; no check who asks."""
    found = ctx.db.scalar(
        select(col(Order.id))
        .where(col(Order.email) == email, col(Order.state).in_(PAID_STATUSES))
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the letters about an order say; `sellers` are (e-mail, name, lines)."""

    number: str
    email: str
    is_guest: bool
    total_label: str
    lines: tuple[str, ...]
    sellers: tuple[tuple[str, str, tuple[str, ...]], ...]


def receipt(ctx: ReadCtx, order_id: UUID) -> Receipt | None:
    """Return what the letters about a paid order say; for the system."""
    ctx.actor.require_role("system")
    order = ctx.db.get(Order, order_id)
    if order is None:
        return None
    items = [item for item in items_of(ctx, [order_id]) if item.state == ItemStatus.GRANTED]
    by_producer: dict[UUID, list[OrderItem]] = {}
    for item in items:
        by_producer.setdefault(item.producer_id, []).append(item)
    return Receipt(
        number=order.number,
        email=order.email,
        is_guest=order.account_id is None,
        total_label=money(order.total_minor, order.currency) if order.total_minor else "nothing",
        lines=tuple(_worded(item, order.currency, item.price_minor) for item in items),
        sellers=tuple(
            (email, name, tuple(_sold(i, order.currency) for i in by_producer[producer_id]))
            for producer_id, email, name in _sellers(ctx, list(by_producer))
        ),
    )


def _worded(item: OrderItem, currency: str, minor: int) -> str:
    price = money(minor, currency) if minor else "free"
    return f"{item.title} by {item.producer_name}, {TIER_LABELS[LicenseTier(item.tier)]}: {price}"


def _sold(item: OrderItem, currency: str) -> str:
    receives = money(item.price_minor - item.fee_minor, currency)
    label = TIER_LABELS[LicenseTier(item.tier)]
    return f"{item.title}, {label}, to {item.licensee_name}: {receives} for you"


def _sellers(ctx: ReadCtx, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    found = ctx.db.execute(
        select(col(Profile.id), col(Account.email), col(Profile.name))
        .join(Account, col(Account.id) == col(Profile.account_id))
        .where(col(Profile.id).in_(ids), col(Account.disabled_at).is_(None))
    )
    return [(row[0], row[1], row[2]) for row in found]
