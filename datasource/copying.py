"""Many rows in and out of PostgreSQL at once, on the connection of a running transaction."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection as Driver
from psycopg import Copy, sql
from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def driver(connection: Connection) -> Driver[Any]:
    """The driver's own connection beneath one of SQLAlchemy's."""
    own = connection.connection.driver_connection
    assert isinstance(own, Driver)
    return own


def copy_in(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    into: str | None = None,
) -> None:
    """Append rows to a table; a row that breaks a constraint undoes the transaction.

    The values are as the columns' types say, those of JSON as what is to be written in it, those of arrays as lists.
    ``names`` are the columns of the rows; ``into`` names a table like this one, to take its place.
    """
    with _copying(connection, into or table.name, names, "(FORMAT BINARY)") as copy:
        copy.set_types([_kind(table.c[name]) for name in names])
        for row in rows:
            copy.write_row(row)


def copy_literals(connection: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same for rows whose arrays are written out already, as PostgreSQL reads them from a text."""
    with _copying(connection, table, names, "") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _copying(connection: Connection, table: str, names: Sequence[str], options: LiteralString) -> Iterator[Copy]:
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN " + options).format(sql.Identifier(table), listed)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        yield copy


def _kind(column: Column[Any]) -> str:
    """The column's type as the driver knows it: without its precision."""
    return re.sub(r"\(.*\)", "", column.type.compile(dialect=_DIALECT).lower())


def array_literal(texts: Iterable[str]) -> str:
    """An array of texts as PostgreSQL writes it; one text out of many is quoted once."""
    quoted = _Quoted()
    return "{" + ",".join([quoted[text] for text in texts]) + "}"


def numbers_literal(numbers: NDArray[np.int64]) -> str:
    """An array of whole numbers as PostgreSQL writes it."""
    return "{" + ",".join(map(str, numbers.tolist())) + "}"


class _Quoted(dict[str, str]):
    def __missing__(self, text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        quoted = self[text] = f'"{escaped}"'
        return quoted


def unnested(columns: Sequence[Column[Any]]) -> str:
    """An ``unnest`` of one array parameter per column, each named as its column."""
    kinds = [(column.name, column.type.compile(dialect=_DIALECT)) for column in columns]
    return f"unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in kinds)})"


def arrays(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    """The rows as one list per column: the parameters of ``unnested``."""
    turned = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return {name: list(values) for name, values in zip(columns, turned, strict=True)}
