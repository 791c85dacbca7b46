"""``lifeline import``: files into the store, with a bar while it works and the counts at the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from callbacks.commands.opening import clear_errors, fail, opened, settings_of
from dashboard.clock import Clock
from datasource.feeds.importing import ImportReport, import_files
from datasource.feeds.importing import Progress as Told
from layouts.texts import Texts


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command."""
    help_ = {
        name: texts(f"messages.help.{name}") for name in ("paths", "mapping", "json", "rejects", "database", "data")
    }

    @app.command("import", help=texts("messages.help.import"))
    def import_(
        paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=help_["paths"])],
        mapping: Annotated[Path, typer.Option(metavar="FILE", help=help_["mapping"])],
        as_json: Annotated[bool, typer.Option("--json", help=help_["json"])] = False,
        rejects: Annotated[Path | None, typer.Option(metavar="FILE", help=help_["rejects"])] = None,
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        missing = [path for path in (*paths, mapping) if not path.exists()]
        if missing:
            fail(texts("messages.cli.paths", path=missing[0]))
        settings = settings_of(texts, database, data)
        with opened(texts, settings) as store, clear_errors(texts), _bar(texts) as tell:
            report = import_files(store, clock, mapping, paths, tell, rejects=rejects)
        if as_json:
            typer.echo(json.dumps(answer(report), ensure_ascii=False))
        else:
            _say(texts, report)


def answer(report: ImportReport) -> dict[str, object]:
    """The report as plain values."""
    return {
        "orders": report.orders,
        "visits": report.visits,
        "rejected": report.rejected,
        "marked": dict(report.marked),
    }


def _say(texts: Texts, report: ImportReport) -> None:
    counts = {"orders": f"{report.orders:,}", "visits": f"{report.visits:,}", "rejected": f"{report.rejected:,}"}
    typer.echo(texts("messages.cli.imported", **counts))
    for name, count in report.marked.items():
        typer.echo(texts("messages.cli.marked", name=name, count=f"{count:,}"))
    for path in report.rejects:
        typer.echo(texts("messages.cli.rejects", path=path))


@contextmanager
def _bar(texts: Texts) -> Iterator[Callable[[Told], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[orders]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    # Elsewhere than on a terminal the bar is never seen, and leaves an empty line.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(texts("messages.cli.importing"), total=1.0, orders="")

        def tell(told: Told) -> None:
            progress.update(task, completed=told.fraction, orders=f"{told.orders:,}")

        yield tell
