"""The clock of a replay: arithmetic over a real clock, whatever is done to either."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.clock import FixedClock, ReplayClock
from tests.builders import NOON

THEN = datetime(2018, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)

ACTS = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 100_000)),
    st.tuples(st.just("set_back"), st.integers(1, 100_000)),
    st.tuples(st.just("pause"), st.none()),
    st.tuples(st.just("resume"), st.none()),
    st.tuples(st.just("set_speed"), st.integers(1, 100_000)),
    st.tuples(st.just("jump"), st.integers(-1_000_000, 1_000_000)),
    st.tuples(st.just("ask"), st.none()),
)


@given(st.lists(ACTS, max_size=40), st.integers(1, 100_000))
def test_it_shows_the_real_time_that_passed_while_it_ran_times_its_speed(acts, speed):
    """Worked out beside it. Asking more often changes nothing, and neither does setting the machine's clock back."""
    real = FixedClock(NOON)
    clock = ReplayClock(THEN, speed, real)
    expected, running = THEN, True
    for act, value in acts:
        match act:
            case "pass":
                real.instant += value * SECOND
                expected += value * speed * SECOND if running else timedelta(0)
            case "set_back":
                clock.now()
                real.instant -= value * SECOND
                clock.now()  # the replay looks several times a second: it sees both sides of it
            case "pause":
                clock.pause()
                running = False
            case "resume":
                clock.resume()
                running = True
            case "set_speed":
                clock.set_speed(value)
                speed = value
            case "jump":
                expected = THEN + value * SECOND
                clock.jump(expected)
            case "ask":
                assert clock.now() == expected
    assert (clock.now(), clock.paused, clock.speed) == (expected, not running, speed)


@given(st.lists(st.integers(-1_000, 1_000), max_size=60), st.integers(1, 100_000))
def test_it_never_goes_back_by_itself(steps, speed):
    """However the machine's clock is set."""
    real = FixedClock(NOON)
    clock, told = ReplayClock(THEN, speed, real), [THEN]
    for step in steps:
        real.instant += step * SECOND
        told.append(clock.now())
    assert told == sorted(told)


@given(st.integers(0, 10**6), st.integers(1, 100_000))
def test_it_stops_at_the_end(seconds, speed):
    """Not a microsecond later, were the real time ages; a jump past the end leads to the end."""
    real, end = FixedClock(NOON), THEN + timedelta(hours=1)
    clock = ReplayClock(THEN, speed, real, end)
    real.instant += seconds * SECOND
    assert clock.now() == min(end, THEN + seconds * speed * SECOND)
    clock.jump(end + SECOND)
    assert clock.now() == end


def test_without_an_end_it_runs_to_the_end_of_the_calendar():
    """At 100,000 times as fast, the year 9999 is a month away."""
    real = FixedClock(NOON)
    clock = ReplayClock(THEN, 100_000, real)
    real.instant += timedelta(days=40)
    assert clock.now() == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_it_goes_forwards_only(speed):
    """Standing still is pausing; going back is jumping."""
    with pytest.raises(ValueError, match="forwards"):
        ReplayClock(THEN, speed, FixedClock(NOON))
    with pytest.raises(ValueError, match="forwards"):
        ReplayClock(THEN, 1, FixedClock(NOON)).set_speed(speed)
