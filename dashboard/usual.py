"""What is usual at an instant: it lies between two hours of the week, and takes a part of each."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.baseline import Hour, hour_of_week
from dashboard.evidence import Usual
from dashboard.windows import HOUR


def hours_around(at: datetime, time_zone: str) -> tuple[Hour, Hour, float]:
    """The hour of the week before that of the instant, that one, and how much of it has passed (0 to 1).

    The sixty minutes before the instant belong to these two, in this proportion.
    """
    local = at.astimezone(ZoneInfo(time_zone))
    passed = (local.minute * 60 + local.second) / 3600
    return hour_of_week(at - HOUR, time_zone), hour_of_week(at, time_zone), passed


def usual_then(week: Mapping[Hour, Usual], at: datetime, time_zone: str) -> Usual | None:
    """What is usual at the instant, between the two hours around it; where one of them is unknown, as in the other.

    What is known of an hour is known of its end. Compared with the hour that it falls in, 9:05 would be held against
    what is usual at 10:00: wherever the hours differ, a congestion would be made up or missed.
    """
    first, second, passed = hours_around(at, time_zone)
    before, current = week.get(first), week.get(second)
    if before is None or current is None:
        return current or before
    return Usual(
        before.rmst_seconds + passed * (current.rmst_seconds - before.rmst_seconds),
        before.overdue_per_hour + passed * (current.overdue_per_hour - before.overdue_per_hour),
        before.provisional or current.provisional,
    )
