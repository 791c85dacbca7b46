"""What is counted at one node, for one slice, window and instant, before any number is made of it.

Rollups and raw visits are two ways to the same evidence; everything after it is shared.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observations:
    """Visits at risk in the window, as columns of one length; all in seconds on the node's clock.

    ``entry``: the age at which the visit came under observation (its age when the window opened, 0 if it entered
    later). ``duration``: its dwell, or its age now. ``event``: whether it left to a next node. ``weight``: how many
    visits the row stands for.
    """

    entry: Floats
    duration: Floats
    event: NDArray[np.bool_]
    weight: Floats

    @property
    def at_risk(self) -> int:
        """The number of visits."""
        return int(self.weight.sum())


@dataclass(frozen=True, slots=True)
class Dwells:
    """Dwells of the visits that left to a next node in the window: seconds on the node's clock, how many of each."""

    seconds: Floats
    weight: Floats
    total_seconds: float


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at a node at one hour of the week. ``provisional``: made from under 7 days of history."""

    rmst_seconds: float
    overdue_per_hour: float
    provisional: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """The counts of one node.

    ``due`` and ``missed`` are the visits whose ``due_at`` fell in the window, and those of them that were not out by
    it. ``newly_overdue``: missed in the last hour, whatever the window. ``overdue_amount``: money of overdue orders.
    """

    node: str
    window_seconds: int
    in_progress: int
    overdue: int
    oldest_due_at: datetime | None
    overdue_amount: Decimal
    entered: int
    left: int
    cancelled: int
    due: int
    missed: int
    newly_overdue: int
    observations: Observations
    dwells: Dwells
    top_exception: str | None = None
    usual: Usual | None = None
    previous_status: str | None = None
    exceptions: dict[str, int] = field(default_factory=dict)
