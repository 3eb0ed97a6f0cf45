"""Fixtures every folder may use: a real database, a runtime inside a savepoint, a clock to move."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import Engine, event
from sqlalchemy.orm import sessionmaker

from alembic import command
from indii.kernel import edge, logging
from indii.kernel.context import Actor, current_actor
from indii.kernel.db import make_engine
from indii.kernel.ratelimit import MemoryRateLimiter
from indii.kernel.runtime import Runtime, SiteFacts
from indii.ports.boundary import forbid_in_transaction

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of this test process."""
    from indii.ops.postgres import embedded_postgres

    state = tmp_path_factory.mktemp("services")
    with embedded_postgres(state, fast=True, keep=False) as dsn:
        migrate(dsn)
        yield dsn
    shutil.rmtree(state, ignore_errors=True)


def migrate(dsn: str) -> None:
    """Bring the database to the newest migration."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = dsn
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of this test process."""
    made = make_engine(database_url, pool_size=10)
    yield made
    made.dispose()


class MovableClock:
    """A clock that tests move; far ahead, because what a trigger writes has the database's time."""

    def __init__(self) -> None:
        self.now = datetime(2100, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> MovableClock:
    """Noon of a fixed day."""
    return MovableClock()


def make_test_runtime(engine: Engine, state_dir: Path, **extra: object) -> Runtime:
    """A runtime with the local adapters in a folder of its own."""
    from indii.adapters.audio.pyav import PyAvAudio
    from indii.adapters.documents.typst import TypstDocuments
    from indii.adapters.embeddings.acoustic.model import AcousticModel
    from indii.adapters.mail.mailbox import Mailbox
    from indii.adapters.payments.none import NoPayments
    from indii.adapters.storage.local import LocalStorage
    from indii.identity.accounts.queries import make_resolver

    values: dict[str, object] = {
        "engine": engine,
        "storage": forbid_in_transaction(
            LocalStorage(state_dir / "storage", secret=b"test", incoming=state_dir / "incoming")
        ),
        "audio": forbid_in_transaction(PyAvAudio(state_dir / "scratch")),
        "embeddings": forbid_in_transaction(AcousticModel()),
        "mail": forbid_in_transaction(Mailbox(state_dir / "mail", "Indii <no-reply@example.org>")),
        "documents": forbid_in_transaction(
            TypstDocuments(sorted((ROOT / "indii").glob("*/*/templates")))
        ),
        "payments": forbid_in_transaction(NoPayments()),
        "payment_events": forbid_in_transaction(NoPayments()),
        "limiter": MemoryRateLimiter(),
        "site": SiteFacts(
            public_url="http://localhost:3000", environment="test", state_dir=state_dir
        ),
        "resolve": make_resolver(b"test"),
    }
    return Runtime(**(values | extra))  # type: ignore[arg-type]


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
