"""What the commands of identity share: who gives them, the columns of their lists, and one line for a refusal."""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from callbacks.commands.opening import clear_errors, ensure_lifeline, fail, opened, settings_of
from dashboard.clock import Clock
from dashboard.permissions import COMMAND
from datasource.passwords import WeakPassword
from datasource.people import By, PersonRefused
from datasource.store import Store
from layouts.texts import Texts

ORIGIN = "command line"


@contextmanager
def identity_store(
    texts: Texts, clock: Clock, database: str | None, data: Path | None, *, new: bool = False
) -> Iterator[Store]:
    """The store; what is refused becomes one line and exit code 2. ``new``: whether it may be made now."""
    with opened(texts, settings_of(texts, database, data), new=new) as store, clear_errors(texts):
        ensure_lifeline(store, clock)
        try:
            yield store
        except PersonRefused as refused:
            fail(texts(f"identity.refused.{refused.text}", **refused.values))
        except WeakPassword as weak:
            fail(texts(f"identity.password.{weak.text}", **weak.values))


def by_command() -> By:
    """Whoever gives the command, as the operating system knows them."""
    try:
        return By(f"{COMMAND}:{getpass.getuser()}", ORIGIN)
    except (KeyError, OSError):
        return By(COMMAND, ORIGIN)


def ask_password(texts: Texts) -> str:
    """A new password: asked for twice without echo, or the first line of standard input."""
    if not sys.stdin.isatty():
        told = sys.stdin.readline().rstrip("\r\n")
        return told or fail(texts("identity.refused.no_password"))
    first = typer.prompt(texts("identity.cli.password"), hide_input=True)
    if typer.prompt(texts("identity.cli.again"), hide_input=True) != first:
        fail(texts("identity.refused.different"))
    return str(first)


def show(texts: Texts, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A list on the terminal, or that there is none."""
    if not rows:
        typer.echo(texts("identity.cli.none"))
        return
    table = Table(*(texts(f"identity.column.{name}") for name in columns), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


def instant(at: datetime | None) -> str:
    """An instant in a list."""
    return at.strftime("%Y-%m-%d %H:%M") if at else ""
