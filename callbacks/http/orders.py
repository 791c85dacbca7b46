"""The orders at a node and single orders, for programs; and a node's list as a file for people."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from callbacks.filters import read_filters
from callbacks.http.csv_export import csv_chunks
from callbacks.http.lifeline import AT, LANG, SLICE, WINDOW
from callbacks.http.order_answers import detail_answer, row_answer
from callbacks.http.problems import DESCRIPTION, Problem
from callbacks.services import Services
from dashboard.lifeline import Lifeline
from datasource.node_orders import MOST_ROWS, export_rows, node_orders
from datasource.order_details import order_detail

STATE = Annotated[
    Literal["in_progress", "overdue", "left"],
    Query(description="In progress or overdue at the instant, or gone on to a next node in the window."),
]
LIMIT = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of one page.")]
CURSOR = Annotated[str, Query(max_length=2000, description="`cursor` of the page before.")]
SORT = Annotated[
    str,
    Query(
        max_length=80,
        description="elapsed, overdue, entered, left, due, amount, order_id, outer_order_id, exception, operator or a "
        "dimension; with - before it the greatest first. By default -overdue.",
    ),
]
FILTERED = ("order_id", "outer_order_id", "exception", "operator")
COLUMNS = ("amount", "currency", "visit", "entered_at", "left_at", "due_at", "exit", "elapsed_seconds", "overdue_seconds")


def router(services: Services) -> APIRouter:
    """The routes."""
    routes = APIRouter(
        prefix="/api/v1", tags=["orders"], responses={status: DESCRIPTION for status in (404, 422, 503)}
    )

    @routes.get("/nodes/{key}/orders", summary="The orders at a node")
    def orders(  # noqa: PLR0913 - each is a parameter of the query
        key: str,
        request: Request,
        state: STATE = "in_progress",
        at: AT = "",
        window: WINDOW = "",
        slice: SLICE = "",
        limit: LIMIT = 100,
        cursor: CURSOR = "",
        sort: SORT = "",
        lang: LANG = "",
    ) -> dict[str, Any]:
        """One page of the list; `cursor` asks for the next. `order_id`, `outer_order_id`, `exception`, `operator` and
        each dimension filter by a contained text."""
        del lang
        asked = _asked(services, request, key, state)
        with services.store.begin() as connection:
            found = node_orders(connection, *asked.place, **asked.how, limit=limit, cursor=cursor or None)
        return {
            "node": key,
            "state": state,
            "as_of": asked.how["at"],
            "total": found.total,
            "cursor": found.cursor,
            "orders": [row_answer(row) for row in found.rows],
        }

    @routes.get(
        "/nodes/{key}/orders.csv", response_class=StreamingResponse, summary="The same list, whole, for a spreadsheet"
    )
    def exported(  # noqa: PLR0913 - as above
        key: str,
        request: Request,
        state: STATE = "in_progress",
        at: AT = "",
        window: WINDOW = "",
        slice: SLICE = "",
        sort: SORT = "",
        lang: LANG = "",
    ) -> StreamingResponse:
        """Streamed, in UTF-8 with a byte order mark; a text that a spreadsheet would execute begins with an
        apostrophe. Times are local to the lifeline."""
        del lang
        asked = _asked(services, request, key, state)
        chunks = _export(services, asked)
        begun = next(chunks)  # what is wrong with the question shows before the answer begins
        name = f"{key}-{state}-{asked.how['at']:%Y%m%dT%H%MZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_resumed(begun, chunks), media_type="text/csv; charset=utf-8", headers=headers)

    @routes.get("/orders/{order_id:path}", summary="One order whole")
    def order(order_id: str, lang: LANG = "") -> dict[str, Any]:
        """Its facts, its stay at each node, what each system last said of it, what contradicts that, and the events."""
        del lang
        lifeline = services.store.lifeline()
        with services.store.begin() as connection:
            detail = order_detail(connection, lifeline, order_id)
        if detail is None:
            raise Problem(404, "no_order")
        return detail_answer(detail, services.clock.now())

    return routes


class _Asked:
    """A list that was asked for, as the store takes it."""

    def __init__(self, lifeline: Lifeline, key: str, how: dict[str, Any]) -> None:
        self.lifeline, self.place, self.how = lifeline, (lifeline, key), how


def _asked(services: Services, request: Request, key: str, state: str) -> _Asked:
    lifeline, now = services.store.lifeline(), services.clock.now()
    if key not in lifeline:
        raise Problem(404, "no_node", key=key[:64])
    query: Mapping[str, str] = request.query_params
    filters = read_filters(query, lifeline, now)
    columns = (*FILTERED, *(dimension.key for dimension in lifeline.dimensions))
    texts = {name: {"type": "contains", "filter": query[name]} for name in columns if query.get(name)}
    how: dict[str, Any] = {"state": state, "at": filters.at or now, "window": filters.window, "slice": filters.slice}
    return _Asked(lifeline, key, {**how, "sort": query.get("sort") or None, "filters": texts})


def _export(services: Services, asked: _Asked) -> Iterator[str]:
    dimensions = [dimension.key for dimension in asked.lifeline.dimensions]
    header = ["order_id", "outer_order_id", *dimensions, *COLUMNS, "exception", "operator"]
    with services.store.begin() as connection:
        rows = export_rows(connection, *asked.place, **asked.how)
        yield from csv_chunks(rows, header, ZoneInfo(asked.lifeline.time_zone))


def _resumed(begun: str, rest: Iterator[str]) -> Iterator[str]:
    yield begun
    yield from rest
