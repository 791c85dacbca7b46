"""The panel that shows the orders in progress at a node over time, and how many come and go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash.development.base_component import Component

from dashboard.series import FlowSeries
from layouts import ids
from layouts.context import Context
from layouts.figures import Figure, axis, graph, label, layout, nothing, palette, round_ticks, table_twin, tick_words
from layouts.formats import HOUR
from layouts.parts import panel
from layouts.theme import Palette
from layouts.time_axis import short_moment, time_ticks

LEAST_SHARE = 0.25
"""A running step is drawn once this much of it has passed: before, its rate says nothing."""
RATE_PIXELS, LABEL_PIXELS = 62, 17
"""The usual height of the lower plot and of a line of words in it."""


def flow_panel(context: Context, flow: FlowSeries, now: datetime) -> Component:
    """The panel with its figure and the table twin."""
    texts = context.texts
    title = texts("node.flow.title")
    now = settled(flow, now)
    chart = graph(ids.live("flow-figure"), flow_figure(context, flow, now), texts("node.flow.spoken"))
    head = [texts(f"node.flow.column.{name}") for name in ("from", "in", "out", "in_progress")]
    twin = table_twin(context, ids.live("flow-table"), title, head, flow_rows(context, flow, now))
    return panel([chart, twin], title=title, classes="chart-panel")


def flow_figure(context: Context, flow: FlowSeries, now: datetime) -> Figure:
    """Above: orders in progress. Below: orders in and out per hour, as two lines on one scale."""
    colours, texts, formats = palette(context), context.texts, context.formats
    if not flow.starts:
        return nothing(colours, texts("node.flow.none"))
    ends = [min(start + timedelta(seconds=flow.step_seconds), now) for start in flow.starts]
    steps = drawn_steps(flow, now)
    came, went = hourly(flow.entered, flow, now)[:steps], hourly(flow.left, flow, now)[:steps]
    edges = [*flow.starts[:steps], *ends[steps - 1 : steps]]
    said = [_said(context, flow, now, place) for place in range(len(flow.starts))]
    level = max(*flow.in_progress, 1)
    rate = max(*came, *went, 1.0)
    now_level = label(
        f"<b>{formats.count(flow.in_progress[-1])}</b>", _at(context, ends[-1]), flow.in_progress[-1], colours.ink
    )
    return {
        "data": [
            _line(context, ends, flow.in_progress, said, color=colours.ink, width=2),
            _end_dot(context, ends[-1], flow.in_progress[-1], colours),
            _rates(context, edges, came, color=colours.secondary, width=2, dash="dot"),
            _rates(context, edges, went, color=colours.ink, width=2),
        ],
        "layout": layout(
            colours,
            margin={"l": 48, "r": 72, "t": 22, "b": 30},
            xaxis=axis(colours, anchor="y2", **_hours(context, flow.starts[0], ends[-1])),
            yaxis=axis(colours, grid=True, domain=[0.46, 1], **_scale(context, level)),
            yaxis2=axis(colours, grid=True, domain=[0, 0.30], **_scale(context, rate)),
            annotations=[
                {**now_level, "xanchor": "left", "xshift": 9},
                *_rate_labels(context, colours, edges[-1], came, went, rate),
                _caption(texts("node.flow.in_progress"), 1, colours),
                _caption(texts("node.flow.per_hour", step=formats.elapsed(flow.step_seconds)), 0.30, colours),
            ],
        ),
    }


def flow_rows(context: Context, flow: FlowSeries, now: datetime) -> list[list[str]]:
    """One row for each step, the newest first: from when, in and out per hour, in progress at its end."""
    formats = context.formats
    steps = drawn_steps(flow, now)
    came, went = hourly(flow.entered, flow, now), hourly(flow.left, flow, now)
    columns = zip(flow.starts[:steps], came, went, flow.in_progress, strict=False)
    rows = [
        [short_moment(start, formats), _rate(context, i), _rate(context, o), formats.count(n)]
        for start, i, o, n in columns
    ]
    return rows[::-1]


def drawn_steps(flow: FlowSeries, now: datetime) -> int:
    """How many steps have a rate worth drawing: all, but for a last one that has only begun; at least one."""
    if not flow.starts:
        return 0
    passed = (now - flow.starts[-1]).total_seconds() / flow.step_seconds
    return max(1, len(flow.starts) - (passed < LEAST_SHARE))


def settled(flow: FlowSeries, now: datetime) -> datetime:
    """The whole minute before ``now``, within the last step: so that a figure whose counts stand still does too."""
    minute = now.replace(second=0, microsecond=0)
    return max(minute, flow.starts[-1] + timedelta(seconds=1)) if flow.starts else minute


def hourly(counts: Sequence[int], flow: FlowSeries, now: datetime) -> list[float]:
    """The counts per hour; a step that still runs counts only for the time that has passed of it."""
    passed = [min(flow.step_seconds, max(1.0, (now - start).total_seconds())) for start in flow.starts]
    return [count * HOUR / seconds for count, seconds in zip(counts, passed, strict=True)]


def _at(context: Context, at: datetime) -> str:
    return context.formats.local(at).replace(tzinfo=None).isoformat()


def _line(context: Context, at: Sequence[datetime], counts: Sequence[int], said: list[str], **line: Any) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [_at(context, instant) for instant in at],
        "y": list(counts),
        "line": {**line, "simplify": False},
        "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _rates(context: Context, edges: Sequence[datetime], rates: list[float], **line: Any) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [_at(context, instant) for instant in edges],
        "y": [round(rate, 2) for rate in [*rates, rates[-1]]],
        "yaxis": "y2",
        "line": {**line, "shape": "hv"},
        "hoverinfo": "skip",
    }


def _end_dot(context: Context, at: datetime, count: int, colours: Palette) -> Figure:
    dot = {"size": 9, "color": colours.ink}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_at(context, at)],
        "y": [count],
        "marker": dot,
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _said(context: Context, flow: FlowSeries, now: datetime, place: int) -> str:
    texts = context.texts
    came, went = (hourly(counts, flow, now)[place] for counts in (flow.entered, flow.left))
    return "<br>".join(
        (
            short_moment(flow.starts[place], context.formats),
            f"{context.formats.count(flow.in_progress[place])} {texts('node.flow.in_progress')}",
            texts("node.flow.in_rate", count=_rate(context, came))
            + " · "
            + texts("node.flow.out_rate", count=_rate(context, went)),
        )
    )


def _rate(context: Context, rate: float) -> str:
    return context.formats.short_count(round(rate))


def _scale(context: Context, largest: float, most: int = 2) -> dict[str, Any]:
    ticks = round_ticks(largest, most)
    words = tick_words(context, ticks)
    return {"range": [0, largest * 1.12], "tickvals": ticks, "ticktext": words}


def _hours(context: Context, start: datetime, end: datetime) -> dict[str, Any]:
    ticks = time_ticks(start, end, context.formats, most=8)
    return {
        "type": "date",
        "range": [_at(context, start), _at(context, end)],
        "tickvals": [_at(context, at) for at, _ in ticks],
        "ticktext": [words for _, words in ticks],
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikecolor": palette(context).queue,
        "spikedash": "solid",
    }


def _rate_labels(
    context: Context, colours: Palette, at: datetime, came: list[float], went: list[float], largest: float
) -> list[Figure]:
    apart = (came[-1] - went[-1]) / (largest * 1.12) * RATE_PIXELS
    push = max(0.0, (LABEL_PIXELS - abs(apart)) / 2) * (1 if apart >= 0 else -1)
    words = [("in_rate", came[-1], colours.secondary, push), ("out_rate", went[-1], colours.ink, -push)]
    return [
        label(
            context.texts(f"node.flow.{key}", count=_rate(context, rate)), _at(context, at), rate, colour,
            yref="y2", xanchor="left", xshift=9, yshift=shift,
        )
        for key, rate, colour, shift in words
    ]  # fmt: skip


def _caption(words: str, y: float, colours: Palette) -> Figure:
    return label(
        words,
        0,
        y,
        colours.secondary,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        xshift=-2,
        yshift=2,
    )
