"""One node of a shop that never was: four weeks of its visits, and a week in which something may go wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.visit_columns import ASIDE, FOREVER, NEXT, OPEN, VisitColumns, micros

Floats = NDArray[np.float64]

ZONE = "Asia/Shanghai"
OPENED = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""A Monday's midnight in Shanghai."""

HISTORY, WEEK = timedelta(days=28), timedelta(days=7)
JUDGED = OPENED + HISTORY
"""When its history ends, what is usual is made of it, and the week begins that is watched."""

ALLOWANCE = timedelta(hours=2)
MEDIAN = 1800.0
SPREAD = 0.6
"""Of the logarithm of the dwell: 1.0 % of all visits take more than the allowance."""

CANCELLED = 0.03
BY_HOUR = np.array([6, 4, 3, 3, 3, 4, 6, 9, 13, 15, 16, 15, 14, 14, 15, 15, 14, 14, 15, 17, 19, 19, 16, 11], np.float64)
"""How many orders come at each hour of the day, by those of the others."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong at the node from an instant on.

    ``speed``: how fast work goes on; 0 is a full stop. ``spares``: those that are there then are worked on as before.
    ``lost``: the share of the new visits that nobody ever works on.
    """

    begins: datetime
    speed: float = 1.0
    spares: bool = False
    lost: float = 0.0


@dataclass(frozen=True)
class SimulatedNode:
    """A node that ``per_hour`` orders reach, on average of the day; the same seed brings the same orders."""

    per_hour: float
    seed: int

    def visits(self, trouble: Trouble | None = None) -> VisitColumns:
        """The visits of all five weeks, in order of entry, as they come to be in the end."""
        entered, work, lucky = self._arrivals
        dwell = work if trouble is None else _troubled(trouble, entered, work, lucky)
        left = dwell < np.inf
        came = np.rint(entered * 1e6).astype(np.int64)
        gone = np.where(left, came + np.rint(np.where(left, dwell, 0.0) * 1e6).astype(np.int64), FOREVER)
        return VisitColumns(
            entered=came,
            left=gone,
            due=came + ALLOWANCE // timedelta(microseconds=1),
            way_out=np.where(left, np.where(lucky < CANCELLED, ASIDE, NEXT), OPEN).astype(np.int32),
            dwell=np.where(left, dwell, np.nan),
            measured=np.ones(len(came), dtype=np.bool_),
            cents=np.full(len(came), 9_900, dtype=np.int64),
        )

    @cached_property
    def _arrivals(self) -> tuple[Floats, Floats, Floats]:
        """When each order comes (seconds since 1970), how long the work on it takes, and its luck (0 to 1)."""
        random = np.random.default_rng([self.seed, round(self.per_hour * 1000)])
        days = (HISTORY + WEEK) // timedelta(days=1)
        counts = random.poisson(np.tile(self.per_hour * BY_HOUR / BY_HOUR.mean(), days))
        hours = np.repeat(np.arange(len(counts)), counts)
        entered = np.sort((hours + random.random(len(hours))) * 3600) + micros(OPENED) / 1e6
        work = np.exp(random.normal(np.log(MEDIAN), SPREAD, len(hours)))
        return entered, work, random.random(len(hours))


def _troubled(trouble: Trouble, entered: Floats, work: Floats, lucky: Floats) -> Floats:
    """How long each visit lasts then, in seconds; infinite where it never ends."""
    begins = micros(trouble.begins) / 1e6
    done = np.clip(begins - entered, 0.0, work)
    if trouble.spares:
        done[entered < begins] = work[entered < begins]
    rest = work - done
    slowed = np.divide(rest, trouble.speed, out=np.full(len(rest), np.inf), where=(rest > 0) & (trouble.speed > 0))
    dwell = done + np.where(rest > 0, slowed, 0.0)
    dwell[(entered >= begins) & (lucky > 1 - trouble.lost)] = np.inf
    return dwell
