"""What a set of visit changes adds to the rollups: summed in numpy, before anything is written."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasource.draining import ASIDE, NEVER, NEXT, OPEN, Ints, Mask, Visits

COUNTS = ("entered", "left", "cancelled", "due", "missed", "measured", "dwell_us")
"""The sums of a rollup row, in the order of ``Deltas.sums``."""

_SHIFT = 2**32
_CELLS = 2**13


@dataclass(frozen=True, slots=True)
class Deltas:
    """Rows to add to one rollup: parallel columns. ``starts`` in seconds since 1970; ``sums``: one column per count."""

    nodes: list[str]
    slices: list[str]
    starts: Ints
    sums: NDArray[np.int64]
    cells: list[str]
    counts: list[str]

    def __len__(self) -> int:
        return len(self.nodes)


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
            np.add.at(sums[COUNTS.index(name)], here, (visits.sign * amount)[visit])
    return _rows(visits, keys, sums, _cells(visits, chosen[1][2], places[1]), step)


def open_deltas(counted: Counted, minute: Ints) -> tuple[list[str], list[str], Ints, Ints, Ints]:
    """Visits in progress by a minute of theirs: nodes, slices, starts in seconds since 1970, visits, hundredths."""
    visits = counted.visits
    pair, visit = counted.where(visits.way_out == OPEN)
    keys, place = _distinct(_keys(pair, minute[visit], 1))
    sums = np.zeros((2, len(keys)), dtype=np.int64)
    np.add.at(sums[0], place, visits.sign[visit])
    np.add.at(sums[1], place, (visits.sign * visits.cents)[visit])
    kept = sums.any(axis=0)
    nodes, slices, starts = _names(visits, keys[kept], 1)
    return nodes, slices, starts, sums[0, kept], sums[1, kept]


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


def _names(visits: Visits, keys: Ints, step: int) -> tuple[list[str], list[str], Ints]:
    pair, start = keys // _SHIFT, (keys % _SHIFT - _SHIFT // 2) * step * 60
    node, place = np.divmod(pair, max(1, len(visits.slice_names)))
    nodes = [visits.node_names[code] for code in node.tolist()]
    return nodes, [visits.slice_names[code] for code in place.tolist()], start


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
    nodes, slices, starts = _names(visits, keys[kept], step)
    return Deltas(
        nodes,
        slices,
        starts,
        sums[:, kept],
        _literals(cell.tolist(), spans),
        _literals(count.tolist(), spans),
    )


def _literals(values: list[int], spans: list[tuple[int, int]]) -> list[str]:
    """Arrays as PostgreSQL writes them, one for each span of the values."""
    texts = [str(value) for value in values]
    return ["{" + ",".join(texts[begin:end]) + "}" for begin, end in spans]
