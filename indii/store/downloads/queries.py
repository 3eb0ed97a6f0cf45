"""What somebody bought, and the files and papers that come with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from indii.catalog.access.queries import BoughtFile, BoughtFileInfo, bought_file, bought_files
from indii.identity.accounts.models import Account
from indii.identity.guests.queries import proven_email
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, money
from indii.kernel.paging import newest_first
from indii.store.orders import kinds
from indii.store.orders.enums import PAID_STATUSES, ItemStatus, OrderStatus
from indii.store.orders.errors import OrderNotFound
from indii.store.orders.kinds import Description
from indii.store.orders.models import Order, OrderItem
from indii.store.orders.queries import (
    STATE_LABELS,
    is_awaited,
    is_own,
    items_of,
    may_have,
)


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
    """One thing that somebody bought, with everything that comes with it.

    `href`, `cover` and `playable` are "" for what the actor may not see any more. The document can
    be opened once it is made; of a void one only its page is worth a look.
    """

    id: str
    title: str
    href: str
    payee_name: str
    payee_href: str
    cover: str
    playable: str
    label: str
    recipient: str
    note: str
    price_label: str
    state: str
    state_label: str
    state_note: str
    document_label: str
    document_href: str
    document_note: str
    page_href: str
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

    `total` counts the lines of all pages; `older` is the address that continues the list.
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
    own = is_own(ctx, email)
    if not own:
        return DownloadsPage(is_guest=True)
    is_there = col(Order.state).in_([*PAID_STATUSES, OrderStatus.NEEDS_REVIEW]) | is_awaited()
    listed = or_(*own) & is_there
    page = newest_first(
        ctx.db,
        select(Order).where(listed),
        by=col(Order.created_at),
        key=col(Order.id),
        size=PAGE,
        after=after,
    )
    kind = col(OrderItem.kind)
    counted = ctx.db.execute(
        select(kind, func.count()).join(Order).where(listed).group_by(kind).order_by(kind)
    )
    shown = _bought(ctx, page.rows)
    return DownloadsPage(
        orders=shown,
        total=kinds.counted({name: int(number) for name, number in counted}),
        older=f"/downloads?after={page.next_after}" if page.next_after else "",
        is_continued=not page.is_first,
        email=email,
        is_guest=ctx.actor.account_id is None,
        is_being_made=any(line.is_being_made for order in shown for line in order.lines),
    )


_NOTES = {
    OrderStatus.AWAITING_PAYMENT: (
        "Your bank is still processing the payment. The files appear when it arrives."
    ),
    OrderStatus.NEEDS_REVIEW: "The payment does not match the order. We check it and e-mail you.",
}
_WENT_BACK = "The payment did not match the order, so it is refunded and nothing was sold."


def _bought(ctx: ReadCtx, orders: Sequence[Order]) -> list[BoughtOrder]:
    items = items_of(ctx, [order.id for order in orders])
    files = bought_files(ctx, [item.id for item in items])
    said = kinds.describe(ctx, items)
    by_order: dict[UUID, list[BoughtLine]] = {}
    currencies = {order.id: order.currency for order in orders}
    for item in items:
        price = money(item.price_minor, currencies[item.order_id]) if item.price_minor else "Free"
        line = _line(item, price, said[item.id], files.get(item.id, ()))
        by_order.setdefault(item.order_id, []).append(line)
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


_ITEM_LABELS = {
    ItemStatus.REFUNDING: "Refund on its way",
    ItemStatus.REFUNDED: "Refunded",
    ItemStatus.CANCELED: "Not delivered",
}
_OVER = frozenset({ItemStatus.REFUNDED, ItemStatus.CANCELED})


def _line(
    item: OrderItem, price: str, said: Description, found: Sequence[BoughtFileInfo]
) -> BoughtLine:
    state, document = ItemStatus(item.state), said.document
    is_over = state in _OVER or said.is_void
    files = [] if is_over else [_file(file) for file in found]
    is_unmade = document is not None and not document.is_made and not is_over
    can_open = document is not None and document.is_made and not is_over
    return BoughtLine(
        id=str(item.id),
        title=item.title,
        href=said.href,
        payee_name=item.payee_name,
        payee_href=said.payee_href,
        cover=said.cover,
        playable=said.playable,
        label=item.label,
        recipient=said.as_buyer,
        note=said.note,
        price_label=price,
        state=item.state,
        state_label=_ITEM_LABELS.get(state, ""),
        state_note=kinds.kind_of(item).words.notes.get(state, ""),
        document_label=document.label if document else "",
        document_href=document.buyer_href if document and can_open else "",
        document_note="Preparing" if is_unmade else "",
        page_href=document.page_href if document else "",
        is_being_made=is_unmade or any(not file.href and file.is_waiting for file in files),
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


def bought_source(ctx: ReadCtx, permission_id: UUID) -> BoughtFile:
    """Return a bought file to whoever bought it.

    Raises:
        OrderNotFound: unknown, or somebody else's.
    """
    found = bought_file(ctx, permission_id)
    if not may_have(ctx, found.granted_for):
        raise OrderNotFound
    return found


def has_orders(ctx: ReadCtx, email: str) -> bool:
    """Whether anything was ever bought with this address; no check who asks."""
    found = ctx.db.scalar(
        select(col(Order.id))
        .where(col(Order.email) == email, col(Order.state).in_(PAID_STATUSES))
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class SellerNews:
    """What one seller's e-mail about an order says; `lead` begins its subject."""

    profile_id: UUID
    email: str
    name: str
    lead: str
    is_free: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the e-mails about an order say; `leads_to` are the sentences before the link."""

    number: str
    email: str
    is_guest: bool
    what: str
    total_label: str
    lines: tuple[str, ...]
    leads_to: tuple[str, ...]
    sellers: tuple[SellerNews, ...]


def receipt(ctx: ReadCtx, order_id: UUID) -> Receipt | None:
    """Return what the e-mails about a paid order say; for the system."""
    ctx.actor.require_role("system")
    order = ctx.db.get(Order, order_id)
    if order is None:
        return None
    items = [item for item in items_of(ctx, [order_id]) if item.state == ItemStatus.GRANTED]
    said = kinds.describe(ctx, items)
    by_payee: dict[UUID, list[OrderItem]] = {}
    for item in items:
        by_payee.setdefault(item.payee_id, []).append(item)
    return Receipt(
        number=order.number,
        email=order.email,
        is_guest=order.account_id is None,
        what=" and ".join(kinds.said_once(items, lambda words: words.many)) or "order",
        total_label=money(order.total_minor, order.currency) if order.total_minor else "nothing",
        lines=tuple(_bought_words(item, order.currency) for item in items),
        leads_to=kinds.said_once(items, lambda words: words.receipt),
        sellers=tuple(
            SellerNews(
                profile_id=payee_id,
                email=email,
                name=name,
                lead=_lead(by_payee[payee_id]),
                is_free=_is_free(by_payee[payee_id]),
                lines=tuple(_sold_words(i, said, order.currency) for i in by_payee[payee_id]),
            )
            for payee_id, email, name in _sellers(ctx, list(by_payee))
        ),
    )


def _is_free(items: Sequence[OrderItem]) -> bool:
    return not any(item.price_minor for item in items)


def _lead(items: Sequence[OrderItem]) -> str:
    words = kinds.kind_of(items[0]).words
    return (words.claimed if _is_free(items) else "") or words.sold


def _bought_words(item: OrderItem, currency: str) -> str:
    price = money(item.price_minor, currency) if item.price_minor else "free"
    return f"{item.title} by {item.payee_name}, {item.label}: {price}"


def _sold_words(item: OrderItem, said: Mapping[UUID, Description], currency: str) -> str:
    about = said[item.id]
    before = kinds.kind_of(item).words.sold_to
    to = f", {before} {about.recipient}" if about.recipient else ""
    note = f" “{about.note}”" if about.note else ""
    if not item.price_minor:
        return f"{item.title}, {item.label}{to}{note}"
    receives = money(item.price_minor - item.fee_minor, currency)
    return f"{item.title}, {item.label}{to}: {receives} for you{note}"


def _sellers(ctx: ReadCtx, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    found = ctx.db.execute(
        select(col(Profile.id), col(Account.email), col(Profile.name))
        .join(Account, col(Account.id) == col(Profile.account_id))
        .where(col(Profile.id).in_(ids), col(Account.disabled_at).is_(None))
    )
    return [(row[0], row[1], row[2]) for row in found]
