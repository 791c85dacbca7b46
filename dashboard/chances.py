"""Exact chances that a count is as great as it was: draws without replacement, and Poisson."""

from functools import cache
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray


def tail_of_draws(late: int, visits: int, all_late: int, all_visits: int) -> float:
    """The chance that ``visits`` drawn from ``all_visits``, of which ``all_late`` are late, hold ``late`` or more.

    The tail of the hypergeometric distribution: the one-sided p-value of Fisher's exact test.
    """
    most = min(visits, all_late)
    if late <= max(0, visits + all_late - all_visits):
        return 1.0
    if late > most:
        return 0.0
    found = np.arange(late, most + 1)
    logs = _choices(all_late, found) + _choices(all_visits - all_late, visits - found)
    return float(min(1.0, np.exp(logs - _choose(all_visits, visits)).sum()))


def poisson_tail(mean: float, count: int) -> float:
    """The chance that a Poisson number of this mean is ``count`` or more."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return max(0.0, 1.0 - sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count)))
    term = exp(count * log(mean) - mean - lgamma(count + 1))
    total, k = 0.0, count
    while term > total * 1e-16 and term > 0:
        total += term
        k += 1
        term *= mean / k
    return min(1.0, total)


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _choices(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    logs = _log_factorials(1 << max(int(n).bit_length(), 10))
    return np.asarray(logs[n] - logs[k] - logs[n - k])


@cache
def _log_factorials(size: int) -> NDArray[np.float64]:
    """Logarithms of 0!, 1!, ... up to a power of two: few tables serve every size."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
