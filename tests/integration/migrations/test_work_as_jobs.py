"""What waited as an event or an e-mail before everything was a job, waits as one afterwards."""

import json
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from alembic.config import Config

from alembic import command
from indii.kernel.db import driver_url
from tests.conftest import ROOT

BEFORE, AFTER = "e3a7b1c58f60", "8d1f6c2e5b70"
NAME = "indii_before_jobs"
ORDER = "01890000-0000-7000-8000-0000000000aa"


@pytest.fixture
def old(database_url: str) -> Iterator[tuple[psycopg.Connection, Config]]:
    """A database as the release before left it."""
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
        dsn = psycopg.conninfo.make_conninfo(database_url, dbname=NAME)
        config = Config(str(ROOT / "alembic.ini"))
        config.set_main_option("script_location", str(ROOT / "alembic"))
        base, _, query = database_url.partition("?")
        config.attributes["url"] = driver_url(f"{base.rpartition('/')[0]}/{NAME}?{query}")
        command.upgrade(config, BEFORE)
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield connection, config
        server.execute(f"DROP DATABASE {NAME}")


def event(db: psycopg.Connection, n: int, name: str, *taken: str, is_dead: bool = False) -> str:
    """An event of the release before, and the handlers that took it."""
    made = str(UUID(int=n))
    db.execute(
        "INSERT INTO outbox_event (id, name, payload, tries, last_error, dead_at)"
        " VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)",
        (made, name, json.dumps({"order_id": ORDER}), 12 if is_dead else 0,
         "boom" if is_dead else "", is_dead),
    )  # fmt: skip
    for handler in taken:
        db.execute("INSERT INTO inbox_receipt VALUES (%s, %s, now())", (made, handler))
    return made


def told(db: psycopg.Connection, state: str, news: str = "checkout", tries: int = 0) -> str:
    """An event from outside as the release before kept it."""
    [made] = db.execute(
        "INSERT INTO inbound_event (id, provider, external_id, kind, payload, happened_at,"
        " received_at, state, due_at, tries, last_error) VALUES (gen_random_uuid(), 'stripe', %s,"
        " 'charge.updated', %s, now(), now(), %s, now(), %s, %s) RETURNING id::text",
        (f"evt_{state}_{news}", json.dumps({"news": news, "object": "ch_1", "payment": "pi_1"}),
         state, tries, "No answer." if tries else ""),
    ).fetchone()  # type: ignore[misc]  # fmt: skip
    return str(made)


def job(db: psycopg.Connection, kind: str, key: str, state: str, **payload: str) -> None:
    """A job of the release before."""
    db.execute(
        "INSERT INTO job (id, kind, key, queue, priority, payload, state, progress, tries,"
        " last_error, run_at, created_at) VALUES"
        " (gen_random_uuid(), %s, %s, 'default', 1, %s, %s, 0, 1, '', now(), now())",
        (kind, key, json.dumps(payload), state),
    )


def test_all_that_waited_waits_as_a_job(old: tuple[psycopg.Connection, Config]) -> None:
    db, config = old
    fresh = event(db, 1, "OrderPaid")
    half = event(db, 2, "OrderPaid", "workers.store.empty_cart")
    dead = event(db, 3, "OrderPaid", "workers.store.empty_cart",
                 "workers.trust.reconcile_early_refunds", is_dead=True)  # fmt: skip
    news = event(db, 4, "RefundUpdated")
    done = event(db, 5, "OrderPaid")
    db.execute("UPDATE outbox_event SET delivered_at = now() WHERE id = %s", (done,))
    strange = event(db, 6, "Unheard", is_dead=True)
    waiting, gone = told(db, "waiting"), told(db, "dead", tries=10)
    told(db, "done"), told(db, "done", "other")
    job(db, "order_emails", ORDER, "running")
    job(db, "refund_failures", ORDER, "dead")
    for n in range(2):
        job(db, "reconcile_refunds", f"random {n}", "queued", order=ORDER)
    job(db, "close_competing_checkouts", "r", "queued")
    job(db, "embed", "e", "queued")
    command.upgrade(config, AFTER)

    rows = db.execute("SELECT kind, key, state FROM job").fetchall()
    assert sorted(rows) == sorted([
        ("dispatch_event", fresh, "queued"),
        ("store.write_receipt", half, "queued"),
        ("store.tell_sellers", half, "queued"),
        ("trust.find_early_refunds", half, "queued"),
        ("store.write_receipt", dead, "dead"),
        ("store.tell_sellers", dead, "dead"),
        ("trust.find_early_refunds", news, "queued"),
        ("dispatch_event", strange, "dead"),
        ("process_inbound", waiting, "queued"),
        ("process_inbound", gone, "dead"),
        ("store.write_receipt", ORDER, "queued"),
        ("store.tell_sellers", ORDER, "queued"),
        ("trust.tell_of_failure", ORDER, "dead"),
        ("reconcile_refunds", ORDER, "queued"),
        ("close_checkouts", "r", "queued"),
        ("embed", "e", "queued"),
    ])  # fmt: skip
    of = dict(db.execute("SELECT kind || ' ' || key, payload FROM job").fetchall())
    assert of[f"dispatch_event {fresh}"] == {"event": "OrderPaid", "data": {"order_id": ORDER}}
    assert of[f"store.tell_sellers {half}"] == {"order_id": ORDER}
    assert of[f"trust.tell_of_failure {ORDER}"] == {"refund_id": ORDER}
    assert of[f"process_inbound {waiting}"] == {
        "kind": "charge.updated", "object": "ch_1", "payment": "pi_1",
    }  # fmt: skip
    errors = db.execute("SELECT last_error, tries FROM job WHERE state = 'dead' AND tries > 1")
    assert sorted(errors) == [("No answer.", 10), ("boom", 12), ("boom", 12), ("boom", 12)]
    states = db.execute("SELECT state, payload FROM inbound_event").fetchall()
    assert sorted(state for state, _ in states) == ["done", "not_handled", "waiting", "waiting"]
    assert all(payload == {"object": "ch_1", "payment": "pi_1"} for _, payload in states)
    assert _handled_here({kind for kind, *_ in rows} - {"embed"})

    command.downgrade(config, BEFORE)
    names = [name for (name,) in db.execute("SELECT name FROM outbox_event")]
    assert {"OrderPaid", "Unheard", "RefundFailed"} == set(names)
    assert dict(db.execute("SELECT state, count(*) FROM inbound_event GROUP BY 1").fetchall()) == {
        "waiting": 1, "dead": 1, "done": 2,
    }  # fmt: skip


def _handled_here(kinds: set[str]) -> bool:
    """Whether somebody works on all that the migration writes."""
    from workers.registry import WORKERS, load_rooms

    load_rooms()
    return kinds <= WORKERS.keys()
