"""What is usual at a node at each hour of the week, from its visits of the last weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.calendar import Calendar
from dashboard.evidence import Usual
from dashboard.lifeline import Node
from dashboard.survival import survival, watched
from dashboard.visit_columns import OPEN, VisitColumns, micros, observations
from dashboard.windows import ENOUGH_ALLOWANCES, WIDTHS

Floats = NDArray[np.float64]
Hour = tuple[str, int]
"""Day type and hour of day (0 to 23) in the lifeline's time zone."""

WORKING, OFF = "working", "off"
HISTORY = timedelta(days=28)
SETTLED_HISTORY = timedelta(days=7)
ENOUGH_AT_RISK = 20
ENOUGH_HOURS = 3
UNSEEN_SHARE = 0.1
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HourlyFigures:
    """One row per clock hour. ``rmst``: seconds on the node's clock, NaN where the hour tells too little."""

    starts: tuple[datetime, ...]
    rmst: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class HourUsual:
    """What is usual at one hour, and how many hours it was taken from."""

    usual: Usual
    hours_used: int


def day_type(at: datetime, time_zone: str) -> str:
    """``working`` from Monday to Friday by the local date, else ``off``."""
    return WORKING if at.astimezone(ZoneInfo(time_zone)).weekday() < 5 else OFF


def hour_of_week(at: datetime, time_zone: str) -> Hour:
    """The day type and the hour of day, both local."""
    return day_type(at, time_zone), at.astimezone(ZoneInfo(time_zone)).hour


def clock_hours(since: datetime, until: datetime, time_zone: str) -> list[datetime]:
    """The starts of the whole hours of the local clock between two instants."""
    local = since.astimezone(ZoneInfo(time_zone))
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    first = since - into if not into else since - into + _HOUR
    return [first + number * _HOUR for number in range((until - first) // _HOUR)]


def hourly(node: Node, calendar: Calendar, visits: VisitColumns, starts: Sequence[datetime]) -> HourlyFigures:
    """The mean capped time, and the visits not out in time, of each hour, as its last instant knew the first.

    The window is the hour; where fewer than 20 were at risk in it, or too little was seen of them, the 4 or the 24
    hours that end with it. ``visits``
    must hold all visits of the node that were open or left in any of these windows.
    """
    cap = 2 * node.allowance.total_seconds()
    ordered = _rows(visits, np.argsort(visits.entered, kind="stable"))
    began = int(ordered.entered[0]) if len(ordered.entered) else 0
    rmst = [
        _hour_rmst(calendar, ordered, start + _HOUR, cap, young=micros(start) - began < cap * 1e6) for start in starts
    ]
    return HourlyFigures(tuple(starts), np.array(rmst, dtype=np.float64), _missed(visits, starts))


def usual_by_hour(figures: HourlyFigures, time_zone: str, history: timedelta) -> dict[Hour, HourUsual]:
    """The usual of every hour of the week that anything is known of; empty if nothing is.

    An hour with fewer than three figures of its own takes those of its day type, and without those takes all.
    ``history``: how far back the node's visits go.
    """
    known = [place for place, rmst in enumerate(figures.rmst) if not np.isnan(rmst)]
    pools: dict[Hour, list[int]] = {}
    for place in known:
        pools.setdefault(hour_of_week(figures.starts[place], time_zone), []).append(place)
    medians: dict[tuple[int, ...], HourUsual] = {}
    found: dict[Hour, HourUsual] = {}
    for hour in _week():
        pool = tuple(_pool(hour, pools, known))
        if pool:
            medians.setdefault(pool, _usual(figures, pool, provisional=history < SETTLED_HISTORY))
            found[hour] = medians[pool]
    return found


def _week() -> Iterator[Hour]:
    return ((kind, hour) for kind in (WORKING, OFF) for hour in range(24))


def _pool(hour: Hour, pools: Mapping[Hour, Sequence[int]], known: Sequence[int]) -> Sequence[int]:
    own = pools.get(hour, ())
    if len(own) >= ENOUGH_HOURS:
        return own
    alike = [place for (kind, _), pool in pools.items() if kind == hour[0] for place in pool]
    return alike if len(alike) >= ENOUGH_HOURS else known


def _usual(figures: HourlyFigures, pool: Sequence[int], *, provisional: bool) -> HourUsual:
    chosen = list(pool)
    usual = Usual(float(np.median(figures.rmst[chosen])), float(figures.missed[chosen].mean()), provisional)
    return HourUsual(usual, len(chosen))


def _during(ordered: VisitColumns, opening: datetime, end: datetime) -> VisitColumns:
    """The visits that had come by the end and had not left before the window opened."""
    come = int(np.searchsorted(ordered.entered, micros(end), side="right"))
    return _rows(ordered, np.flatnonzero(ordered.left[:come] >= micros(opening)))


def _rows(visits: VisitColumns, places: NDArray[np.intp]) -> VisitColumns:
    return VisitColumns(*(getattr(visits, field.name)[places] for field in fields(VisitColumns)))


def _hour_rmst(calendar: Calendar, ordered: VisitColumns, end: datetime, cap: float, *, young: bool) -> float:
    # Widened as the present is, or a node with few orders would never have anything usual, and never turn red.
    for width in WIDTHS:
        seen = observations(calendar, _during(ordered, end - width, end), end - width, end)
        if seen.at_risk >= ENOUGH_AT_RISK and watched(seen, cap) >= ENOUGH_ALLOWANCES * cap / 2:
            break
    else:
        return float("nan")
    curve = survival(seen)
    rmst = curve.rmst(cap)
    # A node whose history has only begun has no old visits yet: its flat tail is ignorance, not slowness.
    return float("nan") if young and curve.unseen(cap) > UNSEEN_SHARE * rmst else rmst


def _missed(visits: VisitColumns, starts: Sequence[datetime]) -> Floats:
    late = visits.measured & ((visits.way_out == OPEN) | (visits.left > visits.due))
    due = np.sort(visits.due[late])
    begin = np.array([micros(start) for start in starts], dtype=np.int64)
    counts = np.searchsorted(due, begin + _HOUR // timedelta(microseconds=1)) - np.searchsorted(due, begin)
    return counts.astype(np.float64)
