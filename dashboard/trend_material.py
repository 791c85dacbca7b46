"""What is known of a node over a long time: counts by instant, and the visits in groups, each with entry and end.

Rollups and visits are two ways to the same material, as they are to the evidence of one instant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dashboard.evidence import Floats
from dashboard.visit_columns import FOREVER, Micros, micros

Ints = NDArray[np.int64]

COUNTED = ("entered", "left", "cancelled", "due", "missed", "measured", "dwell_us")


class Tally:
    """Amounts by instant, summed over any stretch of time."""

    def __init__(self, at: Micros, amount: NDArray[np.integer]) -> None:
        order = np.argsort(at, kind="stable")
        self.at = at[order]
        self._sums: Ints = np.concatenate(([0], np.cumsum(amount[order], dtype=np.int64)))

    def between(self, opening: Micros, end: Micros) -> Ints:
        """What falls to ``[opening, end)``, for each pair of instants."""
        return self.before(end) - self.before(opening)

    def before(self, end: Micros) -> Ints:
        """All that came before each instant."""
        found: Ints = self._sums[np.searchsorted(self.at, end, side="left")]
        return found

    @property
    def total(self) -> int:
        """Everything."""
        return int(self._sums[-1])


@dataclass(frozen=True, slots=True)
class Stays:
    """Visits in groups, by when they ended: parallel columns.

    ``entered``: what the node's clock read when they came. ``left``: when they ended, in microseconds since 1970;
    ``FOREVER`` for those in progress. ``dwell``: seconds on the node's clock. ``moved_on``: to a next node. ``weight``:
    how many.
    """

    entered: Floats
    left: Micros
    dwell: Floats
    moved_on: NDArray[np.bool_]
    weight: Ints

    def by_end(self) -> "Stays":
        """The same in the order of their ends."""
        order = np.argsort(self.left, kind="stable")
        columns = (self.entered, self.left, self.dwell, self.moved_on, self.weight)
        return Stays(*(column[order] for column in columns))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class NodeMaterial:
    """All of one node. ``net``: what each instant added to those in progress, who were ``before`` in the beginning."""

    counts: Mapping[str, Tally]
    net: Tally
    before: int
    stays: Stays

    def count(self, name: str, openings: Sequence[datetime], ends: Sequence[datetime]) -> Ints:
        """One of ``COUNTED``, in each window."""
        return self.counts[name].between(as_micros(openings), as_micros(ends))

    def in_progress(self, ends: Sequence[datetime]) -> Ints:
        """How many were there at each instant."""
        return self.before + self.net.before(as_micros(ends))


def as_micros(instants: Sequence[datetime]) -> Micros:
    """The instants as a column."""
    return np.array([micros(at) for at in instants], dtype=np.int64)


def spread(start: Micros, span: Ints, weight: Ints, most: int = 4) -> tuple[NDArray[np.intp], Micros, Ints]:
    """Groups that ended somewhere in a span, as smaller ones with an instant each: source row, instant, weight.

    A group falls into at most ``most``. Their places in the span follow the golden ratio, so that all together they
    are spread evenly (Kuipers, Niederreiter: Uniform distribution of sequences, 1974, 2.3): if every visit of an hour
    were taken to end in its middle, none would be there a quarter of an hour later.
    """
    parts = np.clip(weight, 1, most)
    row = np.repeat(np.arange(len(weight)), parts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = weight[row] // parts[row] + (number < weight[row] % parts[row])
    place = (np.arange(1, len(row) + 1) * 0.6180339887498949) % 1.0
    instants = start[row] + np.rint(place * span[row] * 1e6).astype(np.int64)
    return row, instants, share.astype(np.int64)


__all__ = ["COUNTED", "FOREVER", "NodeMaterial", "Stays", "Tally", "as_micros", "spread"]
