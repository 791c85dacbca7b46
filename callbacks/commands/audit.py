"""``lifeline audit``: whether the audit is as it was written, and all of it as lines of JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from callbacks.commands.opening import clear_errors, opened, settings_of
from dashboard.clock import Clock
from datasource.audit import Noted, entries, verify_all
from datasource.store import Store
from layouts.texts import Texts

BROKEN = 1
ROWS_AT_ONCE = 1_000


def register(app: typer.Typer, texts: Texts, clock: Clock) -> None:
    """Add the command and those below it."""
    del clock
    group = typer.Typer(help=texts("acting.help.audit"), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="audit")
    _add_verify(group, texts)
    _add_export(group, texts)


def _add_verify(group: typer.Typer, texts: Texts) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("verify", help=texts("acting.help.verify"))
    def check(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with opened(texts, settings_of(texts, database, data), new=False) as store, clear_errors(texts):
            with store.read() as connection:
                found = verify_all(connection)
            closed = store.works_as_application()
        if not closed:
            typer.echo(texts("acting.cli.open"), err=True)
        if found.broken is not None:
            typer.echo(texts(f"acting.fault.{found.fault}", row=found.broken, rows=found.rows), err=True)
            raise typer.Exit(BROKEN)
        typer.echo(texts("acting.cli.whole", rows=found.rows, hash=found.head.hex()))


def _add_export(group: typer.Typer, texts: Texts) -> None:
    help_ = {name: texts(f"messages.help.{name}") for name in ("database", "data")}

    @group.command("export", help=texts("acting.help.export"))
    def export(
        database: Annotated[str | None, typer.Option(metavar="URL", help=help_["database"])] = None,
        data: Annotated[Path | None, typer.Option(metavar="DIR", help=help_["data"])] = None,
    ) -> None:
        with opened(texts, settings_of(texts, database, data), new=False) as store, clear_errors(texts):
            for row in _all(store):
                typer.echo(json.dumps(answer(row), ensure_ascii=False))


def answer(row: Noted) -> dict[str, object]:
    """A row of the audit as plain values."""
    told = row.entry
    return {
        "seq": row.seq,
        "at": row.at.isoformat(),
        "actor": told.actor,
        "origin": told.origin,
        "kind": told.kind,
        "subject": told.subject,
        "action_id": told.action_id,
        "reason": told.reason,
        "before": told.before,
        "after": told.after,
        "hash": row.hash.hex(),
    }


def _all(store: Store) -> Iterator[Noted]:
    """The newest first."""
    before = None
    with store.read() as connection:
        while rows := entries(connection, before_seq=before, limit=ROWS_AT_ONCE):
            yield from rows
            before = rows[-1].seq
