"""What lateness is usual at a node at a time of day: from the hours of the last weeks, as they were rolled up."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from dashboard.histogram import opened_cells, representatives
from dashboard.lifeline import Node
from dashboard.quantiles import quantile
from dashboard.slices import ALL, Slice
from dashboard.windows import DAY, HOUR, floor_hour

SLOW_SHARE = 0.75
"""Slow is what lasts longer than this share of the visits usually does."""

_HISTORY, _LEAST_HISTORY = 28, 7
"""Days. Of wide windows fewer: their hours tell as much, and each costs."""
_MOST_HOURS = 28 * 6
_LEAST_DAYS = 3
_LEAST_DUE = 20
_LEAST_DWELLS = 100

_DAYS = text("""
    SELECT sum(r.missed)::float8 / sum(r.due) AS rate
      FROM unnest(CAST(:starts AS timestamptz[]), CAST(:days AS int[])) AS hours(start, day)
      JOIN rollup_hour r ON r.start = hours.start AND r.node = :node AND r.slice = :slice
     GROUP BY hours.day HAVING sum(r.due) >= :least
""")
_DWELLS = text("""
    SELECT c.code, sum(c.n)
      FROM rollup_hour r CROSS JOIN unnest(r.cells, r.counts) c(code, n)
     WHERE r.node = :node AND r.slice = :slice AND r.start = ANY(:starts) AND c.code % 2 = 0
     GROUP BY c.code
""")


def usual_late_rate(
    connection: Connection, node: Node, slice_: Slice, since: datetime, until: datetime
) -> float | None:
    """The median over the last four weeks of the share of visits that were late at this time of day.

    Each day counts the visits due in the clock hours of the window, and in those beside it. The median, because an
    incident of yesterday is not usual. ``None`` before the third day with enough of them.
    """
    rates = [row.rate for row in connection.execute(_DAYS, {**_asked(node, slice_, since, until), "least": _LEAST_DUE})]
    return float(np.median(rates)) if len(rates) >= _LEAST_DAYS else None


def usual_long_dwell(
    connection: Connection, node: Node, slice_: Slice, since: datetime, until: datetime
) -> float | None:
    """How long three of four visits last at most, in seconds on the node's clock, over the same hours."""
    found = connection.execute(_DWELLS, _asked(node, slice_, since, until)).all()
    codes, counts = (np.array([row[place] for row in found], dtype=np.int64) for place in (0, 1))
    if counts.sum() < _LEAST_DWELLS:
        return None
    return quantile(representatives(opened_cells(codes)[0]), counts.astype(np.float64), SLOW_SHARE)


def _asked(node: Node, slice_: Slice, since: datetime, until: datetime) -> dict[str, Any]:
    """The hours of the window and those beside it, on each of the days before the last one."""
    last = floor_hour(until) + HOUR
    span = min(24, (last - floor_hour(since)) // HOUR + 2)
    days = max(_LEAST_HISTORY, min(_HISTORY, _MOST_HOURS // span))
    hours = [(last - day * DAY - before * HOUR, day) for day in range(1, days + 1) for before in range(span)]
    starts, numbers = zip(*hours, strict=True)
    key = str(slice_) if slice_.rolled_up else ALL
    return {"node": node.key, "slice": key, "starts": list(starts), "days": list(numbers)}
