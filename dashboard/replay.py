"""Where a replay of recorded orders stands: what its bar shows on every page."""

from dataclasses import dataclass
from datetime import datetime

SPEEDS = (1, 60, 600, 3_600, 21_600, 86_400)
"""Replayed seconds in a real one, to choose from."""

SLOWEST, FASTEST = 1, 100_000


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump that is being made: where to, and the share of it that is done."""

    to: datetime
    fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay at the instant ``at``, which is what the store knows of and every page shows as now.

    ``first`` and ``last``: the recording's first and last event. ``activity``: how many events fall into each of so
    many equal parts of it. ``speeds``: those to choose from. ``troubled``: the store does not answer just now.
    """

    at: datetime
    first: datetime
    last: datetime
    speed: int
    playing: bool
    speeds: tuple[int, ...] = SPEEDS
    activity: tuple[int, ...] = ()
    jump: Jump | None = None
    troubled: bool = False

    @property
    def ended(self) -> bool:
        """Whether everything recorded was played."""
        return self.at >= self.last

    @property
    def share(self) -> float:
        """How far it is, a share of the recording."""
        return self.share_of(self.at)

    def share_of(self, instant: datetime) -> float:
        """The place of an instant, from 0 at the first event to 1 at the last; within these bounds."""
        whole = (self.last - self.first).total_seconds()
        return min(1.0, max(0.0, (instant - self.first).total_seconds() / whole)) if whole else 1.0
