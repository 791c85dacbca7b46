"""The numbers of a node over time: which there are, on which steps they stand, and what stands beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboard.snapshot import Status
from dashboard.windows import DAY, HOUR, MINUTE, floor_hour, floor_minute

STEPS = (
    (3 * HOUR, MINUTE),
    (36 * HOUR, 15 * MINUTE),
    (8 * DAY, HOUR),
    (31 * DAY, 3 * HOUR),
    (62 * DAY, 6 * HOUR),
)
"""Up to which span which step is taken: some two hundred points each; a day beyond the last."""
SHORTEST, LONGEST, USUAL_SPAN = 15 * MINUTE, 366 * DAY, 7 * DAY


class Kind(StrEnum):
    """What a number measures, and so how it is written."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    INDEX = "index"


NUMBERS: Mapping[str, Kind] = {
    "congestion_index": Kind.INDEX,
    "timeout_rate": Kind.SHARE,
    "timeout_rate_settled": Kind.SHARE,
    "in_progress": Kind.COUNT,
    "overdue": Kind.COUNT,
    "entered": Kind.COUNT,
    "left": Kind.COUNT,
    "mean_seconds": Kind.SECONDS,
    "p50_seconds": Kind.SECONDS,
    "p95_seconds": Kind.SECONDS,
    "load_index": Kind.INDEX,
}
"""Every number of a trend, by the name of its field in ``NodeSnapshot``; the first is shown where none is asked."""

BESIDE = ("timeout_rate_low", "timeout_rate_high", "baseline_seconds")
"""What a trend has besides: the interval of the rate now, and what was usual."""


class Step(NamedTuple):
    """One point of a trend: the stretch of time that it stands for, and where its window opens; that ends with it."""

    start: datetime
    end: datetime
    opening: datetime

    @property
    def window(self) -> timedelta:
        """The width of the window."""
        return self.end - self.opening


@dataclass(frozen=True, slots=True)
class Trend:
    """The numbers of one node at the end of each step. ``None``: cannot be known.

    ``numbers``: those of ``NUMBERS`` and ``BESIDE`` by name, one value a step. ``came``: how many came within each
    step, whatever its window. ``status``: what the rules say of the numbers.
    """

    node: str
    steps: tuple[Step, ...]
    numbers: Mapping[str, tuple[float | None, ...]]
    came: tuple[int, ...]
    status: tuple[Status, ...]

    def known_from(self, first: datetime | None) -> "Trend":
        """The same, but with nothing known before the first order came: none in progress then means nothing."""
        unknown = [first is None or step.end <= first for step in self.steps]
        numbers = {
            name: tuple(None if gone else value for gone, value in zip(unknown, values, strict=True))
            for name, values in self.numbers.items()
        }
        status = tuple(Status.GREY if gone else one for gone, one in zip(unknown, self.status, strict=True))
        return replace(self, numbers=numbers, status=status)


@dataclass(frozen=True, slots=True)
class Tip:
    """The numbers of one node at the end of a trend, as the lifeline page has them. ``live``: that end is now."""

    at: datetime
    numbers: Mapping[str, float | None]
    status: Status
    live: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened beside the orders. ``kind``: ``incident``, ``config`` or ``baseline``.

    ``name``: the kind of incident, or the number of the version. ``until``: its end, ``None`` for a moment, or for what
    goes on. ``node``: where, ``None``: everywhere. ``by``: who made it.
    """

    kind: str
    name: str
    at: datetime
    until: datetime | None = None
    node: str | None = None
    place: Mapping[str, str] | None = None
    by: str | None = None


def step_of(span: timedelta) -> timedelta:
    """The step that fits a span: from a minute for hours to a day for seasons."""
    return next((step for longest, step in STEPS if span <= longest), DAY)


def steps_between(since: datetime, until: datetime, step: timedelta, time_zone: str) -> tuple[Step, ...]:
    """The whole steps of the grid that end after ``since`` and by ``until``.

    Days and their quarters begin by the local clock, brought down to a whole hour of UTC, because hours are what is
    kept. A window is as wide as its step, but for one of less than an hour, which looks back for an hour.
    """
    edges = _edges(since, until, step, ZoneInfo(time_zone))
    return tuple(Step(start, end, _opening(start, end, step)) for start, end in pairwise(edges))


def _opening(start: datetime, end: datetime, step: timedelta) -> datetime:
    if step < HOUR:
        return floor_minute(end - HOUR)
    return start


def _edges(since: datetime, until: datetime, step: timedelta, zone: ZoneInfo) -> list[datetime]:
    if step <= HOUR:
        into = (since - floor_hour(since)) % step
        first = since - into
        return [first + number * step for number in range((until - first) // step + 1)]
    return _local_edges(since, until, step // HOUR, zone)


def _local_edges(since: datetime, until: datetime, hours: int, zone: ZoneInfo) -> list[datetime]:
    midnight = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    edges: list[datetime] = []
    day = 0
    while True:
        for hour in range(0, 24, hours):
            wall = midnight + timedelta(days=day, hours=hour)  # a day may have 23 or 25 hours
            edge = floor_hour(wall.replace(tzinfo=zone).astimezone(since.tzinfo))
            if edge > until:
                return edges
            if edge <= since:
                edges = [edge]
            else:
                edges.append(edge)
        day += 1
