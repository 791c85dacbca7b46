"""The orders at a node and single orders, for programs; and a node's list as a file for people."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from callbacks.broken_text import broken_in_json
from callbacks.filters import read_filters
from callbacks.http.csv_export import csv_chunks
from callbacks.http.lifeline import AT_WORDS, LANG_WORDS, SLICE_WORDS
from callbacks.http.order_answers import detail_answer, row_answer
from callbacks.http.problems import DESCRIPTION, Problem
from callbacks.services import Services
from dashboard.lifeline import Lifeline
from datasource.node_orders import MOST_ROWS, export_rows, node_orders
from datasource.order_details import order_detail
from datasource.order_fields import OrderQueryError

SORT_WORDS = (
    "elapsed, overdue, entered, left, due, amount, order_id, outer_order_id, exception, operator or a dimension; "
    "with - before it the greatest first. By default -overdue."
)


class ListQuery(BaseModel):
    """Which of a node's orders, in which order. Columns of text are filtered by parameters of their name."""

    state: Annotated[
        Literal["in_progress", "overdue", "left", "cancelled"],
        Field(
            description="In progress or overdue at the instant; or in the window gone on to a next node, or cancelled "
            "or sent back there."
        ),
    ] = "in_progress"
    at: str = Field("", description=AT_WORDS)
    window: str = Field("", description="Matters for `left` and `cancelled` only: 1h, 7d, 30m; an hour if left out.")
    slice: str = Field("", description=SLICE_WORDS)
    sort: str = Field("", max_length=80, description=SORT_WORDS)
    filters: str = Field("", max_length=8000, description="The grid's own filter model, as JSON.")
    lang: str = Field("", description=LANG_WORDS)


class PageQuery(ListQuery):
    """One page of it."""

    limit: int = Field(100, ge=1, le=MOST_ROWS, description="Rows of one page.")
    cursor: str = Field("", max_length=2000, description="`cursor` of the page before.")


FILTERED = ("order_id", "outer_order_id", "exception", "operator")
COLUMNS = (
    "amount",
    "currency",
    "visit",
    "entered_at",
    "left_at",
    "due_at",
    "exit",
    "elapsed_seconds",
    "overdue_seconds",
)


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["orders"], responses=dict.fromkeys((404, 422, 503), DESCRIPTION))

    @routes.get("/nodes/{key}/orders", summary="The orders at a node")
    def orders(key: str, request: Request, asked: Annotated[PageQuery, Query()]) -> dict[str, Any]:
        """One page of the list; `cursor` asks for the next.

        `order_id`, `outer_order_id`, `exception`, `operator` and each dimension filter by a contained text.
        """
        lifeline, how = _how(services, request, key, asked)
        with services.store.read() as connection:
            found = node_orders(connection, lifeline, key, **how, limit=asked.limit, cursor=asked.cursor or None)
        return {
            "node": key,
            "state": asked.state,
            "as_of": how["at"],
            "total": found.total,
            "cursor": found.cursor,
            "orders": [row_answer(row) for row in found.rows],
        }

    @routes.get(
        "/nodes/{key}/orders.csv", response_class=StreamingResponse, summary="The same list, whole, for a spreadsheet"
    )
    def exported(key: str, request: Request, asked: Annotated[ListQuery, Query()]) -> StreamingResponse:
        """Streamed, in UTF-8 with a byte order mark, times local to the lifeline.

        A text that a spreadsheet would execute begins with an apostrophe.
        """
        lifeline, how = _how(services, request, key, asked)
        chunks = _export(services, lifeline, key, how)
        begun = next(chunks)  # what is wrong with the question shows before the answer begins
        name = f"{key}-{asked.state}-{how['at']:%Y%m%dT%H%MZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(chain([begun], chunks), media_type="text/csv; charset=utf-8", headers=headers)

    @routes.get("/orders/{order_id:path}", summary="One order whole")
    def order(order_id: str) -> dict[str, Any]:
        """Its facts, its stay at each node, what each system last said of it, what contradicts that, and the events."""
        lifeline = services.store.lifeline()
        with services.store.read() as connection:
            detail = order_detail(connection, lifeline, order_id)
        if detail is None:
            raise Problem(404, "no_order")
        return detail_answer(detail, services.clock.now())

    return routes


def _how(services: Services, request: Request, key: str, asked: ListQuery) -> tuple[Lifeline, dict[str, Any]]:
    lifeline, now = services.store.lifeline(), services.clock.now()
    if key not in lifeline:
        raise Problem(404, "no_node", key=key[:64])
    query = request.query_params
    filters = read_filters(query, lifeline, now)
    columns = (*FILTERED, *(dimension.key for dimension in lifeline.dimensions))
    texts = {name: {"type": "contains", "filter": query[name]} for name in columns if query.get(name)}
    return lifeline, {
        "state": asked.state,
        "at": filters.at or now,
        "window": filters.window,
        "slice": filters.slice,
        "sort": asked.sort or None,
        "filters": _grid_model(asked.filters) | texts,
    }


def _grid_model(text: str) -> dict[str, Any]:
    try:
        model = json.loads(text or "{}")
    except (ValueError, RecursionError):
        model = None
    if not isinstance(model, dict) or broken_in_json(text.encode()):
        raise OrderQueryError("filters is not the grid's filter model as JSON")
    return model


def _export(services: Services, lifeline: Lifeline, key: str, how: dict[str, Any]) -> Iterator[str]:
    dimensions = [dimension.key for dimension in lifeline.dimensions]
    header = ["order_id", "outer_order_id", *dimensions, *COLUMNS, "exception", "operator"]
    with services.store.read() as connection:
        rows = export_rows(connection, lifeline, key, **how)
        yield from csv_chunks(rows, header, ZoneInfo(lifeline.time_zone))
