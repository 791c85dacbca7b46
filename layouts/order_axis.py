"""The one time axis of an order: from its first instant to now or to its end, and where an instant stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.visits import Visit

AHEAD_SHARE = 0.35
"""How far past now the axis may reach, as a share of what has passed, to show an allowance still running."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``start`` to ``end``; ``now`` is on it while the order is in progress."""

    start: datetime
    end: datetime
    now: datetime | None

    def share(self, at: datetime) -> float:
        """Where the instant stands, from 0 to 1; instants outside are held at the ends."""
        return min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))


def order_axis(visits: Sequence[Visit], now: datetime) -> Axis:
    """The axis of an order with these visits (at least one), as it stands at ``now``."""
    stamps = [at for visit in visits for at in (visit.entered_at, visit.left_at) if at is not None]
    running = [visit for visit in visits if visit.exit is None]
    start = min(stamps)
    if not running:
        return Axis(start, _apart(start, max(stamps)), None)
    reached = _apart(start, max(now, *stamps))
    furthest = reached + AHEAD_SHARE * (reached - start)
    due = max(visit.due_at for visit in running)
    return Axis(start, min(max(due, reached), furthest), now)


def _apart(start: datetime, end: datetime) -> datetime:
    return max(end, start + timedelta(seconds=1))
