"""Exact tails of counts, against sums of fractions."""

from fractions import Fraction
from math import comb, exp, factorial

import pytest

from dashboard.chances import poisson_tail, ratio_interval, tail_of_draws


def by_fractions(late: int, visits: int, all_late: int, all_visits: int) -> float:
    """The same sum without a rounding."""
    ways = sum(
        comb(all_late, k) * comb(all_visits - all_late, visits - k) for k in range(late, min(visits, all_late) + 1)
    )
    return float(Fraction(ways, comb(all_visits, visits)))


@pytest.mark.parametrize(
    "counts",
    [(30, 40, 33, 100), (1, 5, 5, 10), (5, 5, 5, 10), (24, 24, 33, 100), (6, 16, 9, 76), (300, 900, 500, 3000)],
)
def test_draws_without_replacement(counts: tuple[int, int, int, int]) -> None:
    """Fisher's tail, to ten digits."""
    assert tail_of_draws(*counts) == pytest.approx(by_fractions(*counts), rel=1e-9)


def test_draws_that_cannot_be_fewer_or_as_many() -> None:
    """Eight of ten drawn, nine late: at least seven must be; nine cannot be."""
    assert tail_of_draws(7, 8, 9, 10) == 1.0
    assert tail_of_draws(9, 8, 9, 10) == 0.0
    assert tail_of_draws(0, 0, 3, 10) == 1.0


@pytest.mark.parametrize(("mean", "count"), [(2.0, 11), (2.0, 1), (10.0, 10), (0.5, 3), (40.0, 70)])
def test_poisson(mean: float, count: int) -> None:
    """One less the chances of all that is fewer."""
    fewer = sum(mean**k * exp(-mean) / factorial(k) for k in range(count))
    assert poisson_tail(mean, count) == pytest.approx(1 - fewer, abs=1e-13)


def test_poisson_at_its_ends() -> None:
    """None is always reached; without any expected, one is not."""
    assert (poisson_tail(3.0, 0), poisson_tail(0.0, 1), poisson_tail(0.0, 0)) == (1.0, 0.0, 1.0)
    assert 0.0 < poisson_tail(1.0, 120) < 1e-190


def test_the_interval_of_a_ratio() -> None:
    """Koopman's own example, 36 of 40 over 16 of 80, as it was published: 2.94 to 7.15."""
    assert ratio_interval(36, 40, 16, 80, 1.959964) == pytest.approx((2.94, 7.15), abs=5e-3)


def test_the_interval_of_a_ratio_at_its_ends() -> None:
    """Without any late on one side it is open there; where both are the same it holds 1."""
    assert ratio_interval(0, 10, 3, 20, 1.96)[0] == 0.0
    low, high = ratio_interval(20, 20, 0, 240, 2.8)
    assert 1 < low < 100 and high == float("inf")
    low, high = ratio_interval(10, 10, 10, 10, 1.96)
    assert low < 1 < high
