"""Adds summed deltas to the rollups: each one statement, whatever the number of rows."""

from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.slices import ALL
from datasource.copying import array_literal, numbers_literal
from datasource.draining import Ints
from datasource.rollup_deltas import COUNTS, Counted, Deltas, open_deltas

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


_MERGES = {table: text(_merge(table)) for table in ("rollup_minute", "rollup_hour")}

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
    """Add rows to ``rollup_minute`` or ``rollup_hour``."""
    if not len(deltas):
        return
    sums = {name: numbers_literal(column) for name, column in zip(COUNTS, deltas.sums, strict=True)}
    cells = {"cells": _nested(deltas.cells), "counts": _nested(deltas.counts)}
    connection.execute(_MERGES[table], {**_row_keys(deltas.nodes, deltas.slices, deltas.starts), **sums, **cells})


def add_open(connection: Connection, counted: Counted) -> None:
    """Add to the counters of visits in progress, and remove those that come down to nothing."""
    for minute, merge, empty in (
        (counted.visits.entered, _OPEN_ENTRY, _EMPTY_ENTRY),
        (counted.visits.due, _OPEN_DUE, _EMPTY_DUE),
    ):
        nodes, slices, starts, visits, cents = open_deltas(counted, minute)
        if nodes:
            keys = _row_keys(nodes, slices, starts)
            amounts = {"cents": numbers_literal(cents)} if merge is _OPEN_DUE else {}
            connection.execute(merge, {**keys, "n": numbers_literal(visits), **amounts})
            connection.execute(empty, keys)


def _row_keys(nodes: list[str], slices: list[str], starts: Ints) -> dict[str, str]:
    return {"nodes": array_literal(nodes), "slices": array_literal(slices), "starts": numbers_literal(starts)}


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
