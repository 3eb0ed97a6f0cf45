"""What an order can sell: every kind of line is registered by the room that owns it.

Orders know what all lines have in common: who is paid, for what, how much. The rest belongs to the
kind. Its functions run inside the order's own transaction and are handed all lines of their kind at
once, so that a kind asks the database once an order and not once a line.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from indii.kernel.context import ReadCtx, WriteCtx
from indii.kernel.format import count
from indii.store.orders.enums import ItemStatus
from indii.store.orders.models import Order, OrderItem


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line as it is about to be ordered.

    `label` is the kind's word for what is sold (`WAV lease`). `identity` is everything that makes
    this line what it is: the same lines asked for twice are the same order. `facts` is what only
    the kind knows, handed to its `check` and `freeze`. `is_held` says that others cannot have it
    while it is being paid, so it cannot wait for a slow payment.
    """

    kind: str
    payee_id: UUID
    payee_name: str
    title: str
    label: str
    unit_price_minor: int
    currency: str
    identity: tuple[str, ...]
    facts: Any
    quantity: int = 1
    is_held: bool = False

    @property
    def price_minor(self) -> int:
        """What the whole line costs."""
        return self.unit_price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who is ordering: the address that the receipt goes to, and the network's word for a guest."""

    email: str
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that comes with a line; an address is "" while there is nothing to open there.

    `buyer_href` and `seller_href` open the document, `page_href` what anybody may read about it.
    """

    label: str
    is_made: bool
    buyer_href: str = ""
    seller_href: str = ""
    page_href: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What lists, e-mails and pages say about one line beside title, label and price.

    `recipient` is whom the line names, `as_buyer` the same as their own list words it.
    `href`, `payee_href`, `cover` and `playable` are "" where there is nothing that the actor may
    see. `note` is said with the line in the seller's list. `is_void` ends what came with the line.
    """

    recipient: str = ""
    as_buyer: str = ""
    href: str = ""
    payee_href: str = ""
    cover: str = ""
    playable: str = ""
    note: str = ""
    is_void: bool = False
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Something that somebody is paying for at this moment and nobody else can have meanwhile."""

    what: str
    title: str
    until: str
    at: str


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind is spoken of where lines of several kinds stand together.

    The sentences: `undeliverable` is why a paid line goes back by itself where its kind knows
    nothing better, `notes` what a buyer reads with a line in this state, `receipt` what leads to
    the link in a receipt, `sold` how the seller's e-mail begins and `claimed` where it was all
    free, `sold_to` what stands before whom a line names, `ends` what a refund ends, `ended` and
    `seller_ended` the same in the e-mails to both, `stands` and `seller_stands` what holds again
    when a refund has failed.
    """

    one: str
    many: str
    undeliverable: str
    notes: Mapping[ItemStatus, str]
    receipt: str
    sold: str
    sold_to: str
    ends: str
    ended: str
    seller_ended: str
    stands: str
    seller_stands: str
    claimed: str = ""


def _nothing(*_: Any, **__: Any) -> None:
    """Do nothing: for what a kind has no use for."""


def _no_lines(*_: Any, **__: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class CartPart:
    """What a kind keeps in a cart, for kinds that can lie in one; a cart is named by its id.

    `count` says how many lines of the kind a cart has, `lines` what they would be as an order,
    `adopt` moves them into another cart that keeps its own, `clear` takes out what an order bought.
    """

    count: Callable[[ReadCtx, UUID], int]
    lines: Callable[[ReadCtx, UUID], Sequence[PricedLine]]
    adopt: Callable[..., None]
    clear: Callable[..., None]


@dataclass(frozen=True, slots=True)
class LineKind:
    """One kind of order line and everything that orders ask of the room that owns it.

    - `check(ctx, lines, buyer)` raises what stands in the way, before anything is written.
    - `freeze(ctx, order, {item id: line})` keeps the kind's own facts, and holds what others cannot
      have meanwhile.
    - `fulfil(ctx, order, items)` delivers and returns the ids of what could be delivered; it is
      called once an order. The recordings or whatever else must not be sold twice it locks itself.
    - `release(ctx, order)` gives up what an order held that nobody will pay.
    - `revoke(ctx, order, items)` takes back what was delivered, because the money goes back.
    - `restore(ctx, order, items)` delivers again what was revoked, because the money came back;
      it returns the ids of what is good again.
    - `transfer(ctx, items, account_id)` puts what a guest bought into their account.
    - `why_undeliverable(ctx, items)` says why these paid lines could not be delivered, where there
      are several reasons.
    - `describe(ctx, items)` says of these lines what lists and e-mails show, by item id.
    - `held(ctx, payee_id)` names what of a seller's is being paid for at this moment.
    """

    name: str
    words: Words
    freeze: Callable[[WriteCtx, Order, Mapping[UUID, PricedLine]], None]
    fulfil: Callable[[WriteCtx, Order, Sequence[OrderItem]], Collection[UUID]]
    revoke: Callable[[WriteCtx, Order, Sequence[OrderItem]], None]
    restore: Callable[[WriteCtx, Order, Sequence[OrderItem]], Collection[UUID]]
    describe: Callable[[ReadCtx, Sequence[OrderItem]], Mapping[UUID, Description]]
    check: Callable[[WriteCtx, Sequence[PricedLine], Buyer], None] = _nothing
    release: Callable[[WriteCtx, Order], None] = _nothing
    transfer: Callable[[WriteCtx, Sequence[UUID], UUID], None] = _nothing
    held: Callable[[ReadCtx, UUID], Sequence[HeldLine]] = _no_lines
    why_undeliverable: Callable[[ReadCtx, Sequence[OrderItem]], Sequence[str]] = _no_lines
    cart: CartPart | None = field(default=None)


_KINDS: dict[str, LineKind] = {}


def register(*found: LineKind) -> None:
    """Make these kinds known; the one place that says which there are calls this."""
    _KINDS.update({kind.name: kind for kind in found})


def every_kind() -> tuple[LineKind, ...]:
    """Return all kinds in the order in which they were registered."""
    return tuple(_KINDS.values())


def kind_of(line: OrderItem | PricedLine) -> LineKind:
    """Return the kind of a line."""
    return _KINDS[line.kind]


Line = TypeVar("Line", OrderItem, PricedLine)


def by_kind(lines: Iterable[Line]) -> list[tuple[LineKind, list[Line]]]:
    """Return the lines of each kind together, in the order in which kinds first appear."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.kind, []).append(line)
    return [(_KINDS[name], own) for name, own in found.items()]


def describe(ctx: ReadCtx, items: Sequence[OrderItem]) -> dict[UUID, Description]:
    """Return what the kinds of these lines say of them, by item id; no check who asks."""
    said: dict[UUID, Description] = {}
    for kind, own in by_kind(items):
        said.update(kind.describe(ctx, own))
    return said


def why_undeliverable(ctx: ReadCtx, items: Sequence[OrderItem]) -> str:
    """Return why these paid lines could not be delivered, each reason once; no check who asks."""
    return " ".join(
        why
        for kind, own in by_kind(items)
        for why in kind.why_undeliverable(ctx, own) or (kind.words.undeliverable,)
    )


def said_once(items: Iterable[OrderItem], words: Callable[[Words], str]) -> tuple[str, ...]:
    """Return a sentence of each kind among these lines, each once."""
    return tuple(dict.fromkeys(words(kind_of(item).words) for item in items))


def counted(numbers: Mapping[str, int]) -> str:
    """Return how many lines of which kind: `2 licenses`, `1 license and 3 tips`."""
    known = [(_KINDS[name].words, number) for name, number in numbers.items() if number]
    parts = [count(number, words.one, words.many) for words, number in known]
    if not parts:
        return count(0, "item")
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
