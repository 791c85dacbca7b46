"""Quantiles of weighted values: always one of the values, never a point between two."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDING = 1e-9


def quantile(values: Floats, weight: Floats, share: float) -> float | None:
    """The smallest value such that at least ``share`` of the weight lies at or below it; ``None`` without any weight.

    The inverted distribution function: type 1 of Hyndman, Fan: Sample quantiles in statistical packages, 1996.
    """
    order = np.argsort(values)
    sums = np.cumsum(weight[order])
    if not len(sums) or sums[-1] <= 0:
        return None
    place = int(np.searchsorted(sums, max(share * sums[-1] - _ROUNDING, _ROUNDING)))
    return float(values[order][place])
