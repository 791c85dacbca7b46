"""Where the ticks of a time axis stand and what they say: from seconds to months, on round local times.

Weeks begin on Monday.
"""

from datetime import datetime, timedelta

from layouts.formats import DAY, HOUR, MINUTE, Formats

WEEK = 7 * DAY
STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 7, 14, 28, 56, 112, 364)),
)


def time_ticks(start: datetime, end: datetime, formats: Formats, most: int) -> list[tuple[datetime, str]]:
    """At most ``most`` round local instants from ``start`` to ``end`` with their words; seconds, times, or dates."""
    span = (end - start).total_seconds()
    step = next((step for step in STEPS if span / step <= most - 1), max(STEPS[-1], round(span / most)))
    at = _first(formats.local(start), step)
    ticks = []
    while at <= end:
        ticks.append((at, _words(at, step, formats)))
        at += timedelta(seconds=step)
    return ticks


def short_day(at: datetime, formats: Formats) -> str:
    """The local date without its year: ``24 Nov``."""
    here = formats.local(at)
    words = formats.texts("order.short_date", day=here.day, month=formats.texts(f"common.month.m{here.month}"))
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def short_moment(at: datetime, formats: Formats, *, seconds: bool = False) -> str:
    """Local date and time without the year: ``24 Nov 12:00``."""
    return f"{short_day(at, formats)}\N{NO-BREAK SPACE}{formats.clock(at, seconds=seconds)}"


def _first(start: datetime, step: int) -> datetime:
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= DAY:
        first = midnight if midnight >= start else midnight + timedelta(days=1)
        return first if step % WEEK else first + timedelta(days=-first.weekday() % 7)
    passed = (start.replace(tzinfo=None) - midnight.replace(tzinfo=None)).total_seconds()
    return midnight + timedelta(seconds=-(-passed // step) * step)


def _words(at: datetime, step: int, formats: Formats) -> str:
    here = formats.local(at)
    if step >= DAY or (here.hour, here.minute, here.second) == (0, 0, 0):
        return short_day(at, formats)
    return formats.clock(at, seconds=step < MINUTE)
