"""Durations in buckets of equal ratio: integer counts that merge and subtract, with a known relative error.

Bucket ``b`` holds the durations of ``(g^(b-1), g^b]`` seconds, bucket 0 all up to one second; g = (1+a)/(1-a), a = 1 %.
Masson, Rim, Lee: DDSketch, VLDB 2019.
"""

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACCURACY = 0.01
GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
LAST_BUCKET = 1500
"""Some 340,000 years: whatever is longer counts as this long."""

# Comparing with a table of limits, not taking logarithms: one and the same duration always meets the same bucket.
_LIMITS = tuple(GROWTH**bucket for bucket in range(LAST_BUCKET))
_LIMIT_COLUMN: Floats = np.array(_LIMITS)


def bucket_of(seconds: float) -> int:
    """The bucket of one duration."""
    return bisect_left(_LIMITS, seconds)


def buckets_of(seconds: Floats) -> Ints:
    """The bucket of each duration."""
    return np.searchsorted(_LIMIT_COLUMN, seconds, side="left").astype(np.int64)


def representatives(buckets: NDArray[np.integer[Any]]) -> Floats:
    """The duration that stands for each bucket, in seconds: within 1 % of every duration above one second in it."""
    return 2 * np.power(GROWTH, buckets.astype(np.float64)) / (1 + GROWTH)


def limits(buckets: Ints) -> tuple[Floats, Floats]:
    """The shortest (excluded) and the longest duration of each bucket, in seconds."""
    upper = np.power(GROWTH, buckets.astype(np.float64))
    return np.where(buckets > 0, upper / GROWTH, 0.0), upper


def cells_of(buckets: Ints, censored: NDArray[np.bool_]) -> Ints:
    """The code of each visit's cell: twice the bucket, one more if it was censored."""
    return buckets * 2 + censored


def opened_cells(cells: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The bucket of each cell, and whether its visits were censored."""
    return cells >> 1, (cells & 1).astype(np.bool_)


def merged(cells: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """One histogram of many, given end to end: cells in order, each once, those that sum to zero left out."""
    distinct, place = np.unique(np.asarray(cells, dtype=np.int64), return_inverse=True)
    sums = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(sums, place, np.asarray(counts, dtype=np.int64))
    return distinct[sums != 0], sums[sums != 0]
