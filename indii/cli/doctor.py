"""`indii doctor`: what is wrong, and what to do about it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import typer

if TYPE_CHECKING:
    from indii.kernel.runtime import Runtime
    from indii.settings import Settings


class Finding(NamedTuple):
    """One line of the examination; `advice` is "" when all is well."""

    what: str
    answer: str
    advice: str = ""


def doctor() -> None:
    """Check database, extensions, migrations, Redis, workers, storage, mail, model and clock."""
    sick = 0
    for finding in examine():
        mark, colour = ("ok", "green") if not finding.advice else ("!!", "red")
        sick += bool(finding.advice)
        typer.secho(f"{mark}  {finding.what:<12} ", fg=colour, nl=False)
        typer.echo(finding.answer)
        if finding.advice:
            typer.echo(f"    {'':<12} {finding.advice}")
    raise typer.Exit(1 if sick else 0)


def _tried(what: str, check: Callable[[], str], advice: str) -> Finding:
    """Return what the check answers; whatever it raises is the finding."""
    try:
        return Finding(what, check())
    except Exception as error:  # noqa: BLE001 - a doctor must survive every illness
        first = str(getattr(error, "orig", None) or error).strip().splitlines()
        return Finding(what, first[0] if first else type(error).__name__, advice)


def _passes(check: Callable[[], None], answer: str) -> Callable[[], str]:
    def call() -> str:
        check()
        return answer

    return call


def examine() -> Iterator[Finding]:
    """Yield one finding a check, in the order in which they depend on each other."""
    from indii.bootstrap import make_documents, make_mail, make_runtime, make_storage
    from indii.settings import SettingsError, settings

    config = settings()
    yield Finding("settings", f"{config.environment}, {config.url}")
    try:
        rt = make_runtime(pool_size=2)
    except SettingsError as error:
        yield Finding("services", str(error), "Run `indii up`, or set the addresses.")
        return
    yield from _database(rt)
    yield from _redis(config.redis())
    yield _tried(
        "storage",
        _passes(lambda: make_storage(config).check(), "can be written and read"),
        "Check the folder's owner and free space, or the INDII_S3_* settings.",
    )
    yield _tried(
        "mail",
        _passes(
            lambda: make_mail(config).check(),
            "SMTP works" if config.smtp_host else f"e-mails go to {config.state_dir}/mail",
        ),
        "Check the INDII_SMTP_* settings.",
    )
    yield _tried(
        "documents",
        _passes(make_documents().check, "a PDF can be set"),
        "Install Indii again: its templates or its typesetter are missing.",
    )
    yield _payments(config, rt)
    yield _tried(
        "model",
        _passes(
            rt.embeddings.check,
            ", ".join(f"{model.name} {model.version}" for model in rt.embeddings.models),
        ),
        "Install Indii again: its frozen constants do not fit its code.",
    )


def _payments(config: "Settings", rt: "Runtime") -> Finding:
    key, _, base_url = config.stripe()
    if not key:
        return Finding("payments", "none: only free licenses can be taken")
    where = (
        f"sandbox at {base_url}" if base_url else ("LIVE" if "_live_" in key else "Stripe, test")
    )
    return _tried(
        "payments",
        _passes(rt.payment_events.check, where),
        "Check INDII_STRIPE_KEY and INDII_STRIPE_WEBHOOK_SECRET, and that Stripe can be reached.",
    )


def _database(rt: object) -> Iterator[Finding]:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import text

    from indii.cli.db import config as migrations
    from indii.kernel.runtime import Runtime

    assert isinstance(rt, Runtime)

    def version() -> str:
        with rt.engine.connect() as connection:
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
            if number < 180000:
                raise RuntimeError(f"version {number // 10000}, but 18 is needed")
            return f"PostgreSQL {number // 10000}.{number % 10000}"

    def vector() -> str:
        with rt.engine.connect() as connection:
            found = connection.execute(
                text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            ).scalar()
        if not found:
            raise RuntimeError("pgvector is not installed in this database")
        return f"pgvector {found}"

    def migrated() -> str:
        with rt.engine.connect() as connection:
            here = MigrationContext.configure(connection).get_current_heads()
        wanted = ScriptDirectory.from_config(migrations()).get_heads()
        if set(here) != set(wanted):
            raise RuntimeError(f"at {', '.join(here) or 'nothing'}, newest is {', '.join(wanted)}")
        return f"at {', '.join(here)}"

    def clock() -> str:
        with rt.engine.connect() as connection:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        apart = abs((datetime.now(UTC) - theirs).total_seconds())
        if apart > 5:
            raise RuntimeError(f"{apart:.0f} s apart from the database's")
        return f"{apart * 1000:.0f} ms apart from the database's"

    yield _tried("database", version, "Check INDII_DATABASE_URL and that the server runs.")
    yield _tried("extensions", vector, "Run `indii db migrate` as a role that may create it.")
    yield _tried("migrations", migrated, "Run `indii db migrate`.")
    yield _tried("clock", clock, "Let both machines keep time by NTP.")


def _redis(url: str) -> Iterator[Finding]:
    from redis import Redis

    redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    def version() -> str:
        facts = cast("dict[str, str]", redis.info("server"))
        return f"Redis {facts['redis_version']}"

    def alive() -> str:
        seen = cast("bytes | None", redis.get("indii:worker:alive"))
        if seen is None:
            raise LookupError("none has reported for 15 seconds")
        return f"last report {seen.decode()}"

    yield _tried("redis", version, "Check INDII_REDIS_URL and that the server runs.")
    yield _tried("worker", alive, "Start one with `indii worker`, and the clock with `--beat`.")
