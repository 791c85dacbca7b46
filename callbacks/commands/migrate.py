"""``lifeline migrate``: the database as this version needs it."""

from pathlib import Path
from typing import Annotated

import typer

from callbacks.commands.opening import clear_errors, ensure_lifeline, opened, settings_of
from dashboard.clock import Clock
from layouts.texts import Texts


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command."""
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @app.command(help=texts("messages.help.migrate"))
    def migrate(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with opened(texts, settings_of(texts, database, data)) as store, clear_errors(texts):
            ensure_lifeline(store, clock)
        typer.echo(texts("messages.cli.migrated"))
