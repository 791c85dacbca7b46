"""A slice as conditions of a query: its dimensions stand in the order, operator and exception in the visit."""

import json
from typing import Any, LiteralString

from sqlalchemy import ColumnElement

from dashboard.slices import EXCEPTION, OPERATOR, Slice
from datasource.order_fields import Asked
from datasource.schema import node_visit, orders

JOIN: LiteralString = """
  JOIN orders o ON o.order_id = v.order_id AND o.dimensions @> %(dimensions)s::jsonb
"""
_OPERATOR: LiteralString = """
   AND v.operator = %(operator)s
"""
# What went wrong at a visit that was still there counts only once some event had told of it.
_EXCEPTION: LiteralString = """
   AND v.exception = %(exception)s AND (v.left_at <= %(at)s OR EXISTS (
       SELECT FROM node_event e
        WHERE e.order_id = v.order_id AND e.node = v.node AND e.exception = v.exception AND e.at <= %(at)s))
"""


def joined(slice_: Slice) -> LiteralString:
    """The join to the orders ``o`` of the visits ``v``, where the slice needs it."""
    return JOIN if slice_.of_orders else ""


def narrowed(slice_: Slice) -> LiteralString:
    """What a visit ``v`` must fulfil besides, each condition behind ``AND``; ``%(at)s`` is the instant asked about."""
    asked = slice_.of_visits
    return (_OPERATOR if OPERATOR in asked else "") + (_EXCEPTION if EXCEPTION in asked else "")


def parameters(slice_: Slice) -> dict[str, Any]:
    """The values that ``joined`` and ``narrowed`` bind."""
    return {"dimensions": json.dumps(slice_.of_orders), **slice_.of_visits}


def in_slice(asked: Asked, slice_: Slice) -> list[ColumnElement[bool]]:
    """The same as conditions on the tables of orders and visits joined."""
    found: list[ColumnElement[bool]] = []
    if slice_.of_orders:
        found.append(orders.c.dimensions.contains(slice_.of_orders))
    if OPERATOR in slice_.of_visits:
        found.append(node_visit.c.operator == slice_.of_visits[OPERATOR])
    if EXCEPTION in slice_.of_visits:
        # The visit's own column besides, because an index has it.
        told = slice_.of_visits[EXCEPTION]
        found += [node_visit.c.exception == told, asked.exception == told]
    return found
