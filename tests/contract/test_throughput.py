"""What left a node in each hour of the past: from the rollups and from the visits alike."""

from datetime import timedelta

import pytest

from dashboard.slices import Slice
from datasource.throughput import left_by_hour
from tests.builders import cancelled, facts, hours, left, minutes
from tests.contract.told_store import short_lifeline, tell

TWO = short_lifeline(timedelta(minutes=30), timedelta(hours=2))
NOW = hours(0)


@pytest.fixture
def shop(store):
    """Left n1: A and B in the hour from -3, C in that from -2, D half a day earlier; E was cancelled there."""
    at = {"A": -170, "B": -121, "C": -119, "D": -730}
    told = []
    for order, minute in at.items():
        kind = {"channel": "x" if order in "AC" else "y", "warehouse": "w"}
        told += [facts(order, minutes(minute - 5), created_at=minutes(minute - 5), **kind)]
        told += [left("n1", minutes(minute), order, operator="eve" if order == "A" else "ann")]
    told += [facts("E", minutes(-125), created_at=minutes(-125), channel="x"), cancelled(minutes(-122), "E")]
    tell(store, TWO, told, NOW)
    return store


def counted(shop, slice_: str = "all", since=None, until=NOW) -> dict:
    """By the hours before noon."""
    with shop.begin() as connection:
        found = left_by_hour(connection, TWO.nodes[0], Slice.parse(slice_), since or hours(-24), until)
    return {(start - NOW) / timedelta(hours=1): count for start, count in found.items()}


def test_only_what_went_on_counts_by_the_hour(shop):
    """A cancelled order went nowhere; -2:01 and -1:59 are two hours."""
    assert counted(shop) == {-3: 2, -2: 1, -13: 1}


@pytest.mark.parametrize(
    ("slice_", "expected"),
    [
        ("channel=x", {-3: 1, -2: 1}),
        ("channel=x,warehouse=w", {-3: 1, -2: 1}),
        ("channel=y,warehouse=w", {-3: 1, -13: 1}),
        ("operator=eve", {-3: 1}),
        ("channel=none", {}),
    ],
)
def test_slices_and_combinations_count_alike(shop, slice_, expected):
    """A single dimension comes from the rollups, all else from the visits."""
    assert counted(shop, slice_) == expected


@pytest.mark.parametrize("slice_", ["all", "warehouse=w,channel=x"])
def test_the_span_is_kept(shop, slice_):
    """From its first instant on, up to but without its last."""
    assert counted(shop, slice_, hours(-3), hours(-2)).keys() == {-3}
