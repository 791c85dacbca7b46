"""Many rows in and out of PostgreSQL at once, on the connection of a running transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection as Driver
from psycopg import sql
from sqlalchemy import Column, Connection
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_NULL = r"\N"
_ROWS_AT_ONCE = 500
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def driver(connection: Connection) -> Driver[Any]:
    """The driver's own connection beneath one of SQLAlchemy's."""
    own = connection.connection.driver_connection
    assert isinstance(own, Driver)
    return own


class Instants(dict[datetime, str]):
    """Instants as texts: written out once, for the many rows that one instant stands in."""

    def __missing__(self, instant: datetime) -> str:
        told = self[instant] = instant.isoformat()
        return told


def copy_in(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    instants: Instants | None = None,
) -> None:
    """Append rows to a table; a row that breaks a constraint undoes the transaction.

    Takes texts, numbers, booleans, instants and ``None``; an array as the text that PostgreSQL writes for it.
    ``instants`` spares writing out again what an earlier call has.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    lines = _lines(rows, len(columns) - 1, Instants() if instants is None else instants)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        while part := "".join(islice(lines, _ROWS_AT_ONCE)):
            copy.write(part)


def _lines(rows: Iterable[Sequence[object]], tabs: int, instants: Instants) -> Iterator[str]:
    # Measured: half the time of the driver's own write_row, and rows are what recording spends its time on.
    forms: dict[type, Callable[[Any], str]] = {**_FORMS, datetime: instants.__getitem__}
    for row in rows:
        texts: list[str] = [
            value if value.__class__ is str else _NULL if value is None else forms.get(value.__class__, str)(value)
            for value in row
        ]
        line = "\t".join(texts)
        if line.count("\t") != tabs or line.count("\\") != row.count(None) or "\n" in line or "\r" in line:
            line = "\t".join(
                text if value is None else text.translate(_ESCAPES) for value, text in zip(row, texts, strict=True)
            )
        yield line + "\n"


_FORMS: dict[type, Callable[[Any], str]] = {bool: lambda value: "t" if value else "f", float: repr}


def array_literal(texts: Iterable[str]) -> str:
    """An array of texts as PostgreSQL writes it; one text out of many is quoted once."""
    quoted = _Quoted()
    return "{" + ",".join([quoted[text] for text in texts]) + "}"


def numbers_literal(numbers: NDArray[np.int64]) -> str:
    """An array of whole numbers as PostgreSQL writes it."""
    return "{" + ",".join(map(str, numbers.tolist())) + "}"


def read_numbers(listed: str) -> NDArray[np.int64]:
    """Whole numbers that were put together with commas between them."""
    return np.fromstring(listed, dtype=np.int64, sep=",")


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
