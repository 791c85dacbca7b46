"""Exact chances that a count is as great as it was: draws without replacement, and Poisson; the ratio of two rates."""

from functools import cache
from math import exp, inf, lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-9
_FARTHEST = 40.0  # as the logarithm of a ratio


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


def ratio_interval(late: int, visits: int, others_late: int, others: int, reach: float) -> tuple[float, float]:
    """Where late / visits over others_late / others may lie; ``reach`` is the normal quantile, 1.96 for 95 %.

    The score interval of Koopman: Confidence intervals for the ratio of two binomial proportions, Biometrics 1984.
    Unlike that of the logarithms it holds with few late visits, and agrees with the test. Without any among the
    others there is no upper end.
    """
    counts = late, visits, others_late, others
    found = (late / visits) / (others_late / others) if others_late else inf
    low = _crossing(counts, reach, 0.0, found) if late else 0.0
    return low, _crossing(counts, reach, inf, found) if others_late else inf


def _crossing(counts: tuple[int, int, int, int], reach: float, outside: float, inside: float) -> float:
    """The ratio between one that is in the interval and one that is not, at which its score is as large as allowed."""
    near = log(inside) if 0 < inside < inf else _FARTHEST if inside else -_FARTHEST
    far = _FARTHEST if outside else -_FARTHEST
    for _ in range(80):
        middle = (near + far) / 2
        near, far = (middle, far) if _score(*counts, exp(middle)) < reach**2 else (near, middle)
    return exp(near)


def _score(late: int, visits: int, others_late: int, others: int, ratio: float) -> float:
    """How far the counts are from this ratio: chi-squared with one degree of freedom."""
    a = (visits + others) * ratio
    b = visits * ratio + late + others + others_late * ratio
    rate = (b - sqrt(max(0.0, b * b - 4 * a * (late + others_late)))) / (2 * a)
    return _misfit(late, visits, min(1.0, ratio * rate)) + _misfit(others_late, others, rate)


def _misfit(late: int, visits: int, rate: float) -> float:
    apart = (late - visits * rate) ** 2
    return apart / (visits * rate * (1 - rate)) if 0 < rate < 1 else 0.0 if apart < _ROUNDING else inf


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _choices(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    logs = _log_factorials(1 << max(int(n).bit_length(), 10))
    return np.asarray(logs[n] - logs[k] - logs[n - k])


@cache
def _log_factorials(size: int) -> NDArray[np.float64]:
    """Logarithms of 0!, 1!, ... up to a power of two: few tables serve every size."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
