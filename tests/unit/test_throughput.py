"""How much went through today against usual: counted by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.series import FlowSeries
from dashboard.throughput import midnight, throughput, usual_day
from tests.builders import NOON

SHANGHAI, KOLKATA = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Kolkata")
HOUR = timedelta(hours=1)


def days_of(per_hour: dict[int, int], days: int, until: datetime = NOON, zone: ZoneInfo = SHANGHAI) -> dict:
    """Whole days before today, ``per_hour[back]`` orders in each of their hours (else 10), by UTC hour."""
    start = midnight(until, zone)
    return {
        start - timedelta(days=back) + hour * HOUR: per_hour.get(back, 10)
        for back in range(1, days + 1)
        for hour in range(24)
    }


def today(*left: int, minutes: int = 5) -> FlowSeries:
    """What left in each step since midnight."""
    start = midnight(NOON, SHANGHAI)
    starts = tuple(start + timedelta(minutes=minutes * place) for place in range(len(left)))
    nothing = (0,) * len(left)
    return FlowSeries(starts, minutes * 60, nothing, left, nothing)


def test_midnight_is_local():
    """Noon in Shanghai is 04:00 UTC; its day began at 16:00 UTC of the day before."""
    assert midnight(NOON, SHANGHAI) == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_usual_by_now_is_the_median_of_such_days():
    """Monday noon. The weekdays of the last seven days sent 10 to 14 an hour: 12 h x 12; weekends do not count."""
    history = days_of({1: 90, 2: 90, 3: 10, 4: 11, 5: 12, 6: 13, 7: 14}, 7)
    found = usual_day(history, SHANGHAI, NOON)
    assert (found.by_now, found.in_all, found.days) == (144, 288, 5)
    assert found.low[8] == pytest.approx(10.4) and found.high[8] == pytest.approx(13.6)


def test_days_of_another_kind_count_where_there_are_no_others():
    """Saturday and Sunday alone are behind a Monday: better than nothing."""
    found = usual_day(days_of({1: 20, 2: 30}, 2), SHANGHAI, NOON)
    assert (found.by_now, found.days) == (300, 2)


def test_a_day_that_is_not_known_whole_does_not_count():
    """One whole day, and the afternoon of the one before it: too little."""
    history = days_of({}, 2)
    assert usual_day(dict(list(history.items())[:24]), SHANGHAI, NOON) is None
    assert (
        usual_day({hour: n for hour, n in history.items() if hour >= min(history) + 12 * HOUR}, SHANGHAI, NOON) is None
    )
    assert usual_day({}, SHANGHAI, NOON) is None


def test_part_of_an_hour_counts_for_its_share():
    """At 12:15, a quarter of the thirteenth hour is due as well."""
    assert usual_day(days_of({}, 7), SHANGHAI, NOON + timedelta(minutes=15)).by_now == 122.5


def test_a_zone_half_an_hour_off_shares_its_hours_out():
    """In Kolkata a UTC hour begins at half past. Even hours give even days, and 09:30 there is 9.5 hours into them."""
    start = datetime(2026, 2, 20, tzinfo=UTC)
    history = {start + place * HOUR: 10 for place in range(24 * 11)}
    found = usual_day(history, KOLKATA, NOON)
    assert found.by_now == pytest.approx(95)
    assert set(found.low) == {10.0}


def test_the_day_the_clocks_change_is_compared_by_the_clock():
    """29 March 2026 has no 02:00 in Berlin: 110 by noon there, 120 on the other three free days known whole."""
    zone = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 4, 5, 10, tzinfo=UTC)  # Sunday noon
    history = {datetime(2026, 3, 21, tzinfo=UTC) + place * HOUR: 10 for place in range(24 * 15)}
    found = usual_day(history, zone, at)
    assert (found.days, found.by_now, found.high[2]) == (4, 120, 10)


def test_today_is_counted_and_compared():
    """144 steps of 1 until noon: 144 against 12 h x 20; the line is per hour, in steps of an hour for so few."""
    found = throughput("pick", today(*[1] * 144), days_of(dict.fromkeys(range(8), 20), 7), SHANGHAI, NOON)
    assert (found.so_far, found.gone, found.usual.by_now) == (144, 0.5, 240)
    assert found.delta == pytest.approx(-0.4)
    assert found.line[0] == (0.5 / 24, 12.0)
    assert len(found.line) == 13 and found.line[-1][0] == 0.5


def test_many_orders_have_a_finer_line():
    """From 240 an hour on every quarter has a point."""
    found = throughput("pick", today(*[30] * 144), days_of(dict.fromkeys(range(8), 300), 7), SHANGHAI, NOON)
    assert len(found.line) == 49
    assert found.line[0] == (450 / 86_400, 360.0)


def test_the_first_minutes_of_a_day_have_no_line():
    """Nothing is divided by nothing."""
    early = midnight(NOON, SHANGHAI) + timedelta(minutes=3)
    found = throughput("pick", today(2), {}, SHANGHAI, early)
    assert (found.so_far, found.line, found.usual, found.delta) == (2, (), None, None)


def test_a_reading_that_is_a_step_behind_is_drawn_as_far_as_it_goes():
    """11 h 55 min were read, it is noon: eleven whole hours, and now."""
    found = throughput("pick", today(*[1] * 143), {}, SHANGHAI, NOON)
    assert len(found.line) == 12
