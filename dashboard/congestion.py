"""How much slower and fuller a node is than usual, and how many orders may grow overdue before it is no accident."""

import math

import numpy as np

EXTRAORDINARY = 0.99999
SHORTEST = 1e-6
"""The usual time, in seconds, that can still be compared with: instants are known to a microsecond."""


def congestion_index(rmst_seconds: float | None, usual_seconds: float | None) -> float | None:
    """The mean time that a visit takes now by the usual one: 2.0 is twice as slow. ``None``: one of them is unknown."""
    if rmst_seconds is None or usual_seconds is None or usual_seconds < SHORTEST:
        return None
    return rmst_seconds / usual_seconds


def load_index(in_progress: int, entered: int, window_seconds: int, usual_seconds: float | None) -> float | None:
    """Visits in progress by those that should be: arrivals per second times the usual time (Little's law).

    ``None`` without arrivals in the window or without a usual time.
    """
    if not entered or usual_seconds is None or usual_seconds < SHORTEST:
        return None
    return in_progress / (entered / window_seconds * usual_seconds)


def poisson_quantile(mean: float, share: float = EXTRAORDINARY) -> int:
    """The smallest k that a Poisson count of this mean does not exceed with a probability of at least ``share``."""
    if mean < 1 - share:  # not even one is so likely
        return 0
    spread = 12 * math.sqrt(mean) + 40
    first, last = max(0, math.floor(mean - spread)), math.ceil(mean + spread)
    counts = np.arange(first + 1, last + 1, dtype=np.float64)
    start = first * math.log(mean) - mean - math.lgamma(first + 1)
    chances = np.exp(start + np.concatenate(([0.0], np.cumsum(np.log(mean / counts)))))
    # Summed from the far end, where the chances are small: the tail that decides keeps all its digits.
    beyond = np.cumsum(chances[::-1])[::-1] - chances
    return first + int(np.argmax(beyond <= (1 - share)))
