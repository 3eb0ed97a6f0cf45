"""`indii import`: a folder of audio files becomes drafts, or public recordings, of a producer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from indii.kernel.format import duration, size

SUFFIXES = frozenset({".wav", ".aif", ".aiff", ".flac", ".mp3", ".m4a", ".ogg", ".oga", ".opus"})
MARKS = {"done": "[green]done", "skipped": "[yellow]skipped", "failed": "[red]failed"}


def audio_files(folder: Path) -> Iterator[Path]:
    """Yield what looks like audio in the folder and below; hidden files and links stay out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not (hidden or path.is_symlink()):
            yield path


def import_folder(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, readable=True, resolve_path=True)
    ],
    producer: Annotated[str, typer.Option(help="Slug of the producer who holds the rights.")],
    genre: Annotated[str, typer.Option(help="Genre where the tags name none we know.")] = "",
    price: Annotated[
        int, typer.Option(help="Price of the MP3 lease in minor units; 0 is free.", min=0)
    ] = 2995,
    *,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish; the producer attests rights and no AI.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask after the table.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the table.")] = False,
) -> None:
    """Bring in audio files with their tags and covers: a table first, then the work."""
    from indii.bootstrap import make_runtime
    from indii.studio.imports import flows
    from indii.studio.imports.rules import Choice

    console = Console()
    rt = make_runtime(pool_size=3)
    choice = Choice(genre=genre, price_minor=price, publishes=publish)
    actor = flows.importer_of(rt, producer)
    plan = [flows.inspect_file(rt, actor, path, choice) for path in audio_files(folder)]
    if not plan:
        console.print(f"No audio files in {folder}.")
        raise typer.Exit(1)
    _show(console, plan)
    good = [item for item in plan if not item.refusal]
    if dry_run or not good:
        raise typer.Exit(0 if good else 1)
    if not yes and not typer.confirm(f"Bring in {len(good)} of {len(plan)} files?"):
        raise typer.Exit(1)
    results: list[tuple[Path, str, str]] = [
        (item.path, "skipped" if item.is_known else "failed", item.refusal)
        for item in plan
        if item.refusal
    ]
    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        line = bar.add_task("Importing", total=len(good))
        for item in good:
            bar.update(line, description=f"Importing {item.path.name[:40]}")
            results.append((item.path, *flows.import_file(rt, actor, item, choice)))
            bar.advance(line)
    _report(console, results)
    if any(outcome == "failed" for _, outcome, _ in results):
        raise typer.Exit(1)


def _show(console: Console, plan: object) -> None:
    from indii.studio.imports.rules import Planned

    table = Table(title="What would be imported")
    for column in ("File", "Sound", "Length", "Size", "Title", "Genre", "Cover", ""):
        table.add_column(column, overflow="fold")
    assert isinstance(plan, list)
    for item in plan:
        assert isinstance(item, Planned)
        table.add_row(
            item.path.name,
            item.format,
            duration(item.duration_ms),
            size(item.path.stat().st_size),
            item.title,
            item.genre,
            "yes" if item.has_cover else "drawn",
            f"[yellow]{item.refusal}" if item.refusal else "",
        )
    console.print(table)


def _report(console: Console, results: list[tuple[Path, str, str]]) -> None:
    table = Table(title="What happened")
    for column in ("File", "", "Reason"):
        table.add_column(column, overflow="fold")
    for path, outcome, reason in results:
        table.add_row(path.name, MARKS[outcome], reason)
    console.print(table)
    counts = {o: sum(1 for _, found, _ in results if found == o) for o in MARKS}
    console.print(", ".join(f"{n} {outcome}" for outcome, n in counts.items()))
