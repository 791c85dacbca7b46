"""Durations in buckets: error, limits, cells and merging."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.histogram import (
    GROWTH,
    LAST_BUCKET,
    bucket_of,
    buckets_of,
    cells_of,
    limits,
    merged,
    opened_cells,
    representatives,
)

cells = st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 9)), max_size=30)


def test_buckets_by_hand() -> None:
    """Growth: 1.01/0.99 = 1.0202...; one hour: ln 3600 / ln g = 8.18869 / 0.0200007 = 409.42, so bucket 410."""
    assert abs(GROWTH - 1.020202) < 1e-6
    assert [bucket_of(seconds) for seconds in (0, 0.4, 1, 1.0001, 1.02, 1.03, 3600)] == [0, 0, 0, 1, 1, 2, 410]
    assert representatives(np.array([410]))[0] == pytest.approx(2 * GROWTH**410 / (1 + GROWTH))
    assert representatives(np.array([410]))[0] == pytest.approx(3605.5, abs=0.1)


@given(st.floats(1.0000001, 1e9))
def test_no_duration_is_more_than_one_percent_off(seconds: float) -> None:
    """The duration that stands for a bucket is within 1 % of all in it, and the limits hold them."""
    bucket = bucket_of(seconds)
    assert bucket == pytest.approx(math.ceil(math.log(seconds) / math.log(GROWTH)), abs=1)
    column = np.array([bucket])
    assert abs(representatives(column)[0] / seconds - 1) <= 0.01 + 1e-9
    low, high = limits(column)
    assert low[0] * (1 - 1e-12) < seconds <= high[0] * (1 + 1e-12)


@given(st.lists(st.floats(0, 1e12), min_size=1))
def test_many_at_once_as_one_by_one(seconds: list[float]) -> None:
    """The column and the scalar never disagree, and a longer duration is never in a lower bucket."""
    buckets = buckets_of(np.array(sorted(seconds)))
    assert buckets.tolist() == [bucket_of(each) for each in sorted(seconds)]
    assert (np.diff(buckets) >= 0).all()


def test_what_is_absurdly_long_is_in_the_last_bucket() -> None:
    """No duration breaks the table."""
    assert bucket_of(1e300) == LAST_BUCKET == buckets_of(np.array([np.inf]))[0]
    assert np.isfinite(representatives(np.array([LAST_BUCKET]))[0])


@given(st.lists(st.tuples(st.integers(0, LAST_BUCKET), st.booleans()), min_size=1))
def test_cells_tell_bucket_and_censoring(pairs: list[tuple[int, bool]]) -> None:
    """A cell opened again is what went in; even cells left, odd ones were censored."""
    buckets, censored = (np.array(column) for column in zip(*pairs, strict=True))
    codes = cells_of(buckets, censored)
    back = opened_cells(codes)
    assert back[0].tolist() == buckets.tolist() and back[1].tolist() == censored.tolist()
    assert (codes % 2 == censored).all()


@given(cells)
def test_merging_sums_cell_by_cell(several: list[tuple[int, int]]) -> None:
    """Merged cells rise, each comes once, and none is zero."""
    expected: dict[int, int] = {}
    for cell, count in several:
        expected[cell] = expected.get(cell, 0) + count
    codes, counts = merged(np.array([c for c, _ in several]), np.array([n for _, n in several]))
    assert dict(zip(codes.tolist(), counts.tolist(), strict=True)) == {c: n for c, n in expected.items() if n}
    assert codes.tolist() == sorted(set(codes.tolist()))


@given(cells, cells)
def test_what_is_taken_back_leaves_no_trace(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    """Adding a histogram and subtracting it again gives the first one."""

    def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        return np.array([c for c, _ in pairs], dtype=np.int64), np.array([n for _, n in pairs], dtype=np.int64)

    (a, n), (b, m) = columns(one), columns(other)
    both = merged(np.concatenate([a, b, b]), np.concatenate([n, m, -m]))
    assert [column.tolist() for column in both] == [column.tolist() for column in merged(a, n)]
