"""Index, load, and what chance can do."""

from decimal import Decimal, getcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.congestion import congestion_index, load_index, poisson_quantile

getcontext().prec = 60


def slow_poisson_quantile(mean: float) -> int:
    """The definition, term by term, with sixty digits."""
    chance = total = (-Decimal(mean)).exp()
    k = 0
    while total < Decimal("0.99999"):
        k += 1
        chance = chance * Decimal(mean) / k
        total += chance
    return k


def test_index_by_hand() -> None:
    """48 minutes where 20 are usual: 2.4 times as slow."""
    assert congestion_index(48 * 60, 20 * 60) == pytest.approx(2.4)


def test_load_by_hand() -> None:
    """120 arrivals an hour that usually take half an hour keep 60 in progress; 90 are one and a half times as many."""
    assert load_index(90, 120, 3600, 1800) == pytest.approx(1.5)
    assert load_index(90, 480, 4 * 3600, 1800) == pytest.approx(1.5)


def test_what_cannot_be_known() -> None:
    """Nothing usual, or no arrivals: unknown, not 0 and not infinite."""
    assert congestion_index(None, 5.0) is None
    assert congestion_index(5.0, None) is None
    assert congestion_index(5.0, 0.0) is None
    assert load_index(5, 0, 3600, 60.0) is None
    assert load_index(5, 5, 3600, None) is None
    assert load_index(5, 5, 3600, 0.0) is None


def test_poisson_by_hand() -> None:
    """Mean 2: P(more than 9) = 4.65e-5, P(more than 10) = 8.3e-6, so 10. Mean 0: nothing ever comes."""
    assert poisson_quantile(2.0) == 10
    assert poisson_quantile(0.0) == 0
    assert poisson_quantile(1e-6) == 0
    assert poisson_quantile(0.001) == 1


@settings(max_examples=150, deadline=None)
@given(st.floats(1e-9, 400))
def test_poisson_term_by_term(mean: float) -> None:
    """The quantile is that of the definition."""
    assert poisson_quantile(mean) == slow_poisson_quantile(mean)


def test_poisson_of_many() -> None:
    """A mean of 100,000 is no trouble; the normal approximation is 4.265 standard deviations up."""
    assert poisson_quantile(100_000.0) == pytest.approx(100_000 + 4.265 * 100_000**0.5, abs=5)
