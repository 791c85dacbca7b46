"""Which values hold the oldest orders in progress at a node."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, or_, select

from dashboard.holders import Holder, Holders
from dashboard.lifeline import Lifeline, Node
from dashboard.slices import EXCEPTION, OPERATOR, Slice
from datasource.order_fields import Asked
from datasource.schema import node_visit, orders
from datasource.slice_filters import in_slice

MOST = 100
"""So many are the oldest; all, where there are fewer."""

_V, _O = node_visit.c, orders.c


def oldest_holders(
    connection: Connection, lifeline: Lifeline, node: Node, slice_: Slice, *, at: datetime | None, now: datetime
) -> Holders:
    """Of the oldest orders in progress, now or at an instant of the past, who holds most: one value per dimension.

    The greatest holder comes first. A dimension that the slice names has one value only, and is left out.
    """
    seen_at = at or now
    asked = Asked(lifeline, node, "in_progress", seen_at, settled=at is None)
    still = _V.exit.is_(None) if at is None else or_(_V.exit.is_(None), _V.left_at > seen_at)
    query = (
        select(
            _V.entered_at,
            _V.due_at,
            _V.left_at,
            _V.operator,
            asked.exception.label(EXCEPTION),
            _O.dimensions,
            _O.amount,
        )
        .join_from(node_visit, orders, _O.order_id == _V.order_id)
        .where(_V.node == node.key, still, _V.entered_at <= seen_at, *in_slice(asked, slice_))
        .order_by(_V.due_at, _V.order_id)
        .limit(MOST)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    keys = [OPERATOR, EXCEPTION, *(dimension.key for dimension in lifeline.dimensions)]
    asked_for = dict(slice_.pairs)
    found = [_greatest(lifeline, node, key, rows, seen_at) for key in keys if key not in asked_for]
    return Holders(
        len(rows), tuple(sorted((it for it in found if it), key=lambda it: (-it.orders, -it.oldest_seconds)))
    )


def _greatest(lifeline: Lifeline, node: Node, key: str, rows: Sequence[Any], at: datetime) -> Holder | None:
    held: dict[str, list[Any]] = {}
    for value, row in _valued(key, rows):
        held.setdefault(value, []).append(row)
    if not held:
        return None
    value, theirs = max(held.items(), key=lambda item: (len(item[1]), item[0]))
    return Holder(
        key,
        value,
        len(theirs),
        sum(row.due_at <= at for row in theirs),
        lifeline.calendar(node).between(min(row.entered_at for row in theirs), at),
        sum((row.amount or Decimal(0) for row in theirs), Decimal(0)),
    )


def _valued(key: str, rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        value = getattr(row, key) if key in (OPERATOR, EXCEPTION) else row.dimensions.get(key)
        # Who dealt with an order that has left since was not known then.
        if value and not (key == OPERATOR and row.left_at is not None):
            yield value, row
