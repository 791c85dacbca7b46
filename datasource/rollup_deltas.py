"""What a set of visit changes adds to the rollups: summed in numpy, before anything is written."""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasource.draining import ASIDE, NEVER, NEXT, OPEN, Ints, Mask, Visits

COUNTS = ("entered", "left", "cancelled", "due", "missed", "measured", "dwell_us")
"""The sums of a rollup row, in the order of ``Deltas.sums``."""

_SHIFT = 2**33  # twice the minutes until the year 9999
_CELLS = 2**13


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows by node and slice, as numbers of their names, and by start in seconds since 1970: parallel columns."""

    node_names: list[str]
    slice_names: list[str]
    node: Ints
    slice: Ints
    start: Ints

    def __len__(self) -> int:
        return len(self.node)

    def only(self, chosen: Mask) -> "Keys":
        """The rows that are chosen."""
        return replace(self, node=self.node[chosen], slice=self.slice[chosen], start=self.start[chosen])

    @property
    def nodes(self) -> list[str]:
        """The node of each row."""
        return list(map(self.node_names.__getitem__, self.node.tolist()))

    @property
    def slices(self) -> list[str]:
        """The slice of each row."""
        return list(map(self.slice_names.__getitem__, self.slice.tolist()))


@dataclass(frozen=True, slots=True)
class Deltas:
    """Rows to add to one rollup: parallel columns. ``sums``: one column per count; ``cells`` and ``counts``: arrays."""

    keys: Keys
    sums: NDArray[np.int64]
    cells: list[str]
    counts: list[str]

    def __len__(self) -> int:
        return len(self.keys)

    def only(self, chosen: Mask) -> "Deltas":
        """The rows that are chosen."""
        cells, counts = (list(compress(texts, chosen)) for texts in (self.cells, self.counts))
        return Deltas(self.keys.only(chosen), self.sums[:, chosen], cells, counts)


@dataclass(frozen=True, slots=True)
class Counted:
    """Visits, once for every slice that each counts in: the pair of node and slice, and the place of the visit."""

    visits: Visits
    pair: Ints
    visit: Ints

    def where(self, chosen: Mask) -> tuple[Ints, Ints]:
        """Pair and place of the visits that are chosen."""
        here = np.flatnonzero(chosen[self.visit])
        return self.pair[here], self.visit[here]


def per_slice(visits: Visits) -> Counted:
    """Repeat each visit once for every slice that it counts in."""
    slice_, visit = visits.slices.of(visits.row)
    return Counted(visits, visits.node[visit] * max(1, len(visits.slice_names)) + slice_, visit)


def rollup_deltas(counted: Counted, since: int, step: int) -> Deltas:
    """The rows to add to a rollup that begins at minute ``since`` and whose rows last ``step`` minutes."""
    visits = counted.visits
    forward = visits.way_out == NEXT
    timed = forward & visits.measured
    filed = [
        (visits.entered, np.ones_like(forward), {"entered": 1}),
        (
            visits.left,
            visits.left != NEVER,
            {
                "left": forward,
                "cancelled": visits.way_out == ASIDE,
                "measured": timed,
                "dwell_us": timed * visits.dwell_us,
            },
        ),
        (visits.due, visits.measured, {"due": 1, "missed": visits.missed}),
    ]
    chosen = [(minute, *counted.where(mask & (minute >= since)), sums) for minute, mask, sums in filed]
    keys, place = _distinct(np.concatenate([_keys(pair, minute[visit], step) for minute, pair, visit, _ in chosen]))
    places = np.split(place, np.cumsum([len(visit) for _, _, visit, _ in chosen])[:-1])
    sums = np.zeros((len(COUNTS), len(keys)), dtype=np.int64)
    for (_, _, visit, added), here in zip(chosen, places, strict=True):
        for name, amount in added.items():
            _add(sums[COUNTS.index(name)], here, (visits.sign * amount)[visit])
    return _rows(visits, keys, sums, _cells(visits, chosen[1][2], places[1]), step)


def open_deltas(counted: Counted, minute: Ints) -> tuple[Keys, Ints, Ints]:
    """Visits in progress by a minute of theirs: the rows, and of each the visits and the hundredths of money."""
    visits = counted.visits
    pair, visit = counted.where(visits.way_out == OPEN)
    keys, place = _distinct(_keys(pair, minute[visit], 1))
    sums = np.zeros((2, len(keys)), dtype=np.int64)
    np.add.at(sums[0], place, visits.sign[visit])
    np.add.at(sums[1], place, (visits.sign * visits.cents)[visit])
    kept = sums.any(axis=0)
    return _opened(visits, keys[kept], 1), sums[0, kept], sums[1, kept]


def _distinct(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys in order, and the place of each key among them: by hashing, since most come many times."""
    codes, found = pd.factorize(keys)
    order = np.argsort(found)
    ranks = np.empty(len(found), dtype=np.int64)
    ranks[order] = np.arange(len(found))
    return found[order], ranks[codes]


def _keys(pair: Ints, minute: Ints, step: int) -> Ints:
    """Pair of node and slice, and the step that the minute lies in, as one number that sorts by both."""
    return pair * _SHIFT + (minute // step + _SHIFT // 2)


def _opened(visits: Visits, keys: Ints, step: int) -> Keys:
    pair, start = keys // _SHIFT, (keys % _SHIFT - _SHIFT // 2) * step * 60
    node, slice_ = np.divmod(pair, max(1, len(visits.slice_names)))
    return Keys(visits.node_names, visits.slice_names, node, slice_, start)


def _add(sums: Ints, places: Ints, amounts: Ints) -> None:
    """Add each amount in its place; few orders are cancelled or late, so most amounts of these are nothing."""
    some = np.flatnonzero(amounts)
    np.add.at(sums, places[some], amounts[some])


def _cells(visits: Visits, left: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Row, cell and count of each histogram cell that changes, by row and cell, for visits that left."""
    held = visits.measured[left]
    both, place = _distinct(rows[held] * _CELLS + visits.cell[left][held])
    counts = np.zeros(len(both), dtype=np.int64)
    np.add.at(counts, place, visits.sign[left][held])
    both, counts = both[counts != 0], counts[counts != 0]
    return both // _CELLS, both % _CELLS, counts


def _rows(visits: Visits, keys: Ints, sums: NDArray[np.int64], cells: tuple[Ints, Ints, Ints], step: int) -> Deltas:
    row, cell, count = cells
    bounds = np.searchsorted(row, np.arange(len(keys) + 1))
    kept = np.flatnonzero(sums.any(axis=0) | (np.diff(bounds) > 0))
    spans = list(zip(bounds[:-1][kept].tolist(), bounds[1:][kept].tolist(), strict=True))
    return Deltas(
        _opened(visits, keys[kept], step),
        sums[:, kept],
        _literals(cell.tolist(), spans),
        _literals(count.tolist(), spans),
    )


def _literals(values: list[int], spans: list[tuple[int, int]]) -> list[str]:
    """Arrays as PostgreSQL writes them, one for each span of the values."""
    texts = [str(value) for value in values]
    return ["{" + ",".join(texts[begin:end]) + "}" if end > begin else "{}" for begin, end in spans]
