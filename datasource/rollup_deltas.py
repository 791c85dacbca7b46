"""What a set of visit changes adds to the rollups: summed in numpy, before anything is written."""

import json
from dataclasses import dataclass
from io import BytesIO

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

DRAINED = (
    "sign",
    "node",
    "slices",
    "entered",
    "left",
    "due",
    "way_out",
    "dwell_us",
    "measured",
    "missed",
    "cents",
    "source",
    "heard_us",
)
"""The columns that a drain answers: instants as minutes since 1970, ``heard_us`` as microseconds."""

_SHIFT = 2**32
_CELLS = 2**13


@dataclass(frozen=True, slots=True)
class Deltas:
    """Rows to add to one rollup: parallel columns. ``starts`` in seconds since 1970; ``sums``: one column per count."""

    nodes: list[str]
    slices: list[str]
    starts: list[int]
    sums: list[list[int]]
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


def read_drained(drained: bytes) -> pd.DataFrame:
    """The answer of a drain, as CSV with the columns of ``DRAINED``."""
    texts = dict.fromkeys(("node", "slices", "source"), str)
    kinds = {name: texts.get(name, "int64") for name in DRAINED}
    return pd.read_csv(BytesIO(drained), header=None, names=list(DRAINED), dtype=kinds, keep_default_na=False)


def per_slice(frame: pd.DataFrame) -> Changes:
    """Repeat each change once for every slice that it counts in."""
    frame = frame[frame["sign"] != 0]
    node, nodes = pd.factorize(frame["node"])
    combination, combinations = pd.factorize(frame["slices"])
    members = [json.loads(text) for text in combinations]
    flat, slices = pd.factorize(np.array([key for keys in members for key in keys], dtype=object))
    lengths = np.array([len(keys) for keys in members], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    times = lengths[combination] if len(frame) else np.zeros(0, dtype=np.int64)
    row = np.repeat(np.arange(len(frame)), times)
    within = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    place = flat[np.repeat(starts[combination], times) + within] if len(row) else np.zeros(0, dtype=np.int64)
    pair = node[row].astype(np.int64) * max(1, len(slices)) + place

    def column(name: str) -> Ints:
        return frame[name].to_numpy(dtype=np.int64)[row]

    return Changes(
        [str(key) for key in nodes],
        [str(key) for key in slices],
        pair,
        column("sign"),
        column("entered"),
        column("left"),
        column("due"),
        column("way_out"),
        column("dwell_us"),
        column("measured") == 1,
        column("missed") == 1,
        column("cents"),
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
    keys, place = np.unique(np.concatenate(parts), return_inverse=True)
    sums = np.zeros((len(filed), len(keys)), dtype=np.int64)
    end = 0
    for number, (minute, mask, amount) in enumerate(filed):
        begin, end = end, end + len(parts[number])
        np.add.at(sums[number], place[begin:end], amount[mask & (minute >= since)])
    held = gone & changes.measured & (changes.left >= since)
    cells = _cells(changes, held, keys, step)
    return _rows(changes, keys, sums, cells, step)


def open_deltas(changes: Changes, minute: Ints) -> tuple[list[str], list[str], list[int], list[int], list[int]]:
    """Visits in progress by a minute of theirs: nodes, slices, starts in seconds since 1970, visits, hundredths."""
    mask = changes.way_out == OPEN
    keys, place = np.unique(_keys(changes.pair, minute, mask, 1), return_inverse=True)
    sums = np.zeros((2, len(keys)), dtype=np.int64)
    np.add.at(sums[0], place, changes.sign[mask])
    np.add.at(sums[1], place, (changes.sign * changes.cents)[mask])
    kept = sums.any(axis=0)
    nodes, slices, starts = _names(changes, keys[kept], 1)
    return nodes, slices, starts, sums[0, kept].tolist(), sums[1, kept].tolist()


def _keys(pair: Ints, minute: Ints, mask: Mask, step: int) -> Ints:
    """Pair of node and slice, and the step that the minute lies in, as one number that sorts by both."""
    return pair[mask] * _SHIFT + (minute[mask] // step + _SHIFT // 2)


def _names(changes: Changes, keys: Ints, step: int) -> tuple[list[str], list[str], list[int]]:
    pair, start = keys // _SHIFT, (keys % _SHIFT - _SHIFT // 2) * step * 60
    node, place = np.divmod(pair, max(1, len(changes.slices)))
    nodes = [changes.nodes[code] for code in node.tolist()]
    return nodes, [changes.slices[code] for code in place.tolist()], start.tolist()


def _cells(changes: Changes, held: Mask, keys: Ints, step: int) -> tuple[Ints, Ints, Ints]:
    """Row, cell and count of each histogram cell that changes, by row and cell."""
    row = np.searchsorted(keys, _keys(changes.pair, changes.left, held, step))
    cell = cells_of(buckets_of(changes.dwell_us[held] / 1e6), changes.way_out[held] != NEXT)
    both, place = np.unique(row * _CELLS + cell, return_inverse=True)
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
        [column.tolist() for column in sums[:, kept]],
        _literals(cell.tolist(), spans),
        _literals(count.tolist(), spans),
    )


def _literals(values: list[int], spans: list[tuple[int, int]]) -> list[str]:
    """Arrays as PostgreSQL writes them, one for each span of the values."""
    texts = [str(value) for value in values]
    return ["{" + ",".join(texts[begin:end]) + "}" for begin, end in spans]
