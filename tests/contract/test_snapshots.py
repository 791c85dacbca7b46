"""The snapshot, from rollups and from visits: worked out by hand, and one way against the other."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.events import Kind
from dashboard.slices import Slice
from dashboard.snapshot import Status
from dashboard.survival import survival
from dashboard.windows import HOUR
from datasource.material import read_material
from datasource.snapshots import snapshot
from tests.builders import NOON, cancelled, entered, event, facts, hours, left, minutes, trouble
from tests.contract.told_store import forget, short_lifeline, tell

TWO = short_lifeline(timedelta(minutes=30), timedelta(hours=2))
NOW = minutes(0) + timedelta(seconds=20)


def taken(store, lifeline=TWO, **asked):
    """The snapshot, live at ``NOW`` unless told otherwise."""
    with store.begin() as connection:
        return snapshot(connection, lifeline, **{"now": NOW, **asked})


def small_history():
    """Six orders at two nodes (allowances 30 min and 2 h), told as minutes from noon; the numbers below follow.

    A: n1 -90 to -60, n2 -60 to -10. B: n1 -50 to -30, n2 open since -30. C: n1 open since -40, overdue since -10.
    D: n1 open since -5. E: n1 -200 to -190, n2 open since -190, overdue since -70. F: n1 -20, cancelled at -15.
    """
    money = {"A": "10.00", "B": "20.00", "C": "30.50", "D": "40.00", "E": "7.25", "F": "60.00"}
    created = {"A": -90, "B": -50, "C": -40, "D": -5, "E": -200, "F": -20}
    channel = {"A": "x", "B": "x", "C": "y", "D": "y", "E": "x", "F": "y"}
    for order, at in created.items():
        told = {"channel": channel[order], "warehouse": "w"}
        yield facts(order, minutes(at), created_at=minutes(at), amount=money[order], **told)
    for order, at in {"A": -60, "B": -30, "E": -190}.items():
        yield left("n1", minutes(at), order, source="erp")
    yield left("n2", minutes(-10), "A", source="wms")
    yield cancelled(minutes(-15), "F")
    yield trouble("lost", "n2", minutes(-25), "B")
    yield trouble("torn", "n2", minutes(-20), "E")
    yield trouble("torn", "n2", minutes(-50), "A")


BOTH_WAYS = pytest.mark.parametrize("asked", [{}, {"at": NOW}], ids=["rollups", "visits"])


@BOTH_WAYS
def test_a_small_history_gives_the_numbers_worked_out_by_hand(store, asked):
    """Counts, dwell means, overdue with money and age, and settled rates, over an hour."""
    tell(store, TWO, small_history(), NOW)
    shown = taken(store, window=HOUR, **asked)
    first, second = shown.nodes
    assert (shown.as_of, shown.window_seconds, shown.window_used_seconds) == (NOW, 3600, 3600)
    assert shown.source_watermark == minutes(-5)
    # n1: C and D wait, C is late by ten minutes and twenty seconds; B, C, D, F came; A and B went on after 30 and 20
    # minutes; due within the hour: A at -60, out just by then; B at -20; C at -10, not out; F at 10, after the minute.
    assert (first.in_progress, first.overdue, first.overdue_amount) == (2, 1, Decimal("30.50"))
    assert first.oldest_overdue_seconds == 620
    assert (first.entered, first.left, first.due, first.newly_overdue) == (4, 2, 3, 1)
    assert first.timeout_rate_settled == pytest.approx(1 / 3)
    assert first.mean_seconds == pytest.approx(25 * 60)
    assert first.p50_seconds == pytest.approx(20 * 60, rel=0.01)
    assert first.p95_seconds == pytest.approx(30 * 60, rel=0.01)
    assert first.at_risk == 5
    assert first.top_exception is None
    # n2: B and E wait, E was due at -70; A came at -60 and stayed for 50 minutes; A is due at 60.
    assert (second.in_progress, second.overdue, second.overdue_amount) == (2, 1, Decimal("7.25"))
    assert second.oldest_overdue_seconds == 70 * 60 + 20
    assert (second.entered, second.left, second.due, second.newly_overdue) == (2, 1, 0, 0)
    assert second.timeout_rate_settled is None
    assert second.mean_seconds == pytest.approx(50 * 60)
    assert second.top_exception == "torn"


@BOTH_WAYS
def test_a_slice_counts_its_own_orders(store, asked):
    """Channel y has C, D and F; of both dimensions at once there are the same three."""
    tell(store, TWO, small_history(), NOW)
    for text in ("channel=y", "channel=y,warehouse=w"):
        first, second = taken(store, slice=Slice.parse(text), window=HOUR, **asked).nodes
        assert (first.in_progress, first.overdue, first.entered, first.left, first.due) == (2, 1, 3, 0, 1)
        assert (second.in_progress, second.entered, second.left) == (0, 0, 0)
    assert taken(store, slice=Slice.parse("channel=nowhere"), window=HOUR, **asked).nodes[0].in_progress == 0


def test_the_past_is_told_as_it_was_known(store):
    """At -12 A is still at n2, F is gone, C is not late yet; at -55 only A and E have come, and A went on at -60."""
    tell(store, TWO, small_history(), NOW)
    first, second = taken(store, at=minutes(-12), window=HOUR).nodes
    assert (first.in_progress, first.overdue, first.left) == (1, 0, 2)
    assert (second.in_progress, second.left, second.mean_seconds) == (3, 0, None)
    assert second.top_exception == "torn"
    shown = taken(store, at=minutes(-55), window=HOUR)
    first, second = shown.nodes
    assert (first.in_progress, first.entered, first.left) == (0, 1, 1)
    assert (second.in_progress, second.overdue, second.top_exception) == (2, 1, None)
    assert shown.source_watermark == minutes(-60)


@BOTH_WAYS
def test_what_cannot_be_known_is_none(store, asked):
    """An empty store has counts of 0, no number besides, and no colour."""
    shown = taken(store, **asked)
    assert shown.source_watermark is None
    assert shown.silence_seconds is None
    for node in shown.nodes:
        counts = (node.in_progress, node.overdue, node.entered, node.left, node.due, node.overdue_amount)
        assert counts == (0, 0, 0, 0, 0, 0)
        unknown = (
            *(node.mean_seconds, node.p50_seconds, node.p95_seconds, node.timeout_rate, node.timeout_rate_settled),
            *(node.congestion_index, node.baseline_seconds, node.load_index, node.oldest_overdue_seconds),
            *(node.top_exception, node.baseline_provisional, node.since, node.timeout_rate_low),
        )
        assert set(unknown) == {None}
        assert node.status is Status.GREY


@BOTH_WAYS
def test_only_a_window_that_nobody_asked_for_widens(store, asked):
    """With a few orders every node takes 24 hours; an hour that was asked for stays one."""
    tell(store, TWO, small_history(), NOW)
    assert {node.window_used_seconds for node in taken(store, **asked).nodes} == {86_400}
    assert {node.window_used_seconds for node in taken(store, window=HOUR, **asked).nodes} == {3600}


@BOTH_WAYS
def test_a_node_takes_the_first_window_with_forty_at_risk(store, asked):
    """Thirty orders in the last hour, fifteen more in the three before: four hours suffice for n1; n2 had all too."""
    told = []
    for place in range(45):
        at = minutes(-50 if place < 30 else -150)
        told += [facts(str(place), at, created_at=at), left("n1", at + timedelta(minutes=5), str(place))]
    tell(store, TWO, told, NOW)
    first, second = taken(store, **asked).nodes
    assert (first.window_used_seconds, first.at_risk, first.entered) == (4 * 3600, 45, 45)
    assert (second.window_used_seconds, second.at_risk) == (3600, 45)


@BOTH_WAYS
def test_contradictions_and_gaps_are_counted_and_not_measured(store, asked):
    """Left before it came, finished at no known time, cancelled at no known time: never in progress, in no duration."""
    told = [
        *(facts("A", minutes(-20), created_at=minutes(-20)), left("n1", minutes(-30), "A")),
        *(entered("n1", minutes(-20), "B"), event("B", "n1", minutes(-5), Kind.FINISHED)),
        *(entered("n1", minutes(-20), "C"), event("C", None, minutes(-5), Kind.ABANDONED)),
    ]
    tell(store, TWO, told, NOW)
    first = taken(store, window=HOUR, **asked).nodes[0]
    assert (first.in_progress, first.entered, first.left, first.due, first.at_risk) == (0, 3, 1, 0, 0)
    assert (first.mean_seconds, first.timeout_rate, first.top_exception) == (None, None, "out_of_order")


@BOTH_WAYS
def test_an_order_grows_overdue_at_its_instant(store, asked):
    """Due twenty seconds after noon: not overdue a microsecond before, overdue then."""
    tell(store, TWO, [facts("A", NOW, created_at=NOW - timedelta(minutes=30))], NOW)
    assert taken(store, **asked).nodes[0].overdue == 1
    before = NOW - timedelta(microseconds=1)
    asked = {"at": before} if asked else {"now": before}
    shown = taken(store, **asked).nodes[0]
    assert (shown.in_progress, shown.overdue, shown.oldest_overdue_seconds) == (1, 0, None)


@pytest.mark.parametrize("size", [2, 4])
def test_a_lifeline_of_any_length_is_told(store, size):
    """Two nodes or four: as many rows, in order, each with its own orders."""
    lifeline = short_lifeline(*[timedelta(hours=1)] * size)
    tell(store, lifeline, [facts("A", minutes(-9), created_at=minutes(-9)), left("n1", minutes(-3), "A")], NOW)
    shown = taken(store, lifeline)
    assert [node.key for node in shown.nodes] == [node.key for node in lifeline]
    assert [node.in_progress for node in shown.nodes] == [0, 1, 0, 0][:size]


STEP = st.tuples(st.sampled_from(["next", "next", "next", "wait", "cancel", "finish", "back"]), st.floats(0.01, 700))
ORDER = st.tuples(
    st.floats(0, 1800),
    st.sampled_from(["x", "y"]),
    st.sampled_from(["w", "v"]),
    st.integers(0, 99_999),
    st.lists(STEP, max_size=4),
    st.sampled_from([None, None, "lost", "torn"]),
)
FOUR = short_lifeline(*(timedelta(minutes=n) for n in (0.25, 30, 120, 600)))


def told_of(number, order, now):
    """The events of one generated order, none of them after ``now``."""
    age, channel, warehouse, cents, steps, exception = order
    at, key = now - timedelta(minutes=age), f"O{number}"
    yield facts(key, at, created_at=at, amount=f"{cents / 100:.2f}", channel=channel, warehouse=warehouse)
    for node, (way, dwell) in zip(FOUR, steps, strict=False):
        at += timedelta(minutes=dwell)
        if way == "wait" or at > now:
            break
        if exception:
            yield trouble(exception, node.key, at, key, event_id=f"t{node.key}")
        if way == "cancel":
            yield cancelled(at, key)
            break
        if way == "finish":
            yield event(key, node.key, at, Kind.FINISHED)
        else:
            yield left(node.key, at - timedelta(minutes=900) if way == "back" else at, key)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ORDER, max_size=30),
    st.integers(0, 7200),
    st.sampled_from([None, timedelta(minutes=15), HOUR, timedelta(hours=24)]),
)
def test_rollups_and_visits_tell_the_same(store, orders, into, window):
    """Every count, age, sum and word is equal, for all orders and for one value; the quantiles within 1 %."""
    forget(store)
    now = NOON + timedelta(seconds=into)
    tell(store, FOUR, [it for number, order in enumerate(orders) for it in told_of(number, order, now)], now)
    for slice_ in (Slice(), Slice.parse("channel=x")):
        live = taken(store, FOUR, slice=slice_, window=window, now=now)
        raw = taken(store, FOUR, slice=slice_, window=window, at=now, now=now)
        assert [exact(node) for node in live.nodes] == [exact(node) for node in raw.nodes]
        assert live.source_watermark == raw.source_watermark
        for one, other in zip(live.nodes, raw.nodes, strict=True):
            assert one.mean_seconds == pytest.approx(other.mean_seconds)
            assert close(one.p50_seconds, other.p50_seconds)
            assert close(one.p95_seconds, other.p95_seconds)


def close(one, other):
    """Both unknown, or within 1 %, or within the first bucket, which reaches up to a second."""
    return one is other if other is None else one == pytest.approx(other, rel=0.0101, abs=1)


def exact(node):
    """What must be equal to the last digit, whichever way it was counted."""
    blank = dict.fromkeys(("mean_seconds", "p50_seconds", "p95_seconds", "timeout_rate", "timeout_rate_low"))
    blank |= dict.fromkeys(("timeout_rate_high", "congestion_index", "load_index", "baseline_seconds"))
    blank |= dict.fromkeys(("baseline_provisional", "status", "reason", "since"))
    return replace(node, **blank)


@pytest.mark.parametrize("window", [HOUR, timedelta(hours=4), timedelta(hours=24)])
def test_estimates_from_rollups_are_close_to_those_from_visits(store, window):
    """With some hundred orders: the timeout rate within half a point, the mean capped time within 1 %."""
    lifeline = short_lifeline(timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
    now = hours(3) + timedelta(seconds=41)
    tell(store, lifeline, steady_shop(lifeline, now), now)
    with store.begin() as connection:
        asked = (connection, lifeline, lifeline.nodes, Slice(), window)
        rollups, visits = (read_material(*asked, at=at, now=now) for at in (None, now))
    for node in lifeline:
        one, other = rollups.evidence(node, window).observations, visits.evidence(node, window).observations
        assert one.at_risk == other.at_risk >= 100
        allowance = node.allowance.total_seconds()
        assert survival(one).at(allowance) == pytest.approx(survival(other).at(allowance), abs=0.005)
        assert survival(one).rmst(2 * allowance) == pytest.approx(survival(other).rmst(2 * allowance), rel=0.01)


def steady_shop(lifeline, now, orders=3000):
    """Orders that came evenly over 30 hours; a dwell is a third of the allowance, times 2 to a power of -2 to 3."""
    for number in range(orders):
        key, at = f"O{number}", now - timedelta(hours=30) * (1 - number / orders)
        yield facts(key, at, created_at=at)
        for place, node in enumerate(lifeline):
            spread = (number * (7919 + 104_729 * place) % 1009) / 1009
            at += node.allowance / 3 * 2 ** (5 * spread - 2)
            if at > now:
                break
            yield left(node.key, at, key)


def test_a_window_of_days_opens_at_the_hour_and_equals_the_visits_there(store):
    """Seven days at a whole hour: hours and minutes of the rollups add up to the visits."""
    now = hours(3)
    tell(store, FOUR, [it for n in range(60) for it in told_of(n, sample_order(n), now)], now)
    live = taken(store, FOUR, window=timedelta(days=7), now=now)
    raw = taken(store, FOUR, window=timedelta(days=7), at=now, now=now)
    assert [exact(node) for node in live.nodes] == [exact(node) for node in raw.nodes]
    assert sum(node.left for node in live.nodes) > 60


def sample_order(number):
    """An order of up to five days ago with three steps."""
    steps = [("next", 3.0 + number), ("next", 60.0 + 7 * number), ("finish" if number % 9 == 0 else "next", 300.0)]
    return (number * 120.0, "x", "w", 100, steps, "torn" if number % 4 == 0 else None)
