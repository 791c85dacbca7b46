"""How much went through a node today, against what is usual of such a day by this time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.baseline import day_type
from dashboard.series import FlowSeries

USUAL_DAYS = 28
LEAST_DAYS = 2
"""Under so many whole days behind it, nothing is usual of a node."""

LOW, HIGH = 10, 90
"""The band of usual, in percentiles of the days."""

STEPS = ((240, 900), (30, 1_800), (0, 3_600))
"""From so many orders an hour on, today's line has a point each so many seconds: fewer orders, longer steps."""

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UsualDay:
    """What is usual of a day of today's kind: ``by_now`` and ``in_all`` counts, ``low`` and ``high`` per local hour."""

    by_now: float
    in_all: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """What left ``node`` since the local midnight before ``as_of``. ``usual``: ``None`` while too few days are known.

    ``line``: pairs of the share of the day gone and the orders per hour then; the last one is the present.
    """

    node: str
    as_of: datetime
    so_far: int
    gone: float
    line: tuple[tuple[float, float], ...]
    usual: UsualDay | None

    @property
    def delta(self) -> float | None:
        """By how much of the usual count today is ahead (or behind, negative); ``None`` where nothing is usual yet."""
        return self.so_far / self.usual.by_now - 1 if self.usual and self.usual.by_now >= 1 else None


def midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the local day."""
    return _instant(at.astimezone(zone).date(), time(), zone)


def throughput(
    node: str, today: FlowSeries, history: Mapping[datetime, int], zone: ZoneInfo, as_of: datetime
) -> Throughput:
    """``today``: in even steps from local midnight to ``as_of``. ``history``: what left in each UTC hour before it."""
    usual = usual_day(history, zone, as_of)
    seconds = (as_of - midnight(as_of, zone)).total_seconds()
    so_far = sum(today.left)
    hourly = usual.in_all / 24 if usual else so_far * HOUR_SECONDS / max(seconds, HOUR_SECONDS)
    step = next(step for least, step in STEPS if hourly >= least)
    line = _line(np.array(today.left), today.step_seconds, step, seconds)
    return Throughput(node, as_of, so_far, min(1.0, seconds / DAY_SECONDS), line, usual)


def usual_day(history: Mapping[datetime, int], zone: ZoneInfo, as_of: datetime) -> UsualDay | None:
    """Of the 28 days before: the median count by this time of day, and the 10th to 90th percentile of each hour.

    Days of today's kind (working or not) count where there are two, else all; a day that the history does not hold
    whole does not. Hours that begin within a local hour are shared out evenly.
    """
    if not history:
        return None
    first, today = min(history), as_of.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(1, USUAL_DAYS + 1)]
    whole = [day for day in days if _instant(day, time(), zone) >= first]
    alike = [day for day in whole if _kind(day, zone) == _kind(today, zone)]
    counted = alike if len(alike) >= LEAST_DAYS else whole
    if len(counted) < LEAST_DAYS:
        return None
    gone_by = _gone_by(history, first, as_of)
    until = [_instant(day, as_of.astimezone(zone).time(), zone) for day in counted]
    starts = gone_by([_instant(day, time(), zone) for day in counted])
    ends = gone_by([_instant(day + timedelta(days=1), time(), zone) for day in counted])
    hourly = np.array([_hours(gone_by, day, zone) for day in counted])
    low, high = np.percentile(hourly, [LOW, HIGH], axis=0)
    return UsualDay(
        float(np.median(gone_by(until) - starts)),
        float(np.median(ends - starts)),
        tuple(low.tolist()),
        tuple(high.tolist()),
        len(counted),
    )


class _gone_by:  # noqa: N801 - it is used as a function
    """How many had left by each instant, since the history began; within an hour evenly."""

    def __init__(self, history: Mapping[datetime, int], first: datetime, last: datetime) -> None:
        hours = int((last - first).total_seconds() // HOUR_SECONDS) + 1
        counts = np.zeros(hours + 1)
        for start, count in history.items():
            counts[min(hours, int((start - first).total_seconds() // HOUR_SECONDS) + 1)] += count
        self._first, self._sums = first.timestamp(), np.cumsum(counts)

    def __call__(self, instants: list[datetime]) -> Floats:
        at = [(instant.timestamp() - self._first) / HOUR_SECONDS for instant in instants]
        return np.interp(at, np.arange(len(self._sums)), self._sums)


def _hours(gone_by: _gone_by, day: date, zone: ZoneInfo) -> Floats:
    edges = [_instant(day, time(hour), zone) for hour in range(24)] + [_instant(day + timedelta(days=1), time(), zone)]
    return np.diff(gone_by(edges))


def _line(left: NDArray[np.int64], width: int, step: int, seconds: float) -> tuple[tuple[float, float], ...]:
    """A point at the middle of each whole step, and one for now from the last ``step`` seconds."""
    many = step // width
    whole = min(int(seconds // step), len(left) // many)  # a reading shared for some seconds may be a step behind
    sums = left[: whole * many].reshape(whole, many).sum(axis=1)
    points = [((place + 0.5) * step / DAY_SECONDS, float(n) * HOUR_SECONDS / step) for place, n in enumerate(sums)]
    if whole:
        into = seconds % width
        now = float(left[-many - 1 :].sum()) * HOUR_SECONDS / (step + into)
        points.append((seconds / DAY_SECONDS, now))
    return tuple(points)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(ZoneInfo("UTC"))


def _kind(day: date, zone: ZoneInfo) -> str:
    return day_type(datetime.combine(day, time(12), zone), zone.key)
