"""A database that sold licenses only becomes one that can sell anything, and loses nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from alembic import command
from indii.kernel.ids import new_id
from tests.conftest import ROOT

BEFORE, AFTER = "7d1f0b5a92ce", "d90be35f7a21"
FILLERS = {
    "boolean": False,
    "integer": 0,
    "bigint": 0,
    "jsonb": "{}",
    "ARRAY": [],
    "timestamp with time zone": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    "date": "2026-11-20",
}
SHA = "0123456789abcdef" * 4
OLD = """
    SELECT i.id, o.number, o.cart_hash, i.position, i.recording_id, i.producer_id, i.state, i.title,
      i.producer_name, i.tier, i.price_minor, i.fee_minor, i.licensee_name, i.licensee_alias,
      i.terms, i.contract, i.contract_sha256, i.accepted_at, i.file_ids
    FROM order_item i JOIN "order" o ON o.id = i.order_id ORDER BY i.id"""
NEW = """
    SELECT i.id, o.number, o.content_hash AS cart_hash, i.position, l.recording_id,
      i.payee_id AS producer_id, i.state, i.title, i.payee_name AS producer_name, l.tier,
      i.price_minor, i.fee_minor, l.licensee_name, l.licensee_alias, l.terms, l.contract,
      l.contract_sha256, l.accepted_at, l.file_ids
    FROM order_item i JOIN "order" o ON o.id = i.order_id
    JOIN license_line l ON l.order_item_id = i.id ORDER BY i.id"""
OLD_CARTS = "SELECT id, licensee_name, licensee_alias FROM cart ORDER BY id"
NEW_CARTS = """
    SELECT c.id, coalesce(n.name, '') AS licensee_name, coalesce(n.alias, '') AS licensee_alias
    FROM cart c LEFT JOIN cart_licensee n ON n.cart_id = c.id ORDER BY c.id"""


@pytest.fixture
def older(engine: Engine) -> Iterator[Engine]:
    """A database of its own, as it was before this change."""
    name = f"older_{new_id().hex[-10:]}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    made = create_engine(engine.url.set(database=name))
    _migrate(made, command.upgrade, BEFORE)
    try:
        yield made
    finally:
        made.dispose()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _migrate(engine: Engine, how: Any, revision: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    how(config, revision)


def _put(connection: Connection, table: str, **values: Any) -> UUID:
    """Write a row; what must be there and is not given is filled with something of its type."""
    columns = connection.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :t"
            " AND table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL"
        ),
        {"t": table},
    )
    row = {name: FILLERS.get(kind, "") for name, kind in columns} | values
    if "id" in row and not row["id"]:
        row["id"] = new_id()
    names, marks = ", ".join(f'"{n}"' for n in row), ", ".join(f":{n}" for n in row)
    connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), row)
    return row.get("id")


def _fill(connection: Connection) -> dict[str, UUID]:
    """Two orders of every tier, free and held, paid and refunded; carts with and without a name."""
    account = _put(connection, "account", email="ash@example.com")
    profile = _put(connection, "profile", account_id=account, slug="ash", name="Ash Verell")
    ids: dict[str, UUID] = {"profile": profile}
    recordings = [
        _put(connection, "recording", producer_id=profile, slug=f"r{n}", title=f"Song {n}")
        for n in range(5)
    ]
    tiers = ("mp3_lease", "wav_lease", "stems_lease", "unlimited_lease", "exclusive")
    states = ("granted", "refunded", "refunding", "canceled", "granted")
    for number, chosen in (("IN-AAAA-0001", tiers), ("IN-AAAA-0002", tiers[:2])):
        order = _put(
            connection, "order", number=number, state="paid", email="g@example.com",
            currency="USD", total_minor=1000, cart_hash=SHA,
        )  # fmt: skip
        ids[number] = order
        _put(connection, "payment_session", order_id=order, attempt=1, key=number, state="paid")
        for position, tier in enumerate(chosen):
            _put(
                connection, "order_item", order_id=order, position=position,
                recording_id=recordings[position], producer_id=profile, state=states[position],
                title=f"Song {position}", producer_name="Ash Verell", tier=tier,
                price_minor=position * 100, fee_minor=position * 8, licensee_name="Zoë Ångström",
                licensee_alias="ZOË" if position else "", terms='{"term_years": 10}',
                contract=f"Contract {position}\n“as read”", contract_sha256=SHA,
                file_ids=f'["{new_id()}"]',
            )  # fmt: skip
    for token, name in (("a" * 64, "Jo Lane"), ("b" * 64, "")):
        _put(connection, "cart", token_hash=token, licensee_name=name, licensee_alias=name[:2])
    return ids


def _rows(connection: Connection, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(sql)).mappings()]


def test_what_was_sold_before_is_all_there_afterwards(older: Engine) -> None:
    with older.begin() as connection:
        ids = _fill(connection)
        lines, carts = _rows(connection, OLD), _rows(connection, OLD_CARTS)
    assert len(lines) == 7

    _migrate(older, command.upgrade, AFTER)
    with older.connect() as connection:
        assert _rows(connection, NEW) == lines
        assert _rows(connection, NEW_CARTS) == carts
        assert set(
            connection.scalars(text("SELECT kind || quantity || label FROM order_item"))
        ) == {
            "license1MP3 lease", "license1WAV lease", "license1Stems lease",
            "license1Unlimited lease", "license1Exclusive",
        }  # fmt: skip
        assert connection.scalar(
            text("SELECT bool_and(unit_price_minor = price_minor) FROM order_item")
        )
        # As the same request asked for it before: its key was used for exactly this.
        assert _rows(
            connection,
            "SELECT order_id, allows_delayed, done_path, left_path FROM payment_session ORDER BY 1",
        ) == [
            {
                "order_id": ids[number], "allows_delayed": delayed, "done_path": "/downloads",
                "left_path": "/cart?payment=left",
            }
            for number, delayed in (("IN-AAAA-0001", False), ("IN-AAAA-0002", True))
        ]  # fmt: skip

    _migrate(older, command.downgrade, BEFORE)
    with older.connect() as connection:
        assert _rows(connection, OLD) == lines
        assert _rows(connection, OLD_CARTS) == carts
