"""What a set of visit changes adds to the rollups: summed in numpy, before anything is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.histogram import buckets_of, cells_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = -(2**31)
"""The minute of a stamp that is not there."""

OPEN, NEXT, ASIDE = 0, 1, 2
"""Ways out: none yet, on to a next node, cancelled or returned."""

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
class Changes:
    """Visit changes, one row per change and slice."""

    nodes: list[str]
    slices: list[str]
    pair: Ints
    sign: Ints
    entered: Ints
    left: Ints
    due: Ints
    way_out: Ints
    dwell_us: Ints
    measured: Mask
    missed: Mask
    cents: Ints


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain took away, one entry per change: instants as minutes since 1970, slices as a JSON list."""

    node: Sequence[str]
    slices: Sequence[str]
    sign: Ints
    entered: Ints
    left: Ints
    due: Ints
    way_out: Ints
    dwell_us: Ints
    measured: Ints
    missed: Ints
    cents: Ints


def per_slice(drained: Drained) -> Changes:
    """Repeat each change once for every slice that it counts in."""
    node, nodes = _numbered(drained.node)
    combination, lists = _numbered(drained.slices)
    combinations: list[list[str]] = [json.loads(listed) for listed in lists]
    flat, slices = _numbered([key for keys in combinations for key in keys])
    lengths = np.array([len(keys) for keys in combinations], dtype=np.int64)
    times = lengths[combination]
    row = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    begins = np.cumsum(lengths) - lengths
    place = flat[np.repeat(begins[combination], times) + within]
    return Changes(
        nodes,
        slices,
        node[row] * max(1, len(slices)) + place,
        drained.sign[row],
        drained.entered[row],
        drained.left[row],
        drained.due[row],
        drained.way_out[row],
        drained.dwell_us[row],
        drained.measured[row] == 1,
        drained.missed[row] == 1,
        drained.cents[row],
    )


def rollup_deltas(changes: Changes, since: int, step: int) -> Deltas:
    """The rows to add to a rollup that begins at minute ``since`` and whose rows last ``step`` minutes."""
    gone = changes.left != NEVER
    forward = gone & (changes.way_out == NEXT)
    timed = forward & changes.measured
    one = changes.sign
    filed = [
        (changes.entered, np.ones_like(gone), one),
        (changes.left, forward, one),
        (changes.left, gone & (changes.way_out == ASIDE), one),
        (changes.due, changes.measured, one),
        (changes.due, changes.measured & changes.missed, one),
        (changes.left, timed, one),
        (changes.left, timed, one * changes.dwell_us),
    ]
    parts = [_keys(changes.pair, minute, mask & (minute >= since), step) for minute, mask, _ in filed]
    keys, place = _distinct(np.concatenate(parts))
    sums = np.zeros((len(filed), len(keys)), dtype=np.int64)
    end = 0
    for number, (minute, mask, amount) in enumerate(filed):
        begin, end = end, end + len(parts[number])
        np.add.at(sums[number], place[begin:end], amount[mask & (minute >= since)])
    held = gone & changes.measured & (changes.left >= since)
    cells = _cells(changes, held, keys, step)
    return _rows(changes, keys, sums, cells, step)


def open_deltas(changes: Changes, minute: Ints) -> tuple[list[str], list[str], Ints, Ints, Ints]:
    """Visits in progress by a minute of theirs: nodes, slices, starts in seconds since 1970, visits, hundredths."""
    mask = changes.way_out == OPEN
    keys, place = _distinct(_keys(changes.pair, minute, mask, 1))
    sums = np.zeros((2, len(keys)), dtype=np.int64)
    np.add.at(sums[0], place, changes.sign[mask])
    np.add.at(sums[1], place, (changes.sign * changes.cents)[mask])
    kept = sums.any(axis=0)
    nodes, slices, starts = _names(changes, keys[kept], 1)
    return nodes, slices, starts, sums[0, kept], sums[1, kept]


def _numbered(values: Sequence[str]) -> tuple[Ints, list[str]]:
    """A number for each distinct value, from 0, and the values by their numbers."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, dtype=np.int64), list(numbers)


def _distinct(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys in order, and the place of each key among them: by hashing, since most come many times."""
    codes, found = pd.factorize(keys)
    order = np.argsort(found)
    ranks = np.empty(len(found), dtype=np.int64)
    ranks[order] = np.arange(len(found))
    return found[order], ranks[codes]


def _keys(pair: Ints, minute: Ints, mask: Mask, step: int) -> Ints:
    """Pair of node and slice, and the step that the minute lies in, as one number that sorts by both."""
    return pair[mask] * _SHIFT + (minute[mask] // step + _SHIFT // 2)


def _names(changes: Changes, keys: Ints, step: int) -> tuple[list[str], list[str], Ints]:
    pair, start = keys // _SHIFT, (keys % _SHIFT - _SHIFT // 2) * step * 60
    node, place = np.divmod(pair, max(1, len(changes.slices)))
    nodes = [changes.nodes[code] for code in node.tolist()]
    return nodes, [changes.slices[code] for code in place.tolist()], start


def _cells(changes: Changes, held: Mask, keys: Ints, step: int) -> tuple[Ints, Ints, Ints]:
    """Row, cell and count of each histogram cell that changes, by row and cell."""
    row = np.searchsorted(keys, _keys(changes.pair, changes.left, held, step))
    cell = cells_of(buckets_of(changes.dwell_us[held] / 1e6), changes.way_out[held] != NEXT)
    both, place = _distinct(row * _CELLS + cell)
    counts = np.zeros(len(both), dtype=np.int64)
    np.add.at(counts, place, changes.sign[held])
    both, counts = both[counts != 0], counts[counts != 0]
    return both // _CELLS, both % _CELLS, counts


def _rows(changes: Changes, keys: Ints, sums: NDArray[np.int64], cells: tuple[Ints, Ints, Ints], step: int) -> Deltas:
    row, cell, count = cells
    bounds = np.searchsorted(row, np.arange(len(keys) + 1))
    kept = np.flatnonzero(sums.any(axis=0) | (np.diff(bounds) > 0))
    spans = list(zip(bounds[:-1][kept].tolist(), bounds[1:][kept].tolist(), strict=True))
    nodes, slices, starts = _names(changes, keys[kept], step)
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
