"""Working calendars as rows of a lifeline's table."""

import re
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from dashboard.calendar import WEEKDAYS, Opening, WorkingCalendar
from dashboard.lifeline_row import Row

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def read_time_zone(row: Row, field: str, default: str | None = None) -> str:
    """The name of a time zone that the machine knows.

    Raises:
        LifelineError: it knows none of this name.
    """
    name = row.text(field, default)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise row.wrong(field, 'a time zone such as "Asia/Shanghai"') from None
    return name


def read_calendar(row: Row, time_zone: str) -> WorkingCalendar:
    """The calendar of one row: ``weekly`` (openings by weekday), ``closed`` (dates), ``open`` (openings by date).

    ``time_zone`` holds where the row names none. Raises ``LifelineError`` with the path of the wrong field.
    """
    weekly = Row(row.at("weekly"), row.table("weekly"))
    unknown = next((day for day in weekly.content if day not in WEEKDAYS), None)
    if unknown is not None:
        raise row.wrong("weekly", f"openings by weekday ({', '.join(WEEKDAYS)}), without {unknown!r}")
    openings = tuple(_openings(weekly, day) for day in WEEKDAYS)
    if not any(openings):
        raise row.wrong("weekly", 'at least one opening such as mon = ["09:00-18:00"]')
    special = Row(row.at("open"), row.table("open"))
    return WorkingCalendar(
        read_time_zone(row, "time_zone", time_zone),
        openings,
        frozenset(_date(row, "closed", text) for text in row.texts("closed")),
        {_date(row, "open", text): _openings(special, text) for text in special.content},
    )


def _date(row: Row, field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise row.wrong(field, f'dates such as "2026-10-01", without {text!r}') from None


def _openings(row: Row, field: str) -> tuple[Opening, ...]:
    found = sorted(_opening(row, field, text) for text in row.texts(field))
    for earlier, later in pairwise(found):
        if later[0] < earlier[1]:
            raise row.wrong(field, "openings that do not overlap")
    return tuple(found)


def _opening(row: Row, field: str, text: str) -> Opening:
    match = _HOURS.fullmatch(text.strip())
    if match:
        hours = [int(part) for part in match.groups()]
        opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if max(hours[1], hours[3]) < 60 and opens < closes <= 1440:
            return opens, closes
    raise row.wrong(field, 'openings such as "09:00-18:00"; one over midnight is two, "22:00-24:00" and "00:00-06:00"')
