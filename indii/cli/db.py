"""`indii db`: migrations and a shell."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from alembic.config import Config

app = typer.Typer(help="The database: migrate, revision, shell.", no_args_is_help=True)
ROOT = Path(__file__).resolve().parent.parent.parent


def config() -> "Config":
    """Return the migrations' configuration, wherever the command is run from."""
    from alembic.config import Config  # half a second that only migrations should pay

    found = Config(str(ROOT / "alembic.ini"))
    found.set_main_option("script_location", str(ROOT / "alembic"))
    return found


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    from alembic import command

    command.upgrade(config(), "head")


@app.command()
def revision(message: str) -> None:
    """Write a migration from the difference between models and database."""
    from alembic import command

    command.revision(config(), message, autogenerate=True)


@app.command()
def check() -> None:
    """Fail when models and migrations differ."""
    from alembic import command

    command.check(config())


@app.command()
def shell() -> None:
    """Open psql on the database."""
    from indii.settings import settings

    os.execvp("psql", ["psql", settings().database()])  # noqa: S606 - psql takes over
