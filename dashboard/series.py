"""Numbers of one node over time, and the distribution of its dwells: what the node page draws."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FlowSeries:
    """Counts per step. ``starts[i]`` begins the i-th step; ``in_progress[i]`` is counted at its end."""

    starts: tuple[datetime, ...]
    step_seconds: int
    entered: tuple[int, ...]
    left: tuple[int, ...]
    in_progress: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DwellDistribution:
    """How long visits lasted. ``edges`` in seconds on the node's clock, one more than the counts.

    ``left`` counts the visits that left in the window by dwell, ``waiting`` those in progress by their age now.
    """

    edges: tuple[float, ...]
    left: tuple[int, ...]
    waiting: tuple[int, ...]
