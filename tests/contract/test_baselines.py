"""What is usual: made, kept in versions, and looked up."""

from datetime import timedelta
from math import exp

import pytest
from sqlalchemy import text

from dashboard.slices import Slice
from datasource.baselines import baseline_due, renew_baselines, usual_at
from datasource.recording import record
from datasource.snapshots import snapshot
from tests.builders import NOON, days, facts, hours, left
from tests.contract.told_store import short_lifeline, tell

ONE = short_lifeline(timedelta(hours=1), timedelta(days=300))


def steady(since, until, per_hour=30, dwell=timedelta(minutes=20), channel="x"):
    """Orders that come evenly and take equally long at n1."""
    count = int((until - since) / timedelta(hours=1) * per_hour)
    for number in range(count):
        key, at = f"{channel}{since:%d%H}-{number}", since + timedelta(hours=1) * number / per_hour
        yield facts(key, at, created_at=at, channel=channel)
        if at + dwell <= until:
            yield left("n1", at + dwell, key)


def mean_time(dwell, visits, cap=7200):
    """The capped mean of equal dwells: all end at one age, and the estimate leaves the chance exp(-(1 + 1/2 + ...))."""
    return pytest.approx(dwell + (cap - dwell) * exp(-sum(1 / k for k in range(1, visits + 1))), rel=1e-6)


def usual(store, at, slice_="all", *, past=False):
    """What is usual at n1."""
    with store.begin() as connection:
        return usual_at(connection, ONE, ONE.nodes, Slice.parse(slice_), at, past=past).get("n1")


def renew(store, now):
    """Make a version."""
    with store.begin() as connection:
        return renew_baselines(connection, ONE, now)


def due(store, now):
    """Whether a new version is due."""
    with store.begin() as connection:
        return baseline_due(connection, now)


def test_the_usual_of_a_steady_node_is_its_dwell(store):
    """Every order took twenty minutes, none was late: some 1300 s and 0 an hour, provisional after a day of history."""
    tell(store, ONE, steady(days(-1), NOON), NOON)
    assert renew(store, NOON) == 1
    found = usual(store, NOON)
    assert found.rmst_seconds == mean_time(1200, 30)
    assert (found.overdue_per_hour, found.provisional) == (0, True)
    assert usual(store, NOON, "channel=x") == found
    with store.begin() as connection:
        node = snapshot(connection, ONE, now=NOON).nodes[0]
    assert node.baseline_seconds == found.rmst_seconds
    assert node.congestion_index == pytest.approx(1, rel=0.01)
    assert node.baseline_provisional is True


def test_versions_are_in_force_from_when_they_were_made(store):
    """The second, slower one counts from its hour on; the first still answers for the past."""
    tell(store, ONE, steady(days(-1), NOON), NOON)
    assert renew(store, NOON) == 1
    tell(store, ONE, steady(NOON, days(2), dwell=timedelta(minutes=40)), days(2))
    assert renew(store, days(2)) == 2
    assert usual(store, hours(47)).rmst_seconds == mean_time(1200, 30)
    assert usual(store, days(2)).rmst_seconds > 2000


def test_before_the_first_version_the_past_is_made_from_its_visits(store):
    """The same as a version made then; live nothing is known; without any visit nothing is either."""
    tell(store, ONE, steady(days(-1), NOON), NOON)
    made = usual(store, NOON, past=True)
    assert usual(store, NOON) is None
    assert usual(store, days(-2), past=True) is None
    renew(store, NOON)
    assert made == usual(store, NOON)


def test_a_slice_with_enough_orders_has_a_baseline_of_its_own(store):
    """Twenty an hour over four weeks are enough; a channel with fewer takes that of all orders."""
    since = NOON - timedelta(days=1)
    tell(store, ONE, steady(since, NOON, 600, timedelta(minutes=10), "x"), NOON)
    tell(store, ONE, steady(since, NOON, 60, timedelta(minutes=50), "y"), NOON)
    renew(store, NOON)
    assert usual(store, NOON, "channel=x").rmst_seconds == mean_time(600, 600)
    assert usual(store, NOON, "channel=y") == usual(store, NOON)
    assert usual(store, NOON).rmst_seconds > 700


def test_what_is_usual_does_not_wait_for_the_fold(store, monkeypatch):
    """Recorded and not summed yet: the slices that have enough are known by their visits, as they are afterwards."""
    monkeypatch.setattr("datasource.baselines.ARRIVALS_PER_HOUR", 1)
    since = NOON - timedelta(days=1)
    with store.begin() as connection:
        record(connection, list(steady(since, NOON, 30, timedelta(minutes=10), "x")), ONE, NOON)
        record(connection, list(steady(since, NOON, 20, timedelta(minutes=50), "y")), ONE, NOON)
    renew(store, NOON)
    assert usual(store, NOON, "channel=x").rmst_seconds == mean_time(600, 4 * 30)  # an hour of 30 says too little
    assert usual(store, NOON, "channel=y") == usual(store, NOON) != usual(store, NOON, "channel=x")
    tell(store, ONE, [], NOON)
    renew(store, NOON)
    kept = text("SELECT slice, day_type, hour, rmst_seconds FROM baseline WHERE version = :version ORDER BY 1, 2, 3")
    with store.begin() as connection:
        versions = [connection.execute(kept, {"version": version}).all() for version in (1, 2)]
    assert versions[0] == versions[1] != []


def test_a_version_is_due_after_a_week_or_a_day_while_provisional(store):
    """None yet, or made from nothing although there is something now: at once."""
    assert due(store, NOON)
    assert renew(store, NOON) == 1
    assert not due(store, days(30))
    tell(store, ONE, steady(days(-1), NOON), NOON)
    assert due(store, NOON)
    assert renew(store, NOON) == 2
    assert not due(store, days(1))
    assert due(store, days(1.01))
    tell(store, ONE, steady(days(-9), days(-8), 4, channel="old"), NOON)
    assert renew(store, NOON) == 3
    assert not due(store, days(7))
    assert due(store, days(7.01))
