"""The one place that reads the wall clock; everything else is handed a ``Clock``."""

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests and for one consistent instant in a command."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self.instant


class ReplayClock:
    """Plays time: ``speed`` seconds pass on it in each second of a real clock, from ``start`` to ``end``, no further.

    It stands still while paused, and goes back by ``jump`` only, whatever the real clock does. Threads may share it.
    """

    def __init__(self, start: datetime, speed: float, real: Clock, end: datetime | None = None) -> None:
        self._real, self._end = real, end
        self._lock = Lock()
        self._speed, self._paused = _forwards(speed), False
        self._told = self._anchor = self._clamped(start)
        self._seen = self._since = real.now()

    def now(self) -> datetime:
        """The replayed instant."""
        with self._lock:
            return self._now()

    @property
    def speed(self) -> float:
        """Replayed seconds in a real one."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def pause(self) -> None:
        """Stand still at this instant."""
        with self._lock:
            self._settle()
            self._paused = True

    def resume(self) -> None:
        """Go on from where it stands."""
        with self._lock:
            self._settle()
            self._paused = False

    def set_speed(self, speed: float) -> None:
        """Go on at another speed. Raises ``ValueError`` for one that does not lead forwards."""
        with self._lock:
            self._settle()
            self._speed = _forwards(speed)

    def jump(self, to: datetime) -> None:
        """Go on from another instant, earlier or later, as before: paused or at its speed."""
        with self._lock:
            self._settle()
            self._told = self._anchor = self._clamped(to)

    def _now(self) -> datetime:
        real = self._real.now()
        if real < self._seen:  # the machine's clock was set back
            self._anchor, self._since = self._told, real
        self._seen = real
        if not self._paused:
            self._told = max(self._told, self._reached((real - self._since).total_seconds()))
        return self._told

    def _settle(self) -> None:
        self._anchor, self._since = self._now(), self._seen

    def _reached(self, seconds: float) -> datetime:
        limit = self._end or datetime.max.replace(tzinfo=UTC)
        if seconds * self._speed >= (limit - self._anchor).total_seconds():
            return limit
        return self._anchor + timedelta(seconds=seconds * self._speed)

    def _clamped(self, instant: datetime) -> datetime:
        return min(instant, self._end) if self._end else instant


def _forwards(speed: float) -> float:
    if not speed > 0:
        raise ValueError("a replay goes forwards")
    return speed
