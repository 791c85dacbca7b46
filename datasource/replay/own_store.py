"""A store for one replay: a database of its own, empty at the start and empty or gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from datasource.embedded import EmbeddedServer
from datasource.errors import StoreError
from datasource.replay.tape import TABLE, Tape
from datasource.store import Store, unavailability
from datasource.tables import metadata

_NAME = "lifeline_replay_"
_LOCK = 7_142_020


class StoreInUse(StoreError):  # noqa: N818 - it says what is
    """The database holds a store: a replay, which winds back and wipes, will not touch it."""


@contextmanager
def beside(server: EmbeddedServer) -> Iterator[Store]:
    """A migrated store in a new database beside the others of this server; it is dropped at the end.

    Databases of replays that were killed are dropped at the start.

    Raises:
        StoreUnavailable: the server cannot be reached, or does not make the database.
    """
    name = f"{_NAME}{uuid4().hex[:12]}"
    with _server(server) as connection:
        # From its making on a connection holds the database, so that another replay does not take it for a leftover.
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _drop_leftovers(connection)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
        held = psycopg.connect(_plain(server.url_of(name)))
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    store = Store.open(server.url_of(name))
    try:
        yield _made(store)
    finally:
        store.close()
        held.close()
        with suppress(StoreError), _server(server) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def within(url: str) -> Iterator[Store]:
    """A migrated store in an empty database that was named for the replay; it is empty again at the end.

    Raises:
        StoreInUse: there are tables in it, and not those of a replay that was killed.
        StoreUnavailable: it cannot be reached.
    """
    store = Store.open(url)
    try:
        with store.own() as connection:
            tables = inspect(connection).get_table_names()
            if tables and TABLE not in tables:
                raise StoreInUse("it is not empty. A replay needs a database of its own.")
            _empty(connection)
        try:
            yield _made(store)
        finally:
            with suppress(StoreError), store.own() as connection:
                _empty(connection)
    finally:
        store.close()


def _made(store: Store) -> Store:
    store.migrate()
    Tape(store).make()
    return store


def _empty(connection: Connection) -> None:
    for name in (TABLE, "alembic_version"):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    metadata.drop_all(connection)


@contextmanager
def _server(server: EmbeddedServer) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with unavailability(), psycopg.connect(_plain(server.url), autocommit=True) as connection:
        yield connection


def _drop_leftovers(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_NAME]).fetchall()
    for (name,) in found:
        with suppress(psycopg.errors.ObjectInUse):
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(str(name))))


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
