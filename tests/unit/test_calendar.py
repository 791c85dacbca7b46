"""The clocks that durations run on, against counting minutes one by one."""

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.calendar import ALWAYS, WorkingCalendar

OFFICE_HOURS = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
OFFICE = WorkingCalendar(
    "Asia/Shanghai",
    (OFFICE_HOURS,) * 5 + ((),) * 2,
    frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    {date(2026, 10, 10): ((9 * 60, 18 * 60),)},
)
NIGHT_SHIFT = WorkingCalendar("America/New_York", (((0, 5 * 60), (22 * 60, 24 * 60)),) * 7)
SUNDAY_MORNING = WorkingCalendar("Europe/Berlin", ((),) * 6 + (((60, 4 * 60),),))
CALENDARS = {"office": OFFICE, "night": NIGHT_SHIFT, "sunday": SUNDAY_MORNING}


def shanghai(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of 2026 by the wall clock of Shanghai, in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def is_open(calendar: WorkingCalendar, at: datetime) -> bool:
    """Whether the wall clock stands within an opening: the definition, without any table."""
    local = at.astimezone(ZoneInfo(calendar.time_zone))
    usual = () if local.date() in calendar.closed else calendar.weekly[local.weekday()]
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in calendar.special.get(local.date(), usual))


def minutes_open(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Open minutes between two whole minutes, counted one by one."""
    return sum(is_open(calendar, start + timedelta(minutes=n)) for n in range((end - start) // timedelta(minutes=1)))


def test_round_the_clock_is_elapsed_time() -> None:
    """Every second counts, a night and a weekend too."""
    friday, monday = shanghai(3, 6, 17), shanghai(3, 9, 9)
    assert ALWAYS.between(friday, monday) == 64 * 3600
    assert ALWAYS.after(friday, 64 * 3600) == monday
    assert ALWAYS.coordinate(np.array([0.0, 5.5])).tolist() == [0.0, 5.5]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (shanghai(3, 6, 17), shanghai(3, 9, 10), 2),  # Friday 17-18, Monday 9-10
        (shanghai(3, 6, 11), shanghai(3, 6, 14), 2),  # without the lunch hour
        (shanghai(3, 7, 9), shanghai(3, 8, 18), 0),  # a weekend
        (shanghai(9, 30, 17), shanghai(10, 5, 10), 2),  # two holidays and a weekend between
        (shanghai(10, 10, 8), shanghai(10, 10, 20), 9),  # a Saturday that is worked, straight through
        (shanghai(3, 6, 14), shanghai(3, 6, 11), -2),  # backwards
    ],
)
def test_office_hours_by_hand(start: datetime, end: datetime, hours: int) -> None:
    """Only opening hours count, and holidays and make-up days are known."""
    assert OFFICE.between(start, end) == hours * 3600


@pytest.mark.parametrize(
    ("start", "seconds", "end"),
    [
        (shanghai(3, 6, 17), 2 * 3600, shanghai(3, 9, 10)),
        (shanghai(3, 6, 17), 3600, shanghai(3, 6, 18)),  # at closing time, not at the next opening
        (shanghai(3, 7, 12), 60, shanghai(3, 9, 9, 1)),
        (shanghai(3, 7, 12), 0, shanghai(3, 7, 12)),  # nothing to do is done at once
        (shanghai(3, 6, 11, 30), 3600, shanghai(3, 6, 13, 30)),
    ],
)
def test_due_times_by_hand(start: datetime, seconds: float, end: datetime) -> None:
    """An allowance ends when so much of opening time has passed."""
    assert OFFICE.after(start, seconds) == end


def test_the_hour_that_is_skipped_and_the_hour_that_comes_twice() -> None:
    """01:00 to 04:00 lasts two hours when summer time begins, four when it ends, else three."""
    for day, hours in (((2026, 3, 29), 2), ((2026, 10, 25), 4), ((2026, 6, 7), 3)):
        start = datetime(*day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
        assert SUNDAY_MORNING.between(start, start + timedelta(hours=10)) == hours * 3600


def test_openings_that_touch_in_the_skipped_hour_do_not_count_twice() -> None:
    """02:00-03:00 does not exist in Berlin on 29 March 2026: openings that border on it never overlap."""
    calendar = WorkingCalendar("Europe/Berlin", ((),) * 6 + (((60, 150), (150, 240)),))
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert calendar.between(start, start + timedelta(hours=10)) == 2 * 3600
    quarters = [start + timedelta(minutes=15 * n) for n in range(20)]
    readings = calendar.coordinate(np.array([at.timestamp() for at in quarters]))
    assert (readings - readings[0]).tolist() == [calendar.between(start, at) for at in quarters]
    assert (np.diff(calendar._columns[0]) > 0).all()  # or interpolation has no meaning


instants = st.datetimes(datetime(2025, 9, 1), datetime(2026, 12, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CALENDARS)), instants, st.integers(0, 6 * 1440))
def test_between_counts_the_open_minutes(name: str, start: datetime, minutes: int) -> None:
    """The clock runs one minute for each minute that the wall clock stands within an opening."""
    calendar, end = CALENDARS[name], start + timedelta(minutes=minutes)
    assert calendar.between(start, end) == 60 * minutes_open(calendar, start, end)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(CALENDARS)), instants, st.floats(0.001, 4e6))
def test_after_inverts_between(name: str, start: datetime, seconds: float) -> None:
    """``after`` is the first instant by which so much time has passed."""
    calendar = CALENDARS[name]
    end = calendar.after(start, seconds)
    assert end >= start
    assert calendar.between(start, end) == pytest.approx(seconds, abs=1e-6)
    assert calendar.between(start, end - timedelta(microseconds=2)) < calendar.between(start, end)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(CALENDARS)), st.lists(instants, min_size=2, max_size=8))
def test_readings_of_many_instants_agree_with_one_by_one(name: str, several: list[datetime]) -> None:
    """A difference of two readings is the duration between, and readings never run backwards."""
    calendar = CALENDARS[name]
    readings = calendar.coordinate(np.array([at.timestamp() for at in several]))
    for at, reading in zip(several, readings, strict=True):
        assert reading - readings[0] == pytest.approx(calendar.between(several[0], at), abs=1e-5)
    assert (np.diff(readings[np.argsort(several)]) >= 0).all()


@pytest.mark.parametrize("year", [1970, 1999, 2060, 2400])
def test_an_instant_far_away_has_a_duration_still(year: int) -> None:
    """Beyond the years that openings are known for, the clock runs on, so that nonsense in a file stops nothing."""
    start = datetime(year, 6, 1, tzinfo=UTC)
    assert OFFICE.between(start, start + timedelta(days=9)) == 9 * 86400
    assert OFFICE.after(start, 3600) == start + timedelta(hours=1)
    readings = OFFICE.coordinate(np.array([start.timestamp(), start.timestamp() + 60]))
    assert readings[1] - readings[0] == 60


def test_from_the_past_without_openings_into_the_known_years() -> None:
    """``after`` finds its way over the border of the table."""
    start = datetime(1999, 12, 31, 12, tzinfo=UTC)  # Friday, 20:00 in Shanghai: 4 h to the border, then Monday 9:00
    assert OFFICE.after(start, 5 * 3600) == datetime(2000, 1, 3, 2, tzinfo=UTC)


def test_a_calendar_is_a_value() -> None:
    """It can be sent to another process, compared and hashed."""
    copy = pickle.loads(pickle.dumps(OFFICE))
    assert copy == OFFICE and hash(copy) == hash(OFFICE)
    assert copy.between(shanghai(3, 6, 17), shanghai(3, 9, 10)) == 7200


@pytest.mark.parametrize(
    "weekly", [((),) * 7, (((0, 60),),) * 6, (((60, 60),),) * 7, (((0, 90), (60, 120)),) * 7, (((0, 1500),),) * 7]
)
def test_openings_that_make_no_sense_are_refused(weekly: tuple) -> None:
    """Never open, six days, empty, overlapping, longer than a day."""
    with pytest.raises(ValueError, match="opening"):
        WorkingCalendar("UTC", weekly)
