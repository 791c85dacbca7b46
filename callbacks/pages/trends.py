"""The trends page: fetch the numbers of every node over the span, lay them out."""

from dataclasses import replace
from datetime import datetime, timedelta

from dash.development.base_component import Component

from callbacks.filters import FilterError
from callbacks.pages.address import Address
from callbacks.reads import Reads
from callbacks.services import Services
from callbacks.trend_query import TrendQuery, read_trend_query
from callbacks.trend_reads import Stretch, TrendReads
from dashboard.slices import Slice
from dashboard.trends import Trend
from layouts.context import Context
from layouts.message_page import wrong_filter_page
from layouts.shell import Freshness
from layouts.trends_page import TrendsView, trends_page

OWN = ("node", "number", "span", "flow", "upto", "table")
"""The page's parameters beside the filters of every page; its links keep them."""


def page(
    services: Services, reads: Reads, address: Address, context: Context, rest: str, now: datetime
) -> Component | None:
    """The page for the span, slice and instant of its address."""
    del rest, services
    query = address.parameters
    mine = replace(context, own={name: query[name] for name in OWN if query.get(name)})
    freshness = Freshness(context.at or now, reads.silence_seconds(now))
    try:
        asked = read_trend_query(query, context.lifeline)
    except FilterError as error:
        return wrong_filter_page(mine, error.sentence(context.texts), freshness)
    return trends_page(_view(reads, mine, asked, now, freshness), mine)


def _view(reads: Reads, context: Context, asked: TrendQuery, now: datetime, freshness: Freshness) -> TrendsView:
    trends = reads.trends
    stretch = trends.stretch(asked.span, context.at, now)
    told = trends.trends(context.lifeline.nodes, context.slice, stretch)
    return TrendsView(
        trends=told,
        tips=trends.tips(context.slice, stretch, now),
        runs=trends.runs(told, context.slice, stretch),
        firsts=trends.firsts(context.slice),
        since=stretch.since,
        until=stretch.until,
        axis_end=stretch.axis_end,
        span=asked.span,
        freshness=freshness,
        before=lambda node: _before(trends, context, stretch, asked.span, node),
        marks=lambda: trends.marks(stretch),
        node=asked.node,
        number=asked.number,
        table=asked.table,
        shape=asked.shape,
        upto=asked.upto,
        slice_values=reads.slice_values(now),
    )


def _before(trends: TrendReads, context: Context, stretch: Stretch, span: timedelta, node: str) -> Trend | None:
    slice_: Slice = context.slice
    earlier = trends.before(stretch, span)
    return trends.trends([context.lifeline.node(node)], slice_, earlier)[node]
