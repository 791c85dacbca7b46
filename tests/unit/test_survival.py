"""The survival curve: against the lifelines package, against the definition written out, and by hand."""

import math
import time
import warnings
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from dashboard.evidence import Observations
from dashboard.survival import Curve, lowest_mean_without_ends, survival

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifelines import BreslowFlemingHarringtonFitter

Visit = tuple[float, float, bool]
"""Entry, duration, event."""

Z = 1.959963984540054


def columns(visits: list[Visit], weight: list[int] | None = None) -> Observations:
    """The visits as columns, each standing for one unless weighted."""
    entry, duration, event = (list(column) for column in zip(*visits, strict=True)) if visits else ([], [], [])
    return Observations(
        np.array(entry, dtype=np.float64),
        np.array(duration, dtype=np.float64),
        np.array(event, dtype=np.bool_),
        np.array(weight if weight is not None else [1] * len(visits), dtype=np.float64),
    )


def by_definition(visits: list[Visit], age: float) -> tuple[float, float]:
    """Cumulative hazard and variance up to an age: one visit after the other, in plain Python."""
    hazard = variance = 0.0
    first = min((entry for entry, _, _ in visits), default=0.0)
    for u, deaths in sorted(Counter(duration for _, duration, event in visits if event).items()):
        at_risk = sum(1 for entry, duration, _ in visits if (entry < u or entry == u == first) and duration >= u)
        if u <= age:
            hazard += sum(1 / (at_risk - k) for k in range(min(deaths, at_risk)))
            variance += sum(1 / (at_risk - k) ** 2 for k in range(min(deaths, at_risk)))
    return hazard, variance


@st.composite
def visit_lists(draw: st.DrawFn, *, whole: bool = False, most: int = 40) -> list[Visit]:
    """Visits with durations that often tie (``whole``) or hardly ever do."""
    age = st.integers(0, 12).map(float) if whole else st.floats(0, 1000)
    rows = draw(st.lists(st.tuples(age, age, st.booleans()), min_size=1, max_size=most))
    from_start = draw(st.booleans())
    return [(0.0 if from_start else min(a, b), max(a, b), event) for a, b, event in rows]


def fitted(visits: list[Visit]) -> BreslowFlemingHarringtonFitter:
    """The reference; where it fails, the example is left out.

    lifelines 0.30 reads past the end of its table where a visit ends as it enters and nobody else is at risk.
    """
    entry, duration, event = (np.array(column, dtype=np.float64) for column in zip(*visits, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return BreslowFlemingHarringtonFitter().fit(duration, event, entry=entry)
        except IndexError:
            reject()


def defined(fitter: BreslowFlemingHarringtonFitter) -> bool:
    """Whether somebody is at risk at every age of the reference.

    Elsewhere lifelines 0.30 adds the harmonic number of the largest risk set to the hazard, by a negative index.
    """
    entrants = fitter.event_table["entrance"].copy()
    entrants.iloc[0] = 0
    return bool(((fitter.event_table["at_risk"] - entrants) > 0).all())


def assert_agrees(curve: Curve, fitter: BreslowFlemingHarringtonFitter) -> None:
    """S and its interval at every age of the reference, to 1e-9."""
    survival_function = fitter.survival_function_.iloc[:, 0]
    intervals = fitter.confidence_interval_
    for age in survival_function.index:
        assert curve.at(age) == pytest.approx(survival_function.loc[age], abs=1e-9)
        assert curve.interval(age) == pytest.approx(sorted(intervals.loc[age]), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(visit_lists())
def test_agrees_with_lifelines(visits: list[Visit]) -> None:
    """S and interval equal the reference on visits of any length and entry."""
    fitter = fitted(visits)
    assume(defined(fitter))
    assert_agrees(survival(columns(visits)), fitter)


@settings(max_examples=60, deadline=None)
@given(visit_lists(whole=True))
@example([(0.0, 0.0, True), (0.0, 1.0, True)])
def test_agrees_with_lifelines_where_everything_ties(visits: list[Visit]) -> None:
    """Ends that coincide with ends, with entries, and with their own entry."""
    fitter = fitted(visits)
    assume(defined(fitter))
    assert_agrees(survival(columns(visits)), fitter)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_lifelines_on_many(seed: int) -> None:
    """Thousands of visits, more at risk than the exact harmonic table holds, with delayed entry and ties."""
    random = np.random.default_rng(seed)
    duration = np.ceil(random.exponential(1800, 3000))
    entry = np.where((random.random(3000) < 0.6) | (duration > 9000), 0.0, np.floor(duration * random.random(3000)))
    rows = list(zip(entry.tolist(), duration.tolist(), (random.random(3000) < 0.7).tolist(), strict=True))
    visits = [(entry, duration, bool(event)) for entry, duration, event in rows]
    fitter = fitted(visits)
    assert defined(fitter)
    assert_agrees(survival(columns(visits)), fitter)


@settings(max_examples=100, deadline=None)
@given(visit_lists(whole=True), st.floats(0, 15))
def test_is_its_definition(visits: list[Visit], age: float) -> None:
    """One visit after the other gives the same, also where the reference is not defined."""
    curve, (hazard, variance) = survival(columns(visits)), by_definition(visits, age)
    assert curve.at(age) == pytest.approx(math.exp(-hazard), abs=1e-12)
    if hazard:
        factor = math.exp(Z * math.sqrt(variance) / hazard)
        assert curve.interval(age) == pytest.approx((math.exp(-hazard * factor), math.exp(-hazard / factor)), abs=1e-12)
    else:
        assert curve.interval(age) == (1, 1)


@settings(max_examples=50, deadline=None)
@given(visit_lists(whole=True, most=12), st.data())
def test_a_weight_is_so_many_visits(visits: list[Visit], data: st.DataObject) -> None:
    """A row of weight n is n rows, and one of weight 0 is not there."""
    weight = data.draw(st.lists(st.integers(0, 400), min_size=len(visits), max_size=len(visits)))
    written_out = [visit for visit, n in zip(visits, weight, strict=True) for _ in range(n)]
    weighted, plain = survival(columns(visits, weight)), survival(columns(written_out))
    for age in range(14):
        assert weighted.at(age) == pytest.approx(plain.at(age), abs=1e-12)
        assert weighted.interval(age) == pytest.approx(plain.interval(age), abs=1e-12)
    assert weighted.last_seen == plain.last_seen


@settings(max_examples=100, deadline=None)
@given(visit_lists(), st.floats(0.1, 2000))
def test_rmst_is_the_integral(visits: list[Visit], cap: float) -> None:
    """The sum of the steps, taken from the values of S between all ages that occur."""
    curve = survival(columns(visits))
    ages = sorted({0.0, cap, *(duration for _, duration, _ in visits if duration < cap)})
    area = sum((b - a) * curve.at(a) for a, b in pairwise(ages))
    assert curve.rmst(cap) == pytest.approx(area, abs=1e-9 * cap)
    assert 0 < curve.rmst(cap) <= cap * (1 + 1e-12)


def test_by_hand() -> None:
    """The worked example of docs/numbers.md: seven visits in the hour from 12:00, allowance 30 minutes."""
    visits = [(10, 20, True), (0, 20, True), (0, 10, True), (0, 30, False), (0, 25, False), (40, 100, False)]
    curve = survival(columns([*visits, (0, 40, True)]))
    assert curve.times.tolist() == [10, 20, 40]
    assert curve.hazard == pytest.approx([0.20, 0.65, 1.65])  # 1/5; 1/5 + 1/4 more; 1 more
    assert curve.variance == pytest.approx([0.04, 0.1425, 1.1425])
    assert curve.at(30) == pytest.approx(0.52205, abs=5e-6)
    assert curve.interval(30) == pytest.approx((0.13148, 0.81201), abs=5e-6)
    assert curve.rmst(60) == pytest.approx(32.46922, abs=5e-6)


def test_nobody() -> None:
    """Without visits nothing has ended: S is 1 and the mean is the cap."""
    curve = survival(columns([]))
    assert (curve.at(5), curve.interval(5), curve.rmst(10)) == (1, (1, 1), 10)


def test_everyone_censored() -> None:
    """A full stop: S stays 1, carried on flat past the oldest visit."""
    curve = survival(columns([(0, 5, False), (2, 9, False)]))
    assert (curve.at(100), curve.interval(100), curve.rmst(20)) == (1, (1, 1), 20)
    assert curve.last_seen == 9 and curve.unseen(20) == 11 and curve.unseen(9) == 0


def test_one_visit() -> None:
    """A single visit that left: S falls to 1/e, not to 0, and stays there."""
    curve = survival(columns([(0, 5, True)]))
    assert curve.at(4.999) == 1 and curve.at(5) == curve.at(99) == pytest.approx(math.exp(-1))
    assert curve.rmst(10) == pytest.approx(5 + 5 * math.exp(-1))


def test_left_at_once() -> None:
    """A dwell of 0 is an end among all that came: of four, 1/4."""
    curve = survival(columns([(0, 0, True), (0, 3, False), (0, 4, True), (0, 4, False)]))
    assert curve.at(0) == pytest.approx(math.exp(-0.25))


def test_an_emptied_risk_set_teaches_nothing() -> None:
    """The first leaves alone at 5, the next is seen from 7 to 10: 1/1 + 1/1, and nothing for the gap between."""
    curve = survival(columns([(0, 5, True), (7, 10, True)]))
    assert curve.at(8) == pytest.approx(math.exp(-1))
    assert curve.at(10) == pytest.approx(math.exp(-2))


def test_ended_at_the_age_of_entry() -> None:
    """A visit seen for no time at all has no risk of its own: alone it teaches nothing."""
    assert survival(columns([(3, 3, True), (0, 2, False)])).at(5) == 1
    assert survival(columns([(3, 3, True), (0, 9, False), (0, 9, False)])).at(5) == pytest.approx(math.exp(-0.5))


def test_millions_at_risk_keep_their_digits() -> None:
    """A million at risk, one end: hazard 1e-6 and variance 1e-12, not lost in a difference of long sums."""
    curve = survival(columns([(0, 5, True), (0, 9, False)], [1, 999_999]))
    assert curve.hazard[0] == pytest.approx(1e-6, rel=1e-8)
    assert curve.variance[0] == pytest.approx(1e-12, rel=1e-6)


def test_is_fast() -> None:
    """5,000 rows in about a millisecond; ten are allowed here, for machines that are busy."""
    random = np.random.default_rng(1)
    duration = random.exponential(100, 5000)
    seen = Observations(duration * random.random(5000), duration, random.random(5000) < 0.7, np.ones(5000))
    took = []
    for _ in range(9):
        begin = time.perf_counter()
        survival(seen).rmst(300)
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.01


@settings(max_examples=60, deadline=None)
@given(visit_lists(whole=True), st.integers(1, 15))
def test_the_interval_of_the_mean_is_as_defined(visits: list[Visit], cap: int) -> None:
    """Second by second, in plain Python: the mean, what is left of it after each end, and the variance of the ends."""
    heights = [math.exp(-by_definition(visits, second)[0]) for second in range(cap)]
    steps = [by_definition(visits, age)[1] - (by_definition(visits, age - 1)[1] if age else 0) for age in range(cap)]
    deviation = math.sqrt(sum(step * sum(heights[age:]) ** 2 for age, step in enumerate(steps)))
    factor = math.exp(Z * deviation / sum(heights))
    low, high = survival(columns(visits)).rmst_interval(cap)
    assert (low, high) == pytest.approx((sum(heights) / factor, sum(heights) * factor), rel=1e-6)


def test_the_interval_of_the_mean_holds_the_truth_in_95_of_100() -> None:
    """Exponential dwells of 10 min mean, censored at random, seen up to 20 min: the mean is 10 (1 - exp(-2))."""
    random, held = np.random.default_rng(8), 0
    for _ in range(400):
        work, patience = random.exponential(600, 80), random.exponential(1200, 80)
        seen = Observations(np.zeros(80), np.minimum(work, patience), work <= patience, np.ones(80))
        low, high = survival(seen).rmst_interval(1200)
        held += low <= 600 * (1 - math.exp(-2)) <= high
    assert 0.92 <= held / 400 <= 0.98


def test_without_ends_the_mean_has_a_lower_limit() -> None:
    """Ten visits seen for 600 s below a cap of 900: h = 3.69 / 6000, (1 - exp(-900 h)) / h = 690.7 s; unseen: 0."""
    rate = -math.log(0.025) / 6000
    waiting = columns([(0.0, 600.0, False)] * 10)
    assert lowest_mean_without_ends(waiting, 900) == pytest.approx((1 - math.exp(-900 * rate)) / rate)
    assert lowest_mean_without_ends(columns([(950.0, 960.0, False)]), 900) == 0
