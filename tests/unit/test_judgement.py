"""A node's status: each rule alone, the worst of them, and what must never be hidden or made up."""

import math
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.calendar import ALWAYS
from dashboard.evidence import Dwells, Evidence, Observations, Usual
from dashboard.judgement import node_snapshot
from dashboard.lifeline import Node
from dashboard.snapshot import NodeSnapshot, Reason, Status
from tests.builders import NOON, minutes

NODE = Node("pick", 0, {"en": "Picked"}, "warehouse", timedelta(minutes=30))
NO_VISITS = Observations(np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_), np.empty(0))
NO_DWELLS = Dwells(np.empty(0), np.empty(0), 0.0)


def left_after(count: int, dwell_minutes: float) -> list[tuple[float, float, bool, float]]:
    """So many visits that entered in the window and left after so long."""
    return [(0.0, dwell_minutes * 60, True, float(count))]


def waiting(count: int, age_minutes: float) -> list[tuple[float, float, bool, float]]:
    """So many visits that entered in the window and are still there."""
    return [(0.0, age_minutes * 60, False, float(count))]


def evidence(rows: list[tuple[float, float, bool, float]] | None = None, **more: Any) -> Evidence:
    """An hour of the node, with these visits at risk."""
    entry, duration, event, weight = (np.array(column) for column in zip(*rows, strict=True)) if rows else (None,) * 4
    seen = Observations(entry, duration, event.astype(np.bool_), weight) if rows else NO_VISITS
    counts = dict.fromkeys(
        ("in_progress", "overdue", "entered", "left", "cancelled", "due", "missed", "newly_overdue"), 0
    )
    given_ = {
        "oldest_due_at": None,
        "overdue_amount": Decimal(0),
        "observations": seen,
        "dwells": NO_DWELLS,
        **counts,
        **more,
    }
    return Evidence(node="pick", window_seconds=3600, **given_)


def judged(rows: list[tuple[float, float, bool, float]] | None = None, **more: Any) -> NodeSnapshot:
    """The snapshot of that hour at noon."""
    return node_snapshot(NODE, evidence(rows, **more), NOON, ALWAYS)


def usual(rmst_seconds: float, overdue_per_hour: float = 0.0) -> Usual:
    """What is usual, well known."""
    return Usual(rmst_seconds, overdue_per_hour, provisional=False)


SLOW = [*left_after(60, 20), *waiting(1, 25)]
SLOW_RMST = 20 * 60 + 40 * 60 * math.exp(-sum(1 / (61 - k) for k in range(60)))
"""One step at 20 minutes: 20 min before, S after it up to the cap of 60 min."""

SLOW_LOW = SLOW_RMST * math.exp(
    -1.959964 * (SLOW_RMST - 1200) * math.sqrt(sum(1 / (61 - k) ** 2 for k in range(60))) / SLOW_RMST
)
"""The lower end of its interval: all that is uncertain is what comes after the step."""


def test_an_empty_node_knows_nothing() -> None:
    """Nothing at risk: grey, every number that would be made up is None, and the counts are 0."""
    snapshot = judged()
    unknown = {field.name for field in fields(snapshot) if getattr(snapshot, field.name) is None}
    assert unknown == {
        "oldest_overdue_seconds",
        "mean_seconds",
        "p50_seconds",
        "p95_seconds",
        "timeout_rate",
        "timeout_rate_low",
        "timeout_rate_high",
        "timeout_rate_settled",
        "congestion_index",
        "baseline_seconds",
        "baseline_provisional",
        "load_index",
        "top_exception",
        "since",
        "silence",
    }
    assert (snapshot.status, snapshot.reason) == (Status.GREY, Reason("few", {"at_risk": 0.0, "needed": 20.0}))
    assert (snapshot.in_progress, snapshot.due, snapshot.at_risk) == (0, 0, 0)


def test_the_worked_example() -> None:
    """The seven visits of docs/numbers.md, with a usual mean of 15 minutes."""
    rows = [
        (600.0, 1200.0, True, 1.0),
        (0.0, 1200.0, True, 1.0),
        (0.0, 600.0, True, 1.0),
        (0.0, 1800.0, False, 1.0),
        (0.0, 1500.0, False, 1.0),
        (2400.0, 6000.0, False, 1.0),
        (0.0, 2400.0, True, 1.0),
    ]
    dwells = Dwells(np.array([1200.0, 1200.0, 600.0, 2400.0]), np.ones(4), 5400.0)
    snapshot = judged(
        rows,
        dwells=dwells,
        in_progress=2,
        overdue=2,
        oldest_due_at=minutes(-70),
        overdue_amount=Decimal("99.90"),
        entered=5,
        left=4,
        due=4,
        missed=1,
        usual=usual(900, 0.5),
    )
    assert (snapshot.mean_seconds, snapshot.p50_seconds, snapshot.p95_seconds) == (1350, 1200, 2400)
    assert snapshot.timeout_rate == pytest.approx(0.52205, abs=5e-6)
    assert snapshot.timeout_rate_low == pytest.approx(0.13148, abs=5e-6)
    assert snapshot.timeout_rate_high == pytest.approx(0.81201, abs=5e-6)
    assert snapshot.timeout_rate_settled == 0.25
    assert snapshot.congestion_index == pytest.approx(32.46922 / 15, abs=1e-6)
    assert snapshot.load_index == pytest.approx(1.6)
    assert snapshot.oldest_overdue_seconds == 4200
    assert (snapshot.overdue_amount, snapshot.baseline_provisional) == (Decimal("99.90"), False)
    assert snapshot.status is Status.GREY and snapshot.reason.rule == "few"


@pytest.mark.parametrize(
    ("index", "previous", "status", "limit"),
    [
        (1.49, None, Status.GREEN, None),
        (1.51, None, Status.AMBER, 1.5),
        (1.99, "amber", Status.AMBER, 1.5),
        (2.01, "green", Status.RED, 2.0),
        (3.99, None, Status.RED, 2.0),
        (4.01, None, Status.DEEP_RED, 4.0),
        (1.51, "red", Status.RED, 1.5),
        (1.51, "deep_red", Status.RED, 1.5),
        (3.01, "deep_red", Status.DEEP_RED, 3.0),
        (2.99, "deep_red", Status.RED, 1.5),
        (1.49, "red", Status.GREEN, None),
        (1.51, "grey", Status.AMBER, 1.5),
    ],
)
def test_the_index_rule(index: float, previous: str | None, status: Status, limit: float | None) -> None:
    """Amber from 1.5, red from 2, deep red from 4; red is left below 1.5 only, deep red below 3."""
    snapshot = judged(SLOW, usual=usual(SLOW_RMST / index), previous_status=previous)
    assert snapshot.congestion_index == pytest.approx(index)
    assert snapshot.status is status
    assert snapshot.reason.rule == ("normal" if limit is None else "index")
    if limit is not None:
        usual_seconds = SLOW_RMST / index
        figures = {"index": index, "low": SLOW_LOW / usual_seconds, "limit": limit, "rmst_seconds": SLOW_RMST}
        assert snapshot.reason.figures == pytest.approx(figures | {"usual_seconds": usual_seconds})


@pytest.mark.parametrize(
    ("index", "previous", "status"),
    [
        (2.01, None, Status.AMBER),
        (2.9, "amber", Status.AMBER),
        (3.1, None, Status.RED),
        (2.01, "red", Status.RED),
        (4.01, None, Status.RED),
        (4.01, "deep_red", Status.DEEP_RED),
        (5.9, "red", Status.RED),
        (6.1, "red", Status.DEEP_RED),
    ],
)
def test_an_index_from_few_visits_turns_nothing_red(index: float, previous: str | None, status: Status) -> None:
    """Where the interval's lower end is half the index: red needs 3 for it to be 1.5, deep red 6; red it may stay."""
    # Twenty-three are seen for 10 min; one of the last two leaves at 12 min, the other waits on past the cap of 60 min.
    unsure = [(0.0, 600.0, False, 23.0), (0.0, 720.0, True, 1.0), (0.0, 3600.0, False, 1.0)]
    after = 2880 * math.exp(-1 / 2)
    mean, deviation = 720 + after, after / 2
    low = mean * math.exp(-1.959964 * deviation / mean)
    assert low / mean == pytest.approx(0.5, abs=0.01)
    snapshot = judged(unsure, usual=usual(mean / index), previous_status=previous)
    assert snapshot.congestion_index == pytest.approx(index)
    assert (snapshot.status, snapshot.reason.figures["low"]) == (status, pytest.approx(low / mean * index))


def test_a_stop_in_much_watched_time_is_surely_slow() -> None:
    """Nothing ends in 72,000 watched s: a rate of 3.69 / 72,000 at most, so 60 min at least 54.8; usual are 12."""
    snapshot = judged([(0.0, 3600.0, False, 20.0)], usual=usual(720))
    rate = -math.log(0.025) / 72_000
    assert snapshot.congestion_index == 5
    assert snapshot.reason.figures["low"] == pytest.approx((1 - math.exp(-rate * 3600)) / rate / 720)
    assert snapshot.status is Status.DEEP_RED


@pytest.mark.parametrize(
    ("late", "status"),
    # Of 100 that entered in the window, the late ones wait for 40 min, the others left after 10: H(10 min) is the sum
    # of 1/100 ... 1/(late+1). Lower ends by hand: 12 late 0.069, 20 late 0.132, 38 late 0.289, 42 late 0.326.
    [(12, Status.GREEN), (20, Status.AMBER), (38, Status.AMBER), (42, Status.RED)],
)
def test_the_rate_rule(late: int, status: Status) -> None:
    """Surely above the tolerated 10 % is amber, surely above 30 % is red, without anything usual to compare with."""
    snapshot = judged([*left_after(100 - late, 10), *waiting(late, 40)])
    assert snapshot.status is status
    hazard = sum(1 / (100 - k) for k in range(100 - late))
    spread = 1.959964 * math.sqrt(sum(1 / (100 - k) ** 2 for k in range(100 - late))) / hazard
    assert snapshot.timeout_rate == pytest.approx(math.exp(-hazard))
    assert snapshot.timeout_rate_low == pytest.approx(math.exp(-hazard * math.exp(spread)), abs=1e-6)
    assert snapshot.reason.rule == ("no_baseline" if status is Status.GREEN else "rate")
    assert snapshot.reason.figures["tolerated"] == 0.10
    assert snapshot.reason.figures["limit"] == pytest.approx(0.3 if status is Status.RED else 0.1)


@pytest.mark.parametrize(
    ("newly", "usual_per_hour", "status"),
    [(3, 0.0, Status.GREEN), (4, 0.0, Status.RED), (10, 2.0, Status.GREEN), (11, 2.0, Status.RED)],
)
def test_the_overdue_rule(newly: int, usual_per_hour: float, status: Status) -> None:
    """More than 3, and more than chance brings: of 2 usual ones, 10 are chance and 11 are not."""
    snapshot = judged(SLOW, newly_overdue=newly, usual=usual(SLOW_RMST, usual_per_hour))
    assert snapshot.status is status
    if status is Status.RED:
        limit = 10.0 if usual_per_hour else 3.0
        figures = {"newly_overdue": float(newly), "limit": limit, "usual": usual_per_hour}
        assert snapshot.reason == Reason("overdue", figures)


def test_without_anything_usual_newly_overdue_orders_prove_nothing() -> None:
    """Rule (c) needs to know how many are usual."""
    assert judged(SLOW, newly_overdue=500).status is Status.GREEN


def test_the_worst_rule_wins() -> None:
    """Amber by the index and red by the newly overdue: red, for that reason; deep red by the index outranks both."""
    amber, deep = usual(SLOW_RMST / 1.6), usual(SLOW_RMST / 5)
    assert judged(SLOW, usual=amber, newly_overdue=9).reason.rule == "overdue"
    assert judged(SLOW, usual=deep, newly_overdue=9).reason.rule == "index"
    assert judged(SLOW, usual=deep, newly_overdue=9).status is Status.DEEP_RED


def test_too_few_is_grey_whatever_the_index() -> None:
    """Nineteen at risk tell nothing of the pace, twenty do."""
    for count, status in ((19, Status.GREY), (20, Status.DEEP_RED)):
        assert judged(waiting(count, 50), usual=usual(60)).status is status


def test_newly_overdue_orders_are_never_hidden_behind_too_few() -> None:
    """A node where few are at risk but five have just become overdue, which never happens, is red."""
    snapshot = judged(waiting(5, 50), newly_overdue=5, usual=usual(600, 0.0))
    assert (snapshot.status, snapshot.reason.rule) == (Status.RED, "overdue")


def test_a_full_stop_is_red_without_anything_usual() -> None:
    """Nothing leaves and everything is past its allowance: the rate is 1, and surely so."""
    snapshot = judged([(1900.0, 5400.0, False, 30.0)])
    assert (snapshot.timeout_rate, snapshot.status, snapshot.reason.rule) == (1, Status.RED, "rate")


def test_a_shop_that_has_just_opened_is_not_red() -> None:
    """Nothing has left yet and nothing is as old as the allowance: nobody can be late, and the rate is unknown."""
    snapshot = judged(waiting(200, 5))
    assert (snapshot.timeout_rate, snapshot.timeout_rate_low, snapshot.timeout_rate_high) == (None, None, None)
    assert (snapshot.status, snapshot.reason.rule) == (Status.GREY, "no_baseline")


def test_a_quick_node_has_a_rate_though_nobody_is_late() -> None:
    """All left after 10 minutes: the rate is no higher than what is left of the curve, within what is tolerated."""
    snapshot = judged(left_after(60, 10))
    assert snapshot.timeout_rate == pytest.approx(math.exp(-sum(1 / k for k in range(1, 61))))
    assert (snapshot.status, snapshot.reason.rule) == (Status.GREEN, "no_baseline")


def test_three_late_orders_prove_no_rate() -> None:
    """At a node that tolerates none at all, three late ones may be an accident, four are not."""
    strict = replace(NODE, tolerated_rate=0.0)
    for late, status in ((3, Status.GREEN), (4, Status.RED)):
        counted = evidence([*left_after(30, 10), *waiting(late, 40)])
        assert node_snapshot(strict, counted, NOON, ALWAYS).status is status


rows = st.lists(
    st.tuples(st.floats(0, 5000), st.floats(0, 1e7), st.booleans(), st.integers(0, 2000).map(float)).map(
        lambda row: (min(row[0], row[1]), row[1], row[2], row[3])
    ),
    max_size=8,
)
counts = st.integers(0, 10_000)


@settings(max_examples=200, deadline=None)
@given(
    rows,
    st.none() | st.builds(Usual, st.floats(0, 1e6), st.floats(0, 1e4), st.booleans()),
    counts,
    counts,
    counts,
    st.sampled_from([None, *(status.value for status in Status)]),
)
def test_no_number_is_ever_infinite_or_undefined(
    seen: list, known: Usual | None, in_progress: int, entered: int, newly: int, previous: str | None
) -> None:
    """Whatever was counted: finite numbers or None, rates within 0 and 1, the interval around the rate."""
    snapshot = judged(
        seen, usual=known, in_progress=in_progress, entered=entered, newly_overdue=newly, previous_status=previous
    )
    numbers = [getattr(snapshot, field.name) for field in fields(snapshot)] + list(snapshot.reason.figures.values())
    assert all(math.isfinite(number) for number in numbers if isinstance(number, float))
    assert all(type(number) is not np.float64 for number in numbers)
    if snapshot.timeout_rate is not None:
        assert 0 <= snapshot.timeout_rate_low <= snapshot.timeout_rate <= snapshot.timeout_rate_high <= 1


def test_a_quiet_hour_at_a_slow_node_proves_nothing() -> None:
    """Fifty visits of an allowance of 30 min, each seen for 9 s without an end: unknown and grey, not 100 % and red."""
    snapshot = judged([(1000.0, 1009.0, False, 50.0)])
    assert (snapshot.timeout_rate, snapshot.timeout_rate_low, snapshot.timeout_rate_high) == (None, None, None)
    assert (snapshot.status, snapshot.reason.rule, snapshot.congestion_index) == (Status.GREY, "short", None)


def test_no_end_in_much_watched_time_has_a_lower_limit() -> None:
    """Thirty visits seen from 1900 s to 3600 s, twice the allowance: 51,000 s; exp(ln(0.025) 1800 / 51,000) = 0.878."""
    snapshot = judged([(1900.0, 5400.0, False, 30.0)])
    assert snapshot.timeout_rate_low == pytest.approx(0.8779, abs=1e-4)
    assert snapshot.timeout_rate_high == 1


def test_late_arrivals_and_a_quiet_hour_are_still_red() -> None:
    """What rule (c) counts needs no watching."""
    snapshot = judged([(1000.0, 1009.0, False, 50.0)], newly_overdue=20, usual=Usual(900.0, 1.0, provisional=False))
    assert (snapshot.status, snapshot.reason.rule) == (Status.RED, "overdue")
