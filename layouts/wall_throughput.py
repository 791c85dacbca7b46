"""The throughput on a wall: what left the node that stands for the day's work, against what is usual by now."""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from dashboard.throughput import Throughput
from layouts import ids
from layouts.context import Context
from layouts.parts import hidden
from layouts.wall_chart import PANEL, Shape, flow_chart, flow_table

BEHIND, FAR_BEHIND = -0.10, -0.30
"""From here on the difference has a colour."""


def throughput_panel(
    context: Context,
    found: Throughput | Callable[[], Throughput | None] | None,
    risk: int,
    shape: Shape = PANEL,
) -> html.Section:
    """The count of today, what is usual by now, the difference, the curve. ``found`` may be a read that fails.

    ``risk``: the orders whose promise is at risk, those overdue now.
    """
    told = found() if callable(found) else found
    texts = context.texts
    title = (
        texts("wall.throughput.title", node=context.node_name(told.node)) if told else texts("wall.scene.throughput")
    )
    head = html.Div(
        [html.H2(title, className="wall-throughput-title"), _delta(context, told)],
        className="wall-throughput-head",
        id=ids.live("throughput-head"),
    )
    count = html.P(
        [
            html.Strong(context.formats.count(told.so_far if told else None), className="wall-throughput-count"),
            html.Span(_beside(context, told, risk), className="wall-throughput-beside"),
        ],
        className="wall-throughput-figure",
        id=ids.live("throughput-figure"),
    )
    chart = html.Div(_chart(context, told, shape), className="wall-throughput-chart", id=ids.live("throughput-chart"))
    return html.Section([head, count, chart], className="panel wall-throughput")


def _chart(context: Context, told: Throughput | None, shape: Shape) -> list[Component]:
    return [flow_chart(context, told, shape), flow_table(context, told)] if told else []


def _delta(context: Context, told: Throughput | None) -> html.Span:
    delta = told.delta if told else None
    if delta is None:
        return html.Span("", className="wall-delta")
    shade = " is-far-behind" if delta <= FAR_BEHIND else " is-behind" if delta <= BEHIND else ""
    sign = "−" if round(delta * 100) < 0 else "+" if round(delta * 100) > 0 else "±"
    percent = context.formats.whole_percent(abs(delta))
    words = context.texts("wall.throughput.behind" if delta < 0 else "wall.throughput.ahead")
    return html.Span([f"{sign}{percent}", hidden(f" {words}")], className=f"wall-delta{shade}")


def _beside(context: Context, told: Throughput | None, risk: int) -> list[html.Span]:
    texts, formats = context.texts, context.formats
    known = told is not None and told.usual is not None
    count = formats.count(round(told.usual.by_now)) if told and told.usual else ""
    usual = texts("wall.throughput.usual", count=count) if known else texts("wall.throughput.no_usual")
    promise = texts("wall.throughput.risk", count=formats.count(risk)) if risk else texts("wall.throughput.no_risk")
    return [html.Span(usual), html.Span(promise, className="wall-risk" if risk else "")]
