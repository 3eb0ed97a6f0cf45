"""What tests run on: a migrated database, a runtime with the local adapters, a clock to move."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Engine

from alembic import command
from indii import line_kinds as line_kinds  # noqa: PLC0414 - registers what orders can sell
from indii.kernel.ratelimit import MemoryRateLimiter
from indii.kernel.runtime import Runtime
from indii.kernel.site import SiteFacts
from indii.ports.boundary import forbid_in_transaction

ROOT = Path(__file__).parent.parent


def migrate(dsn: str) -> None:
    """Bring the database to the newest migration."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = dsn
    command.upgrade(config, "head")


class MovableClock:
    """A clock that tests move; far ahead, because what a trigger writes has the database's time."""

    def __init__(self) -> None:
        self.now = datetime(2100, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)


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
