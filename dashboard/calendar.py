"""The clocks that durations run on: round the clock, or only while somebody works."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Opening = tuple[int, int]
"""From and to, in minutes of the local day: 0 to 1440, the end after the start."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2060, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Calendar(Protocol):
    """A clock that may stand still; every instant is aware, every duration in seconds on this clock."""

    def between(self, start: datetime, end: datetime) -> float:
        """How far the clock runs from ``start`` to ``end``; negative if ``end`` is earlier."""
        ...

    def after(self, start: datetime, seconds: float) -> datetime:
        """The first instant, not before ``start``, at which the clock has run ``seconds`` (>= 0) further."""
        ...

    def coordinate(self, epochs: Floats) -> Floats:
        """What the clock reads at each instant (seconds since 1970 UTC): a difference of two readings is a duration."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """The clock that never stands still."""

    def between(self, start: datetime, end: datetime) -> float:
        """Elapsed seconds."""
        return (end - start).total_seconds()

    def after(self, start: datetime, seconds: float) -> datetime:
        """``seconds`` later."""
        return start + timedelta(seconds=seconds)

    def coordinate(self, epochs: Floats) -> Floats:
        """The instants themselves."""
        return np.asarray(epochs, dtype=np.float64)


ALWAYS = Always()


@dataclass(frozen=True)
class WorkingCalendar:
    """A clock that runs in opening hours only, by the wall clock of ``time_zone``.

    ``weekly``: the openings of each weekday, Monday first. ``closed``: dates without any opening. ``special``: dates
    with openings of their own; they outrank both. Before ``FIRST_DAY`` and from ``LAST_DAY`` on the clock never stands
    still, so that a nonsensical instant still has a duration.

    Raises:
        ValueError: no weekday has an opening, or an opening ends before it starts.
    """

    time_zone: str
    weekly: tuple[tuple[Opening, ...], ...]
    closed: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weekly) != len(WEEKDAYS) or not any(self.weekly):
            raise ValueError("a working calendar needs the openings of seven weekdays, at least one of them open")
        for openings in (*self.weekly, *self.special.values()):
            _check(openings)

    def __hash__(self) -> int:
        return hash((self.time_zone, self.weekly, self.closed, tuple(sorted(self.special.items()))))

    def between(self, start: datetime, end: datetime) -> float:
        """Working seconds from ``start`` to ``end``."""
        return (self._read(_micros(end)) - self._read(_micros(start))) / 1e6

    def after(self, start: datetime, seconds: float) -> datetime:
        """The instant at which ``seconds`` of work are done; the closing time rather than the next opening."""
        begin = _micros(start)
        target = self._read(begin) + round(seconds * 1e6)
        return _EPOCH + max(begin, self._instant(target)) * _MICROSECOND

    def coordinate(self, epochs: Floats) -> Floats:
        """Working seconds since ``FIRST_DAY`` at each instant."""
        at = np.asarray(epochs, dtype=np.float64)
        knots, readings = self._columns
        inside: Floats = np.interp(at, knots, readings)
        outside: Floats = np.minimum(at - knots[0], 0.0) + np.maximum(at - knots[-1], 0.0)
        return np.add(inside, outside)

    def _read(self, micros: int) -> int:
        knots, readings = self._knots
        place = bisect_right(knots, micros) - 1
        if place < 0:
            return micros - knots[0]
        if place == len(knots) - 1:
            return readings[-1] + micros - knots[-1]
        return min(readings[place] + micros - knots[place], readings[place + 1])

    def _instant(self, reading: int) -> int:
        knots, readings = self._knots
        place = bisect_left(readings, reading)
        if place == 0:
            return knots[0] + reading
        return knots[place - 1 if place == len(knots) else place] + reading - readings[min(place, len(knots) - 1)]

    @cached_property
    def _columns(self) -> tuple[Floats, Floats]:
        knots, readings = self._knots
        return np.array(knots, dtype=np.float64) / 1e6, np.array(readings, dtype=np.float64) / 1e6

    @cached_property
    def _knots(self) -> tuple[list[int], list[int]]:
        """Every instant at which the clock starts or stops, and what it reads there, in microseconds."""
        knots, readings = [_local(FIRST_DAY, 0, self.time_zone)], [0]
        for opens, closes in self._openings():
            if opens > knots[-1]:
                knots.append(opens)
                readings.append(readings[-1])
            if closes > knots[-1]:
                readings.append(readings[-1] + closes - knots[-1])
                knots.append(closes)
        end = _local(LAST_DAY, 0, self.time_zone)
        if end > knots[-1]:
            knots.append(end)
            readings.append(readings[-1])
        return knots, readings

    def _openings(self) -> Iterator[tuple[int, int]]:
        for number in range((LAST_DAY - FIRST_DAY).days):
            day = FIRST_DAY + timedelta(days=number)
            usual = () if day in self.closed else self.weekly[day.weekday()]
            for opens, closes in self.special.get(day, usual):
                yield _local(day, opens, self.time_zone), _local(day, closes, self.time_zone)


def _check(openings: tuple[Opening, ...]) -> None:
    if any(not 0 <= opens < closes <= 1440 for opens, closes in openings):
        raise ValueError("an opening must end after it starts, within one day")
    if any(later[0] < earlier[1] for earlier, later in pairwise(openings)):
        raise ValueError("the openings of a day must be in order and must not overlap")


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _local(day: date, minute: int, time_zone: str) -> int:
    # 24:00 is the next day's midnight; an hour that the clocks skip is read with the offset before the change.
    days, minutes = divmod(minute, 1440)
    wall = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), ZoneInfo(time_zone))
    return _micros(wall)
