"""Movements of money, by the command the product uses."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, text

from indii.business.ledger.commands import post
from indii.business.ledger.enums import TransactionKind
from indii.business.ledger.rules import sale_legs
from indii.kernel.context import SYSTEM
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime

TABLES = ("ledger_balance", "ledger_entry", "ledger_transaction", "ledger_account")


def make_sale(
    rt: Runtime,
    sellers: Sequence[tuple[UUID, int]],
    fee_minor: int = 0,
    *,
    currency: str = "USD",
    order_id: UUID | None = None,
) -> UUID:
    """A paid sale in the books; the id of its transaction."""
    order = order_id or new_id()
    with rt.write(SYSTEM) as ctx:
        made = post(
            ctx,
            kind=TransactionKind.SALE,
            dedupe_key=f"sale:{order}",
            legs=sale_legs(currency, sellers, fee_minor),
            order_id=order,
        )
    assert made is not None
    return made


def empty_ledger(engine: Engine) -> None:
    """Empty the ledger after a test that really committed, which its triggers would refuse."""
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(f"TRUNCATE {', '.join(TABLES)}"))
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
