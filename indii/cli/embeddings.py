"""`indii embeddings`: what is embedded, catching up, and how good the model is."""

import time
from typing import Annotated
from uuid import UUID

import typer

app = typer.Typer(help="The installed: status, backfill, eval.", no_args_is_help=True)


@app.command()
def status() -> None:
    """Show every model and how many recordings wait for it."""
    from indii.bootstrap import make_runtime
    from indii.discovery.similar.commands import missing_count
    from indii.discovery.similar.queries import embedded_count
    from indii.kernel.context import SYSTEM

    rt = make_runtime(pool_size=2)
    for installed in rt.embeddings.models:
        with rt.write(SYSTEM) as ctx:
            missing = missing_count(ctx, model=installed.name, version=installed.version)
            heard = embedded_count(ctx.reading, model=installed.name)
        title = f"{installed.name} {installed.version} ({installed.label})"
        typer.echo(f"{title}: {heard} embedded, {missing} waiting")


@app.command()
def backfill(
    model: Annotated[str, typer.Option(help="Model to catch up for; the default one.")] = "",
    limit: Annotated[int, typer.Option(help="Stop after so many recordings.")] = 1_000_000,
    *,
    dry_run: Annotated[bool, typer.Option(help="Only count.")] = False,
    watch: Annotated[bool, typer.Option(help="Show progress until all are embedded.")] = True,
) -> None:
    """Ask the model for every recording it has not embedded; safe to stop and start again."""
    from indii.bootstrap import make_runtime
    from indii.discovery.similar.commands import missing_count, request_missing
    from indii.kernel.context import SYSTEM

    rt = make_runtime(pool_size=2)
    by_name = {installed.name: installed for installed in rt.embeddings.models}
    installed = by_name.get(model) if model else rt.embeddings.models[0]
    if installed is None:
        typer.secho(
            f"No installed is called {model!r}; there are: {', '.join(by_name)}", fg="red", err=True
        )
        raise typer.Exit(2)
    with rt.write(SYSTEM) as ctx:
        total = min(missing_count(ctx, model=installed.name, version=installed.version), limit)
    typer.echo(f"{installed.name}: {total} recordings to embed")
    if dry_run or not total:
        return
    asked, after = 0, None
    while asked < total:
        with rt.write(SYSTEM) as ctx:
            count, after = request_missing(
                ctx,
                model=installed.name,
                version=installed.version,
                after=after,
                limit=min(500, total - asked),
            )
        if not count:
            break
        asked += count
    typer.echo(f"{asked} recordings are queued; the workers go on if you stop this.")
    if watch:
        watch_backlog(rt, installed.name, installed.version, total=asked)


def watch_backlog(rt: object, model: str, version: str, *, total: int) -> None:
    """Draw a bar with the time left until nothing waits or workers gave up on the rest."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from indii.discovery.similar.commands import missing_count, open_jobs
    from indii.kernel.context import SYSTEM
    from indii.kernel.runtime import Runtime

    assert isinstance(rt, Runtime)
    with Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    ) as bar:
        line = bar.add_task("Embedding", total=total)
        while True:
            with rt.write(SYSTEM) as ctx:
                missing = missing_count(ctx, model=model, version=version)
                waiting = open_jobs(ctx)
            bar.update(line, completed=max(0, total - missing))
            if not waiting:
                break
            time.sleep(1)
    if missing:
        typer.secho(f"{missing} could not be embedded; see /admin/work.", fg="yellow")


@app.command("eval")
def evaluate(
    per_genre: Annotated[int, typer.Option(help="Recordings a genre.")] = 6,
    seconds: Annotated[float, typer.Option(help="Length of each.")] = 20.0,
    *,
    librosa: Annotated[bool, typer.Option(help="Compare with librosa (extra: eval).")] = True,
) -> None:
    """Measure the model on the shipped fixture corpus, against chance and librosa.

    The corpus is made by our own composer: it catches regressions and compares methods; it says
    nothing about real music.
    """
    from rich.console import Console
    from rich.table import Table

    from indii.bootstrap import evaluate_models
    from indii.demo.corpus import corpus

    scores, absent = evaluate_models(
        corpus(count_per_genre=per_genre, seconds=seconds), with_librosa=librosa
    )
    table = Table(title=f"{scores[0].sounds} composed pieces of {seconds:g} s, shares of 1")
    for column in ("", "P@5", "MAP", "BPM acc1", "BPM acc2", "key", "key MIREX", "ms"):
        table.add_column(column, justify="left" if not column else "right")
    for score in scores:
        figures = (
            score.precision_at_5,
            score.mean_average_precision,
            score.bpm_accuracy_1,
            score.bpm_accuracy_2,
            score.key_exact,
            score.key_mirex,
        )
        ms = f"{score.cpu_ms_per_sound:.0f}"
        table.add_row(score.name, *(f"{figure:.2f}" for figure in figures), ms)
        for edit, share in score.recognised.items():
            table.add_row(f"  found again when {edit}", f"{share:.2f}")
    Console().print(table)
    if absent:
        typer.echo(absent)


@app.command()
def similar(recording: str, count: int = 6) -> None:
    """List what lies near a recording (by id), with the reasons."""
    from indii.bootstrap import make_runtime
    from indii.discovery.similar.queries import similar_to

    rt = make_runtime(pool_size=2)
    with rt.read() as ctx:
        near = similar_to(
            ctx, UUID(recording), model=rt.embeddings.models[0].name, limit=count, a_producer=count
        )
    for neighbour in near:
        typer.echo(f"{neighbour.closeness:.3f}  {neighbour.recording_id}  {neighbour.why}")
