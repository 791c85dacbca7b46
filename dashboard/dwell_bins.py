"""Bins of readable widths for durations: what the axis of a dwell distribution is cut into."""

import numpy as np

from dashboard.evidence import Floats

_SECOND, _MINUTE, _HOUR, _DAY = 1.0, 60.0, 3600.0, 86_400.0
_WIDTHS = (
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 4, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 56, 112, 364)),
)
BINS = 24


def bin_edges(longest: float) -> tuple[float, ...]:
    """Edges in seconds: from 0, in at most 24 equal steps of a readable width, to ``longest`` or just past it."""
    width = next((width for width in _WIDTHS if longest <= width * BINS), max(longest, 1.0) / BINS)
    bins = max(1, int(np.ceil(longest / width - 1e-9)))
    return tuple(width * place for place in range(bins + 1))


def binned(edges: tuple[float, ...], seconds: Floats, weight: Floats) -> tuple[int, ...]:
    """How many durations fall into each bin ``[edge, next edge)``; the last takes all that are longer."""
    place = np.clip(np.searchsorted(edges, seconds, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(place, weights=weight, minlength=len(edges) - 1)
    return tuple(int(count) for count in np.rint(counts))
