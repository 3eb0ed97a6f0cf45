"""The roof's back door: commands for operators."""

import sys

import typer

from indii.cli import admin, db, embeddings, processes
from indii.cli.doctor import doctor
from indii.cli.importer import import_folder
from indii.cli.seed import seed

app = typer.Typer(
    name="indii",
    help="An open-source, self-hostable home for independent music.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(processes.up)
app.command("web")(processes.web)
app.command("worker")(processes.worker)
app.add_typer(db.app, name="db")
app.add_typer(admin.app, name="admin")
app.command("seed")(seed)
app.command("import")(import_folder)
app.add_typer(embeddings.app, name="embeddings")
app.command("doctor")(doctor)


def main() -> None:
    """Run the command line; what can be worded ends in one line, without a traceback."""
    from sqlalchemy.exc import OperationalError

    from indii.kernel.errors import IndiiError
    from indii.ops.errors import OpsError
    from indii.ports.errors import PortError
    from indii.settings import SettingsError

    try:
        app()
    except (IndiiError, OpsError, PortError, SettingsError) as error:
        typer.secho(f"indii: {error}", fg="red", err=True)
        sys.exit(1)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        typer.secho(f"indii: the database does not answer: {reason}", fg="red", err=True)
        sys.exit(1)
