"""Many rows in and out of PostgreSQL at once, on the connection of a running transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection as Driver
from psycopg import sql
from sqlalchemy import Column, Connection
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def driver(connection: Connection) -> Driver[Any]:
    """The driver's own connection beneath one of SQLAlchemy's."""
    own = connection.connection.driver_connection
    assert isinstance(own, Driver)
    return own


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Append rows to a table; a row that breaks a constraint undoes the transaction."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def copy_out(connection: Connection, query: sql.Composable) -> bytes:
    """The rows that a query or a ``RETURNING`` answers, as CSV without a heading."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(part) for part in copy)


def unnested(columns: Sequence[Column[Any]]) -> str:
    """An ``unnest`` of one array parameter per column, each named as its column."""
    kinds = [(column.name, column.type.compile(dialect=_DIALECT)) for column in columns]
    return f"unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in kinds)})"


def arrays(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    """The rows as one list per column: the parameters of ``unnested``."""
    turned = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return {name: list(values) for name, values in zip(columns, turned, strict=True)}
