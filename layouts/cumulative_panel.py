"""The cumulative flow diagram: who came, who is where, who is through."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.flow_diagram import Flow
from layouts import ids
from layouts.asked_table import asked_table
from layouts.attributes import aria
from layouts.context import Context, Parameters
from layouts.figures import Figure, axis, graph, label, layout, nothing, palette, round_ticks, tick_words
from layouts.parts import panel
from layouts.theme import Palette
from layouts.time_axis import short_moment, time_ticks

HUES = {"light": ("#E3ECF5", "#1D4E89"), "dark": ("#1B2837", "#7DB2F0")}
"""The two ends of the bands' scale; of dark themes the second."""
SHADES = ((0.05, 0.20, 0.12), (0.32, 0.45, 0.36))
LABEL_SHARE = 0.058
"""The least distance of two labels at the right, as a share of the figure's height."""
MOST_ROWS = 60

Choice = tuple[str, Parameters, bool]
"""The words of a choice, what it sets in the address, and whether it is the present one."""


def cumulative_panel(
    context: Context,
    flow: Flow | None,
    shape: str,
    upto: str | None,
    selected: str,
    until: datetime,
    table: str = "",
) -> Component:
    """The panel with its figure. ``shape``: ``cumulative``, or ``levels``: the bands alone.

    ``upto``: the last node that it shows. ``selected``: the node that the page is about. ``table``: which figure is
    asked for as a table; this one is ``flow``.
    """
    texts = context.texts
    figure = flow_figure(context, flow, shape, selected, until)
    chart = html.Div(graph(ids.live("cumulative-figure"), figure, texts("trends.flow.spoken")), className="trend-large")
    title = texts("trends.flow.title_levels" if shape == "levels" else "trends.flow.title")
    about = html.P(
        texts("trends.flow.about_levels" if shape == "levels" else "trends.flow.about"), className="trend-note"
    )
    nodes = () if flow is None else flow.nodes
    head = [texts("trends.flow.column.until"), texts("trends.flow.column.through")]
    head += [context.node_name(node) for node in nodes]
    twin = asked_table(context, "flow", table, title, head, lambda: ([], flow_rows(context, flow)))
    choices = html.Div([_shapes(context, shape), _reach(context, upto, selected)], className="trend-choices")
    return panel([choices, chart, about, twin], title=title, classes="chart-panel trend-panel")


def flow_figure(context: Context, flow: Flow | None, shape: str, selected: str, until: datetime) -> Figure:
    """The bands, the last node's lowest, so that orders travel downwards; labels at the right where there is room."""
    colours = palette(context)
    if flow is None:
        return nothing(colours, context.texts("trends.flow.none"))
    ends = [_at(context, end) for end in flow.ends]
    base = [0] * len(ends) if shape == "levels" else list(flow.through)
    tops = [sum(counts) + under for under, *counts in zip(base, *flow.bands, strict=True)]
    bands = [
        _band(context, ends, flow.bands[place], flow.nodes[place], _colour(context, place, len(flow.nodes), selected))
        for place in reversed(range(len(flow.nodes)))
    ]
    top = max(*tops, 1) * 1.04
    return {
        "data": [_base(context, ends, base, shape), *bands],
        "layout": layout(
            colours,
            margin={"l": 56, "r": 178, "t": 10, "b": 30},
            hovermode="x unified",
            xaxis=axis(colours, **_times(context, flow, until)),
            yaxis=axis(colours, grid=True, **_scale(context, top)),
            annotations=_labels(context, flow, base, top, colours, shape),
        ),
    }


def flow_rows(context: Context, flow: Flow | None) -> list[list[str]]:
    """The newest step first: its end, who is through, who is at each node. Of many steps at most so many, evenly."""
    if flow is None:
        return []
    every = -(-len(flow.ends) // MOST_ROWS)
    count = context.formats.count
    rows = [
        [short_moment(end, context.formats), count(through), *(count(number) for number in there)]
        for end, through, *there in zip(flow.ends, flow.through, *flow.bands, strict=True)
    ]
    return rows[::-1][::every]


def _shapes(context: Context, shape: str) -> html.Nav:
    texts = context.texts
    options: list[Choice] = [
        (texts("trends.flow.cumulative"), {"flow": None}, shape != "levels"),
        (texts("trends.flow.levels"), {"flow": "levels"}, shape == "levels"),
    ]
    return _switch(context, texts("trends.flow.switch"), options)


def _reach(context: Context, upto: str | None, selected: str) -> html.Div:
    """Live as a whole, for it names the node that the page is about."""
    texts, last = context.texts, upto or selected
    options: list[Choice] = [
        (texts("trends.flow.whole"), {"upto": None}, upto is None),
        (texts("trends.flow.upto", node=context.node_name(last)), {"upto": last}, upto is not None),
    ]
    return html.Div(_switch(context, texts("trends.flow.reach"), options), id=ids.live("cumulative-reach"))


def _switch(context: Context, name: str, options: Sequence[Choice]) -> html.Nav:
    links = [
        html.Span(
            dcc.Link(words, href=context.link(more=more), className="switch-link"),
            className="switch-choice",
            **(aria(current=True) if here else {}),
        )
        for words, more, here in options
    ]
    return html.Nav(links, className="switch", **aria(label=name))


def _at(context: Context, at: datetime) -> str:
    return context.formats.local(at).replace(tzinfo=None).isoformat()


def _base(context: Context, ends: list[str], base: list[int], shape: str) -> Figure:
    known = shape != "levels"
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "flow",
        "name": context.texts("trends.flow.through"),
        "x": ends,
        "y": base,
        "line": {"width": 0},
        "fillcolor": _mixed(context, 0.0),
        "hovertemplate": "%{y:,}" if known else None,
        "hoverinfo": None if known else "skip",
    }


def _band(context: Context, ends: list[str], counts: Sequence[int], node: str, colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "flow",
        "name": context.node_name(node),
        "x": ends,
        "y": list(counts),
        "line": {"width": 0, "color": colour},
        "fillcolor": colour,
        "hovertemplate": "%{y:,}",
    }


def _colour(context: Context, place: int, nodes: int, selected: str) -> str:
    """One hue; neighbours differ, and the node that the page is about is the strongest."""
    if context.lifeline.nodes[place].key == selected:
        return _mixed(context, 1.0)
    return _mixed(context, SHADES[place % 2][place * 3 // max(nodes, 1)])


def _mixed(context: Context, share: float) -> str:
    ends = HUES["light" if context.theme == "light" else "dark"]
    low, high = ([int(end[place : place + 2], 16) for place in (1, 3, 5)] for end in ends)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(low, high, strict=True))


def _times(context: Context, flow: Flow, until: datetime) -> dict[str, Any]:
    ticks = time_ticks(flow.start, until, context.formats, most=9)
    return {
        "type": "date",
        "range": [_at(context, flow.start), _at(context, until)],
        "tickvals": [_at(context, at) for at, _ in ticks],
        "ticktext": [words for _, words in ticks],
        "hoverformat": "%Y-%m-%d %H:%M",
    }


def _scale(context: Context, top: float) -> dict[str, Any]:
    ticks = round_ticks(top)
    return {"range": [0, top], "tickvals": ticks, "ticktext": tick_words(context, ticks)}


def _labels(context: Context, flow: Flow, base: list[int], top: float, colours: Palette, shape: str) -> list[Figure]:
    """The name and the count of each band beside its end, the thickest first, where no other label stands."""
    under = base[-1]
    places = [(base[-1], under / 2, context.texts("trends.flow.through"))] if shape != "levels" else []
    for node, counts in zip(reversed(flow.nodes), reversed(flow.bands), strict=True):
        places.append((counts[-1], under + counts[-1] / 2, context.node_name(node)))
        under += counts[-1]
    kept: list[float] = []
    notes = []
    for count, y, name in sorted(places, reverse=True):
        if not count or any(abs(y - other) < LABEL_SHARE * top for other in kept):
            continue
        kept.append(y)
        words = context.texts("trends.flow.count", node=name, count=context.formats.short_count(count))
        notes.append(label(words, 1, y, colours.secondary, xref="paper", xanchor="left", xshift=9))
    return notes
