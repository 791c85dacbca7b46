"""The words of trends: a number by its kind, a span, the time in a status, and the page's finding."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.snapshot import Status
from dashboard.status_runs import RED, Run, seconds_in, worst_day
from dashboard.trends import NUMBERS, Kind
from dashboard.windows import DAY, HOUR
from layouts.context import Context, window_text
from layouts.formats import UNKNOWN
from layouts.time_axis import short_day

WEEK = 7 * DAY
LONG = 4 * WEEK
"""Spans above it are told in weeks where they are whole ones."""

Runs = Mapping[str, Sequence[Run]]

SLOW = frozenset({Status.AMBER})


def number_words(context: Context, number: str, value: float | None) -> str:
    """A value of this number with its unit: ``×2.3``, ``24.1 %``, ``3.7 h``, ``1,204``."""
    formats = context.formats
    if value is None:
        return UNKNOWN
    if number == "congestion_index":
        return formats.index(value)
    match NUMBERS[number]:
        case Kind.COUNT:
            return formats.count(round(value))
        case Kind.SECONDS:
            return formats.duration(value)
        case Kind.SHARE:
            return formats.percent(value)
    return formats.number(value)


def number_name(context: Context, number: str) -> str:
    """The number in words."""
    return context.texts(f"trends.number.{number}")


def span_words(context: Context, span: timedelta) -> str:
    """A span in words: ``24 hours``, ``7 days``, ``12 weeks``."""
    if span > LONG and span % WEEK == timedelta(0):
        return context.texts("trends.span.weeks", count=span // WEEK).replace(" ", "\N{NO-BREAK SPACE}")
    return context.formats.window(span)


def span_text(span: timedelta) -> str:
    """A span as a link writes it: ``24h``, ``7d``, ``12w``."""
    if span <= 2 * DAY and span % HOUR == timedelta(0):
        return f"{span // HOUR}h"
    return f"{span // WEEK}w" if span > LONG and span % WEEK == timedelta(0) else window_text(span)


def worst_node(runs: Runs) -> str | None:
    """The node that was congested longest, else slow longest; of equals the first. ``None``: none was either."""
    for statuses in (RED, SLOW):
        found = max(runs, key=lambda key: seconds_in(runs[key], statuses), default=None)
        if found is not None and seconds_in(runs[found], statuses):
            return found
    return None


def finding(context: Context, runs: Runs, span: timedelta) -> str:
    """Which node was congested for how long, and when most; in one sentence."""
    texts, formats = context.texts, context.formats
    told, worst = span_words(context, span), worst_node(runs)
    if worst is None:
        known = any(run.status is Status.GREEN for these in runs.values() for run in these)
        return texts("trends.finding.calm" if known else "trends.finding.grey", span=told)
    name = context.node_name(worst)
    red = [key for key, these in runs.items() if seconds_in(these)]
    if not red:
        time = formats.elapsed(seconds_in(runs[worst], SLOW))
        return texts("trends.finding.amber", span=told, node=name, time=time)
    time, day = formats.elapsed(seconds_in(runs[worst])), worst_day(runs[worst], ZoneInfo(context.time_zone))
    key = "red_day" if day and span > 2 * DAY else "red"
    words = {"node": name, "time": time, "span": told} | ({"day": day_name(context, day, span)} if day else {})
    said = texts(f"trends.finding.{key}", **words)
    return said if len(red) == 1 else texts("trends.finding.red_more", finding=said, count=len(red) - 1)


def day_name(context: Context, day: date, span: timedelta) -> str:
    """A day of the span: its weekday where there is only one of them, else its date."""
    if span <= WEEK:
        return context.texts(f"trends.weekday.d{day.weekday()}")
    return short_day(datetime(day.year, day.month, day.day, 12, tzinfo=context.formats.zone), context.formats)


def tone(runs: Runs) -> str:
    """The colour of the finding: of nodes that are slow or congested where the span ends."""
    last = {these[-1].status for these in runs.values() if these}
    return "red" if last & RED else "amber" if Status.AMBER in last else ""
