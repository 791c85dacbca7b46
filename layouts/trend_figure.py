"""The figure of one number of one node over time, with the span before as a pale line behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.lifeline import Node
from dashboard.snapshot import Status
from dashboard.status_runs import RED, Run
from dashboard.trends import NUMBERS, Kind, Mark, Tip, Trend
from layouts.context import Context
from layouts.figures import Figure, axis, label, layout, nothing, palette, round_ticks, tick_words
from layouts.formats import DAY, HOUR, MINUTE
from layouts.parts import status_word
from layouts.theme import Palette
from layouts.time_axis import short_moment, time_ticks
from layouts.trend_marks import mark_shapes
from layouts.trend_words import number_words, span_words

HEADROOM = 1.15
LABEL_SHARE = 0.075
"""The least distance of two labels at the right, as a share of the figure's height."""
TOLD_RUN = 0.09
"""A congestion is told in words where it takes this share of the width."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the figure shows. ``before``: the same steps of the span before. ``tip``: the present, if it is live."""

    node: Node
    number: str
    trend: Trend
    before: Trend | None
    tip: Tip | None
    runs: Sequence[Run]
    marks: Sequence[Mark]
    since: datetime
    until: datetime
    axis_end: datetime
    span: timedelta

    @property
    def values(self) -> tuple[float | None, ...]:
        """The number at the end of each step."""
        return self.trend.numbers[self.number]

    @property
    def earlier(self) -> list[float | None]:
        """The number in the span before, step by step; unknown where that has fewer of them."""
        told = [] if self.before is None else list(self.before.numbers[self.number])
        nothing_told: list[float | None] = [None] * max(0, len(self.values) - len(told))
        return nothing_told + told[max(0, len(told) - len(self.values)) :]


def trend_figure(context: Context, shown: Shown) -> Figure:
    """The line, where it ends, what it is measured by; behind it when the node was slow or congested."""
    colours = palette(context)
    known = [value for value in (*shown.values, *_tip(shown)) if value is not None]
    if not known:
        return nothing(colours, context.texts("trends.figure.none"))
    unit, top = _unit(shown, max(known + [value for value in shown.earlier if value is not None]))
    lines, notes = mark_shapes(context, colours, shown.marks, shown.since, shown.axis_end)
    return {
        "data": [
            *_interval(context, shown, unit, colours),
            _before(context, shown, unit, colours),
            _now(context, shown, unit, colours),
            _dot(context, shown, unit, colours),
        ],
        "layout": layout(
            colours,
            margin={"l": 62, "r": 112, "t": 26, "b": 30},
            xaxis=axis(colours, **_times(context, shown)),
            yaxis=axis(colours, grid=True, **_scale(context, shown, unit, top)),
            shapes=[*_grounds(context, shown, colours), *lines, *_measures(shown, unit, top, colours)],
            annotations=[
                *notes,
                *_run_words(context, shown, colours),
                *_labels(context, shown, unit, top, colours),
            ],
        ),
    }


def _tip(shown: Shown) -> list[float | None]:
    return [] if shown.tip is None else [shown.tip.numbers[shown.number]]


def _unit(shown: Shown, greatest: float) -> tuple[float, float]:
    """By what the values are divided so that round ticks are whole numbers, and where the scale ends, so divided."""
    match NUMBERS[shown.number]:
        case Kind.SHARE:
            unit = 0.01
        case Kind.SECONDS:
            unit = next((float(size) for size in (DAY, HOUR, MINUTE) if greatest >= 2 * size), 1.0)
        case _:
            unit = 1.0
    least = {Kind.INDEX: 2.0, Kind.SHARE: 10.0}.get(NUMBERS[shown.number], 1.0)
    return unit, max(greatest / unit, least) * HEADROOM


def _at(context: Context, at: datetime) -> str:
    return context.formats.local(at).replace(tzinfo=None).isoformat()


def _points(context: Context, shown: Shown) -> list[str]:
    return [_at(context, step.end) for step in shown.trend.steps]


def _divided(values: Sequence[float | None], unit: float) -> list[float | None]:
    return [None if value is None else round(value / unit, 4) for value in values]


def _line(x: list[str], y: list[float | None], **line: Any) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"simplify": False, **line},
        "hoverinfo": "skip",
    }


def _now(context: Context, shown: Shown, unit: float, colours: Palette) -> Figure:
    x, values, said = _points(context, shown), list(shown.values), _said(context, shown)
    if shown.tip is not None:
        x, values = [*x, _at(context, shown.until)], [*values, *_tip(shown)]
        said.append(_words(context, shown, context.texts("trends.now"), _tip(shown)[0], None, shown.tip.status))
    line = _line(x, _divided(values, unit), color=colours.ink, width=2)
    return {**line, "customdata": said, "hovertemplate": "%{customdata}<extra></extra>", "hoverinfo": None}


def _before(context: Context, shown: Shown, unit: float, colours: Palette) -> Figure:
    return _line(_points(context, shown), _divided(shown.earlier, unit), color=colours.queue, width=1.5)


def _interval(context: Context, shown: Shown, unit: float, colours: Palette) -> list[Figure]:
    """The shade between the ends of the interval; of every other number nothing, but in the same places."""
    own = shown.number == "timeout_rate"
    x = _points(context, shown) if own else []
    low, high = (_divided(shown.trend.numbers[f"timeout_rate_{end}"], unit) if own else [] for end in ("low", "high"))
    shade = {"fill": "tonexty", "fillcolor": colours.line}
    return [_line(x, low, width=0, color=colours.line), {**_line(x, high, width=0, color=colours.line), **shade}]


def _dot(context: Context, shown: Shown, unit: float, colours: Palette) -> Figure:
    at, value = _last(shown)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_at(context, at)],
        "y": [round(value / unit, 4)],
        "marker": {"size": 9, "color": _tone(_last_status(shown), colours)},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _last(shown: Shown) -> tuple[datetime, float]:
    ends = [*(step.end for step in shown.trend.steps), *([shown.until] if shown.tip else [])]
    told = [(at, value) for at, value in zip(ends, (*shown.values, *_tip(shown)), strict=True) if value is not None]
    return told[-1]


def _last_status(shown: Shown) -> Status:
    return shown.tip.status if shown.tip else shown.runs[-1].status if shown.runs else Status.GREY


def _tone(status: Status, colours: Palette) -> str:
    return colours.congested if status in RED else colours.slow if status is Status.AMBER else colours.ink


def _said(context: Context, shown: Shown) -> list[str]:
    return [
        _words(context, shown, short_moment(step.end, context.formats), value, earlier, status)
        for step, value, earlier, status in zip(
            shown.trend.steps, shown.values, shown.earlier, shown.trend.status, strict=True
        )
    ]


def _words(
    context: Context, shown: Shown, when: str, value: float | None, earlier: float | None, status: Status
) -> str:
    told = [when, f"<b>{number_words(context, shown.number, value)}</b> · {status_word(context.texts, status)}"]
    if earlier is not None:
        before = context.texts("trends.figure.before", span=span_words(context, shown.span))
        told.append(f"{before}: {number_words(context, shown.number, earlier)}")
    return "<br>".join(told)


def _times(context: Context, shown: Shown) -> dict[str, Any]:
    ticks = time_ticks(shown.since, shown.axis_end, context.formats, most=9)
    return {
        "type": "date",
        "range": [_at(context, shown.since), _at(context, shown.axis_end)],
        "tickvals": [_at(context, at) for at, _ in ticks],
        "ticktext": [words for _, words in ticks],
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikecolor": palette(context).queue,
        "spikedash": "solid",
    }


def _scale(context: Context, shown: Shown, unit: float, top: float) -> dict[str, Any]:
    ticks = round_ticks(top / HEADROOM)
    kind = NUMBERS[shown.number]
    words = tick_words(context, ticks)
    if kind is not Kind.COUNT:
        words = [number_words(context, shown.number, tick * unit).replace(".0", "") if tick else "0" for tick in ticks]
    return {"range": [0, top], "tickvals": ticks, "ticktext": words}


def _grounds(context: Context, shown: Shown, colours: Palette) -> list[Figure]:
    """A tint behind the times in which the node was slow or congested."""
    tints = {Status.AMBER: colours.tint_slow} | dict.fromkeys(RED, colours.tint_congested)
    return [
        {
            "type": "rect",
            "layer": "below",
            "x0": _at(context, run.start),
            "x1": _at(context, run.end),
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "fillcolor": tints[run.status],
            "line": {"width": 0},
        }
        for run in shown.runs
        if run.status in tints
    ]


def _run_words(context: Context, shown: Shown, colours: Palette) -> list[Figure]:
    """The congestions that have room for it: for how long each lasted."""
    length = (shown.axis_end - shown.since).total_seconds() or 1.0
    notes = []
    for began, ended in congestions(shown.runs):
        seconds = (ended - began).total_seconds()
        if seconds / length >= TOLD_RUN:
            time, word = context.formats.elapsed(seconds), status_word(context.texts, Status.RED)
            words = context.texts("trends.figure.run", status=word, time=time)
            middle = _at(context, began + (ended - began) / 2)
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


def _measures(shown: Shown, unit: float, top: float, colours: Palette) -> list[Figure]:
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


def _labels(context: Context, shown: Shown, unit: float, top: float, colours: Palette) -> list[Figure]:
    """At the right: what the line ends at, what it is measured by, and which line is the span before, kept apart."""
    _, value = _last(shown)
    told = [(value / unit, f"<b>{number_words(context, shown.number, value)}</b>", _tone(_last_status(shown), colours))]
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
