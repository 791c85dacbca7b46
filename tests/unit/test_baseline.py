"""What is usual at a node: hour by hour, pooled, with its fallbacks."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dashboard.baseline import (
    OFF,
    WORKING,
    HourlyFigures,
    clock_hours,
    day_type,
    hour_of_week,
    hourly,
    usual_by_hour,
)
from dashboard.calendar import ALWAYS, WorkingCalendar
from dashboard.lifeline import Node
from dashboard.visit_columns import ASIDE, FOREVER, NEXT, OPEN, VisitColumns, micros
from tests.builders import NOON, hours, minutes

ZONE = "Asia/Shanghai"
NODE = Node("pick", 0, {"en": "Picked"}, "warehouse", timedelta(minutes=30))
MONDAY = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""Midnight in Shanghai, four weeks of which follow."""

Stay = tuple[datetime, datetime | None, int]


def columns(stays: list[Stay], due_after: timedelta = NODE.allowance) -> VisitColumns:
    """Visits by entry, leaving and way out."""
    entered, left, way_out = zip(*stays, strict=True)
    dwell = [(end - start).total_seconds() if end else math.nan for start, end in zip(entered, left, strict=True)]
    return VisitColumns(
        np.array([micros(at) for at in entered]),
        np.array([micros(at) if at else FOREVER for at in left]),
        np.array([micros(at + due_after) for at in entered]),
        np.array(way_out, dtype=np.int32),
        np.array(dwell),
        np.ones(len(stays), dtype=np.bool_),
        np.zeros(len(stays), dtype=np.int64),
    )


def figures(values: dict[datetime, tuple[float, float]]) -> HourlyFigures:
    """Hours with their mean and their missed visits."""
    means, missed = zip(*values.values(), strict=True)
    return HourlyFigures(tuple(values), np.array(means), np.array(missed, dtype=np.float64))


def test_days_are_working_or_off_by_the_local_date() -> None:
    """Friday 17:00 UTC is Saturday in Shanghai."""
    friday = datetime(2026, 3, 6, 17, tzinfo=UTC)
    assert (day_type(friday, "UTC"), day_type(friday, ZONE)) == (WORKING, OFF)
    assert hour_of_week(friday, ZONE) == (OFF, 1)
    assert hour_of_week(NOON, ZONE) == (WORKING, 12)


def test_clock_hours_are_whole_and_local() -> None:
    """From 12:20 to 15:10 the hours from 13:00 and 14:00; where the clock is half an hour off, half hours of UTC."""
    assert clock_hours(minutes(20), minutes(190), ZONE) == [hours(1), hours(2)]
    assert clock_hours(NOON, hours(2), ZONE) == [NOON, hours(1)]
    assert clock_hours(NOON, hours(2), "Asia/Kolkata") == [minutes(30)]
    assert clock_hours(NOON, minutes(59), ZONE) == []


def test_an_hour_by_hand() -> None:
    """Twenty visits enter with the hour; ten leave after 20 min, ten wait on: 20 + 40 x exp(-(1/20 + ... + 1/11))."""
    visits = columns([(NOON, minutes(20), NEXT)] * 10 + [(NOON, None, OPEN)] * 10)
    found = hourly(NODE, ALWAYS, visits, [NOON])
    expected = 20 * 60 + 40 * 60 * math.exp(-sum(1 / n for n in range(11, 21)))
    assert found.rmst == pytest.approx([expected])
    assert found.missed.tolist() == [10]  # due at 12:30 and still there


def test_an_hour_is_told_as_it_was_at_its_end() -> None:
    """What left later was still in progress, and what was cancelled is no completion."""
    later = columns([(NOON, minutes(20), NEXT)] * 10 + [(NOON, hours(3), NEXT)] * 10)
    never = columns([(NOON, minutes(20), NEXT)] * 10 + [(NOON, None, OPEN)] * 10)
    aside = columns([(NOON, minutes(20), NEXT)] * 10 + [(NOON, minutes(59), ASIDE)] * 10)
    first, second, third = (hourly(NODE, ALWAYS, visits, [NOON]).rmst[0] for visits in (later, never, aside))
    assert first == second == third


def test_under_twenty_at_risk_an_hour_tells_nothing() -> None:
    """Nineteen: unknown. What was missed is counted all the same."""
    found = hourly(NODE, ALWAYS, columns([(NOON, minutes(40), NEXT)] * 19), [NOON, hours(1)])
    assert np.isnan(found.rmst).all()
    assert found.missed.tolist() == [19, 0]


def test_an_hour_with_few_orders_looks_further_back() -> None:
    """Ten an hour: two hours together would do, so the 4 hours count, in which all waited 20 minutes."""
    old = [(hours(-9), hours(-8), NEXT)]
    stays = [(hours(h), minutes(60 * h + 20), NEXT) for h in range(4) for _ in range(10)]
    found = hourly(NODE, ALWAYS, columns(old + stays), [hours(3), hours(20)])
    four = 20 * 60 + 40 * 60 * math.exp(-sum(1 / n for n in range(1, 41)))
    assert found.rmst == pytest.approx([four, four])  # the second from 24 hours


def test_a_node_that_has_only_begun_tells_nothing_of_ages_it_has_not_seen() -> None:
    """All wait and the oldest is 15 minutes old: the flat rest up to the cap is not slowness."""
    young = columns([(minutes(45), None, OPEN)] * 50)
    assert np.isnan(hourly(NODE, ALWAYS, young, [NOON]).rmst[0])
    old = columns([(minutes(45), None, OPEN)] * 50 + [(hours(-5), hours(-4), NEXT)])
    assert hourly(NODE, ALWAYS, old, [NOON]).rmst[0] == 3600


def test_durations_run_on_the_nodes_clock() -> None:
    """Closed from 12:30 to 13:00: visits that wait from 12:00 to 13:20 count 50 minutes."""
    lunch = WorkingCalendar(ZONE, (((0, 750), (780, 1440)),) * 7)
    visits = columns([(NOON, minutes(80), NEXT)] * 20 + [(hours(-9), hours(-8), NEXT)])
    fifty = 50 * 60 + 10 * 60 * math.exp(-sum(1 / n for n in range(1, 21)))
    dwell = np.array([3000.0] * 20 + [3600.0])
    on_clock = VisitColumns(
        *(visits.entered, visits.left, visits.due, visits.way_out, dwell), visits.measured, visits.cents
    )
    assert hourly(NODE, lunch, on_clock, [hours(1)]).rmst == pytest.approx([fifty])


def test_the_usual_is_the_median_of_the_same_hour_and_day_type() -> None:
    """Four Tuesdays-or-so at 12: median of 10, 20, 30, 100 is 25; missed: the mean of 0, 0, 1, 3 is 1."""
    days = [NOON + timedelta(days=n) for n in range(4)]
    noon = dict(zip(days, [(10.0, 0.0), (20.0, 0.0), (30.0, 1.0), (100.0, 3.0)], strict=True))
    night = {day + timedelta(hours=9): (7.0, 0.0) for day in days}
    usual = usual_by_hour(figures(noon | night), ZONE, timedelta(days=4))
    found = usual[WORKING, 12]
    assert (found.usual.rmst_seconds, found.usual.overdue_per_hour, found.hours_used) == (25, 1, 4)
    assert usual[WORKING, 21].usual.rmst_seconds == 7
    assert found.usual.provisional
    assert not usual_by_hour(figures(noon), ZONE, timedelta(days=7))[WORKING, 12].usual.provisional


def test_an_hour_with_too_few_takes_its_day_type_then_everything() -> None:
    """Two figures of its own are too few; five of working days are enough; the weekend, with one, takes all six."""
    values = {NOON + timedelta(days=n): (10.0 * (n + 1), 0.0) for n in range(2)}  # Monday and Tuesday at 12: 10, 20
    values |= {NOON + timedelta(days=n, hours=1): (10.0 * (n + 3), 0.0) for n in range(3)}  # at 13: 30, 40, 50
    values[NOON + timedelta(days=5)] = (1000.0, 6.0)  # Saturday
    usual = usual_by_hour(figures(values), ZONE, timedelta(days=6))
    assert (usual[WORKING, 12].usual.rmst_seconds, usual[WORKING, 12].hours_used) == (30, 5)
    assert (usual[WORKING, 13].usual.rmst_seconds, usual[WORKING, 13].hours_used) == (40, 3)
    assert (usual[WORKING, 3].usual.rmst_seconds, usual[WORKING, 3].hours_used) == (30, 5)
    assert (usual[OFF, 12].usual.rmst_seconds, usual[OFF, 12].hours_used) == (35, 6)
    assert usual[OFF, 12].usual.overdue_per_hour == 1
    assert len(usual) == 48


def test_nothing_known_is_nothing_usual() -> None:
    """Hours that tell nothing make no baseline."""
    silent = HourlyFigures((NOON,), np.array([math.nan]), np.array([5.0]))
    assert usual_by_hour(silent, ZONE, timedelta(days=28)) == {}


def test_four_weeks_of_steady_work() -> None:
    """Exponential dwells of 20 min mean, 60 an hour: capped mean 20 x (1 - e^-3) = 19.0 min, 13.4 missed an hour."""
    random = np.random.default_rng(5)
    entered = np.sort(random.integers(0, 28 * 86400 * 10**6, 28 * 24 * 60)) + micros(MONDAY)
    dwell = random.exponential(20 * 60, len(entered))
    visits = VisitColumns(
        entered,
        entered + (dwell * 1e6).astype(np.int64),
        entered + 1800 * 10**6,
        np.full(len(entered), NEXT, dtype=np.int32),
        dwell,
        np.ones(len(entered), dtype=np.bool_),
        np.zeros(len(entered), dtype=np.int64),
    )
    found = hourly(NODE, ALWAYS, visits, clock_hours(MONDAY, MONDAY + timedelta(days=28), ZONE))
    usual = usual_by_hour(found, ZONE, timedelta(days=28))
    assert {usual[WORKING, hour].hours_used for hour in range(24)} <= {19, 20}
    means = [entry.usual.rmst_seconds / 60 for entry in usual.values()]
    assert np.mean(means) == pytest.approx(20 * (1 - math.exp(-3)), rel=0.03)
    assert np.std(means) < 2
    assert np.mean(found.missed) == pytest.approx(60 * math.exp(-1.5), rel=0.03)
