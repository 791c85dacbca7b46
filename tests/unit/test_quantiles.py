"""Weighted quantiles, against numpy and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.quantiles import quantile

rows = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), min_size=1, max_size=60)
shares = st.sampled_from([0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0])


def test_by_hand() -> None:
    """Of 10, 20, 30, 40: half of them are at most 20; 95 % of 20 times 5 s and once 9 s is 5 s, of 18 and 2 it is 9."""
    four = np.array([40.0, 10.0, 30.0, 20.0])
    assert quantile(four, np.ones(4), 0.5) == 20
    assert quantile(four, np.ones(4), 0.51) == 30
    assert quantile(np.array([9.0, 5.0]), np.array([1.0, 20.0]), 0.95) == 5
    assert quantile(np.array([9.0, 5.0]), np.array([2.0, 18.0]), 0.95) == 9
    assert quantile(np.array([9.0, 5.0]), np.array([1.0, 19.0]), 0.95) == 5  # exactly 95 %
    hundred = np.arange(1.0, 101.0)
    assert [quantile(hundred, np.ones(100), share) for share in (0.07, 0.29, 0.95, 1.0)] == [7, 29, 95, 100]


def test_nothing_has_no_quantile() -> None:
    """No value, or no weight: unknown, not 0."""
    assert quantile(np.empty(0), np.empty(0), 0.5) is None
    assert quantile(np.array([3.0]), np.array([0.0]), 0.5) is None


@given(rows, shares)
def test_as_numpy_on_the_rows_written_out(pairs: list[tuple[int, int]], share: float) -> None:
    """A row of weight n is n rows; a row without weight is not there."""
    values, weight = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    found = quantile(values, weight, share)
    written_out = np.repeat(values, weight.astype(int))
    if not len(written_out):
        assert found is None
        return
    assert found == pytest.approx(np.quantile(written_out, share, method="inverted_cdf"))
