"""What is usual between two hours of the week."""

from datetime import UTC, datetime

import pytest

from dashboard.baseline import OFF, WORKING
from dashboard.evidence import Usual
from dashboard.usual import hours_around, usual_then
from tests.builders import NOON, minutes

ZONE = "Asia/Shanghai"
WEEK = {
    (WORKING, 11): Usual(600, 1, provisional=False),
    (WORKING, 12): Usual(1000, 5, provisional=True),
}


def test_the_last_sixty_minutes_belong_to_two_hours() -> None:
    """At 12:15 a quarter of the current hour has passed; at 12:00 nothing, and all that counts is the hour before."""
    assert hours_around(minutes(15), ZONE) == ((WORKING, 11), (WORKING, 12), 0.25)
    assert hours_around(NOON, ZONE) == ((WORKING, 11), (WORKING, 12), 0.0)


def test_hours_are_local_and_the_day_type_may_change_between_them() -> None:
    """Friday 16:30 UTC is half past midnight on Saturday in Shanghai, 22:00 in Calcutta."""
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    assert hours_around(friday, ZONE) == ((WORKING, 23), (OFF, 0), 0.5)
    assert hours_around(friday, "Asia/Kolkata") == ((WORKING, 21), (WORKING, 22), 0.0)


@pytest.mark.parametrize(("passed", "seconds", "overdue"), [(0, 600, 1), (15, 700, 2), (45, 900, 4)])
def test_the_usual_goes_from_one_hour_to_the_next(passed: float, seconds: float, overdue: float) -> None:
    """600 s and 1 until 12:00, 1000 s and 5 by 13:00: in between in proportion; provisional as soon as one is."""
    assert usual_then(WEEK, minutes(passed), ZONE) == Usual(seconds, overdue, provisional=True)


def test_an_hour_that_is_not_known_takes_the_other() -> None:
    """Both ways; without either nothing is usual."""
    assert usual_then(WEEK, minutes(61), ZONE) == WEEK[WORKING, 12]
    assert usual_then(WEEK, minutes(-30), ZONE) == WEEK[WORKING, 11]
    assert usual_then(WEEK, minutes(-90), ZONE) is None
