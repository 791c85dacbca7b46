"""Where a window opens, and the grid of minutes and hours that it is counted on."""

from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

WIDTHS = (HOUR, 4 * HOUR, DAY)
"""The widths that a window which nobody asked for takes, until enough visits were at risk in it."""

ENOUGH = 40
"""Visits at risk that make a window wide enough, once enough was seen of them."""

ENOUGH_ALLOWANCES = 6
"""So many times the allowance must the visits have been watched, all together: in less, silence would mean nothing."""


def floor_minute(instant: datetime) -> datetime:
    """The start of the minute."""
    return instant.replace(second=0, microsecond=0)


def floor_hour(instant: datetime) -> datetime:
    """The start of the hour of UTC."""
    return instant.replace(minute=0, second=0, microsecond=0)


def opening(at: datetime, width: timedelta) -> datetime:
    """Where the window of this width ends up opening: at the start of a minute, so that both ways to count agree."""
    return floor_minute(at - width)


def hourly_opening(at: datetime, width: timedelta) -> datetime:
    """The same where only hours are kept: a window of more than a day opens at the start of an hour."""
    return opening(at, width) if width <= DAY else floor_hour(at - width)
