"""Takes visit changes out of their queue, as numpy columns with one entry per visit."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from dashboard.histogram import buckets_of, cells_of
from dashboard.visit_columns import FOREVER
from datasource.columns import ARRAY_HEADER, array_column, elements
from datasource.copying import driver

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = -(2**31)
"""The minute of a stamp that is not there."""

OPEN, NEXT, ASIDE = 0, 1, 2
"""Ways out: none yet, on to a next node, cancelled or returned."""

_STAYS = ""
_WAYS = {_STAYS: OPEN, "next": NEXT}
_MINUTE_US = 60_000_000
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of whole numbers, and which of them each row has: what many rows have in common stands here once."""

    of_row: Ints
    numbers: Ints
    begins: Ints
    lengths: Ints

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The lists of these rows end to end, and the place among ``rows`` that each number belongs to."""
        listed = self.of_row[rows]
        times = self.lengths[listed]
        place = np.repeat(np.arange(len(rows)), times)
        within = np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
        return self.numbers[self.begins[listed][place] + within], place


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits to add or take back: instants as minutes since 1970, ``cell`` the code of the histogram's cell.

    ``slices`` holds, for each entry of ``row``, the numbers of the slices in which it counts.
    """

    node_names: list[str]
    slice_names: list[str]
    slices: Lists
    row: Ints
    node: Ints
    sign: Ints
    cents: Ints
    entered: Ints
    left: Ints
    due: Ints
    way_out: Ints
    dwell_us: Ints
    cell: Ints
    measured: Mask
    missed: Mask


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain took: ``rows`` of the queue, with the newest instant of each source and the visits, if any."""

    rows: int
    heard: dict[str, datetime]
    visits: Visits | None


def drain(connection: Connection, limit: int) -> Drained:
    """Take up to ``limit`` rows away, in the caller's transaction."""
    with driver(connection).cursor(binary=True) as cursor:
        row = cursor.execute(_DRAIN, {"limit": limit}).fetchone()
    assert row is not None
    count, sources, heard, *blocks = row
    told = dict(zip(sources or [], heard or [], strict=True))
    return Drained(count, told, _visits(*blocks) if blocks[0] else None)


def _visits(signs: bytes, cents: bytes, slices: str, nodes: str, exits: str, *columns: bytes) -> Visits:
    node_names, node = _lists(nodes)
    slice_names, within = _lists(slices)
    exit_names, way_out = _lists(exits)
    node_of, row = node.of(np.arange(len(node.of_row)))
    ways = np.array([_WAYS.get(name, ASIDE) for name in exit_names], dtype=np.int64)
    way = ways[way_out.of(np.arange(len(way_out.of_row)))[0]]
    entered, left, due, dwell_us, measured = (
        elements(block, kind) for block, kind in zip(columns, _COLUMNS.values(), strict=True)
    )
    return Visits(
        node_names,
        slice_names,
        within,
        row,
        node_of,
        array_column(signs, "int8")[row],
        array_column(cents, "int8")[row],
        entered // _MINUTE_US,
        np.where(left == FOREVER, NEVER, left // _MINUTE_US),
        due // _MINUTE_US,
        way,
        dwell_us,
        cells_of(buckets_of(dwell_us / 1e6), way != NEXT),
        measured,
        left > due,  # nobody left: never is later than any due time
    )


def _lists(told: str) -> tuple[list[str], Lists]:
    """The distinct texts in JSON lists, a line each, and the lists as numbers of them."""
    of_row, lines = _numbered(told.split("\n"))
    lists: list[list[str]] = [json.loads(line) for line in lines]
    numbers, names = _numbered([name for listed in lists for name in listed])
    lengths = np.array([len(listed) for listed in lists], dtype=np.int64)
    return names, Lists(of_row, numbers, np.cumsum(lengths) - lengths, lengths)


def _numbered(values: Sequence[T]) -> tuple[Ints, list[T]]:
    """A number for each distinct value, from 0, and the values by their numbers."""
    numbers: dict[T, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, dtype=np.int64), list(numbers)


# By place, not by key: eight times as fast with a long queue. On a distributed table each shard is drained by itself.
# The bytes of the arrays, end to end: numpy takes them as they are, where each number would be a Python object.
_COLUMNS = {
    "entered_at": "timestamptz",
    "left_at": "timestamptz",
    "due_at": "timestamptz",
    "dwell_us": "int8",
    "measured": "bool",
}
_WITHOUT_NULLS = {"left_at": "array_replace(left_at, NULL, 'infinity')", "dwell_us": "array_replace(dwell_us, NULL, 0)"}
_BYTES = [
    f"string_agg(substring(array_send({_WITHOUT_NULLS.get(name, name)}) FROM {ARRAY_HEADER + 1}), CAST('' AS bytea))"
    for name in _COLUMNS
]
_LISTS = ("slices", "nodes", f"array_replace(exits, NULL, '{_STAYS}')")
_LINES = [f"string_agg(CAST(array_to_json({listed}) AS text), chr(10))" for listed in _LISTS]
_DRAIN = f"""
WITH gone AS (
  DELETE FROM visit_change
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM visit_change LIMIT %(limit)s))
  RETURNING *
), counted AS (
  SELECT * FROM gone WHERE sign <> 0
), told AS (
  SELECT source, max(at) AS at FROM gone, unnest(sources, heard_at) AS heard(source, at) GROUP BY source
)
SELECT (SELECT count(*) FROM gone),
       (SELECT array_agg(source ORDER BY source) FROM told),
       (SELECT array_agg(at ORDER BY source) FROM told),
       array_send(array_agg(CAST(sign AS bigint))),
       array_send(array_agg(CAST(amount * 100 AS bigint))),
       {", ".join(_LINES + _BYTES)}
  FROM counted
"""  # noqa: S608 - names of our own columns
