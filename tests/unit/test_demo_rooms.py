"""The parts of the demo shop's simulation: rooms with queues and shifts, timetables, and couriers' hours."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from simpy import Environment

from datasource.demo.cities import kilometres
from datasource.demo.parameters import Delay, StationPlan
from datasource.demo.stations import Room, Rooms
from datasource.demo.timetables import Pace, next_run

MINUTE, HOUR = 60.0, 3600.0


def served(env: Environment, room: Room, seconds: float, done: list[float]) -> Generator[Any, Any, None]:
    """One order that notes when it was served."""
    yield room.serve(seconds)
    done.append(env.now)


def test_queue_is_served_in_turn() -> None:
    """Three orders of 10 s before one person are done after 10, 20 and 30 s; before two after 10, 10 and 20 s."""
    for staff, expected in ((1, [10.0, 20.0, 30.0]), (2, [10.0, 10.0, 20.0])):
        env, done = Environment(), list[float]()
        room = Room(env, "PK")
        room.change_shift(staff)
        for _ in range(3):
            env.process(served(env, room, 10.0, done))
        env.run()
        assert done == expected


def test_shift_change_takes_up_the_queue() -> None:
    """With nobody there all wait; from the moment that two come they are served, two at a time."""
    env, done = Environment(), list[float]()
    room = Room(env, "PK")
    for _ in range(3):
        env.process(served(env, room, 10.0, done))
    env.run(100.0)
    room.change_shift(2)
    env.run()
    assert done == [110.0, 110.0, 120.0]


def test_fewer_people_finish_what_they_began() -> None:
    """When one of two leaves, both works in hand end in time, and the rest goes on with one."""
    env, done = Environment(), list[float]()
    room = Room(env, "PK")
    room.change_shift(2)
    for _ in range(4):
        env.process(served(env, room, 10.0, done))
    env.run(5.0)
    room.change_shift(1)
    env.run()
    assert done == [10.0, 10.0, 20.0, 30.0]


def test_shifts_follow_the_local_clock() -> None:
    """At 07:59 in Shanghai the night shift works, at 08:01 the day shift, and after midnight the night shift again."""
    began = datetime(2026, 2, 24, 23, 59, tzinfo=UTC)  # 07:59 in Shanghai
    env = Environment(began.timestamp())
    shifts = ((0, {"HZ1": 2}), (8, {"HZ1": 5}), (16, {"HZ1": 7}))
    plan = StationPlan("pick", "PK", Delay(60, 1), Delay(60, 1), shifts)
    room = Rooms(env, [plan], ZoneInfo("Asia/Shanghai")).room("pick", "HZ1")
    staff = []
    for minutes in (0.5, 2, 8 * 60 + 2, 16 * 60 + 2, 24 * 60 + 2):
        env.run(began.timestamp() + minutes * MINUTE)
        staff.append(room.staff)
    assert staff == [2, 5, 7, 2, 5]


@pytest.mark.parametrize(("now", "expected"), [(0.0, 100.0), (99.0, 100.0), (100.0, 700.0), (101.0, 700.0)])
def test_next_run_is_after_now(now: float, expected: float) -> None:
    """A job each 600 s at phase 100 runs at 100, 700, ...; at the very instant of a run the next one counts."""
    assert next_run(now, 600.0, 100.0) == expected


def test_pace_runs_fast_by_day_and_slow_by_night() -> None:
    """At half pace till 06:00 and double pace after it, east of UTC by eight hours: worked out by hand."""
    pace = Pace([0.5] * 6 + [2.0] * 18, 8 * HOUR)
    four = -4 * HOUR  # 04:00 local, on the day of the epoch
    assert pace.after(four, 0.5 * HOUR) == pytest.approx(four + HOUR)
    assert pace.after(four, HOUR) == pytest.approx(four + 2 * HOUR)
    assert pace.after(four, 3 * HOUR) == pytest.approx(four + 3 * HOUR)
    assert pace.after(four, 37 * HOUR) == pytest.approx(four + 20 * HOUR)  # one hour, then 18 hours at double pace
    assert pace.after(four, 39 * HOUR + 1800) == pytest.approx(four + 25 * HOUR)


def test_distance_of_two_cities() -> None:
    """Beijing to Shanghai is about 1,070 km as the crow flies."""
    assert kilometres((116.41, 39.90), (121.47, 31.23)) == pytest.approx(1067, abs=10)
