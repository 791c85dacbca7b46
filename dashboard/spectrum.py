"""The performance spectrum of a node: each visit a line from its entry to its exit, as many as can be told apart.

Denisov, Fahland, van der Aalst: Unbiased, fine-grained description of processes performance from event data, BPM 2018.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from dashboard.visit_columns import Micros, VisitColumns, instant, micros

MOST_LINES = 400
"""More could not be told apart."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbouring instants end up far apart


@dataclass(frozen=True, slots=True)
class Lines:
    """Drawn visits, by entry: when they came, when they went (or the end), in microseconds since 1970.

    ``there``: still there at the end. ``late``: out after the due time, or there past it.
    """

    entered: Micros
    ended: Micros
    there: NDArray[np.bool_]
    late: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpectrumStep:
    """What came in one step of time and became of it by the end."""

    start: datetime
    entered: int
    on_time: int
    late: int
    there: int
    there_late: int


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Visits of one node between two instants: all of them by step, and one in ``every`` as a line."""

    since: datetime
    until: datetime
    lines: Lines
    every: int
    steps: tuple[SpectrumStep, ...]

    @property
    def drawn(self) -> int:
        """How many lines there are."""
        return len(self.lines.entered)

    @property
    def total(self) -> int:
        """How many visits there are."""
        return sum(step.entered for step in self.steps)

    def count(self, name: str) -> int:
        """All visits of one fate: ``on_time``, ``late``, ``there`` or ``there_late``."""
        return sum(getattr(step, name) for step in self.steps)


def spectrum(visits: VisitColumns, since: datetime, until: datetime, steps: int = 12) -> Spectrum:
    """The spectrum of the measured visits that were there at any time between the instants.

    Which visits are drawn hangs on their own entry alone, and one in a power of two of them is: so a line that was
    drawn stays as long as the picture holds it, whatever comes after it.
    """
    start, end = micros(since), micros(until)
    ever_there = visits.measured & (visits.entered <= end) & (visits.left >= start)
    here = visits.where(ever_there & (visits.left >= visits.entered))
    there = here.left > end
    ended = np.minimum(here.left, end)
    late = np.where(there, here.due <= end, here.left > here.due)
    every = 1
    while len(here.entered) > MOST_LINES * every:
        every *= 2
    chosen = np.flatnonzero(_scattered(here.entered) % np.uint64(every) == 0)
    chosen = chosen[np.argsort(here.entered[chosen], kind="stable")][:MOST_LINES]
    lines = Lines(here.entered[chosen], ended[chosen], there[chosen], late[chosen])
    edges = np.linspace(start, end, steps + 1).astype(np.int64)
    place = np.clip(np.searchsorted(edges, here.entered, side="right") - 1, 0, steps - 1)
    fates = (~there & ~late, ~there & late, there, there & late)
    counts = [np.bincount(place[fate], minlength=steps) for fate in (np.ones_like(there), *fates)]
    told = tuple(SpectrumStep(instant(int(edges[n])), *(int(column[n]) for column in counts)) for n in range(steps))
    return Spectrum(since, until, lines, every, told)


def spectrum_span(allowance: timedelta, window: timedelta) -> timedelta:
    """How far back a spectrum reaches: twice the allowance, so that a late order's whole way is seen, or the window.

    Where days are allowed a week is enough: more is dear to read.
    """
    return max(window, min(2 * allowance, timedelta(days=7)), timedelta(hours=1))


def _scattered(entered: Micros) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        return (entered.astype(np.uint64) * _SPREAD) >> np.uint64(40)
