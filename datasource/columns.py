"""Many rows as numpy columns, without a Python object per row: PostgreSQL's binary COPY, read as one block."""

from collections.abc import Mapping
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection as Driver
from psycopg import InterfaceError, OperationalError
from sqlalchemy import Connection

from dashboard.visit_columns import FOREVER
from datasource.errors import StoreUnavailable

Columns = dict[str, NDArray[Any]]

_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_HEADER, _TRAILER = 19, 2
_FORMATS = {"int4": ">i4", "int8": ">i8", "float8": ">f8", "bool": "?", "timestamptz": ">i8"}


def read_columns(
    connection: Connection, query: LiteralString, parameters: Mapping[str, Any], kinds: Mapping[str, str]
) -> Columns:
    """The rows of ``query`` as one array per column, in the order of ``kinds`` (name -> PostgreSQL type).

    Parameters are written ``%(name)s`` and bound by the driver. No column may hold a null. A ``timestamptz`` comes as
    whole microseconds since 1970, ``infinity`` as ``FOREVER``.

    Raises:
        StoreUnavailable: the database broke off, or did not answer in time.
    """
    block = _copied(connection, f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters)
    fields = [("width", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"length of {name}", ">i4"), (name, _FORMATS[kind])]
    rows = np.frombuffer(block[_HEADER:-_TRAILER], dtype=np.dtype(fields))
    return {name: _column(rows[name], kind) for name, kind in kinds.items()}


def _copied(connection: Connection, command: LiteralString, parameters: Mapping[str, Any]) -> bytes:
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    try:
        with driver.cursor() as cursor, cursor.copy(command, parameters) as copy:
            return b"".join(bytes(part) for part in copy)
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"The database is not available: {error}") from error


def _column(values: NDArray[Any], kind: str) -> NDArray[Any]:
    native = values.astype(values.dtype.newbyteorder("="))
    if kind != "timestamptz":
        return native
    known = native != FOREVER
    native[known] += _POSTGRES_EPOCH
    return native
