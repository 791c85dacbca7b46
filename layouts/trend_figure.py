"""The figure of one number of one node over time, with the span before as a pale line behind it."""

from collections.abc import Sequence
from typing import Any

from dashboard.snapshot import Status
from dashboard.status_runs import RED
from dashboard.trends import NUMBERS, Kind
from layouts.context import Context
from layouts.figures import Figure, axis, layout, nothing, palette, round_ticks, tick_words
from layouts.formats import DAY, HOUR, MINUTE
from layouts.parts import status_word
from layouts.theme import Palette
from layouts.time_axis import short_moment, time_ticks
from layouts.trend_labels import end_labels, measure_lines, run_words
from layouts.trend_marks import mark_shapes
from layouts.trend_shown import Shown, axis_time, tip_words
from layouts.trend_words import number_words, span_words

HEADROOM = 1.15


def trend_figure(context: Context, shown: Shown) -> Figure:
    """The line, where it ends, what it is measured by; behind it when the node was slow or congested."""
    colours = palette(context)
    known = [value for value in (*shown.values, *shown.now) if value is not None]
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
            shapes=[*_grounds(context, shown, colours), *lines, *measure_lines(shown, unit, top, colours)],
            annotations=[
                *notes,
                *run_words(context, shown, colours),
                *end_labels(context, shown, unit, top, colours),
            ],
        ),
    }


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


def _points(context: Context, shown: Shown) -> list[str]:
    return [axis_time(context, step.end) for step in shown.trend.steps]


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
        x, values = [*x, axis_time(context, shown.until)], [*values, *shown.now]
        said.append(_words(context, shown, tip_words(context, shown.tip), shown.now[0], None, shown.tip.status))
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
    at, value = shown.last
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [axis_time(context, at)],
        "y": [round(value / unit, 4)],
        "marker": {"size": 9, "color": shown.tone(colours)},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


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
        "range": [axis_time(context, shown.since), axis_time(context, shown.axis_end)],
        "tickvals": [axis_time(context, at) for at, _ in ticks],
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
            "x0": axis_time(context, run.start),
            "x1": axis_time(context, run.end),
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "fillcolor": tints[run.status],
            "line": {"width": 0},
        }
        for run in shown.runs
        if run.status in tints
    ]
