"""Numbers over time, dwell distributions and slice values."""

from datetime import timedelta

import numpy as np
import pytest

from dashboard.dwell_bins import bin_edges, binned
from dashboard.events import Kind
from dashboard.slices import Slice
from dashboard.windows import HOUR
from datasource.series import dwell_distribution, in_progress_sparks, node_flow, slice_values
from tests.builders import cancelled, event, facts, hours, left, minutes
from tests.contract.told_store import short_lifeline, tell

TWO = short_lifeline(timedelta(minutes=30), timedelta(hours=2))
NOW = minutes(0) + timedelta(seconds=20)
QUARTER = timedelta(minutes=15)
BEFORE = minutes(-60)


@pytest.fixture
def shop(store):
    """At n1: A -50 to -20, B -40 to -10, C since -25, D -5 cancelled at -3; E from -35 to nobody knows when."""
    channel = {"A": "x", "B": "y", "C": "x", "D": "y", "E": "x"}
    came = {"A": -50, "B": -40, "C": -25, "D": -5, "E": -35}
    told = [facts(key, minutes(at), created_at=minutes(at), channel=channel[key]) for key, at in came.items()]
    told += [left("n1", minutes(-20), "A"), left("n1", minutes(-10), "B"), cancelled(minutes(-3), "D")]
    told += [event("E", "n1", minutes(-1), Kind.FINISHED)]
    tell(store, TWO, told, NOW)
    return store


def flow(shop, slice_="all", since=BEFORE, until=NOW, step=QUARTER):
    """The flow of n1."""
    with shop.begin() as connection:
        return node_flow(connection, TWO.nodes[0], Slice.parse(slice_), since, until, step)


def test_the_flow_is_counted_per_step(shop):
    """Quarters of an hour from -60: A, B, E came in the second, C in the third, D in the fourth; A and B went on."""
    found = flow(shop)
    assert found.starts == tuple(minutes(at) for at in (-60, -45, -30, -15, 0))
    assert found.step_seconds == 900
    assert found.entered == (1, 2, 1, 1, 0)
    assert found.left == (0, 0, 1, 1, 0)
    assert found.in_progress == (1, 2, 2, 1, 1)


@pytest.mark.parametrize("slice_", ["channel=x", "all"])
def test_rollups_and_visits_tell_the_same_flow(shop, slice_):
    """What was in progress in the past is the same, read from the visits, as counted back from the present."""
    both = flow(shop, slice_)
    past = flow(shop, slice_, until=minutes(-10))
    assert past.entered[:3] == both.entered[:3]
    assert past.in_progress[:3] == both.in_progress[:3]
    if slice_ == "channel=x":
        assert both.in_progress == (1, 1, 1, 1, 1)


def test_hours_are_read_where_minutes_are_no_longer_kept(shop):
    """Three days by the hour: everything in the last whole hour, one left in progress."""
    found = flow(shop, since=hours(-72), step=HOUR)
    assert len(found.starts) == 73
    assert (found.entered[-2], found.left[-2], found.in_progress[-2:]) == (5, 2, (1, 1))
    assert sum(found.in_progress[:-2]) == 0


def test_sparks_end_in_the_present(shop):
    """Four points of a quarter of an hour each, for every node."""
    with shop.begin() as connection:
        found = in_progress_sparks(connection, TWO, Slice(), NOW, hours=1, points=4)
        combined = in_progress_sparks(connection, TWO, Slice((("channel", "x"), ("nothing", "n"))), NOW, 1, 4)
    assert found == {"n1": (1, 2, 2, 1), "n2": (0, 1, 2, 3)}
    assert combined == {"n1": (0, 0, 0, 0), "n2": (0, 0, 0, 0)}


@pytest.mark.parametrize("asked", [{}, {"at": NOW}], ids=["rollups", "visits"])
def test_dwells_are_counted_in_readable_bins(shop, asked):
    """Twice the allowance is an hour: twelve bins of five minutes. A and B took thirty minutes, C waits since 25."""
    with shop.begin() as connection:
        found = dwell_distribution(connection, TWO, TWO.nodes[0], Slice(), HOUR, now=NOW, **asked)
    assert found.edges == tuple(150.0 * n for n in range(25)) or found.edges == tuple(300.0 * n for n in range(13))
    assert (sum(found.left), sum(found.waiting)) == (2, 1)
    width = found.edges[1]
    since = int(25 * 60 // width)
    assert sum(found.waiting[since - 1 : since + 1]) == 1
    near = int(30 * 60 // width)
    assert sum(found.left[near - 1 : near + 1]) == 2


def test_bins_are_readable_and_hold_everything():
    """At most 24 equal bins, none of them empty-handed about what is longer."""
    assert bin_edges(3600) == tuple(300.0 * n for n in range(13))
    assert bin_edges(30) == tuple(2.0 * n for n in range(16))
    assert bin_edges(14 * 86_400)[1] == 86_400
    for longest in (0.5, 7, 100, 12_345, 1e6, 1e8, 1e10):
        edges = bin_edges(longest)
        assert len(edges) <= 25
        assert edges[-1] >= longest
    assert binned((0.0, 10.0, 20.0), np.array([0.0, 9.9, 10.0, 500.0]), np.array([1.0, 2, 3, 4])) == (3, 7)


def test_slice_values_are_those_that_orders_had(shop):
    """By dimension, in order."""
    with shop.begin() as connection:
        assert slice_values(connection) == {"channel": ["x", "y"]}
