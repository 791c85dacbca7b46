"""The words and lines in the figure of a trend: what it ends at, what it is measured by, how long it was congested."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.snapshot import Status
from dashboard.status_runs import RED, Run
from dashboard.trends import NUMBERS, Kind
from layouts.context import Context
from layouts.figures import Figure, label
from layouts.parts import status_word
from layouts.theme import Palette
from layouts.trend_shown import Shown, axis_time
from layouts.trend_words import number_words, span_words

LABEL_SHARE = 0.075
"""The least distance of two labels at the right, as a share of the figure's height."""
TOLD_RUN = 0.09
"""A congestion is told in words where it takes this share of the width."""


def run_words(context: Context, shown: Shown, colours: Palette) -> list[Figure]:
    """The congestions that have room for it: for how long each lasted."""
    length = (shown.axis_end - shown.since).total_seconds() or 1.0
    notes = []
    for began, ended in congestions(shown.runs):
        seconds = (ended - began).total_seconds()
        if seconds / length >= TOLD_RUN:
            time, word = context.formats.elapsed(seconds), status_word(context.texts, Status.RED)
            words = context.texts("trends.figure.run", status=word, time=time)
            middle = axis_time(context, began + (ended - began) / 2)
            notes.append(label(words, middle, 1, colours.congested, yref="paper", yanchor="top", yshift=-2))
    return notes


def congestions(runs: Sequence[Run]) -> list[tuple[datetime, datetime]]:
    """From when to when the node was congested, however deep, each time."""
    found: list[tuple[datetime, datetime]] = []
    for run in runs:
        if run.status in RED:
            joined = bool(found) and found[-1][1] == run.start
            began = found.pop()[0] if joined else run.start
            found.append((began, run.end))
    return found


def _measured_by(shown: Shown) -> float | None:
    """What a good value is compared with: 1 for an index, the tolerated rate, the allowance."""
    match NUMBERS[shown.number]:
        case Kind.INDEX:
            return 1.0
        case Kind.SHARE:
            return shown.node.tolerated_rate
        case Kind.SECONDS:
            return shown.node.allowance.total_seconds()
    return None


def measure_lines(shown: Shown, unit: float, top: float, colours: Palette) -> list[Figure]:
    """A dashed line at what a good value is compared with, where there is such a thing within the scale."""
    level = _measured_by(shown)
    if level is None or level / unit > top:
        return []
    line = {"color": colours.secondary, "width": 1, "dash": "dash"}
    y = level / unit
    return [{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y, "line": line, "layer": "below"}]


def _measure_words(context: Context, shown: Shown) -> str:
    level = _measured_by(shown) or 0.0
    match NUMBERS[shown.number]:
        case Kind.INDEX:
            return context.texts("trends.figure.usual")
        case Kind.SHARE:
            return context.texts("trends.figure.tolerated", rate=context.formats.percent(level, whole=True))
    return context.texts("trends.figure.allowance", span=context.formats.elapsed(level))


def end_labels(context: Context, shown: Shown, unit: float, top: float, colours: Palette) -> list[Figure]:
    """At the right: what the line ends at, what it is measured by, and which line is the span before, kept apart."""
    _, value = shown.last
    told = [(value / unit, f"<b>{number_words(context, shown.number, value)}</b>", shown.tone(colours))]
    level = _measured_by(shown)
    if level is not None and level / unit <= top:
        told.append((level / unit, _measure_words(context, shown), colours.secondary))
    if shown.earlier and shown.earlier[-1] is not None:
        words = context.texts("trends.figure.before", span=span_words(context, shown.span))
        told.append((shown.earlier[-1] / unit, words, colours.secondary))
    heights = apart([y for y, _, _ in told], LABEL_SHARE * top, top)
    return [
        label(words, 1, y, colour, xref="paper", xanchor="left", xshift=9)
        for y, (_, words, colour) in zip(heights, told, strict=True)
    ]


def apart(wanted: Sequence[float], least: float, top: float) -> list[float]:
    """Heights near the wanted ones, no two nearer than ``least``, none below 0 or above ``top``; the first stays."""
    placed: list[float] = []
    for want in wanted:
        around = [want, *(other + side * least for other in placed for side in (1, -1))]
        free = [y for y in around if 0 <= y <= top and all(abs(y - other) >= least * 0.999 for other in placed)]
        placed.append(min(free, key=lambda y: abs(y - want), default=want))
    return placed
