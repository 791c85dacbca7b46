"""The chance that a visit lasts longer than u, from finished and unfinished visits alike.

Breslow-Fleming-Harrington estimate with delayed entry: S(u) = exp(-H(u)), where each of the d visits that end at one
age among n at risk adds 1/(n-k), k = 0..d-1, to H, and 1/(n-k)^2 to its variance. (Fleming, Harrington: Nonparametric
estimation of the survival distribution in censored data, 1984; Klein, Moeschberger: Survival Analysis, 4.2-4.6.)
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dashboard.evidence import Observations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_Z = NormalDist().inv_cdf(0.975)
_EXACT = 256
_EULER = 0.57721566490153286


@dataclass(frozen=True, slots=True)
class Curve:
    """S as a step function: ``hazard[i]`` and ``variance[i]`` hold from age ``times[i]`` on (seconds, rising).

    ``last_seen``: the greatest age at which any visit was seen; past it S is carried on flat.
    """

    times: Floats
    hazard: Floats
    variance: Floats
    last_seen: float

    def at(self, age: float) -> float:
        """S(age)."""
        return math.exp(-self._upto(self.hazard, age))

    def interval(self, age: float) -> tuple[float, float]:
        """The log-log 95 % interval of S(age): low, high. Both 1 where nothing has ended yet."""
        hazard = self._upto(self.hazard, age)
        if hazard == 0:
            return 1.0, 1.0
        width = _Z * math.sqrt(self._upto(self.variance, age)) / hazard
        return math.exp(-hazard * math.exp(width)), math.exp(-hazard * math.exp(-width))

    def rmst(self, cap: float) -> float:
        """The mean of min(duration, cap): the integral of S from 0 to ``cap``, in seconds."""
        inside = int(np.searchsorted(self.times, cap, side="left"))
        steps = np.concatenate(([0.0], self.times[:inside], [cap]))
        heights = np.exp(-np.concatenate(([0.0], self.hazard[:inside])))
        return float(np.diff(steps) @ heights)

    def rmst_interval(self, cap: float) -> tuple[float, float]:
        """The 95 % interval of ``rmst(cap)``, in seconds: low, high. Without width where nothing has ended yet.

        The variance is the sum of A(t)^2 v(t) over the ages t at which visits end: A(t) is the integral of S from t
        to ``cap``, v(t) what the variance of H grows by there. On the logarithm, so that it stays positive.
        (Klein, Moeschberger, 4.5.)
        """
        inside = int(np.searchsorted(self.times, cap, side="left"))
        mean = self.rmst(cap)
        widths = np.diff(np.concatenate((self.times[:inside], [cap])))
        beyond = np.cumsum((widths * np.exp(-self.hazard[:inside]))[::-1])[::-1]
        grown = np.diff(self.variance[:inside], prepend=0.0)
        factor = math.exp(_Z * math.sqrt(float(beyond**2 @ grown)) / mean)
        return mean / factor, mean * factor

    def unseen(self, cap: float) -> float:
        """The part of ``rmst(cap)``, in seconds, that comes from ages which no visit has reached."""
        return max(0.0, cap - self.last_seen) * self.at(self.last_seen)

    def _upto(self, sums: Floats, age: float) -> float:
        place = int(np.searchsorted(self.times, age, side="right"))
        return float(sums[place - 1]) if place else 0.0


def watched(observations: Observations, age: float) -> float:
    """The seconds that visits were seen waiting at ages below ``age``, all visits together."""
    until = np.minimum(observations.duration, age)
    return float(np.maximum(until - np.minimum(observations.entry, age), 0.0) @ observations.weight)


def lowest_without_ends(observations: Observations, age: float, until: float) -> float:
    """The lower 95 % limit of S(age) where no visit was seen to end at ages below ``until``: there is no interval then.

    At a constant rate h the chance of no end in T watched seconds is exp(-hT); it is 2.5 % at h = -ln(0.025) / T.
    (The rule of three: Hanley, Lippman-Hand: If nothing goes wrong, is everything all right? JAMA 1983.)
    """
    seen = watched(observations, until)
    return math.exp(math.log(0.025) * age / seen) if seen > 0 else 0.0


def lowest_mean_without_ends(observations: Observations, cap: float) -> float:
    """The lower 95 % limit of the RMST, in seconds, where no visit was seen to end at ages below ``cap``.

    The integral of the lower limit of S: (1 - exp(-h cap)) / h, h as there.
    """
    seen = watched(observations, cap)
    rate = -math.log(0.025) / seen if seen > 0 else math.inf
    return (1 - math.exp(-rate * cap)) / rate


def survival(observations: Observations) -> Curve:
    """The curve of these visits; without any, S is 1.

    A visit is at risk at the ages above its ``entry``, up to and with its ``duration``; those with the smallest entry
    also at that age. So a visit that ends at the age of its entry counts against the others only, and where nobody
    is at risk nothing is learned.
    """
    weight = np.rint(observations.weight).astype(np.int64)
    ended = observations.event & (weight > 0)
    if not ended.any():
        return Curve(np.empty(0), np.empty(0), np.empty(0), _last(observations))
    times, place = np.unique(observations.duration[ended], return_inverse=True)
    deaths = np.bincount(place, weights=weight[ended]).astype(np.int64)
    at_risk = _at_risk(times, observations.entry, observations.duration, weight)
    remaining = np.maximum(at_risk - deaths, 0)
    hazard = np.cumsum(_harmonic(at_risk) - _harmonic(remaining))
    variance = np.cumsum(_tail_of_squares(remaining) - _tail_of_squares(at_risk))
    return Curve(times, hazard, variance, _last(observations))


def _last(observations: Observations) -> float:
    seen = observations.duration[observations.weight > 0]
    return float(seen.max()) if len(seen) else 0.0


def _at_risk(times: Floats, entry: Floats, duration: Floats, weight: Ints) -> Ints:
    first = entry[weight > 0].min()
    entered = _weight_below(times, entry, weight)
    entered[times == first] = weight[entry == first].sum()
    return entered - _weight_below(times, duration, weight)


def _weight_below(times: Floats, values: Floats, weight: Ints) -> Ints:
    order = np.argsort(values, kind="stable")  # much of it is in order already, which this makes use of
    sums = np.concatenate(([0], np.cumsum(weight[order])))
    below: Ints = sums[np.searchsorted(values[order], times, side="left")]
    return below


def _harmonic(n: Ints) -> Floats:
    """1 + 1/2 + ... + 1/n: summed up to 256, by the Euler-Maclaurin series (error under 1e-17) above."""
    if n.max(initial=0) <= _EXACT:
        return _HARMONIC[n]
    large = np.maximum(n, _EXACT).astype(np.float64)
    square = 1 / (large * large)
    series = np.log(large) + _EULER + 0.5 / large - square / 12 + square * square / 120
    return np.where(n <= _EXACT, _HARMONIC[np.minimum(n, _EXACT)], series)


def _tail_of_squares(n: Ints) -> Floats:
    """1/(n+1)^2 + 1/(n+2)^2 + ...: a difference of two tails keeps its digits where one of two sums would not."""
    if n.max(initial=0) < _EXACT:
        return _TAIL[n]
    return np.where(n < _EXACT, _TAIL[np.minimum(n, _EXACT)], _far_tail(np.maximum(n, _EXACT).astype(np.float64)))


def _far_tail(n: Floats) -> Floats:
    return 1 / n - 1 / (2 * n**2) + 1 / (6 * n**3) - 1 / (30 * n**5)


_HARMONIC: Floats = np.concatenate(([0.0], np.cumsum(1 / np.arange(1.0, _EXACT + 1))))
_TAIL: Floats = np.concatenate((np.cumsum(1 / np.arange(_EXACT, 0.0, -1) ** 2)[::-1], [0.0])) + float(
    _far_tail(np.array(float(_EXACT)))
)
