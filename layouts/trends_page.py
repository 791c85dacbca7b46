"""The trends page: every number of every node over days and weeks, what happened meanwhile, and the flow of orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboard.flow_diagram import flow_diagram
from dashboard.status_runs import Run
from dashboard.trends import NUMBERS, Mark, Tip, Trend
from layouts import ids
from layouts.boundary import guarded
from layouts.context import Context
from layouts.cumulative_panel import cumulative_panel
from layouts.parts import empty_state, link_button, no_match_state, state_panel
from layouts.pickers import Option, picker, slice_picker
from layouts.shell import Freshness, Heading, shell
from layouts.time_axis import short_moment
from layouts.trend_panel import trend_panel
from layouts.trend_rows import Rows, rows_panel
from layouts.trend_shown import Shown
from layouts.trend_words import finding, span_text, span_words, tone, worst_node

SPANS = (timedelta(hours=24), timedelta(days=7), timedelta(days=28), timedelta(weeks=12))
NUMBER = next(iter(NUMBERS))


@dataclass(frozen=True, slots=True)
class TrendsView:
    """What the page shows, by node. ``tips``: the end, now or then. ``firsts``: when orders first came.

    ``before``: how to read a node's trend in the span before; ``marks``: how to read those; either may fail by itself.
    ``node``, ``number``, ``upto``: as asked for, ``None`` where the page decides. ``table``: which figure is wanted as
    a table, ``number`` or ``flow``. ``until`` is where the data ends, ``axis_end`` where the pictures do: a live one
    has room for the step that runs, so that it need not be drawn anew with every second.
    """

    trends: Mapping[str, Trend]
    tips: Mapping[str, Tip]
    runs: Mapping[str, Sequence[Run]]
    firsts: Mapping[str, datetime]
    since: datetime
    until: datetime
    axis_end: datetime
    span: timedelta
    freshness: Freshness
    before: Callable[[str], Trend | None]
    marks: Callable[[], Sequence[Mark]] = tuple
    node: str | None = None
    number: str | None = None
    table: str = ""
    shape: str = "cumulative"
    upto: str | None = None
    slice_values: Mapping[str, Sequence[str]] = field(default_factory=dict)


def trends_page(view: TrendsView, context: Context) -> Component:
    """The whole page, frame and all."""
    said = notice(context, view)
    told = "" if said else finding(context, view.runs, view.span)
    heading = Heading(context.texts("trends.title"), told, tone="" if said else tone(view.runs))
    tools = [slice_picker(context, view.slice_values), _span_picker(context, view.span)]
    content = [
        html.Div([said] if said else [], id=ids.live("notice"), className="notice"),
        html.Div(_panels(context, view), id=ids.live("trends"), className="content", hidden=said is not None),
    ]
    return shell(context, heading, content, view.freshness, tools=tools)


def selected_node(context: Context, view: TrendsView) -> str:
    """The node that is shown large: as asked for, else the one that was congested longest, else the first."""
    return view.node or worst_node(view.runs) or context.lifeline.nodes[0].key


def notice(context: Context, view: TrendsView) -> Component | None:
    """What stands in the place of the panels: that there is no order yet, none of the slice, or none in this span."""
    if context.backfill is not None or any(map(_seen, view.trends.values())) or any(map(_busy, view.tips.values())):
        return None
    if context.slice.pairs:
        return no_match_state(context, view.slice_values)
    if not view.firsts:
        return empty_state(context)
    first, texts = min(view.firsts.values()), context.texts
    look = link_button(texts("trends.empty.look"), context.link(at=min(first + view.span, view.until)), primary=True)
    words = texts("trends.empty.text", first=context.formats.moment(first))
    return state_panel("empty", texts("trends.empty.title"), words, look)


def _seen(trend: Trend) -> bool:
    return any(trend.numbers["in_progress"]) or any(trend.came)


def _busy(tip: Tip) -> bool:
    return bool(tip.numbers["in_progress"] or tip.numbers["entered"])


def _panels(context: Context, view: TrendsView) -> list[Component]:
    return [
        guarded(context, "trend_rows", lambda: rows_panel(context, _rows(context, view))),
        guarded(context, "trend", lambda: _large(context, view)),
        guarded(context, "cumulative", lambda: _flow(context, view)),
    ]


def _rows(context: Context, view: TrendsView) -> Rows:
    selected, number = selected_node(context, view), view.number or NUMBER
    return Rows(view.trends, view.tips, view.runs, number, selected, view.since, view.until, view.axis_end)


def _large(context: Context, view: TrendsView) -> Component:
    key = selected_node(context, view)
    shown = Shown(
        node=context.lifeline.node(key),
        number=view.number or NUMBER,
        trend=view.trends[key],
        before=view.before(key),
        tip=view.tips.get(key),
        runs=view.runs[key],
        marks=[mark for mark in view.marks() if mark.node in {None, key}],
        since=view.since,
        until=view.until,
        axis_end=view.axis_end,
        span=view.span,
    )
    first = view.firsts.get(key)
    late = first is not None and first > view.since
    return trend_panel(context, shown, short_moment(first, context.formats) if first and late else None, view.table)


def _flow(context: Context, view: TrendsView) -> Component:
    nodes = [node.key for node in context.lifeline]
    last = nodes.index(view.upto) + 1 if view.upto else len(nodes)
    flow = flow_diagram([view.trends[key] for key in nodes[:last]])
    return cumulative_panel(
        context, flow, view.shape, view.upto, selected_node(context, view), view.axis_end, view.table
    )


def _span_picker(context: Context, span: timedelta) -> Component:
    options: list[Option] = [
        (span_words(context, one), context.link(more={"span": span_text(one)}), one == span)
        for one in sorted({*SPANS, span})
    ]
    shown = ("trends.span.label", span_words(context, span))
    return picker(context, ids.WINDOW_PICKER, shown, [(None, options)])
