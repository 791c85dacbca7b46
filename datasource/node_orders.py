"""The orders at a node: one block of a list that is sorted and filtered here, or all of it as a stream."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, Subquery, and_, exists, func, or_, select

from dashboard.lifeline import Lifeline
from dashboard.order_detail import OrderPage, OrderRow
from dashboard.slices import Slice
from dashboard.visits import Exit
from dashboard.windows import HOUR, opening
from datasource.order_cursor import Order
from datasource.order_fields import STATES, Asked, OrderQueryError
from datasource.order_filters import conditions
from datasource.schema import node_visit, orders
from datasource.slice_filters import in_slice

MOST_ROWS = 1000

_V, _O = node_visit.c, orders.c
_SOURCE = node_visit.join(orders, _O.order_id == _V.order_id)
_BLOCK = 1000


def node_orders(  # noqa: PLR0913 - each is one thing that a caller may choose
    connection: Connection,
    lifeline: Lifeline,
    node_key: str,
    *,
    state: str,
    at: datetime,
    window: timedelta | None = None,
    slice: Slice | None = None,
    limit: int = 100,
    cursor: str | None = None,
    offset: int | None = None,
    sort: str | None = None,
    filters: Mapping[str, Any] | None = None,
) -> OrderPage:
    """A block of the visits at a node, in progress or overdue at an instant, or gone on in the window that ends there.

    ``sort``: ``elapsed``, ``overdue``, ``entered``, ``left``, ``due``, ``amount``, ``order_id``, ``outer_order_id``,
    ``exception``, ``operator`` or a dimension; greatest first with ``-`` before it; by default ``-overdue``.
    ``filters``: AG Grid's model. ``cursor`` continues after an earlier block, ``offset`` jumps; ``window`` is an hour
    unless told, and matters for ``left`` only.

    Raises:
        KeyError: the lifeline has no such node.
        OrderQueryError: the state, column, filter or cursor is not understood.
    """
    asked = _asked(connection, lifeline, node_key, state, at)
    order = Order.parse(asked, sort, f"{node_key} {state}")
    wanted = _wanted(asked, slice or Slice(), window or HOUR, filters)
    limit = min(max(limit, 1), MOST_ROWS)
    counted = _SOURCE if filters or (slice and slice.pairs) else node_visit
    # The block is chosen by its keys first: of the rows that an offset skips, nothing else is looked up.
    keys = select(_V.order_id, _V.node, _V.number).select_from(_SOURCE if order.field.of_order else counted)
    keys = keys.where(wanted).order_by(*order.columns).limit(limit)
    if cursor:
        keys = keys.where(order.after(cursor))
    elif offset:
        keys = keys.offset(max(offset, 0))
    found = connection.execute(_rows(asked, order, keys.subquery("chosen")).order_by(*order.columns)).all()
    last = found[-1] if len(found) == limit else None
    return OrderPage(
        tuple(_row(asked, row) for row in found),
        connection.execute(select(func.count()).select_from(counted).where(wanted)).scalar_one(),
        order.cursor(last.sorted_by, last.order_id, last.number) if last else None,
    )


def export_rows(  # noqa: PLR0913 - as above
    connection: Connection,
    lifeline: Lifeline,
    node_key: str,
    *,
    state: str,
    at: datetime,
    window: timedelta | None = None,
    slice: Slice | None = None,
    sort: str | None = None,
    filters: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """Every row of the same list, one at a time, as plain values by name; dimensions are columns of their own.

    The rows come from a cursor of the server: the list is never held whole. What is asked is checked at once.
    """
    asked = _asked(connection, lifeline, node_key, state, at)
    order = Order.parse(asked, sort, f"{node_key} {state}")
    query = _rows(asked, order).where(_wanted(asked, slice or Slice(), window or HOUR, filters))
    return _stream(connection, asked, query.order_by(*order.columns))


def _stream(connection: Connection, asked: Asked, query: Select[Any]) -> Iterator[dict[str, Any]]:
    with connection.execute(query, execution_options={"stream_results": True, "yield_per": _BLOCK}) as found:
        for row in found:
            yield _plain(asked, _row(asked, row))


def _asked(connection: Connection, lifeline: Lifeline, node_key: str, state: str, at: datetime) -> Asked:
    if state not in STATES:
        raise OrderQueryError(f"there is no state {state!r}: expected one of {', '.join(STATES)}", "state")
    node = lifeline.node(node_key)
    moved_on = select(exists().where(_V.node == node.key, _V.left_at > at))
    return Asked(lifeline, node, state, at, settled=not connection.execute(moved_on).scalar_one())


def _wanted(asked: Asked, slice_: Slice, window: timedelta, filters: Mapping[str, Any] | None) -> ColumnElement[bool]:
    matching = [_V.node == asked.node.key, *conditions(asked, filters), *in_slice(asked, slice_)]
    if asked.gone:
        gone = _V.exit == Exit.NEXT if asked.state == "left" else _V.exit != Exit.NEXT
        return and_(*matching, gone, _V.left_at >= opening(asked.at, window), _V.left_at <= asked.at)
    if asked.state == "overdue":
        matching.append(_V.due_at <= asked.at)
    # Where nothing has left since, the open visits are all there is, and their partial index answers.
    still = _V.exit.is_(None) if asked.settled else or_(_V.exit.is_(None), _V.left_at > asked.at)
    return and_(*matching, still, _V.entered_at <= asked.at)


def _rows(asked: Asked, order: Order, chosen: Subquery | None = None) -> Select[Any]:
    source: FromClause = _SOURCE
    if chosen is not None:
        this = chosen.c
        same = and_(this.order_id == _V.order_id, this.node == _V.node, this.number == _V.number)
        source = chosen.join(node_visit, same).join(orders, _O.order_id == _V.order_id)
    return select(
        *(_V.order_id, _V.number, _V.entered_at, _V.left_at, _V.due_at, _V.exit, _V.dwell_seconds, _V.operator),
        *(_O.outer_order_id, _O.dimensions, _O.amount, _O.currency),
        asked.exception.label("known_exception"),
        order.field.sorted_by.label("sorted_by"),
    ).select_from(source)


def _row(asked: Asked, row: Row[Any]) -> OrderRow:
    gone = row.left_at is not None and row.left_at <= asked.at
    late = ((row.left_at if gone else asked.at) - row.due_at).total_seconds()
    age = asked.lifeline.calendar(asked.node).between(row.entered_at, asked.at)
    return OrderRow(
        order_id=row.order_id,
        outer_order_id=row.outer_order_id,
        dimensions=row.dimensions,
        amount=row.amount,
        currency=row.currency,
        visit=row.number,
        entered_at=row.entered_at,
        left_at=row.left_at if gone else None,
        due_at=row.due_at,
        exit=Exit(row.exit) if gone else None,
        elapsed_seconds=row.dwell_seconds if gone else age,
        overdue_seconds=late if late > 0 else None,
        exception=row.known_exception,
        operator=row.operator if gone or row.left_at is None else None,
    )


def _plain(asked: Asked, row: OrderRow) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "outer_order_id": row.outer_order_id,
        **{dimension.key: row.dimensions.get(dimension.key) for dimension in asked.lifeline.dimensions},
        "amount": row.amount,
        "currency": row.currency,
        "visit": row.visit,
        "entered_at": row.entered_at,
        "left_at": row.left_at,
        "due_at": row.due_at,
        "exit": str(row.exit) if row.exit else None,
        "elapsed_seconds": row.elapsed_seconds,
        "overdue_seconds": row.overdue_seconds,
        "exception": row.exception,
        "operator": row.operator,
    }
