"""What every command does first: the settings, the store, and one clear line where something is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import typer
from platformdirs import user_data_path

from callbacks.filters import FilterError
from callbacks.logs import configure
from dashboard.clock import Clock
from dashboard.settings import Settings, SettingsError, database_url, read_settings
from datasource.embedded import holds_server, start_embedded
from datasource.errors import EmbeddedServerError, NoLifeline, StoreError
from datasource.feeds.errors import FeedError
from datasource.lifelines import shipped
from datasource.store import Store
from layouts.texts import Texts

WRONG = 2
DEFAULT_LIFELINE = "distributor"


def settings_of(texts: Texts, database: str | None, data: Path | None) -> Settings:
    """The settings of the environment, with what the command line says in their place. Sets up the logs."""
    try:
        settings = read_settings()
    except SettingsError as error:
        fail(str(error))
    if database is not None:
        try:
            settings = replace(settings, database_url=database_url(database))
        except ValueError as error:
            fail(texts("messages.cli.database_url", reason=error))
    elif data is not None:
        settings = replace(settings, database_url=None)
    configure(settings.log_level, settings.log_format)
    return replace(settings, data=data or settings.data)


def check_paths(texts: Texts, *paths: Path) -> None:
    """One clear line for the first path where nothing is."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        fail(texts("messages.cli.paths", path=missing))


@contextmanager
def opened(texts: Texts, settings: Settings, *, new: bool = True) -> Iterator[Store]:
    """The store, migrated; the embedded server runs as long as the block when no database was named.

    ``new``: whether a store is made where there is none; else that is one line and exit code 2, and nothing is made.
    """
    server = None
    with clear_errors(texts):
        if settings.database_url is None:
            if not new and not holds_server(data_folder(settings)):
                fail(texts("messages.cli.no_store", place=data_folder(settings)))
            server = start_embedded(data_folder(settings))
    store = Store.open(server.url, revive=server.revive) if server else Store.open(settings.database_url or "")
    try:
        with clear_errors(texts):
            if not new and not store.is_made():
                fail(texts("messages.cli.empty_database"))
            store.migrate()
        yield store
    finally:
        store.close()
        if server is not None:
            server.stop()


def data_folder(settings: Settings) -> Path:
    """The folder of the embedded server: the one that was named, else the user's."""
    return settings.data or user_data_path("order-lifeline", appauthor=False)


@contextmanager
def clear_errors(texts: Texts) -> Iterator[None]:
    """Turn what can go wrong without being a fault of the program into one line and exit code 2."""
    try:
        yield
    except EmbeddedServerError as error:
        fail(texts("messages.cli.embedded", reason=first_line(error)))
    except StoreError as error:
        fail(texts("messages.cli.database", reason=first_line(error)))
    except FilterError as error:
        fail(error.sentence(texts))
    except FeedError as error:
        fail(first_line(error))


def ensure_lifeline(store: Store, clock: Clock) -> None:
    """Install the default lifeline where the store has none."""
    try:
        store.lifeline()
    except NoLifeline:
        store.install_lifeline(shipped(DEFAULT_LIFELINE), clock.now())


def fail(line: str) -> NoReturn:
    """One line on the error stream, and the exit code for wrong input."""
    typer.echo(line, err=True)
    raise typer.Exit(WRONG)


def first_line(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())[:500]
