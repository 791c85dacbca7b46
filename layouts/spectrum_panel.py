"""The panel of the performance spectrum: each order a line from its entry, above, to its exit, below."""

from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component
from numpy.typing import NDArray

from dashboard.lifeline import Node
from dashboard.spectrum import Lines, Spectrum
from dashboard.visit_columns import instant, micros
from layouts import ids
from layouts.context import Context
from layouts.figures import Figure, axis, graph, label, layout, nothing, palette, table_twin
from layouts.parts import panel
from layouts.theme import Palette
from layouts.time_axis import short_moment, time_ticks

FATES = ("on_time", "late", "there", "there_late")
"""Out in time, out late, still here in time, still here late."""

DEEPEST = 0.94
"""So far down comes the line of an order that is still here, however long it has been."""


def spectrum_panel(context: Context, node: Node, found: Spectrum) -> Component:
    """The panel with its figure, its key and the table twin."""
    texts = context.texts
    title = texts("diagnosis.spectrum.title")
    chart = graph(ids.live("spectrum-figure"), spectrum_figure(context, node, found), _spoken(context, found))
    key = html.P(_key(context, found), id=ids.live("spectrum-key"), className="spectrum-key")
    head = [texts(f"diagnosis.spectrum.column.{name}") for name in ("from", "entered", *FATES)]
    twin = table_twin(context, ids.live("spectrum-table"), title, head, spectrum_rows(context, found))
    note = html.Span(_drawn(context, found), id=ids.live("spectrum-note"))
    return panel([key, chart, twin], title=title, note=note, classes="chart-panel spectrum-panel")


def spectrum_figure(context: Context, node: Node, found: Spectrum) -> Figure:
    """One trace for each fate; of an order still here, the line ends at the edge, the deeper the longer it has been."""
    colours, texts = palette(context), context.texts
    if not found.drawn:
        return nothing(colours, texts("diagnosis.spectrum.none"))
    span = 2 * node.allowance.total_seconds() * 1e6
    captions = [(1, "bottom", "entered"), (0, "top", "left")]
    return {
        "data": [_trace(context, found.lines, fate, span, colours) for fate in FATES],
        "layout": layout(
            colours,
            margin={"l": 20, "r": 20, "t": 22, "b": 30},
            hovermode=False,
            xaxis=axis(colours, **_hours(context, found)),
            yaxis=axis(colours, range=[0, 1], showticklabels=False),
            shapes=[_edge(colours, 0), _edge(colours, 1)],
            annotations=[
                label(
                    texts(f"diagnosis.spectrum.{words}"), 0, y, colours.secondary,
                    xref="paper", yref="paper", xanchor="left", yanchor=anchor, yshift=2 if y else -2,
                )
                for y, anchor, words in captions
            ],
        ),
    }  # fmt: skip


def spectrum_rows(context: Context, found: Spectrum) -> list[list[str]]:
    """One row for each step of entry, the newest first: all that came in it, and what became of them."""
    formats = context.formats
    return [
        [
            short_moment(step.start, formats),
            *(formats.count(getattr(step, name)) for name in ("entered", *FATES)),
        ]
        for step in reversed(found.steps)
    ]


def _trace(context: Context, lines: Lines, fate: str, span: float, colours: Palette) -> Figure:
    chosen = _of_fate(lines, fate)
    x: list[str | None] = []
    y: list[float | None] = []
    for entered, ended, there in zip(lines.entered[chosen], lines.ended[chosen], lines.there[chosen], strict=True):
        depth = 1 - min(DEEPEST, (int(ended) - int(entered)) / span) if there else 0.0
        x += [_at(context, int(entered)), _at(context, int(ended)), None]
        y += [1.0, round(depth, 3), None]
    tones = {
        "on_time": {"color": colours.queue, "width": 1},
        "late": {"color": colours.congested, "width": 1.2},
        "there": {"color": colours.ink, "width": 1, "dash": "2px,3px"},
        "there_late": {"color": colours.congested, "width": 1.2, "dash": "5px,3px"},
    }
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": tones[fate],
        "opacity": 0.85,
        "hoverinfo": "skip",
    }


def _of_fate(lines: Lines, fate: str) -> NDArray[np.intp]:
    there = lines.there if fate.startswith("there") else ~lines.there
    late = lines.late if fate.endswith("late") else ~lines.late
    return np.flatnonzero(there & late)


def _at(context: Context, at: int) -> str:
    return context.formats.local(instant(at)).replace(tzinfo=None, microsecond=0).isoformat()


def _hours(context: Context, found: Spectrum) -> dict[str, Any]:
    ticks = time_ticks(found.since, found.until, context.formats, most=7)
    now = [(found.until, context.formats.clock(found.until))]
    span = found.until - found.since
    first, last = found.since + span / 8, found.until - span / 12  # clear of the caption and of the present
    inside = (tick for tick in ticks if first < tick[0] < last)
    words = [*inside, *now]
    return {
        "type": "date",
        "range": [_at(context, micros(found.since)), _at(context, micros(found.until))],
        "tickvals": [_at(context, micros(at)) for at, _ in words],
        "ticktext": [text for _, text in words],
    }


def _edge(colours: Palette, y: int) -> Figure:
    line = {"color": colours.line, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line, "layer": "below"}


def _key(context: Context, found: Spectrum) -> list[Component]:
    """What the lines mean, with how many of all there are: said in words, drawn as a sample of each line."""
    return [
        html.Span(
            [html.Span(className=f"line-sample line-{fate.replace('_', '-')}"), _counted(context, found, fate)],
            className="spectrum-fate",
        )
        for fate in FATES
    ]


def _counted(context: Context, found: Spectrum, fate: str) -> str:
    count = found.count(fate) - (found.count("there_late") if fate == "there" else 0)
    return context.texts(f"diagnosis.spectrum.{fate}", count=context.formats.count(count))


def _drawn(context: Context, found: Spectrum) -> str:
    formats = context.formats
    if found.every == 1:
        return context.texts("diagnosis.spectrum.all", count=formats.count(found.total))
    return context.texts("diagnosis.spectrum.some", count=formats.count(found.drawn), total=formats.count(found.total))


def _spoken(context: Context, found: Spectrum) -> str:
    counts = {fate: _counted(context, found, fate) for fate in FATES}
    return context.texts("diagnosis.spectrum.spoken", **counts)
