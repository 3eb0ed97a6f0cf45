"""`indii admin`: the people who run an installation."""

from typing import Annotated

import typer

app = typer.Typer(help="Administrators.", no_args_is_help=True)


@app.callback()
def administrators() -> None:
    """Administrators."""


@app.command()
def create(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(prompt=True)] = "Admin",
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
    ] = "",
) -> None:
    """Make an administrator, or make an existing account one."""
    from indii.bootstrap import make_runtime
    from indii.identity.accounts.flows import create_admin
    from indii.kernel.context import SYSTEM

    create_admin(make_runtime(pool_size=2), SYSTEM, email=email, name=name, password=password)
    typer.echo(f"{email} is an administrator and may sign in now.")
