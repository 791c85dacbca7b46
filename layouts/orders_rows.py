"""What goes between the grid of orders and the server: rows as words, and what the grid asks for as a query.

Cells are words made here, in the language of the page, so that the browser formats nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.marks import Mark
from dashboard.order_detail import OrderPage, OrderRow
from layouts.acting_words import LISTED_MARKS, short_mark, shown_marks
from layouts.context import Context
from layouts.formats import UNKNOWN

BLOCK = 100
LAST_ROW = 1_000_000_000

FilterModel = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GridQuery:
    """One block that the grid asks for: rows ``start`` to ``end``.

    ``sort``: a column, with ``-`` before it when descending; ``None`` for the list's own order, overdue first.
    ``filters``: AG Grid's model, where the labels that a person types have become the keys that the store knows.
    """

    start: int
    end: int
    sort: str | None = None
    filters: FilterModel = field(default_factory=dict)


def grid_rows(
    context: Context, page: OrderPage, marks: Mapping[str, Sequence[Mark]] | None = None
) -> list[dict[str, str]]:
    """The block as the grid shows it: ``getRowsResponse`` is ``{"rowData": these, "rowCount": page.total}``.

    ``marks``: what people set on the orders, by order; it stands beside the order, in words.
    """
    return [_row(context, row, (marks or {}).get(row.order_id, ())) for row in page.rows]


def grid_query(context: Context, request: Mapping[str, Any]) -> GridQuery:
    """What the grid's ``getRowsRequest`` asks for: never more than the block that our grid takes at once."""
    sorts = request.get("sortModel") or ()
    sort = next((("-" if item["sort"] == "desc" else "") + str(item["colId"]) for item in sorts), None)
    start = min(max(int(request.get("startRow") or 0), 0), LAST_ROW)
    end = int(request.get("endRow") or start + BLOCK)
    return GridQuery(
        start, min(max(end, start + 1), start + BLOCK), sort, grid_filters(context, request.get("filterModel"))
    )


def grid_filters(context: Context, model: FilterModel | None) -> dict[str, Any]:
    """The grid's filter model in the store's words: a typed part of a label becomes the keys that bear such a label."""
    return {column: _in_keys(_labels(context, column), condition) for column, condition in (model or {}).items()}


def _in_keys(labels: Mapping[str, str], condition: FilterModel) -> FilterModel:
    typed = str(condition.get("filter") or "").casefold()
    keys = [key for key, label in labels.items() if typed and typed in label.casefold()]
    if not keys:
        return condition
    equals = [{"filterType": "text", "type": "equals", "filter": key} for key in keys]
    return {"filterType": "text", "operator": "OR", "conditions": equals} if len(equals) > 1 else equals[0]


def _labels(context: Context, column: str) -> dict[str, str]:
    if column == "exception":
        return {key: context.exception_name(key) for key in context.lifeline.exceptions}
    dimension = next((dimension for dimension in context.lifeline.dimensions if dimension.key == column), None)
    return {value: context.value_name(column, value) for value in dimension.values} if dimension else {}


def _row(context: Context, row: OrderRow, marks: Sequence[Mark]) -> dict[str, str]:
    formats = context.formats
    dimensions = [(dimension.key, row.dimensions.get(dimension.key)) for dimension in context.lifeline.dimensions]
    late = row.overdue_seconds if row.overdue_seconds and row.overdue_seconds > 0 else None
    return {
        **{key: UNKNOWN if value is None else context.value_name(key, value) for key, value in dimensions},
        "_id": f"{row.order_id}:{row.visit}",
        "_href": context.order_link(row.order_id),
        "order_id": row.order_id,
        "marks": ", ".join(short_mark(context, mark) for mark in shown_marks(marks, LISTED_MARKS)),
        "outer_order_id": row.outer_order_id or UNKNOWN,
        "elapsed": formats.elapsed(row.elapsed_seconds),
        "overdue": "" if late is None else formats.elapsed(late),
        "amount": formats.money(row.amount, row.currency),
        "exception": context.exception_name(row.exception) if row.exception else "",
        "operator": row.operator or "",
    }
