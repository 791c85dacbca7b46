"""Visits counted by the values that they have, one dimension at a time and by pairs of dimensions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dashboard.slices import EXCEPTION

Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

NONE = -1
"""The code of a visit without a value, or with one that too few visits have."""

MOST_PLACES = 100_000
"""Pairs of values that could occur, up to which each has a place of its own when they are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One dimension: the value of each visit as a number into ``names``."""

    key: str
    names: tuple[str, ...]
    codes: Codes

    @classmethod
    def of(cls, key: str, values: Sequence[str | None], least: int) -> "Coded":
        """Number the values that at least ``least`` visits have."""
        counts: dict[str | None, int] = {}
        for value in values:
            counts[value] = counts.get(value, 0) + 1
        names = sorted(value for value, count in counts.items() if value is not None and count >= least)
        places = {name: place for place, name in enumerate(names)}
        codes = np.fromiter((places.get(value, NONE) for value in values), dtype=np.int64, count=len(values))  # type: ignore[arg-type]
        return cls(key, tuple(names), codes)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The visits that have one value, or two: how many there are, how many late, and the same of all in the table."""

    pairs: tuple[tuple[str, str], ...]
    visits: int
    late: int
    all_visits: int
    all_late: int
    table: "Table"

    @property
    def others(self) -> int:
        """The visits that are not in the cell."""
        return self.all_visits - self.visits

    @property
    def excess(self) -> float:
        """Late visits beyond what the rate of the others predicts."""
        if not self.others:
            return 0.0
        return self.late - self.visits * (self.all_late - self.late) / self.others

    @property
    def mask(self) -> Mask:
        """Which visits of the table's columns are in the cell."""
        return self.table.holding(self.pairs)


class Table:
    """The visits that ``among`` holds for, counted by value."""

    def __init__(self, coded: Sequence[Coded], late: Mask, among: Mask) -> None:
        self._coded = {dimension.key: dimension for dimension in coded}
        self._late, self._among = late, among
        self._all = int(among.sum()), int((late & among).sum())

    def looks(self, least: int) -> int:
        """How many values, and pairs of values, have at least ``least`` visits; at least 1."""
        counted = [cell.visits for cell in (*self.singles(), *self.pairs())]
        return max(1, sum(visits >= least for visits in counted))

    def singles(self) -> Iterator[Cell]:
        """Every value that a visit has."""
        for one in self._coded.values():
            for place, visits, late in self._counts(one.codes, len(one.names)):
                yield self._cell(((one.key, one.names[place]),), visits, late)

    def pairs(self) -> Iterator[Cell]:
        """Every two values of different dimensions that a visit has."""
        for one, other in combinations(self._coded.values(), 2):
            width = len(other.names)
            both = np.where((one.codes == NONE) | (other.codes == NONE), NONE, one.codes * width + other.codes)
            for place, visits, late in self._counts(both, len(one.names) * width):
                first, second = divmod(place, width)
                yield self._cell(_ordered((one.key, one.names[first]), (other.key, other.names[second])), visits, late)

    def single(self, dimension: str, value: str) -> Cell:
        """The cell of one value."""
        return self._of(((dimension, value),))

    def pair(self, one: Cell, other: Cell) -> Cell:
        """The cell of two values, each given as its own cell."""
        return self._of(_ordered(one.pairs[0], other.pairs[0]))

    def holding(self, pairs: tuple[tuple[str, str], ...]) -> Mask:
        """Which visits have all these values."""
        mask = self._among
        for dimension, value in pairs:
            coded = self._coded[dimension]
            mask = mask & (coded.codes == coded.names.index(value))
        return mask

    def _of(self, pairs: tuple[tuple[str, str], ...]) -> Cell:
        mask = self.holding(pairs)
        return self._cell(pairs, int(mask.sum()), int((mask & self._late).sum()))

    def _cell(self, pairs: tuple[tuple[str, str], ...], visits: int, late: int) -> Cell:
        return Cell(pairs, visits, late, *self._all, self)

    def _counts(self, codes: Codes, size: int) -> Iterator[tuple[int, int, int]]:
        """Each code that occurs, its visits, and its late ones."""
        here = self._among & (codes != NONE)
        places, late = codes[here], self._late[here]
        found = np.arange(size)
        if size > MOST_PLACES:  # few of so many occur
            found, places = np.unique(places, return_inverse=True)
        visits = np.bincount(places, minlength=len(found))
        tardy = np.bincount(places[late], minlength=len(found))
        for place in np.flatnonzero(visits):
            yield int(found[place]), int(visits[place]), int(tardy[place])


def _ordered(one: tuple[str, str], other: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """An exception first: it reads as what happened, the other as where."""
    return (other, one) if other[0] == EXCEPTION else (one, other)
