"""What was written down for good: accounts and movements of the ledger, remembered acts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from indii.business.ledger.enums import Code
from indii.business.ledger.errors import TransactionNotFound
from indii.business.ledger.queries import (
    EntryLine,
    TransactionRow,
    TrialLine,
    check_ledger,
    transaction,
    transactions_page,
    trial_balance,
)
from indii.business.ledger.rules import CODE_LABELS
from indii.identity.profiles.models import Profile
from indii.kernel.audit import AuditEntry
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, count, money
from indii.kernel.ids import read_id, require_id
from indii.kernel.paging import behind
from indii.store.orders.models import Order


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What all accounts of one code hold in one currency; `href` lists what touched them."""

    label: str
    kind_label: str
    currency: str
    debit_label: str
    credit_label: str
    href: str


@dataclass(frozen=True, slots=True)
class TotalLine:
    """Both sides of one currency, which agree or something is broken."""

    currency: str
    debit_label: str
    credit_label: str
    is_even: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of money in the list."""

    id: str
    href: str
    kind_label: str
    amount_label: str
    memo: str
    order_number: str
    order_href: str
    when: str
    at: str
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The ledger as the address asks for it; "" where nothing is asked."""

    accounts: tuple[AccountLine, ...] = ()
    totals: tuple[TotalLine, ...] = ()
    movements: tuple[Movement, ...] = ()
    code: str = ""
    code_label: str = ""
    without_code: str = ""
    order: str = ""
    without_order: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class MovementView:
    """One movement with both of its sides."""

    id: str = ""
    kind_label: str = ""
    amount_label: str = ""
    memo: str = ""
    order_number: str = ""
    order_href: str = ""
    provider_ref: str = ""
    dedupe_key: str = ""
    effective_at: str = ""
    created_at: str = ""
    reverses_href: str = ""
    reversed_by_href: str = ""
    when: str = ""
    at: str = ""
    legs: tuple[EntryLine, ...] = ()


def address(*, code: str = "", order: str = "", after: str = "") -> str:
    """Return the address of the ledger that answers this."""
    asked = (("code", code), ("order", order), ("after", after))
    query = urlencode([(name, value) for name, value in asked if value])
    return f"/admin/ledger?{query}" if query else "/admin/ledger"


def ledger_view(
    ctx: ReadCtx, *, code: str = "", order: str = "", after: UUID | None = None
) -> LedgerView:
    """Return what every account holds, and the movements of one account or order, or all.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    known = Code(code) if code in set(Code) else None
    order = order.strip().upper()[:20]
    wanted = _order_id(ctx, order) if order else None
    trial = trial_balance(ctx)
    rows: Sequence[TransactionRow] = ()
    older = ""
    if wanted is not None or not order:
        found = transactions_page(ctx, code=known, order_id=wanted, after=after)
        rows, older = found.rows, found.next_after
    numbers = _numbers(ctx, rows)
    shown = str(known or "")
    return LedgerView(
        accounts=tuple(_account(line, order) for line in trial),
        totals=_totals(trial),
        movements=tuple(_movement(row, numbers.get(row.order_id, "")) for row in rows),
        code=shown,
        code_label=CODE_LABELS[known] if known else "",
        without_code=address(order=order),
        order=order,
        without_order=address(code=shown),
        older=address(code=shown, order=order, after=older) if older else "",
    )


def _order_id(ctx: ReadCtx, number: str) -> UUID | None:
    found: UUID | None = ctx.db.scalar(select(col(Order.id)).where(col(Order.number) == number))
    return found


def _numbers(ctx: ReadCtx, rows: Iterable[TransactionRow]) -> Mapping[str, str]:
    ids = {UUID(row.order_id) for row in rows if row.order_id}
    found = ctx.db.execute(select(col(Order.id), col(Order.number)).where(col(Order.id).in_(ids)))
    return {str(order_id): number for order_id, number in found}


def _account(line: TrialLine, order: str) -> AccountLine:
    return AccountLine(
        label=line.label,
        kind_label=line.kind_label,
        currency=line.currency,
        debit_label=line.debit_label,
        credit_label=line.credit_label,
        href=address(code=line.code, order=order),
    )


def _totals(trial: Sequence[TrialLine]) -> tuple[TotalLine, ...]:
    debits: defaultdict[str, int] = defaultdict(int)
    credits_: defaultdict[str, int] = defaultdict(int)
    for line in trial:
        debits[line.currency] += max(line.balance_minor, 0)
        credits_[line.currency] += max(-line.balance_minor, 0)
    return tuple(
        TotalLine(
            currency=currency,
            debit_label=money(debits[currency], currency),
            credit_label=money(credits_[currency], currency),
            is_even=debits[currency] == credits_[currency],
        )
        for currency in sorted({line.currency for line in trial})
    )


def _movement(row: TransactionRow, number: str) -> Movement:
    return Movement(
        id=row.id,
        href=f"/admin/ledger/{row.id}",
        kind_label=row.kind_label,
        amount_label=row.amount_label,
        memo=row.memo,
        order_number=number,
        order_href=f"/admin/order/{number}" if number else "",
        when=row.when,
        at=row.at,
        is_reversed=row.is_reversed,
    )


def movement(ctx: ReadCtx, transaction_id: str) -> MovementView:
    """Return one movement of money.

    Raises:
        NotAllowed: the actor is no administrator.
        TransactionNotFound: there is none.
    """
    ctx.actor.require_role("admin")
    found = transaction(ctx, require_id(transaction_id, TransactionNotFound))
    number = _numbers(ctx, [found.row]).get(found.row.order_id, "")
    return MovementView(
        id=found.row.id,
        kind_label=found.row.kind_label,
        amount_label=found.row.amount_label,
        memo=found.row.memo,
        order_number=number,
        order_href=f"/admin/order/{number}" if number else "",
        provider_ref=found.row.provider_ref,
        dedupe_key=found.dedupe_key,
        effective_at=_minute(found.effective_at),
        created_at=_minute(found.created_at),
        reverses_href=f"/admin/ledger/{found.reverses}" if found.reverses else "",
        reversed_by_href=f"/admin/ledger/{found.reversed_by}" if found.reversed_by else "",
        when=found.row.when,
        at=found.row.at,
        legs=found.entries,
    )


def _minute(iso: str) -> str:
    return f"{iso[:10]} {iso[11:16]} UTC"


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What looking through all books found; `faults` is empty when they agree."""

    said: str = ""
    is_good: bool = True
    faults: tuple[str, ...] = ()


def checked_ledger(ctx: ReadCtx) -> LedgerCheck:
    """Look through every entry whether the books agree.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    faults = check_ledger(ctx)
    if not faults:
        return LedgerCheck("Every movement balances, and every balance matches its entries.")
    return LedgerCheck(f"{count(len(faults), 'fault')} in the ledger.", False, faults[:50])


SHOWN = 50


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One remembered act."""

    id: str
    action: str
    subject: str
    subject_href: str
    who: str
    details: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Remembered acts, newest first; `older` is the address that continues the list."""

    lines: list[AuditLine] = field(default_factory=list)
    text: str = ""
    older: str = ""


def audit_address(*, text: str = "", after: str = "") -> str:
    """Return the address of the audit log that answers this."""
    query = urlencode([(n, v) for n, v in (("q", text), ("after", after)) if v])
    return f"/admin/audit?{query}" if query else "/admin/audit"


def audit_log(ctx: ReadCtx, *, text: str = "", after: UUID | None = None) -> AuditLog:
    """Return remembered acts by what was done, who did it, or on what: an id, an order's number.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    text = text.strip()[:100]
    asked = (
        select(AuditEntry, col(Profile.name), col(Order.number))
        .outerjoin(Profile, col(Profile.account_id) == col(AuditEntry.account_id))
        .outerjoin(Order, col(Order.id) == col(AuditEntry.subject_id))
        .order_by(col(AuditEntry.id).desc())
        .limit(SHOWN + 1)
    )
    if text:
        asked = asked.where(_about(text))
    asked = behind(ctx.db, asked, key=col(AuditEntry.id), after=after)
    found = ctx.db.execute(asked).all()
    shown = found[:SHOWN]
    last = str(shown[-1][0].id) if len(found) > SHOWN else ""
    return AuditLog(
        lines=[_act(ctx, *row) for row in shown],
        text=text,
        older=audit_address(text=text, after=last) if last else "",
    )


def _about(text: str) -> ColumnElement[bool]:
    worded = func.translate(col(AuditEntry.action), "._", "  ")
    meant = [
        worded.icontains(text, autoescape=True),
        col(Profile.name).icontains(text, autoescape=True),
        col(Order.number) == text.upper(),
    ]
    if (ident := read_id(text)) is not None:
        meant.append(col(AuditEntry.subject_id) == ident)
    return or_(*meant)


def act_label(action: str) -> str:
    """Return an act as the log words it: `Refund asked` for `refund.asked`."""
    return action.replace(".", " ").replace("_", " ").capitalize()


def _act(ctx: ReadCtx, entry: AuditEntry, name: str | None, number: str | None) -> AuditLine:
    unknown = "a closed account" if entry.account_id else "a visitor, or the system"
    return AuditLine(
        id=str(entry.id),
        action=act_label(entry.action),
        subject=number or f"{entry.subject_kind.replace('_', ' ')} {str(entry.subject_id)[-12:]}",
        subject_href=f"/admin/order/{number}" if number else "",
        who=name or unknown,
        details=_pairs(entry.details),
        when=ago(entry.at, ctx.now),
        at=entry.at.isoformat(),
    )


def _pairs(values: Mapping[str, object]) -> str:
    return " · ".join(f"{key.replace('_', ' ')}: {value}" for key, value in values.items())[:300]
