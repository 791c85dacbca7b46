"""Every number of every node over time: for programs as JSON, for people as a table."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from callbacks.filters import Filters, read_filters
from callbacks.http.csv_export import csv_chunks
from callbacks.http.lifeline import LANG_WORDS, SLICE_WORDS
from callbacks.http.problems import DESCRIPTION, language
from callbacks.reads import Reads
from callbacks.services import Services
from callbacks.trend_query import TrendQuery, read_trend_query
from callbacks.trend_reads import Stretch
from dashboard.lifeline import Lifeline, Node
from dashboard.trends import BESIDE, NUMBERS, Mark, Tip, Trend
from layouts.texts import Texts

NAMES = (*NUMBERS, *BESIDE)


class TrendsQuery(BaseModel):
    """Which numbers, of which orders, over which span."""

    node: str = Field("", description="A node's key; all nodes if left out.")
    number: str = Field("", description=f"One of {', '.join(NUMBERS)}; all of them if left out.")
    span: str = Field("", description="How far back: 24h, 7d, 28d, 12w; from 15 minutes to 366 days, 7d if left out.")
    at: str = Field("", description="Where the span ends, ISO 8601; now if left out.")
    slice: str = Field("", description=SLICE_WORDS)
    lang: str = Field("", description=LANG_WORDS)


class StepAnswer(BaseModel):
    """One step: its bounds, and where the window of its numbers opens."""

    start: datetime
    end: datetime
    window_opens: datetime


class NowAnswer(BaseModel):
    """The end of the span, now or then, as the lifeline has it at that instant."""

    at: datetime
    numbers: dict[str, float | None]
    status: str


class NodeTrend(BaseModel):
    """One node. ``numbers``: by name, a value for each of ``steps``, null if not known. ``now``: null in the past."""

    key: str
    label: str
    numbers: dict[str, list[float | None]]
    status: list[str]
    now: NowAnswer | None


class MarkAnswer(BaseModel):
    """Something that happened meanwhile. ``kind``: ``incident``, ``config`` or ``baseline``."""

    kind: str
    name: str
    at: datetime
    until: datetime | None
    node: str | None
    place: dict[str, str]


class TrendsAnswer(BaseModel):
    """The series of the trends page."""

    since: datetime
    until: datetime
    step_seconds: float
    window_seconds: float
    slice: str
    steps: list[StepAnswer]
    nodes: list[NodeTrend]
    marks: list[MarkAnswer]


def router(services: Services, reads: Reads) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["lifeline"], responses={422: DESCRIPTION, 503: DESCRIPTION})

    @routes.get("/trends", summary="Numbers of nodes over days and weeks")
    def trends(request: Request, query: Annotated[TrendsQuery, Query()]) -> TrendsAnswer:
        """The series that the trends page draws: a step fits the span, from a minute to a day."""
        lifeline, filters, asked, stretch = _asked(services, reads, query)
        nodes, names = _nodes(lifeline, asked), (asked.number,) if asked.number else NAMES
        told = reads.trends.trends(nodes, filters.slice, stretch)
        tips = reads.trends.tips(filters.slice, stretch, services.clock.now())
        texts = Texts(language(request))
        return TrendsAnswer(
            since=stretch.since,
            until=stretch.until,
            step_seconds=stretch.step.total_seconds(),
            window_seconds=stretch.window.total_seconds(),
            slice=str(filters.slice),
            steps=[StepAnswer(start=one.start, end=one.end, window_opens=one.opening) for one in stretch.steps],
            nodes=[
                _node(told[node.key], texts.label(node.label, node.key), names, tips.get(node.key)) for node in nodes
            ],
            marks=[_mark(one) for one in reads.trends.marks(stretch)],
        )

    @routes.get("/trends.csv", response_class=StreamingResponse, summary="The same series for a spreadsheet")
    def exported(request: Request, query: Annotated[TrendsQuery, Query()]) -> StreamingResponse:
        """A row for each node and step; UTF-8 with a byte order mark, times local to the lifeline.

        A text that a spreadsheet would execute begins with an apostrophe.
        """
        lifeline, filters, asked, stretch = _asked(services, reads, query)
        nodes, names = _nodes(lifeline, asked), (asked.number,) if asked.number else NAMES
        told = reads.trends.trends(nodes, filters.slice, stretch)
        rows = _rows(nodes, told, names, Texts(language(request)))
        header = ("node", "label", "start", "end", "window_opens", *names, "status")
        name = f"trends-{asked.node or 'all'}-{stretch.until:%Y%m%dT%H%MZ}.csv"
        return StreamingResponse(
            csv_chunks(rows, header, ZoneInfo(lifeline.time_zone)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return routes


def _asked(services: Services, reads: Reads, query: TrendsQuery) -> tuple[Lifeline, Filters, TrendQuery, Stretch]:
    lifeline, now, told = services.store.lifeline(), services.clock.now(), query.model_dump()
    filters, asked = read_filters(told, lifeline, now), read_trend_query(told, lifeline)
    return lifeline, filters, asked, reads.trends.stretch(asked.span, filters.at, now)


def _nodes(lifeline: Lifeline, asked: TrendQuery) -> tuple[Node, ...]:
    return (lifeline.node(asked.node),) if asked.node else lifeline.nodes


def _node(trend: Trend, label: str, names: tuple[str, ...], tip: Tip | None) -> NodeTrend:
    now = None
    if tip is not None:
        now = NowAnswer(at=tip.at, numbers={name: tip.numbers[name] for name in names}, status=tip.status.value)
    return NodeTrend(
        key=trend.node,
        label=label,
        numbers={name: list(trend.numbers[name]) for name in names},
        status=[one.value for one in trend.status],
        now=now,
    )


def _mark(mark: Mark) -> MarkAnswer:
    return MarkAnswer(
        kind=mark.kind, name=mark.name, at=mark.at, until=mark.until, node=mark.node, place=dict(mark.place or {})
    )


def _rows(
    nodes: tuple[Node, ...], told: dict[str, Trend], names: tuple[str, ...], texts: Texts
) -> Iterator[dict[str, Any]]:
    for node in nodes:
        trend = told[node.key]
        for place, step in enumerate(trend.steps):
            yield {
                "node": node.key,
                "label": texts.label(node.label, node.key),
                "start": step.start,
                "end": step.end,
                "window_opens": step.opening,
                **{name: trend.numbers[name][place] for name in names},
                "status": trend.status[place].value,
            }
