"""What runs by the clock: trucks, batch jobs, and couriers who are quick by day and slow by night."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import floor

_HOUR, _DAY = 3600.0, 86400.0
_GOLDEN = 0.6180339887


def next_run(now: float, every: float, phase: float) -> float:
    """The first instant after ``now`` of a job that runs each ``every`` seconds, at ``phase`` past the epoch."""
    return (floor((now - phase) / every) + 1) * every + phase


class Pace:
    """A clock that runs at another speed in each hour of the local day; ``offset``: the zone's seconds east of UTC."""

    def __init__(self, speeds: Sequence[float], offset: float) -> None:
        self.speeds = tuple(speeds)
        self.offset = offset
        self._until = [0.0, *accumulate(speed * _HOUR for speed in speeds)]

    def after(self, start: float, effort: float) -> float:
        """The instant at which the clock has run ``effort`` seconds since ``start``."""
        local = start + self.offset
        midnight = local - local % _DAY
        hour = int((local - midnight) // _HOUR)
        reading = self._until[hour] + (local - midnight - hour * _HOUR) * self.speeds[hour] + effort
        days, rest = divmod(reading, self._until[-1])
        hour = min(bisect_right(self._until, rest), len(self.speeds)) - 1
        return midnight + days * _DAY + hour * _HOUR + (rest - self._until[hour]) / self.speeds[hour] - self.offset


def spread_phase(place: int, every: float) -> float:
    """The phase of the timetable at ``place``, such that any number of them spread evenly over their period."""
    return place * _GOLDEN % 1 * every
