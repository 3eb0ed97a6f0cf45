"""`indii seed`: the demo catalogue."""

from typing import Annotated

import typer


def seed(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Compose twelve now, leave the rest to the workers.")
    ] = False,
) -> None:
    """Bring in the demo people and their 24 recordings; what is there is left alone."""
    from indii.bootstrap import make_runtime
    from indii.demo.catalogue import RECORDINGS
    from indii.demo.seed import AT_ONCE
    from indii.demo.seed import seed as bring_in
    from indii.kernel.logging import configure
    from indii.settings import settings

    if settings().environment == "production":
        typer.secho("The demo belongs on no real installation; nothing was done.", fg="red")
        raise typer.Exit(1)
    rt = make_runtime(pool_size=4)
    configure(json=False, level="WARNING")

    def show(done: int, total: int, title: str) -> None:
        typer.echo(f"Composed {done} of {total}: {title}")

    bring_in(rt, say=typer.echo, progress=show, at_once=AT_ONCE if quick else len(RECORDINGS))
