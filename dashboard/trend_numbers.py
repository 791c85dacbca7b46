"""The numbers of a node at the end of each step of a long time: each time the very judgement of one instant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from dashboard.baseline import (
    ENOUGH_AT_RISK,
    UNSEEN_SHARE,
    Hour,
    HourlyFigures,
    HourUsual,
    clock_hours,
    hour_of_week,
    usual_by_hour,
)
from dashboard.calendar import Calendar
from dashboard.evidence import Dwells, Evidence, Floats, Observations, Usual
from dashboard.judgement import node_snapshot
from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot, Status
from dashboard.survival import survival, watched
from dashboard.trend_material import Ints, NodeMaterial, as_micros
from dashboard.trends import BESIDE, NUMBERS, Step, Trend
from dashboard.widening import wide_enough
from dashboard.windows import ENOUGH_ALLOWANCES, HOUR, WIDTHS

FINEST = 60.0
"""Seconds: ages of visits in progress are told apart no finer, as minutes are what the rollups keep."""
PER_ALLOWANCE, PER_WINDOW = 120, 30
"""So many ages are told apart within an allowance, and within a window, where that is coarser: were they as far apart
as the window is wide, nobody would be seen at the ages in between."""

UsualByStep = Sequence[Usual | None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who was in progress at one instant: what the clock read when they came, and how many."""

    entered: Floats
    weight: Ints


class Watch:
    """A node watched over a long time: who was there at the end of each step, and what was seen in any window."""

    def __init__(
        self, node: Node, calendar: Calendar, material: NodeMaterial, ends: Sequence[datetime], window: timedelta
    ) -> None:
        self.node, self._calendar, self._stays = node, calendar, material.stays.by_end()
        self._reach = 2 * node.allowance.total_seconds()
        self._size = max(FINEST, min(self._reach / 2 / PER_ALLOWANCE, window.total_seconds() / PER_WINDOW))
        self._waiting = dict(zip(ends, self._back_from_the_end(ends), strict=True))

    def _back_from_the_end(self, ends: Sequence[datetime]) -> list[_Waiting]:
        """From the present backwards: those who ended after an instant, and had come by then, were there."""
        stays, readings, size = self._stays, self._readings(ends), self._size
        first = float(readings[0]) - self._reach - size  # older than the cap is as old as it
        slots = np.maximum((stays.entered - first) // size, 0).astype(np.int64)
        there: Ints = np.zeros(int(max(float(readings[-1]) - first, 0) // size) + 2, dtype=np.int64)
        bounds = [*np.searchsorted(stays.left, as_micros(ends), side="left").tolist(), len(stays.left)]
        found: list[_Waiting] = []
        for place in range(len(ends) - 1, -1, -1):
            new = slice(bounds[place], bounds[place + 1])
            inside = slots[new] < len(there)
            np.add.at(there, slots[new][inside], stays.weight[new][inside])
            come = there[: int((float(readings[place]) - first) // size) + 1]
            some = np.flatnonzero(come)
            ages: Floats = first + (some.astype(np.float64) + 0.5) * size
            found.append(_Waiting(ages, come[some]))
        return found[::-1]

    def observations(self, opening: datetime, end: datetime) -> Observations:
        """Who was at risk in the window that ends with a step."""
        opened, now = self._readings([opening, end])
        gone, waiting = self._gone(opening, end), self._waiting[end]
        stays = self._stays
        return Observations(
            entry=np.concatenate(
                [np.maximum(0.0, opened - stays.entered[gone]), np.maximum(0.0, opened - waiting.entered)]
            ),
            duration=np.concatenate([stays.dwell[gone], np.maximum(0.0, now - waiting.entered)]),
            event=np.concatenate([stays.moved_on[gone], np.zeros(len(waiting.entered), dtype=np.bool_)]),
            weight=np.concatenate([stays.weight[gone], waiting.weight]).astype(np.float64),
        )

    def widened(self, step: Step) -> tuple[timedelta, Observations]:
        """The window of the step, or the first wider one that is wide enough; as the present does."""
        width, seen = step.window, self.observations(step.opening, step.end)
        for wider in WIDTHS[1:]:
            if wider <= step.window or wide_enough(self.node, seen):
                continue
            width, seen = wider, self.observations(step.end - wider, step.end)
        return width, seen

    def dwells(self, opening: datetime, end: datetime, total_us: int) -> Dwells:
        """How long those stayed that left to a next node in the window."""
        gone = self._gone(opening, end)
        moved = self._stays.moved_on[gone]
        return Dwells(
            self._stays.dwell[gone][moved], self._stays.weight[gone][moved].astype(np.float64), total_us / 1e6
        )

    def overdue(self, end: datetime) -> int:
        """How many were past the allowance at the end of a step, to the fineness of the ages."""
        (now,) = self._readings([end])
        waiting = self._waiting[end]
        return int(waiting.weight[now - waiting.entered >= self._reach / 2].sum())

    def _gone(self, opening: datetime, end: datetime) -> slice:
        begin, stop = np.searchsorted(self._stays.left, as_micros([opening, end]), side="left").tolist()
        return slice(begin, stop)

    def _readings(self, instants: Sequence[datetime]) -> Floats:
        return self._calendar.coordinate(as_micros(instants) / 1e6)


def trend(
    node: Node,
    calendar: Calendar,
    material: NodeMaterial,
    steps: Sequence[Step],
    usual: UsualByStep,
    first: datetime | None = None,
) -> Trend:
    """Every number at the end of each step. ``usual``: what was usual, for each step.

    ``material`` must reach back to the opening of the widest window, 24 hours before the first step. ``first``: when
    the first order came; for a while after it there are no old visits yet, and a flat tail that no visit has reached is
    no slowness: see ``dashboard.baseline``.
    """
    watch = Watch(node, calendar, material, [step.end for step in steps], min(step.window for step in steps))
    told = list(_judged(watch, calendar, material, steps, usual, first))
    numbers: dict[str, tuple[float | None, ...]] = {
        name: tuple(getattr(one, name) for one in told) for name in (*NUMBERS, *BESIDE)
    }
    openings, ends = [step.opening for step in steps], [step.end for step in steps]
    for name in ("entered", "left"):  # of the step, where the judgement needed a wider window
        numbers[name] = tuple(material.count(name, openings, ends).tolist())
    came = material.count("entered", [step.start for step in steps], ends).tolist()
    return Trend(node.key, tuple(steps), numbers, tuple(came), tuple(one.status for one in told))


def _judged(
    watch: Watch,
    calendar: Calendar,
    material: NodeMaterial,
    steps: Sequence[Step],
    usual: UsualByStep,
    first: datetime | None,
) -> Iterator[NodeSnapshot]:
    openings, ends = [step.opening for step in steps], [step.end for step in steps]
    sums = {name: material.count(name, openings, ends).tolist() for name in ("due", "missed", "dwell_us", "cancelled")}
    fresh = material.count("missed", [end - HOUR for end in ends], ends).tolist()
    there = material.in_progress(ends).tolist()
    previous: Status | None = None
    for place, step in enumerate(steps):
        width, seen = watch.widened(step)
        entered, left = (int(material.count(name, [step.end - width], [step.end])[0]) for name in ("entered", "left"))
        evidence = Evidence(
            node=watch.node.key,
            window_seconds=round(width.total_seconds()),
            in_progress=there[place],
            overdue=min(watch.overdue(step.end), there[place]),
            oldest_due_at=None,
            overdue_amount=Decimal(0),
            entered=entered,
            left=left,
            cancelled=sums["cancelled"][place],
            due=sums["due"][place],
            missed=sums["missed"][place],
            newly_overdue=fresh[place],
            observations=seen,
            dwells=watch.dwells(step.opening, step.end, sums["dwell_us"][place]),
            usual=usual[place],
            previous_status=previous.value if previous else None,
        )
        told = node_snapshot(watch.node, evidence, step.end, calendar)
        if first and step.start < first + 2 * watch.node.allowance and _unseen(watch.node, seen):
            told = replace(told, congestion_index=None, status=Status.GREY)
        previous = told.status
        yield told


def _unseen(node: Node, seen: Observations) -> bool:
    cap = 2 * node.allowance.total_seconds()
    curve = survival(seen)
    return curve.unseen(cap) > UNSEEN_SHARE * curve.rmst(cap)


def usual_by_step(steps: Sequence[Step], usual_at: Mapping[Hour, Usual], time_zone: str) -> list[Usual | None]:
    """What is usual of each step: the mean of the hours of the week that it covers; ``None`` if one is not known."""
    return [_mean([usual_at.get(hour) for hour in _hours(step, time_zone)]) for step in steps]


def _hours(step: Step, time_zone: str) -> list[Hour]:
    last = step.end - timedelta(microseconds=1)  # at 14:00 an hour from 13 to 14 is over, and none from 14 to 15
    number = max(1, round((step.end - step.start) / HOUR))
    return [hour_of_week(last - back * HOUR, time_zone) for back in range(number)]


def _mean(found: Sequence[Usual | None]) -> Usual | None:
    known = [usual for usual in found if usual is not None]
    if not known or len(known) < len(found):
        return None
    if len(known) == 1:
        return known[0]
    return Usual(
        float(np.mean([usual.rmst_seconds for usual in known])),
        float(np.mean([usual.overdue_per_hour for usual in known])),
        any(usual.provisional for usual in known),
    )


def usual_before(
    node: Node, calendar: Calendar, material: NodeMaterial, until: datetime, history: timedelta, time_zone: str
) -> dict[Hour, Usual]:
    """What was usual by ``until``, where no version of it was kept: as ``dashboard.baseline`` makes one, from groups.

    ``history``: how far back the node's visits go, four weeks at most.
    """
    starts = clock_hours(until - history, until, time_zone)
    if not starts:
        return {}
    watch = Watch(node, calendar, material, [start + HOUR for start in starts], HOUR)
    young = until - history + 2 * node.allowance
    rmst = [_hour_rmst(watch, node, start + HOUR, young=start < young) for start in starts]
    missed = material.count("missed", starts, [start + HOUR for start in starts]).astype(np.float64)
    figures = HourlyFigures(tuple(starts), np.array(rmst, dtype=np.float64), missed)
    made: dict[Hour, HourUsual] = usual_by_hour(figures, time_zone, history)
    return {hour: found.usual for hour, found in made.items()}


def _hour_rmst(watch: Watch, node: Node, end: datetime, *, young: bool) -> float:
    allowance = node.allowance.total_seconds()
    for width in WIDTHS:
        seen = watch.observations(end - width, end)
        if seen.at_risk >= ENOUGH_AT_RISK and watched(seen, 2 * allowance) >= ENOUGH_ALLOWANCES * allowance:
            break
    else:
        return float("nan")
    return float("nan") if young and _unseen(node, seen) else survival(seen).rmst(2 * allowance)
