"""Numbers of nodes over time, the distribution of their dwells, and the slices that there are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from dashboard.dwell_bins import bin_edges, binned
from dashboard.lifeline import Lifeline, Node
from dashboard.quantiles import quantile
from dashboard.series import DwellDistribution, FlowSeries
from dashboard.slices import Slice
from dashboard.visit_columns import FOREVER, NEXT, OPEN, Micros, VisitColumns, instant, micros
from dashboard.windows import HOUR, MINUTE, floor_minute
from datasource.columns import Columns, Kinds, read_columns
from datasource.evidence_raw import read_visits
from datasource.material import read_material

Counts = NDArray[np.int64]

_FLOW_OF_MINUTES = """
SELECT node, start, entered, "left", entered - "left" - cancelled
  FROM rollup_minute WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= %(since)s
"""
_FLOW_OF_HOURS = """
SELECT node, start, entered, "left", entered - "left" - cancelled
  FROM rollup_hour WHERE node = ANY(%(nodes)s) AND slice = %(slice)s AND start >= %(since)s
"""
_FLOW_KINDS: Kinds = {"start": "timestamptz", "entered": "int4", "gone": "int4", "net": "int4"}

_PRESENT = """
SELECT node, sum(n)
  FROM rollup_open_entry WHERE node = ANY(%(nodes)s) AND slice = %(slice)s GROUP BY node
"""

# Counted where they have a time stamp, but never in progress: what they add to the net flow is taken out again.
_UNMEASURED = """
SELECT v.node, v.entered_at, coalesce(v.left_at, 'infinity')
  FROM node_visit v JOIN orders o ON o.order_id = v.order_id
 WHERE v.node = ANY(%(nodes)s) AND NOT v.measured AND v.entered_at >= %(since)s
   AND o.dimensions @> %(dimensions)s::jsonb
"""

_COVERED = text("SELECT minute_from, folded_at FROM fold_state WHERE minute_from IS NOT NULL AND folded_at IS NOT NULL")
_SLICES = text("SELECT dimension, value FROM slice WHERE dimension <> '' ORDER BY dimension, value")


@dataclass(frozen=True, slots=True)
class _Flow:
    """Counts of one node per step."""

    entered: Counts
    left: Counts
    in_progress: Counts


def node_flow(
    connection: Connection, node: Node, slice_: Slice, since: datetime, until: datetime, step: timedelta
) -> FlowSeries:
    """What came to the node and what went on from it, per step, and what was in progress at the end of each.

    The first step starts at ``since``, brought down to a whole step; the last ends at ``until``. ``step`` is a whole
    number of minutes.
    """
    width = step // timedelta(microseconds=1)
    starts = np.arange(micros(since) // width * width, micros(until) + 1, width, dtype=np.int64)
    flow = _flows(connection, [node], slice_, starts, until)[node.key]
    return FlowSeries(
        tuple(instant(int(start)) for start in starts),
        round(step.total_seconds()),
        *(tuple(counts.tolist()) for counts in (flow.entered, flow.left, flow.in_progress)),
    )


def in_progress_sparks(
    connection: Connection, lifeline: Lifeline, slice_: Slice, until: datetime, hours: int = 6, points: int = 24
) -> dict[str, tuple[int, ...]]:
    """How many were in progress at each node at ``points`` equal steps over the last hours, the present last."""
    last = micros(floor_minute(until))
    starts = last - np.arange(points, 0, -1, dtype=np.int64) * (hours * HOUR // points // MINUTE * 60_000_000)
    flows = _flows(connection, lifeline.nodes, slice_, starts, until)
    return {key: tuple(flow.in_progress.tolist()) for key, flow in flows.items()}


def dwell_distribution(
    connection: Connection,
    lifeline: Lifeline,
    node: Node,
    slice_: Slice,
    window: timedelta,
    *,
    at: datetime | None = None,
    now: datetime,
) -> DwellDistribution:
    """How long the visits lasted that went on in the window, and for how long those in progress have been there.

    Some 24 equal bins of a readable width up to twice the allowance, or the 95th percentile where that is more; the
    last one also holds all that is longer.
    """
    material = read_material(connection, lifeline, [node], slice_, window, at=at, now=now)
    dwells = material.evidence(node, window).dwells
    p95 = quantile(dwells.seconds, dwells.weight, 0.95) or 0.0
    edges = bin_edges(max(2 * node.allowance.total_seconds(), p95))
    return DwellDistribution(edges, binned(edges, dwells.seconds, dwells.weight), binned(edges, *material.ages(node)))


def slice_values(connection: Connection) -> dict[str, list[str]]:
    """Every value that orders ever had, by dimension, in order."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(_SLICES):
        found.setdefault(row.dimension, []).append(row.value)
    return found


def _flows(
    connection: Connection, nodes: Sequence[Node], slice_: Slice, starts: Micros, until: datetime
) -> dict[str, _Flow]:
    table = _rollup(connection, slice_, starts, until)
    if table is None:
        visits = read_visits(connection, nodes, slice_, instant(int(starts[0])), until)
        return {node.key: _counted(visits[node.key], starts, micros(until)) for node in nodes}
    return _rolled_up(connection, nodes, slice_, starts, table)


def _rollup(connection: Connection, slice_: Slice, starts: Micros, until: datetime) -> LiteralString | None:
    """The query that has these steps; ``None`` where only the visits do: the past, and combinations of dimensions."""
    covered = connection.execute(_COVERED).first()
    if covered is None or not slice_.rolled_up or until < covered.folded_at - MINUTE:
        return None
    if starts[0] >= micros(covered.minute_from):
        return _FLOW_OF_MINUTES
    return None if (starts % 3_600_000_000).any() else _FLOW_OF_HOURS


def _rolled_up(
    connection: Connection, nodes: Sequence[Node], slice_: Slice, starts: Micros, query: LiteralString
) -> dict[str, _Flow]:
    """In progress is counted backwards from the present: what came since is taken off, what went is put back."""
    parameters = {
        "nodes": [node.key for node in nodes],
        "slice": str(slice_),
        "dimensions": json.dumps(dict(slice_.pairs)),
        "since": instant(int(starts[0])),
    }
    keys = [node.key for node in nodes]
    rows = read_columns(connection, keys, query, parameters, _FLOW_KINDS)
    present = read_columns(connection, keys, _PRESENT, parameters, {"n": "int8"})
    strays = read_columns(connection, keys, _UNMEASURED, parameters, {"come": "timestamptz", "gone": "timestamptz"})
    return {key: _backwards(starts, rows[key], int(present[key]["n"].sum()), strays[key]) for key in keys}


def _backwards(starts: Micros, rows: Columns, present: int, strays: Columns) -> _Flow:
    entered, left, net = (_sums(starts, rows["start"], rows[name]) for name in ("entered", "gone", "net"))
    net = net - _per_step(starts, strays["come"]) + _per_step(starts, strays["gone"])
    later = np.append(np.cumsum(net[::-1])[::-1][1:], 0)
    return _Flow(entered, left, present - later)


def _counted(visits: VisitColumns, starts: Micros, until: int) -> _Flow:
    ends = np.append(starts[1:], until + 1)
    ever_open = visits.where(visits.measured & ((visits.way_out == OPEN) | (visits.left < FOREVER)))
    come, gone = np.sort(ever_open.entered), np.sort(ever_open.left)
    return _Flow(
        _per_step(starts, visits.entered[visits.entered <= until]),
        _per_step(starts, visits.left[(visits.way_out == NEXT) & (visits.left <= until)]),
        np.searchsorted(come, ends, side="left") - np.searchsorted(gone, ends, side="left"),
    )


def _per_step(starts: Micros, instants: Micros) -> Counts:
    return _sums(starts, instants, np.ones(len(instants), dtype=np.int64))


def _sums(starts: Micros, instants: Micros, amounts: Counts) -> Counts:
    """What falls into each step, the last of which does not end; what is before the first or never is left out."""
    inside = (instants >= starts[0]) & (instants < FOREVER)
    place = np.searchsorted(starts, instants[inside], side="right") - 1
    return np.bincount(place, weights=amounts[inside], minlength=len(starts)).astype(np.int64)
