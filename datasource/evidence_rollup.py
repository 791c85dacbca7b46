"""Evidence from the rollups: the present, for one slice, at a cost that does not grow with the number of orders.

Windows of up to a day are summed from minutes. A wider one opens at the start of an hour and is summed from hours,
but for the last one or two, which come from minutes. A visit is taken to have left, or entered, in the middle of its
minute.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from dashboard.calendar import Calendar
from dashboard.evidence import Dwells, Evidence, Floats, Observations
from dashboard.histogram import opened_cells, representatives
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import Slice
from dashboard.visit_columns import Micros, instant, micros
from dashboard.windows import DAY, HOUR, floor_hour, floor_minute, hourly_opening
from datasource.columns import Columns, Kinds, read_columns

HOUR_MICROS = 3_600_000_000

_ROWS = """
SELECT node, start, 3600, entered, "left", cancelled, due, missed, dwell_us
  FROM rollup_hour
 WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= %(hours_from)s AND start < %(minutes_from)s
UNION ALL
SELECT node, start, 60, entered, "left", cancelled, due, missed, dwell_us
  FROM rollup_minute
 WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= %(minutes_from)s AND start <= %(at)s
"""
_ROW_KINDS: Kinds = {
    "start": "timestamptz",
    "span": "int4",
    "entered": "int4",
    "gone": "int4",
    "cancelled": "int4",
    "due": "int4",
    "missed": "int4",
    "dwell_us": "int8",
}

_CELLS = """
SELECT r.node, r.start, 3600, c.code::int8, c.n
  FROM rollup_hour r CROSS JOIN unnest(r.cells, r.counts) c(code, n)
 WHERE r.node = ANY(%(nodes)s) AND r.slice = %(slice)s AND r.start >= %(hours_from)s AND r.start < %(minutes_from)s
UNION ALL
SELECT r.node, r.start, 60, c.code::int8, c.n
  FROM rollup_minute r CROSS JOIN unnest(r.cells, r.counts) c(code, n)
 WHERE r.node = ANY(%(nodes)s) AND r.slice = %(slice)s AND r.start >= %(minutes_from)s AND r.start <= %(at)s
"""
_CELL_KINDS: Kinds = {"start": "timestamptz", "span": "int4", "code": "int8", "n": "int4"}

_OPEN = """
SELECT node, start, n
  FROM rollup_open_entry WHERE node = ANY(%(nodes)s) AND slice = %(slice)s
"""
_OPEN_KINDS: Kinds = {"start": "timestamptz", "n": "int4"}

# Whole minutes come from the rollup; the visits are asked for the minute that is not over, and for the oldest instant.
_OVERDUE = """
SELECT a.node, (coalesce(past.n, 0) + fresh.n)::int8,
       ((coalesce(past.amount, 0) + fresh.amount) * 100)::int8,
       coalesce(oldest.due_at, past.start, fresh.due_at, 'infinity')
  FROM unnest(%(nodes)s::text[]) a(node)
  LEFT JOIN (SELECT node, sum(n) AS n, sum(amount) AS amount, min(start) AS start
               FROM rollup_open_due
              WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start < %(minute)s
              GROUP BY node) past ON past.node = a.node
 CROSS JOIN LATERAL (
       SELECT count(*) AS n, coalesce(sum(o.amount), 0) AS amount, min(v.due_at) AS due_at
         FROM node_visit v JOIN orders o ON o.order_id = v.order_id
        WHERE v.node = a.node AND v.exit IS NULL AND v.due_at >= %(minute)s AND v.due_at <= %(at)s
          AND o.dimensions @> %(dimensions)s::jsonb) fresh
 CROSS JOIN LATERAL (
       SELECT min(v.due_at) AS due_at
         FROM node_visit v JOIN orders o ON o.order_id = v.order_id
        WHERE v.node = a.node AND v.exit IS NULL
          AND v.due_at >= past.start AND v.due_at < past.start + interval '1 minute'
          AND o.dimensions @> %(dimensions)s::jsonb) oldest
"""
_OVERDUE_KINDS: Kinds = {"n": "int8", "cents": "int8", "oldest": "timestamptz"}


@dataclass(frozen=True)
class _NodeRollups:
    """The columns of one node."""

    rows: Columns
    cells: Columns
    waiting: Columns
    overdue: Columns


class RollupMaterial:
    """What is known of some nodes now, from their rollups."""

    def __init__(self, lifeline: Lifeline, columns: Mapping[str, _NodeRollups], at: datetime) -> None:
        self.lifeline = lifeline
        self.columns = columns
        self.at = at

    def opening(self, width: timedelta) -> datetime:
        """Where a window of this width opens."""
        return hourly_opening(self.at, width)

    def evidence(self, node: Node, width: timedelta) -> Evidence:
        """The node's evidence over a window no wider than the one that was read."""
        columns, opening = self.columns[node.key], self.opening(width)
        rows, opened, minute = columns.rows, micros(opening), micros(floor_minute(self.at))
        inside = rows["start"] >= opened
        past = inside & (rows["start"] < minute)
        last_hour = (rows["start"] >= minute - HOUR_MICROS) & (rows["start"] < minute)
        overdue = int(columns.overdue["n"].sum())
        cells = _where(columns.cells, columns.cells["start"] >= opened)
        return Evidence(
            node=node.key,
            window_seconds=round(width.total_seconds()),
            in_progress=int(columns.waiting["n"].sum()),
            overdue=overdue,
            oldest_due_at=instant(int(columns.overdue["oldest"][0])) if overdue else None,
            overdue_amount=Decimal(int(columns.overdue["cents"].sum())) / 100,
            entered=int(rows["entered"][inside].sum()),
            left=int(rows["gone"][inside].sum()),
            cancelled=int(rows["cancelled"][inside].sum()),
            due=int(rows["due"][past].sum()),
            missed=int(rows["missed"][past].sum()),
            newly_overdue=int(rows["missed"][last_hour].sum()),
            observations=_observations(self.lifeline.calendar(node), cells, columns.waiting, opening, self.at),
            dwells=_dwells(cells, int(rows["dwell_us"][inside].sum())),
        )

    def ages(self, node: Node) -> tuple[Floats, Floats]:
        """How long the visits in progress have lasted, in seconds on the node's clock, and how many of each."""
        waiting = self.columns[node.key].waiting
        calendar = self.lifeline.calendar(node)
        entered = calendar.coordinate(_middle(waiting["start"], np.full(len(waiting["n"]), 60), self.at))
        (now,) = calendar.coordinate(np.array([micros(self.at)]) / 1e6)
        return np.asarray(now - entered), waiting["n"].astype(np.float64)


def read_rollups(
    connection: Connection, lifeline: Lifeline, nodes: Sequence[Node], slice_: Slice, widest: timedelta, at: datetime
) -> RollupMaterial:
    """Read what windows up to ``widest`` need of these nodes, in one query per table. ``at`` is the present."""
    keys = [node.key for node in nodes]
    hours_from = hourly_opening(at, widest)
    minutes_from = min(hours_from, floor_minute(at) - HOUR) if widest <= DAY else floor_hour(at) - HOUR
    parameters: dict[str, Any] = {
        "nodes": keys,
        "slice": str(slice_),
        "dimensions": json.dumps(dict(slice_.pairs)),
        "hours_from": hours_from,
        "minutes_from": minutes_from,
        "minute": floor_minute(at),
        "at": at,
    }
    parts = [
        read_columns(connection, keys, query, parameters, kinds)
        for query, kinds in (
            (_ROWS, _ROW_KINDS),
            (_CELLS, _CELL_KINDS),
            (_OPEN, _OPEN_KINDS),
            (_OVERDUE, _OVERDUE_KINDS),
        )
    ]
    return RollupMaterial(lifeline, {key: _NodeRollups(*(part[key] for part in parts)) for key in keys}, at)


def _where(columns: Columns, mask: NDArray[np.bool_]) -> Columns:
    return {name: values[mask] for name, values in columns.items()}


def _middle(start: Micros, span: NDArray[np.integer], at: datetime) -> Floats:
    """The middle of each span, in seconds since 1970; what has not passed of a span does not belong to it."""
    end = np.minimum(start + span.astype(np.int64) * 1_000_000, micros(at))
    return np.asarray((start + np.maximum(end, start)) / 2e6)


def _observations(
    calendar: Calendar, cells: Columns, waiting: Columns, opening: datetime, at: datetime
) -> Observations:
    opened, now = calendar.coordinate(np.array([micros(opening), micros(at)]) / 1e6)
    left = calendar.coordinate(_middle(cells["start"], cells["span"], at))
    entered = calendar.coordinate(_middle(waiting["start"], np.full(len(waiting["n"]), 60), at))
    buckets, censored = opened_cells(cells["code"])
    dwell = representatives(buckets)
    return Observations(
        entry=np.concatenate([np.maximum(0.0, dwell - (left - opened)), np.maximum(0.0, opened - entered)]),
        duration=np.concatenate([dwell, np.maximum(0.0, now - entered)]),
        event=np.concatenate([~censored, np.zeros(len(entered), dtype=np.bool_)]),
        weight=np.concatenate([cells["n"], waiting["n"]]).astype(np.float64),
    )


def _dwells(cells: Columns, dwell_us: int) -> Dwells:
    buckets, censored = opened_cells(cells["code"])
    return Dwells(
        seconds=representatives(buckets[~censored]),
        weight=cells["n"][~censored].astype(np.float64),
        total_seconds=dwell_us / 1e6,
    )
