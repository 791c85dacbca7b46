"""Many rows as numpy columns, without a Python object per row: each column comes as one array in PostgreSQL's bytes.

(COPY would be the other way, but its protocol hands out one message per row.)
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import InterfaceError, OperationalError
from sqlalchemy import Connection

from dashboard.visit_columns import FOREVER
from datasource.copying import driver
from datasource.errors import StoreUnavailable

Columns = dict[str, NDArray[Any]]
Kinds = Mapping[LiteralString, LiteralString]
"""Columns by name, each with its PostgreSQL type."""

_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
ARRAY_HEADER = 20
"""Bytes before the elements of an array of one dimension; an empty one is shorter."""

_FORMATS = {"int4": ">i4", "int8": ">i8", "float8": ">f8", "bool": "?", "timestamptz": ">i8"}


def read_columns(
    connection: Connection,
    nodes: Sequence[str],
    query: LiteralString,
    parameters: Mapping[str, object],
    kinds: Kinds,
) -> dict[str, Columns]:
    """Per node, the rows of ``query`` as one array per column; ``kinds`` names the columns and their PostgreSQL types.

    The query's first column is the node, the others are as in ``kinds``; none may hold a null. Parameters are written
    ``%(name)s`` and bound by the driver; ``%(nodes)s`` are the keys of the nodes. A ``timestamptz`` comes as whole
    microseconds since 1970, ``infinity`` as ``FOREVER``.

    Raises:
        StoreUnavailable: the database broke off, or did not answer in time.
    """
    sent = ", ".join(f"array_send(array_agg({name}::{kind}))" for name, kind in kinds.items())
    # Not grouped by node: the planner would fetch the rows in the order of an index to be spared a sort.
    # The names and types come from constants of the code, as their type LiteralString says.
    command = (
        f"SELECT array_send(array_agg(array_position(%(nodes)s::text[], node))), {sent} "  # noqa: S608
        f"FROM ({query}) AS asked(node, {', '.join(kinds)})"
    )
    try:
        with driver(connection).cursor(binary=True) as cursor:
            row = cursor.execute(command, {**parameters, "nodes": list(nodes)}).fetchone()
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"The database is not available: {error}") from error
    assert row is not None
    place_block, *blocks = row
    place = array_column(place_block, "int4")
    columns = {name: array_column(block, kind) for (name, kind), block in zip(kinds.items(), blocks, strict=True)}
    return {
        node: {name: values[here] for name, values in columns.items()}
        for node, here in ((node, np.flatnonzero(place == number)) for number, node in enumerate(nodes, start=1))
    }


def array_column(block: bytes | None, kind: str) -> NDArray[Any]:
    """The elements of what ``array_send`` made of an array of one dimension without nulls, or of none."""
    return elements((block or b"")[ARRAY_HEADER:], kind)


def elements(block: bytes, kind: str) -> NDArray[Any]:
    """The elements of such arrays end to end, each without the first ``ARRAY_HEADER`` bytes."""
    told = np.frombuffer(block, dtype=np.dtype([("length", ">i4"), ("value", _FORMATS[kind])]))
    native = told["value"].astype(np.dtype(_FORMATS[kind]).newbyteorder("="))
    if kind == "timestamptz":
        native[native != FOREVER] += _POSTGRES_EPOCH
    return native
