"""How many visits usually come to a node and go on from it, at the hours of a window."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from dashboard.balance import UsualFlow
from dashboard.baseline import day_type
from dashboard.lifeline import Lifeline
from dashboard.slices import Slice
from dashboard.windows import DAY, HOUR, floor_hour

_HISTORY = 28 * DAY
_LEAST_DAYS = 3

_FIRST = text(
    "SELECT node, min(start) AS first FROM rollup_hour WHERE node = ANY(:nodes) AND slice = 'all' GROUP BY node"
)
_ROWS = text("""
    SELECT node, start, entered, "left" FROM rollup_hour
     WHERE node = ANY(:nodes) AND slice = :slice AND start = ANY(:starts)
""")

Rate = tuple[float, float]


def usual_flows(
    connection: Connection, lifeline: Lifeline, windows: Mapping[str, timedelta], slice_: Slice, at: datetime
) -> dict[str, UsualFlow]:
    """Per node, what usually comes and goes per hour in a window of its width that ends at this time of day.

    The median over the days of the last four weeks that are alike (Monday to Friday, or not), hour by hour; over all
    days, where fewer than three are alike. Nodes with fewer days than that, and slices without rollups, are left out.
    """
    if not slice_.rolled_up:
        return {}
    starts = sorted({start for width in windows.values() for start in _before(at, width)})
    asked = {"nodes": list(windows), "slice": str(slice_), "starts": starts}
    counted = {(row.node, row.start): (row.entered, row.left) for row in connection.execute(_ROWS, asked)}
    first = {row.node: row.first for row in connection.execute(_FIRST, {"nodes": list(windows)})}
    found = {
        key: _usual(
            lifeline, {start: counted.get((key, start), (0, 0)) for start in starts if start >= first[key]}, at, width
        )
        for key, width in windows.items()
        if key in first
    }
    return {key: usual for key, usual in found.items() if usual}


def _usual(
    lifeline: Lifeline, counted: Mapping[datetime, tuple[int, int]], at: datetime, width: timedelta
) -> UsualFlow | None:
    sums, hours = np.zeros(2), 0.0
    for start, share in _hours(at, width):
        rates = _alike(lifeline, counted, start)
        if rates is None:
            return None
        sums += np.median(rates, axis=0) * share
        hours += share
    return UsualFlow(*(float(rate) for rate in sums / hours))


def _alike(
    lifeline: Lifeline, counted: Mapping[datetime, tuple[int, int]], start: datetime
) -> NDArray[np.float64] | None:
    """Counts of the same hour on earlier days, of the same kind where there are enough of them."""
    days = [start - day * DAY for day in range(1, _HISTORY // DAY + 1)]
    known = [day for day in days if day in counted]
    kind = day_type(start, lifeline.time_zone)
    same = [day for day in known if day_type(day, lifeline.time_zone) == kind]
    chosen = same if len(same) >= _LEAST_DAYS else known
    return np.array([counted[day] for day in chosen], dtype=np.float64) if len(chosen) >= _LEAST_DAYS else None


def _hours(at: datetime, width: timedelta) -> Sequence[tuple[datetime, float]]:
    """The clock hours of the window, each with the share of it that is inside."""
    since, start = at - width, floor_hour(at - width)
    found = []
    while start < at:
        inside: Any = min(at, start + HOUR) - max(since, start)
        found.append((start, inside / HOUR))
        start += HOUR
    return found


def _before(at: datetime, width: timedelta) -> list[datetime]:
    days = range(1, _HISTORY // DAY + 1)
    return [start - day * DAY for start, _ in _hours(at, min(width, DAY)) for day in days]
