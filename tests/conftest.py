"""Fixtures every folder may use: a real database, a runtime inside a savepoint, a clock to move."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import sessionmaker

from indii.kernel import edge, logging
from indii.kernel.context import Actor, current_actor
from indii.kernel.db import make_engine
from indii.kernel.runtime import Runtime
from tests.runtime import ROOT, MovableClock, make_test_runtime, migrate

STORIES = ROOT / "tests" / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one at the end.

    The browser's stories come last: while Playwright runs, asyncio tests cannot. Among them the
    long ones end: they release and sell, and the others find the catalogue as it was filled.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[bool, bool]:
        is_story = item.path.is_relative_to(STORIES)
        return is_story, (item.path in slow) is is_story

    items.sort(key=place)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of this test process."""
    from indii.ops.postgres import embedded_postgres

    state = tmp_path_factory.mktemp("services")
    with embedded_postgres(state, fast=True, keep=False) as dsn:
        migrate(dsn)
        yield dsn
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of this test process."""
    made = make_engine(database_url, pool_size=10)
    yield made
    made.dispose()


@pytest.fixture
def clock() -> MovableClock:
    """Noon of a fixed day."""
    return MovableClock()


@pytest.fixture
def rt(engine: Engine, tmp_path: Path, clock: MovableClock) -> Iterator[Runtime]:
    """A runtime whose every commit is undone after the test."""
    connection = engine.connect()
    outer = connection.begin()
    maker = sessionmaker(
        bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    try:
        runtime = make_test_runtime(
            engine, tmp_path, clock=clock, sessions=maker, enforces_read_only=False
        )
        edge.install(runtime)
        yield runtime
    finally:
        edge.install(None)
        outer.rollback()
        connection.close()


@pytest.fixture
def as_() -> Callable[[Actor], object]:
    """`with as_(actor):` makes edge verbs and handlers act as somebody."""

    @contextmanager
    def acting(actor: Actor) -> Generator[None]:
        token = current_actor.set(actor)
        try:
            yield
        finally:
            current_actor.reset(token)

    return acting


@pytest.fixture
def query_count(engine: Engine) -> Callable[[int], object]:
    """`with query_count(3):` fails when more statements than that reach the database."""

    @contextmanager
    def at_most(limit: int) -> Generator[None]:
        seen: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_: object) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SET TRANSACTION")):
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert len(seen) <= limit, "\n".join(seen)

    return at_most


@pytest.fixture(autouse=True, scope="session")
def _logs() -> None:
    logging.configure(json=True, level="INFO")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("INDII_") and not name.startswith("INDII_TEST_"):
            monkeypatch.delenv(name)
