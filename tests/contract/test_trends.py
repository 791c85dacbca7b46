"""Numbers over days and weeks: from the rollups what a recount of the visits and the snapshot of then say."""

import random
from bisect import bisect_left
from datetime import timedelta
from math import ceil

import pytest
from sqlalchemy import text

from dashboard.slices import Slice
from dashboard.snapshot import Status
from dashboard.status_runs import Change
from dashboard.trends import Mark, Trend, step_of, steps_between
from dashboard.windows import DAY, HOUR
from datasource.snapshots import snapshot
from datasource.status_log import changes_between
from datasource.trend_marks import marks_between
from datasource.trends import read_trends
from tests.builders import NOON, cancelled, days, facts, hours, left, minutes
from tests.contract.told_store import short_lifeline, tell

TWO = short_lifeline(timedelta(minutes=30), timedelta(hours=6))
NOW = hours(0.4)
ORDERS = 900
INSTANTS = (-2, -9, -20, -31, -55)
"""Hours from noon at which the recount is made: two where minutes are kept, the others where only hours are."""


@pytest.fixture
def shop(store):
    """Three days of orders: at n1 for some 20 minutes, at n2 for some 4 hours; one in twenty is cancelled there."""
    chance, told = random.Random(7), []
    for number in range(ORDERS):
        order, came = f"O{number:04d}", days(-3) + timedelta(seconds=chance.uniform(0, 3 * 86_400))
        told.append(facts(order, came, created_at=came, channel=chance.choice("xy")))
        gone = came + timedelta(seconds=chance.lognormvariate(7.0, 0.5))
        if gone < NOW:
            told.append(left("n1", gone, order))
        end = gone + timedelta(seconds=chance.lognormvariate(9.5, 0.5))
        if end < NOW:
            told.append(cancelled(end, order) if number % 20 == 0 else left("n2", end, order))
    tell(store, TWO, told, NOW)
    return store


def visits(connection, node: str, slice_: str = "all") -> list:
    """The visits of a node as they are stored."""
    of_slice = "" if slice_ == "all" else " AND o.dimensions ->> 'channel' = :value"
    query = f"SELECT v.* FROM node_visit v JOIN orders o USING (order_id) WHERE v.node = :node{of_slice}"
    return list(connection.execute(text(query), {"node": node, "value": slice_.partition("=")[2]}))


def told(shop, span: timedelta, slice_: str = "all", step: timedelta | None = None) -> dict[str, Trend]:
    """The trends of both nodes over a span that ends now."""
    steps = steps_between(NOW - span, NOW, step or step_of(span), TWO.time_zone)
    with shop.read() as connection:
        return read_trends(connection, TWO, TWO.nodes, Slice.parse(slice_), steps, NOW)


def recounted(rows, since, until) -> dict[str, float | None]:
    """The plain counts of ``[since, until)``, by loops over the visits."""
    dwells = sorted(row.dwell_seconds for row in rows if row.exit == "next" and since <= row.left_at < until)
    due = [row for row in rows if since <= row.due_at < until]
    missed = [row for row in due if row.left_at is None or row.left_at > row.due_at]
    there = [row for row in rows if row.entered_at < until and (row.left_at is None or row.left_at >= until)]
    return {
        "entered": sum(since <= row.entered_at < until for row in rows),
        "left": len(dwells),
        "in_progress": len(there),
        "overdue": sum(row.due_at <= until for row in there),
        "mean_seconds": sum(dwells) / len(dwells) if dwells else None,
        "p50_seconds": dwells[ceil(len(dwells) / 2) - 1] if dwells else None,
        "timeout_rate_settled": len(missed) / len(due) if due else None,
    }


def place_of(trend: Trend, end) -> int:
    """The step that ends at an instant."""
    return bisect_left([step.end for step in trend.steps], end)


@pytest.mark.parametrize("slice_", ["all", "channel=x"])
def test_the_counts_are_those_of_the_visits(shop, slice_):
    """At five instants, of both nodes: exact, but for times to 1 % and the overdue of long ago to a few."""
    trends = told(shop, timedelta(hours=62), slice_)
    with shop.read() as connection:
        for key, trend in trends.items():
            rows = visits(connection, key, slice_)
            for hour in INSTANTS:
                place = place_of(trend, hours(hour))
                counted = recounted(rows, trend.steps[place].opening, hours(hour))
                numbers = {name: trend.numbers[name][place] for name in counted}
                assert numbers.pop("overdue") == pytest.approx(counted.pop("overdue"), abs=3), (key, hour)
                assert numbers.pop("p50_seconds") == pytest.approx(counted.pop("p50_seconds"), rel=0.01)
                assert numbers == pytest.approx(counted), (key, hour)


@pytest.mark.parametrize(("span", "step", "width"), [(62, 1, HOUR), (20, 0.25, HOUR), (68, 6, 6 * HOUR), (71, 24, DAY)])
def test_the_numbers_are_those_of_the_snapshot_of_then(shop, span, step, width):
    """The same instants, read from the visits: what is estimated differs by less than nobody knows anyway.

    Index and rate come of the window that the node takes by itself where the step is an hour or less.
    """
    trends = told(shop, timedelta(hours=span), step=timedelta(hours=step))
    own = None if width == HOUR else width
    for end in (one.end for one in trends["n1"].steps[1 :: max(1, len(trends["n1"].steps) // 3)]):
        with shop.read() as connection:
            fixed = snapshot(connection, TWO, window=width, at=end, now=NOW)
            free = snapshot(connection, TWO, window=own, at=end, now=NOW)
        for exact, wide in zip(fixed.nodes, free.nodes, strict=True):
            trend = trends[exact.key]
            numbers = {name: values[place_of(trend, end)] for name, values in trend.numbers.items()}
            for name in ("in_progress", "entered", "left", "mean_seconds", "timeout_rate_settled"):
                assert numbers[name] == pytest.approx(getattr(exact, name)), (exact.key, end, name)
            assert numbers["p95_seconds"] == pytest.approx(exact.p95_seconds, rel=0.011)
            if wide.timeout_rate is not None:
                allowed = max(0.01, (wide.timeout_rate_high - wide.timeout_rate_low) / 4)
                assert numbers["timeout_rate"] == pytest.approx(wide.timeout_rate, abs=allowed)
            if None not in {numbers["congestion_index"], wide.congestion_index}:
                rmst = numbers["congestion_index"] * numbers["baseline_seconds"]
                assert rmst == pytest.approx(wide.congestion_index * wide.baseline_seconds, rel=0.1)


def test_a_combination_is_counted_from_the_visits(shop):
    """No order has a value in the second dimension: nobody anywhere, and nothing known."""
    trend = told(shop, timedelta(hours=30), "channel=x,warehouse=none")["n1"]
    assert set(trend.numbers["in_progress"]) <= {0, None}
    assert set(trend.numbers["congestion_index"]) == {None}


def test_nothing_is_known_before_the_first_order(shop):
    """Three days of orders in a week's view: the steps before them are unknown, not empty."""
    trend = told(shop, 7 * DAY)["n1"]
    known = [value is not None for value in trend.numbers["in_progress"]]
    first = trend.steps[known.index(True)]
    assert first.start <= days(-3) + HOUR < first.end + HOUR
    assert all(known[known.index(True) :])


def test_the_usual_is_of_the_version_in_force(shop):
    """Ten seconds are usual from noon yesterday, twenty from this morning; before that the first version holds."""
    with shop.begin() as connection:
        for version, (at, usual) in enumerate(((hours(-24), 10.0), (hours(-5), 20.0)), start=1):
            asked = {"version": version, "at": at, "usual": usual}
            connection.execute(text("INSERT INTO baseline_version VALUES (:version, :at, 9, false)"), asked)
            connection.execute(
                text(
                    "INSERT INTO baseline SELECT 'n1', 'all', kind, hour, :version, :usual, 1, 9, false, :at "
                    "FROM generate_series(0, 23) hour, unnest(ARRAY['working', 'off']) kind"
                ),
                asked,
            )
    trend = told(shop, timedelta(hours=50))["n1"]
    usual = {end: trend.numbers["baseline_seconds"][place_of(trend, hours(end))] for end in (-40, -10, -6, -4, 0)}
    assert usual == {-40: 10.0, -10: 10.0, -6: 10.0, -4: 20.0, 0: 20.0}


def test_marks_are_what_happened_meanwhile(store):
    """An incident that began before and ended within, one after; the second configuration; no first version."""
    with store.begin() as connection:
        for name, began, ended in (("printer-offline", -30, -20), ("push-lost", 5, None), ("old", -90, -80)):
            connection.execute(
                text(
                    "INSERT INTO incident (incident_id, kind, node, place, began_at, ended_at, made_at) "
                    "VALUES (:name, :name, 'pickup', '{\"warehouse\": \"HZ1\"}', :began, :ended, :began)"
                ),
                {"name": name, "began": hours(began), "ended": None if ended is None else hours(ended)},
            )
    store.install_lifeline(TWO, hours(-10), "ann")
    with store.read() as connection:
        found = marks_between(connection, hours(-24), NOON)
    assert found == (
        Mark("incident", "printer-offline", hours(-30), hours(-20), "pickup", {"warehouse": "HZ1"}),
        Mark("config", "2", hours(-10), by="ann"),
    )


def test_changes_begin_with_the_last_one_before(store):
    """Green since yesterday, red at noon; what came after the view is not told, nor what an older change said."""
    with store.begin() as connection:
        for at, status in ((-30, "red"), (-24, "green"), (0, "red"), (2, "green")):
            connection.execute(
                text(
                    "INSERT INTO status_change (node, slice, at, status, rule) VALUES ('n1', 'all', :at, :status, '-')"
                ),
                {"at": hours(at), "status": status},
            )
    with store.read() as connection:
        found = changes_between(connection, ["n1", "n2"], hours(-1), minutes(30))
    assert found == {"n1": [Change(hours(-24), Status.GREEN), Change(hours(0), Status.RED)], "n2": []}
