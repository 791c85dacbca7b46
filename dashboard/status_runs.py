"""For how long a node had which colour: from the log of changes, and before it began from the numbers themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboard.snapshot import Status
from dashboard.trends import Trend
from dashboard.windows import DAY


class Change(NamedTuple):
    """From ``at`` on a node had this status. ``seen``: logged when it happened, and not judged afterwards."""

    at: datetime
    status: Status
    seen: bool = True


RED = frozenset({Status.RED, Status.DEEP_RED})


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in one status. ``logged``: seen so when it happened; else judged afterwards."""

    start: datetime
    end: datetime
    status: Status
    logged: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


def status_runs(changes: Sequence[Change], trend: Trend | None, since: datetime, until: datetime) -> tuple[Run, ...]:
    """The runs from ``since`` to ``until``, without gaps.

    ``changes``: what was logged up to ``until``, in order, with the last one before ``since``. ``trend`` tells of the
    time before the first of them; what nobody tells of is grey.
    """
    logged_from = min(max(changes[0].at, since), until) if changes else until
    judged = _judged(trend, since, logged_from)
    ends = [change.at for change in changes[1:]] + [until] * bool(changes)
    told = (
        Run(max(change.at, since), min(end, until), change.status, logged=change.seen)
        for change, end in zip(changes, ends, strict=True)
    )
    return tuple(_joined(run for run in (*judged, *told) if run.start < run.end))


def _judged(trend: Trend | None, since: datetime, until: datetime) -> Iterable[Run]:
    at, last = since, Status.GREY
    for step, status in zip(trend.steps, trend.status, strict=True) if trend else ():
        start, end = max(step.start, at), min(step.end, until)
        if start >= end:
            continue
        if start > at:
            yield Run(at, start, Status.GREY, logged=False)
        yield Run(start, end, status, logged=False)
        at, last = end, status
    if at < until:  # of a step that is not over only the one before it can tell
        told = trend is not None and bool(trend.steps) and until - at <= trend.steps[-1].end - trend.steps[-1].start
        yield Run(at, until, last if told else Status.GREY, logged=False)


def _joined(runs: Iterable[Run]) -> Iterable[Run]:
    last: Run | None = None
    for run in runs:
        if last and (last.status, last.logged, last.end) == (run.status, run.logged, run.start):
            last = replace(last, end=run.end)
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def seconds_in(runs: Iterable[Run], statuses: frozenset[Status] = RED) -> float:
    """How long all together."""
    return sum(run.seconds for run in runs if run.status in statuses)


def worst_day(runs: Iterable[Run], zone: ZoneInfo, statuses: frozenset[Status] = RED) -> date | None:
    """The local day with the most time in these statuses; of equals the last. ``None``: no time at all."""
    by_day: dict[date, float] = defaultdict(float)
    for run in runs:
        if run.status in statuses:
            for day, seconds in _by_day(run, zone):
                by_day[day] += seconds
    return max(by_day, key=lambda day: (by_day[day], day), default=None)


def _by_day(run: Run, zone: ZoneInfo) -> Iterable[tuple[date, float]]:
    at = run.start
    while at < run.end:
        day = at.astimezone(zone).date()
        midnight = datetime.combine(day + DAY, datetime.min.time(), zone).astimezone(at.tzinfo)
        end = min(run.end, max(midnight, at + timedelta(seconds=1)))
        yield day, (end - at).total_seconds()
        at = end
