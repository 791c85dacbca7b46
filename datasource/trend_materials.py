"""What is known of nodes over days and weeks: from the rollups, at a cost that does not grow with the orders."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from dashboard.calendar import Calendar
from dashboard.histogram import opened_cells, representatives
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.trend_material import COUNTED, Ints, NodeMaterial, Stays, Tally, spread
from dashboard.visit_columns import FOREVER, NEXT, OPEN, Micros, VisitColumns
from dashboard.windows import floor_hour
from datasource.columns import Columns, Kinds, read_columns
from datasource.evidence_raw import read_visits

# Minutes where they are kept, hours before; always up to the present, because those who were there left since.
_ROWS = """
SELECT node, start, entered, "left", cancelled, due, missed, measured, dwell_us
  FROM rollup_hour
 WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= %(since)s AND start < %(minutes_from)s
UNION ALL
SELECT node, start, entered, "left", cancelled, due, missed, measured, dwell_us
  FROM rollup_minute
 WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= greatest(%(since)s, %(minutes_from)s)
"""
_ROW_KINDS: Kinds = {
    "start": "timestamptz",
    "entered": "int4",
    "gone": "int4",
    "cancelled": "int4",
    "due": "int4",
    "missed": "int4",
    "measured": "int4",
    "dwell_us": "int8",
}

_CELLS = """
SELECT r.node, r.start, 3600, c.code::int8, c.n
  FROM rollup_hour r CROSS JOIN unnest(r.cells, r.counts) c(code, n)
 WHERE r.node = ANY(%(nodes)s) AND r.slice = %(slice)s AND r.start >= %(since)s AND r.start < %(minutes_from)s
UNION ALL
SELECT r.node, r.start, 60, c.code::int8, c.n
  FROM rollup_minute r CROSS JOIN unnest(r.cells, r.counts) c(code, n)
 WHERE r.node = ANY(%(nodes)s) AND r.slice = %(slice)s AND r.start >= greatest(%(since)s, %(minutes_from)s)
"""
_CELL_KINDS: Kinds = {"start": "timestamptz", "span": "int8", "code": "int8", "n": "int8"}

_OPEN = "SELECT node, start, n FROM rollup_open_entry WHERE node = ANY(%(nodes)s) AND slice = %(slice)s"
_OPEN_KINDS: Kinds = {"start": "timestamptz", "n": "int8"}

# Counted where they have a time stamp, but never in progress: what they add to the net flow is taken out again.
_UNMEASURED = """
SELECT v.node, v.entered_at, coalesce(v.left_at, 'infinity')
  FROM node_visit v JOIN orders o ON o.order_id = v.order_id
 WHERE v.node = ANY(%(nodes)s) AND NOT v.measured AND v.entered_at >= %(since)s
   AND o.dimensions @> %(dimensions)s::jsonb
"""
_STRAY_KINDS: Kinds = {"come": "timestamptz", "gone": "timestamptz"}

_COVERED = text("SELECT minute_from FROM fold_state WHERE minute_from IS NOT NULL AND folded_at IS NOT NULL")
_FIRST = text("""
    SELECT asked.node, came.start AS first
      FROM unnest(CAST(:nodes AS text[])) AS asked(node)
     CROSS JOIN LATERAL (
           SELECT start FROM rollup_hour
            WHERE node = asked.node AND slice = :slice AND entered > 0 ORDER BY start LIMIT 1) came
""")


def trend_material(
    connection: Connection,
    lifeline: Lifeline,
    nodes: Sequence[Node],
    slice_: Slice,
    since: datetime,
    until: datetime,
    finest: timedelta,
) -> dict[str, NodeMaterial]:
    """All that is known of these nodes from ``since`` on, for instants up to ``until``.

    ``finest``: the shortest step that will be asked for. From the rollups, or where they do not hold it (combinations
    of dimensions; less than an hour longer ago than minutes are kept) from the visits.
    """
    covered = connection.execute(_COVERED).scalar_one_or_none()
    coarse = covered is not None and (finest % timedelta(hours=1) == timedelta(0) or since >= covered)
    if covered is None or not coarse or not slice_.rolled_up:
        visits = read_visits(connection, nodes, slice_, since, until)
        return {node.key: _of_visits(lifeline.calendar(node), visits[node.key]) for node in nodes}
    keys = [node.key for node in nodes]
    asked: dict[str, Any] = {
        "nodes": keys,
        "slice": str(slice_),
        "dimensions": json.dumps(dict(slice_.pairs)),
        "since": floor_hour(since),
        "minutes_from": covered,
    }
    tables = ((_ROWS, _ROW_KINDS), (_CELLS, _CELL_KINDS), (_OPEN, _OPEN_KINDS), (_UNMEASURED, _STRAY_KINDS))
    rows, cells, waiting, strays = (read_columns(connection, keys, query, asked, kinds) for query, kinds in tables)
    return {
        node.key: _of_rollups(
            lifeline.calendar(node), rows[node.key], cells[node.key], waiting[node.key], strays[node.key]
        )
        for node in nodes
    }


def first_entries(connection: Connection, nodes: Sequence[Node], slice_: Slice) -> dict[str, datetime]:
    """The hour in which the first order came to each node; of a combination that of all orders."""
    asked = {"nodes": [node.key for node in nodes], "slice": str(slice_) if slice_.rolled_up else str(Slice())}
    return {row.node: row.first for row in connection.execute(_FIRST, asked)}


def _of_rollups(calendar: Calendar, rows: Columns, cells: Columns, waiting: Columns, strays: Columns) -> NodeMaterial:
    start = rows["start"]
    counts = {name: Tally(start, rows["gone" if name == "left" else name]) for name in COUNTED}
    come, gone = strays["come"], strays["gone"][strays["gone"] < FOREVER]
    net = Tally(
        np.concatenate([start, come, gone]),
        np.concatenate(
            [
                rows["entered"].astype(np.int64) - rows["gone"] - rows["cancelled"],
                -np.ones(len(come), dtype=np.int64),
                np.ones(len(gone), dtype=np.int64),
            ]
        ),
    )
    return NodeMaterial(counts, net, int(waiting["n"].sum()) - net.total, _stays(calendar, cells, waiting))


def _stays(calendar: Calendar, cells: Columns, waiting: Columns) -> Stays:
    row, left, weight = spread(cells["start"], cells["span"], cells["n"])
    buckets, censored = opened_cells(cells["code"])
    dwell = representatives(buckets)[row]
    still = len(waiting["n"])
    return Stays(
        entered=np.concatenate(
            [calendar.coordinate(left / 1e6) - dwell, calendar.coordinate((waiting["start"] + 30_000_000) / 1e6)]
        ),
        left=np.concatenate([left, np.full(still, FOREVER)]),
        dwell=np.concatenate([dwell, np.full(still, np.nan)]),
        moved_on=np.concatenate([~censored[row], np.zeros(still, dtype=np.bool_)]),
        weight=np.concatenate([weight, waiting["n"].astype(np.int64)]),
    )


def _of_visits(calendar: Calendar, visits: VisitColumns) -> NodeMaterial:
    gone = visits.left < FOREVER
    moved, aside = gone & (visits.way_out == NEXT), gone & (visits.way_out != NEXT)
    timed = moved & visits.measured
    late = visits.measured & ((visits.way_out == OPEN) | (visits.left > visits.due))
    counts = {
        "entered": _tally(visits.entered),
        "left": _tally(visits.left[moved]),
        "cancelled": _tally(visits.left[aside]),
        "due": _tally(visits.due[visits.measured]),
        "missed": _tally(visits.due[late]),
        "measured": _tally(visits.left[timed]),
        "dwell_us": Tally(visits.left[timed], np.rint(visits.dwell[timed] * 1e6).astype(np.int64)),
    }
    ever = visits.where(visits.measured & ((visits.way_out == OPEN) | gone))
    net = Tally(
        np.concatenate([ever.entered, ever.left]),
        np.concatenate([np.ones(len(ever.entered), dtype=np.int64), -np.ones(len(ever.left), dtype=np.int64)]),
    )
    stays = Stays(
        calendar.coordinate(ever.entered / 1e6),
        ever.left,
        ever.dwell,
        ever.way_out == NEXT,
        np.ones(len(ever.left), dtype=np.int64),
    )
    return NodeMaterial(counts, net, 0, stays)


def _tally(at: Micros) -> Tally:
    ones: Ints = np.ones(len(at), dtype=np.int64)
    return Tally(at, ones)
