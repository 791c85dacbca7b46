"""Adds summed deltas to the rollups: a few statements, whatever the number of rows."""

from datetime import datetime
from typing import LiteralString

import numpy as np
from sqlalchemy import Connection, text

from dashboard.slices import ALL
from datasource.columns import array_column
from datasource.copying import array_literal, copy_literals, driver, numbers_literal
from datasource.draining import Ints, Mask
from datasource.rollup_deltas import COUNTS, Counted, Deltas, Keys, open_deltas

_COUNT_COLUMNS = ", ".join(f'"{name}"' for name in COUNTS)


def _merge(table: str) -> str:
    counts = ", ".join(f'"{name}" = r."{name}" + EXCLUDED."{name}"' for name in COUNTS)
    arrays = ", ".join(f"CAST(:{name} AS bigint[])" for name in COUNTS)
    return f"""
INSERT INTO {table} AS r (node, slice, start, {_COUNT_COLUMNS}, cells, counts)
SELECT node, slice, to_timestamp(start), {_COUNT_COLUMNS}, CAST(cells AS int[]), CAST(counts AS int[])
  FROM unnest(CAST(:nodes AS text[]), CAST(:slices AS text[]), CAST(:starts AS bigint[]), {arrays},
              CAST(:cells AS text[]), CAST(:counts AS text[]))
       AS d(node, slice, start, {_COUNT_COLUMNS}, cells, counts)
    ON CONFLICT (node, slice, start) DO UPDATE SET {counts},
       (cells, counts) = (
         SELECT r.cells, r.counts WHERE EXCLUDED.cells = '{{}}'
         UNION ALL
         SELECT coalesce(array_agg(cell ORDER BY cell), '{{}}'), coalesce(array_agg(n ORDER BY cell), '{{}}')
           FROM (SELECT u.cell, CAST(sum(u.n) AS int) AS n
                   FROM unnest(r.cells || EXCLUDED.cells, r.counts || EXCLUDED.counts) AS u(cell, n)
                  WHERE EXCLUDED.cells <> '{{}}' GROUP BY u.cell HAVING sum(u.n) <> 0) AS merged
         HAVING EXCLUDED.cells <> '{{}}')
"""  # noqa: S608 - names of our own columns


MANY = 5_000
"""From so many rows on it pays to ask first which are there: appending the others is thrice as fast as merging."""

ASKED_EACH = 4
"""How many rows that are there already are asked for, for each that is to be added."""

_START_BITS = 33  # of the minutes since 1970: until the year 18,000
_TABLES = ("rollup_minute", "rollup_hour")
_MERGES = {table: text(_merge(table)) for table in _TABLES}


def _stored(table: LiteralString) -> LiteralString:
    return f"""
SELECT array_send(array_agg(node.place - 1)), array_send(array_agg(slice.place - 1)),
       array_send(array_agg(CAST(date_part('epoch', start) AS bigint)))
  FROM (SELECT node, slice, start FROM {table}
         WHERE start BETWEEN to_timestamp(%(first)s) AND to_timestamp(%(last)s)
           AND node = ANY(%(nodes)s::text[]) AND slice = ANY(%(slices)s::text[]) LIMIT %(most)s) AS told
  JOIN unnest(%(nodes)s::text[]) WITH ORDINALITY AS node(name, place) ON node.name = told.node
  JOIN unnest(%(slices)s::text[]) WITH ORDINALITY AS slice(name, place) ON slice.name = told.slice
"""  # noqa: S608 - our own names


_STORED = {"rollup_minute": _stored("rollup_minute"), "rollup_hour": _stored("rollup_hour")}

_OPEN_ENTRY = text("""
INSERT INTO rollup_open_entry AS r (node, slice, start, n)
SELECT node, slice, to_timestamp(start), n
  FROM unnest(CAST(:nodes AS text[]), CAST(:slices AS text[]), CAST(:starts AS bigint[]), CAST(:n AS int[]))
       AS d(node, slice, start, n)
    ON CONFLICT (node, slice, start) DO UPDATE SET n = r.n + EXCLUDED.n
""")

_OPEN_DUE = text("""
INSERT INTO rollup_open_due AS r (node, slice, start, n, amount)
SELECT node, slice, to_timestamp(start), n, cents / 100.0
  FROM unnest(CAST(:nodes AS text[]), CAST(:slices AS text[]), CAST(:starts AS bigint[]), CAST(:n AS int[]),
              CAST(:cents AS bigint[])) AS d(node, slice, start, n, cents)
    ON CONFLICT (node, slice, start) DO UPDATE SET n = r.n + EXCLUDED.n, amount = r.amount + EXCLUDED.amount
""")

_TOUCHED = """
 USING unnest(CAST(:nodes AS text[]), CAST(:slices AS text[]), CAST(:starts AS bigint[])) AS d(node, slice, start)
 WHERE r.node = d.node AND r.slice = d.slice AND r.start = to_timestamp(d.start) AND r.n = 0
"""
_EMPTY_ENTRY = text(f"DELETE FROM rollup_open_entry AS r {_TOUCHED}")  # noqa: S608
_EMPTY_DUE = text(f"DELETE FROM rollup_open_due AS r {_TOUCHED} AND r.amount = 0")  # noqa: S608

_SLICES = text("""
INSERT INTO slice (slice, dimension, value)
SELECT s, split_part(s, '=', 1), substr(s, strpos(s, '=') + 1) FROM unnest(CAST(:slices AS text[])) AS u(s)
    ON CONFLICT (slice) DO NOTHING
""")

_HEARD = text("""
INSERT INTO source_watermark AS w (source, heard_at, at)
SELECT source, least(heard_at, CAST(:now AS timestamptz)), CAST(:now AS timestamptz)
  FROM unnest(CAST(:sources AS text[]), CAST(:instants AS timestamptz[])) AS d(source, heard_at)
    ON CONFLICT (source) DO UPDATE
   SET heard_at = greatest(w.heard_at, EXCLUDED.heard_at), at = greatest(w.at, EXCLUDED.at)
""")


def add_deltas(connection: Connection, table: str, deltas: Deltas) -> None:
    """Add rows to ``rollup_minute`` or ``rollup_hour``; the caller is the only one who writes there."""
    if len(deltas) >= MANY:
        new = _unknown(connection, table, deltas.keys)
        _append(connection, table, deltas.only(new))
        deltas = deltas.only(~new)
    if not len(deltas):
        return
    sums = {name: numbers_literal(column) for name, column in zip(COUNTS, deltas.sums, strict=True)}
    cells = {"cells": _nested(deltas.cells), "counts": _nested(deltas.counts)}
    connection.execute(_MERGES[table], {**_row_keys(deltas.keys), **sums, **cells})


def _unknown(connection: Connection, table: str, keys: Keys) -> Mask:
    """Which of these rows the rollup surely lacks; none where it has so many that to ask for them is too dear."""
    most = ASKED_EACH * len(keys)
    asked = {
        "most": most,
        "nodes": keys.node_names,
        "slices": keys.slice_names,
        "first": int(keys.start.min()),
        "last": int(keys.start.max()),
    }
    with driver(connection).cursor(binary=True) as cursor:
        found = cursor.execute(_STORED[table], asked).fetchone()
    node, slice_, start = (array_column(block, "int8") for block in found or ())
    if len(node) == most:
        return np.zeros(len(keys), dtype=bool)
    return ~np.isin(_numbers(keys, keys.node, keys.slice, keys.start), _numbers(keys, node, slice_, start))


def _numbers(keys: Keys, node: Ints, slice_: Ints, start: Ints) -> Ints:
    """One number for each row."""
    return ((node * len(keys.slice_names) + slice_) << _START_BITS) + start // 60


def _append(connection: Connection, table: str, deltas: Deltas) -> None:
    starts = np.datetime_as_string(deltas.keys.start.astype("datetime64[s]"), timezone="UTC").tolist()
    sums = deltas.sums.tolist()
    rows = zip(deltas.keys.nodes, deltas.keys.slices, starts, *sums, deltas.cells, deltas.counts, strict=True)
    copy_literals(connection, table, ("node", "slice", "start", *COUNTS, "cells", "counts"), rows)


def add_open(connection: Connection, counted: Counted) -> None:
    """Add to the counters of visits in progress, and remove those that come down to nothing."""
    for minute, merge, empty in (
        (counted.visits.entered, _OPEN_ENTRY, _EMPTY_ENTRY),
        (counted.visits.due, _OPEN_DUE, _EMPTY_DUE),
    ):
        rows, visits, cents = open_deltas(counted, minute)
        if len(rows):
            keys = _row_keys(rows)
            amounts = {"cents": numbers_literal(cents)} if merge is _OPEN_DUE else {}
            connection.execute(merge, {**keys, "n": numbers_literal(visits), **amounts})
            connection.execute(empty, keys)


def _row_keys(keys: Keys) -> dict[str, str]:
    return {
        "nodes": array_literal(keys.nodes),
        "slices": array_literal(keys.slices),
        "starts": numbers_literal(keys.start),
    }


def _nested(literals: list[str]) -> str:
    """An array of texts that are themselves arrays of numbers: nothing in them needs escaping."""
    return '{"' + '","'.join(literals) + '"}'


def add_slices(connection: Connection, slices: list[str]) -> None:
    """Note slices that were never rolled up before."""
    connection.execute(_SLICES, {"slices": sorted(key for key in slices if key != ALL)})


def add_heard(connection: Connection, heard: dict[str, datetime], now: datetime) -> None:
    """Note the newest instant that each source told of, but none that is still to come."""
    if heard:
        sources = sorted(heard)
        rows = {"sources": sources, "instants": [heard[source] for source in sources], "now": now}
        connection.execute(_HEARD, rows)
