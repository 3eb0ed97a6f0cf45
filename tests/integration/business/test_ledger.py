"""The books: written once, balanced, never changed; whoever writes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID

import pytest
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from alembic import command
from indii.business.ledger import queries
from indii.business.ledger.commands import post, reverse
from indii.business.ledger.enums import Code, TransactionKind
from indii.business.ledger.errors import LedgerMismatch, TransactionNotFound
from indii.business.ledger.rules import (
    Leg,
    Parts,
    fee_legs,
    refund_legs,
    refund_parts,
    sale_legs,
    settled_legs,
)
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.db import driver_url
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.ids import new_id
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.ledger import TABLES, empty_ledger, make_sale
from tests.invariants import assert_ledger
from tests.runtime import ROOT, make_test_runtime

SALE, FEE, REFUND = TransactionKind.SALE, TransactionKind.PROCESSOR_FEE, TransactionKind.REFUND
INSERT_TRANSACTION = text(
    "INSERT INTO ledger_transaction (id, kind, dedupe_key, provider_ref, memo, entry_count,"
    " effective_at, created_at) VALUES (:id, 'sale', :key, '', '', :count, now(), now())"
)
INSERT_ENTRY = text(
    "INSERT INTO ledger_entry (transaction_id, account_id, currency, amount_minor)"
    " VALUES (:id, :account, :currency, :amount)"
)


@pytest.fixture
def real(engine, tmp_path):
    """A runtime that really commits, so that what is checked at commit is checked."""
    yield make_test_runtime(engine, tmp_path)
    empty_ledger(engine)


def book(rt, kind, key, legs, **more):
    with rt.write(SYSTEM) as ctx:
        return post(ctx, kind=kind, dedupe_key=key, legs=legs, **more)


def balance(rt, code, owner_id=None, currency="USD"):
    with rt.read(SYSTEM) as ctx:
        return queries.balance_of(ctx, code, owner_id, currency)


def check(rt):
    with rt.read(SYSTEM) as ctx:
        return queries.check_ledger(ctx)


def sides(engine):
    """The ids of two accounts in dollars."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT id FROM ledger_account WHERE currency = 'USD' ORDER BY id LIMIT 2")
        )
        return [row[0] for row in found]


def insert_raw(engine, count, entries, currency="USD"):
    ident = new_id()
    with engine.begin() as connection:
        connection.execute(INSERT_TRANSACTION, {"id": ident, "key": f"raw:{ident}", "count": count})
        for account, amount in entries:
            connection.execute(
                INSERT_ENTRY,
                {"id": ident, "account": account, "currency": currency, "amount": amount},
            )
    return ident


def test_a_sale_its_fee_its_settlement_and_its_refund(rt):
    a, b = new_id(), new_id()
    make_sale(rt, [(a, 800), (b, 1200)], 400)
    book(rt, FEE, "fee:1", fee_legs("USD", 103))
    book(rt, TransactionKind.SETTLEMENT, "settled:1", settled_legs("USD", 2297))
    assert_ledger(rt)
    assert balance(rt, Code.STRIPE_PENDING) == 0
    assert balance(rt, Code.STRIPE_AVAILABLE) == 2297
    assert (balance(rt, Code.SELLER_PAYABLE, a), balance(rt, Code.SELLER_PAYABLE, b)) == (
        -800, -1200,
    )  # fmt: skip
    part = refund_parts(Parts(((a, 800), (b, 1200)), 400), 2400)
    book(rt, REFUND, "refund:1", refund_legs("USD", [part], source=Code.STRIPE_AVAILABLE))
    assert balance(rt, Code.SELLER_PAYABLE, a) == balance(rt, Code.PLATFORM_FEE) == 0
    assert balance(rt, Code.STRIPE_AVAILABLE) == -103 == -balance(rt, Code.PROCESSOR_FEE)
    assert_ledger(rt)


def test_a_seller_may_owe(rt):
    seller = new_id()
    book(rt, REFUND, "refund:2", refund_legs("USD", [Parts(((seller, 500),))]))
    assert balance(rt, Code.SELLER_PAYABLE, seller) == 500
    assert_ledger(rt)


def test_a_known_key_changes_nothing_and_with_other_legs_is_a_bug(rt):
    seller = new_id()
    legs = sale_legs("USD", [(seller, 800)], 200)
    first = book(rt, SALE, "sale:1", legs)
    assert first is not None
    assert book(rt, SALE, "sale:1", tuple(reversed(legs))) is None
    assert balance(rt, Code.SELLER_PAYABLE, seller) == -800
    for other in (
        sale_legs("USD", [(seller, 801)], 200),
        sale_legs("USD", [(new_id(), 800)], 200),
        sale_legs("EUR", [(seller, 800)], 200),
    ):
        with pytest.raises(LedgerMismatch, match="sale:1"):
            book(rt, SALE, "sale:1", other)
    assert balance(rt, Code.SELLER_PAYABLE, seller) == -800
    assert_ledger(rt)


def test_a_sale_for_nothing_leaves_no_trace(rt):
    assert book(rt, SALE, "sale:free", sale_legs("USD", [(new_id(), 0)], 0)) is None
    with rt.read(SYSTEM) as ctx:
        assert queries.transactions_page(ctx).rows == ()
        assert queries.trial_balance(ctx) == ()


def test_legs_that_do_not_balance_never_reach_the_database(rt):
    with pytest.raises(LedgerMismatch, match="zero"):
        book(rt, SALE, "sale:x", [Leg(Code.BANK, 1, "USD"), Leg(Code.SUSPENSE, -1, "EUR")])
    assert_ledger(rt)


def test_a_currency_is_three_capitals(rt):
    with pytest.raises(IntegrityError, match="currency_shape"):
        book(rt, SALE, "sale:x", settled_legs("usd", 5))


def test_a_reversal_is_the_mirror_and_happens_once(rt):
    seller, order = new_id(), new_id()
    sale = make_sale(rt, [(seller, 800)], 200, order_id=order)

    def undo(key="undo:1", ident=sale):
        with rt.write(SYSTEM) as ctx:
            return reverse(ctx, transaction_id=ident, dedupe_key=key)

    made = undo()
    assert undo() is None
    with pytest.raises(LedgerMismatch, match="undo:1"):
        undo("undo:2")
    with pytest.raises(LedgerMismatch, match="no transaction"):
        undo("undo:3", new_id())
    with pytest.raises(LedgerMismatch, match="mirror"):
        book(rt, REFUND, "undo:4", fee_legs("USD", 3), reverses=made)
    with rt.read(SYSTEM) as ctx:
        first, second = queries.transaction(ctx, sale), queries.transaction(ctx, made)
    assert (first.row.is_reversed, first.reversed_by) == (True, str(made))
    assert (second.row.is_reversed, second.reverses) == (False, str(sale))
    assert second.row.order_id == str(order)
    assert balance(rt, Code.SELLER_PAYABLE, seller) == balance(rt, Code.STRIPE_PENDING) == 0
    assert_ledger(rt)


def test_the_trial_balance_by_currency_and_side(rt):
    seller = new_id()
    make_sale(rt, [(seller, 800)], 200)
    make_sale(rt, [(seller, 500)], 0, currency="JPY")
    with rt.read(SYSTEM) as ctx:
        lines = queries.trial_balance(ctx)
    assert [(x.currency, x.label, x.debit_label, x.credit_label) for x in lines] == [
        ("JPY", "Stripe, pending", "¥500", ""),
        ("JPY", "Owed to sellers", "", "¥500"),
        ("USD", "Stripe, pending", "$10.00", ""),
        ("USD", "Owed to sellers", "", "$8.00"),
        ("USD", "Platform fees", "", "$2.00"),
    ]
    assert sum(x.balance_minor for x in lines if x.currency == "USD") == 0
    assert lines[1].kind_label == "What we owe"


def test_pages_of_transactions(rt):
    seller, order = new_id(), new_id()
    sales = [make_sale(rt, [(seller, 100 * (n + 1))]) for n in range(4)]
    fee = book(rt, FEE, "fee:1", fee_legs("USD", 59), order_id=order, provider_ref="txn_1")
    newest = [str(x) for x in (fee, *reversed(sales))]
    with rt.read(SYSTEM) as ctx:
        page = queries.transactions_page(ctx, limit=3)
        assert [row.id for row in page.rows] == newest[:3]
        rest = queries.transactions_page(ctx, limit=3, after=UUID(page.rows[-1].id))
        assert ([row.id for row in rest.rows], rest.next_after) == (newest[3:], "")
        (row,) = queries.transactions_page(ctx, order_id=order).rows
        (same,) = queries.transactions_page(ctx, code=Code.PROCESSOR_FEE).rows
        assert len(queries.transactions_page(ctx, code=Code.STRIPE_PENDING).rows) == 5
        assert len(queries.transactions_page(ctx, limit=0).rows) == 1
    assert page.next_after == page.rows[-1].id
    assert row == same
    assert (row.kind_label, row.amount_label) == ("Payment provider's fee", "$0.59")
    assert (row.provider_ref, row.when) == ("txn_1", "just now")


def test_a_page_costs_two_questions(rt, query_count):
    for _ in range(5):
        make_sale(rt, [(new_id(), 100)])
    with rt.read(SYSTEM) as ctx, query_count(2):
        queries.transactions_page(ctx)


def test_one_transaction_with_its_entries(rt, clock):
    ash = make_producer(rt, "Ash Verell")
    moved_at = datetime(2100, 11, 19, tzinfo=UTC)
    ident = book(
        rt, SALE, "sale:1", sale_legs("USD", [(ash.profile_id, 800)], 200),
        memo="Two leases", effective_at=moved_at,
    )  # fmt: skip
    with rt.read(SYSTEM) as ctx:
        view = queries.transaction(ctx, ident)
        with pytest.raises(TransactionNotFound):
            queries.transaction(ctx, new_id())
    assert [(e.label, e.owner_name, e.debit_label, e.credit_label) for e in view.entries] == [
        ("Stripe, pending", "", "$10.00", ""),
        ("Platform fees", "", "", "$2.00"),
        ("Owed to sellers", "Ash Verell", "", "$8.00"),
    ]
    assert (view.dedupe_key, view.row.memo, view.row.when) == ("sale:1", "Two leases", "1 day ago")
    assert (view.effective_at, view.created_at) == (moved_at.isoformat(), clock().isoformat())


def test_a_seller_sees_what_they_are_owed_and_nobody_elses(rt):
    ash, other = make_producer(rt, "Ash Verell"), make_producer(rt, "Grayline")
    make_sale(rt, [(ash.profile_id, 800), (other.profile_id, 100)], 100)
    make_sale(rt, [(ash.profile_id, 500)], currency="EUR")
    book(rt, REFUND, "refund:1", refund_legs("EUR", [Parts(((ash.profile_id, 600),))]))
    for actor in (ash, make_admin(rt), SYSTEM):
        with rt.read(actor) as ctx:
            lines = queries.payable_of(ctx, ash.profile_id)
        assert [(x.payable_minor, x.payable_label, x.is_owed_back) for x in lines] == [
            (-100, "-€1.00", True), (800, "$8.00", False),
        ]  # fmt: skip
    for actor, error in ((other, NotAllowed), (make_fan(rt), NotAllowed), (NOBODY, SignInNeeded)):
        with rt.read(actor) as ctx, pytest.raises(error):
            queries.payable_of(ctx, ash.profile_id)


def test_the_books_are_for_administrators(rt):
    sale = make_sale(rt, [(new_id(), 800)])
    asked = (
        queries.trial_balance,
        queries.transactions_page,
        queries.check_ledger,
        lambda ctx: queries.transaction(ctx, sale),
    )
    for query in asked:
        for actor, error in ((make_producer(rt), NotAllowed), (NOBODY, SignInNeeded)):
            with rt.read(actor) as ctx, pytest.raises(error):
                query(ctx)
        with rt.read(make_admin(rt)) as ctx:
            query(ctx)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_written_stays(real, engine, table, statement):
    make_sale(real, [(new_id(), 800)], 200)
    setter = {
        "ledger_balance": "balance_minor = 0",
        "ledger_entry": "amount_minor = -amount_minor",
        "ledger_transaction": "memo = 'never happened'",
        "ledger_account": "owner_id = uuidv7()",
    }[table]
    with pytest.raises(DBAPIError, match="refused"), engine.begin() as connection:
        connection.execute(text(statement.format(table, setter)))
    assert check(real) == ()


def test_a_balance_cannot_be_invented(real, engine):
    make_sale(real, [(new_id(), 800)])
    with pytest.raises(DBAPIError, match="follows the entries"), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ledger_balance VALUES (:id, 5)"), {"id": sides(engine)[0]}
        )


@pytest.mark.parametrize(
    ("count", "amounts", "said"),
    [
        (2, [5, -4], "does not balance"),
        (2, [], "lacks entries"),
        (3, [5, -5], "lacks entries"),
        (2, [5, -4, -1], "all its entries"),
        (0, [], "two_sides"),
        (2, [5, 0], "amount_said"),
    ],
)
def test_what_the_database_refuses_whoever_writes(real, engine, count, amounts, said):
    make_sale(real, [(new_id(), 800)], 200)
    one, other = sides(engine)
    accounts = [one, other, other]
    with pytest.raises(DBAPIError, match=said):
        insert_raw(engine, count, list(zip(accounts, amounts, strict=False)))
    assert check(real) == ()
    insert_raw(engine, 2, [(one, 5), (other, -5)])
    assert check(real) == ()


def test_an_entry_has_its_accounts_currency(real, engine):
    make_sale(real, [(new_id(), 800)])
    one, other = sides(engine)
    with pytest.raises(IntegrityError, match="account_id_currency"):
        insert_raw(engine, 2, [(one, 5), (other, -5)], currency="EUR")


def test_nothing_is_added_to_a_transaction_of_yesterday(real, engine):
    sale = make_sale(real, [(new_id(), 800)])
    one, other = sides(engine)
    with pytest.raises(DBAPIError, match="all its entries"), engine.begin() as connection:
        connection.execute(
            INSERT_ENTRY,
            [
                {"id": sale, "account": one, "currency": "USD", "amount": 5},
                {"id": sale, "account": other, "currency": "USD", "amount": -5},
            ],
        )
    assert check(real) == ()


def test_tampered_books_are_noticed(real, engine):
    make_sale(real, [(new_id(), 800)], 200)
    with engine.begin() as connection:
        for table in ("ledger_entry", "ledger_balance"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE ledger_entry SET amount_minor = 900 WHERE amount_minor > 0")
        )
        connection.execute(text("DELETE FROM ledger_entry WHERE amount_minor = -200"))
        for table in ("ledger_entry", "ledger_balance"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    off, missing, fee, pending = check(real)
    assert off == "The trial balance is off by $1.00 in USD."
    assert missing.endswith("has 2 of 3 entries.")
    assert fee == "The balance of platform_fee says -$2.00, its entries say $0.00."
    assert pending == "The balance of stripe_pending says $10.00, its entries say $9.00."


def at_once(number, work):
    """Run the work in so many threads that start together; what each returned or raised."""
    start = Barrier(number)

    def one(index):
        start.wait()
        try:
            return work(index)
        except Exception as error:  # noqa: BLE001 - told to the test
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def test_ten_posts_at_once_to_accounts_that_nobody_has_made_yet(real):
    sellers = [new_id() for _ in range(3)]

    def sell(index):
        # Every thread names the sellers in another order.
        turned = [*sellers[index % 3 :], *sellers[: index % 3]]
        return [make_sale(real, [(s, 100 + index) for s in turned], 10) for _ in range(5)]

    made = at_once(10, sell)
    assert all(isinstance(ids, list) for ids in made), made
    total = 5 * sum(100 + index for index in range(10))
    assert [balance(real, Code.SELLER_PAYABLE, s) for s in sellers] == [-total] * 3
    assert balance(real, Code.STRIPE_PENDING) == 3 * total + 500
    assert check(real) == ()


def test_transactions_that_post_several_times_in_any_order_do_not_deadlock(real):
    sellers = [new_id() for _ in range(4)]

    def sell(index):
        for turn in range(4):
            with real.write(SYSTEM) as ctx:
                for seller in sellers if (index + turn) % 2 else reversed(sellers):
                    post(
                        ctx,
                        kind=SALE,
                        dedupe_key=f"sale:{index}:{turn}:{seller}",
                        legs=sale_legs("USD", [(seller, 100)], 10),
                    )

    assert at_once(10, sell) == [None] * 10
    assert [balance(real, Code.SELLER_PAYABLE, s) for s in sellers] == [-4000] * 4
    assert check(real) == ()


def test_the_same_sale_ten_times_at_once_is_booked_once(real):
    seller = new_id()
    legs = sale_legs("USD", [(seller, 800)], 200)
    made = at_once(10, lambda _: book(real, SALE, "sale:same", legs))
    assert not [x for x in made if isinstance(x, Exception)], made
    assert len([x for x in made if x is not None]) == 1
    assert balance(real, Code.SELLER_PAYABLE, seller) == -800
    assert check(real) == ()


def test_two_reversals_at_once_are_one(real):
    seller = new_id()
    sale = make_sale(real, [(seller, 800)], 200)

    def undo(index):
        with real.write(SYSTEM) as ctx:
            return reverse(ctx, transaction_id=sale, dedupe_key=f"undo:{index}")

    made = at_once(6, undo)
    refused = [x for x in made if isinstance(x, LedgerMismatch)]
    assert len(refused) == 5, made
    assert balance(real, Code.SELLER_PAYABLE, seller) == 0
    assert check(real) == ()


def test_the_migration_goes_back_and_forth(engine, database_url):
    name = f"ledger_{new_id().hex}"
    url = engine.url.set(database=name)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        config = Config(str(ROOT / "alembic.ini"))
        config.set_main_option("script_location", str(ROOT / "alembic"))
        config.attributes["url"] = driver_url(url.render_as_string(hide_password=False))
        command.upgrade(config, "c1a0e7d94b21")
        command.downgrade(config, "7c41d0e8a2b3")
        made = create_engine(config.attributes["url"])
        with made.connect() as connection:
            left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'ledger%'"
            assert connection.scalar(text(left)) == 0
            assert connection.scalar(text("SELECT to_regclass('ledger_account')")) is None
        made.dispose()
        command.upgrade(config, "c1a0e7d94b21")
    finally:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
