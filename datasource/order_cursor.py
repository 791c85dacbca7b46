"""Where a block of a sorted list ended, as an opaque text that a caller hands back."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_

from dashboard.whole_text import is_whole
from datasource.order_fields import Asked, Field, OrderQueryError
from datasource.schema import node_visit

DEFAULT = "-overdue"
"""Overdue first, the oldest first."""

_FOREIGN = "the cursor does not belong to this list"


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by one column, then by order and visit, so that no two rows are equal.

    ``of`` names the list, so that nobody goes on in one where he stopped in another.
    """

    of: str
    text: str
    field: Field
    descending: bool

    @classmethod
    def parse(cls, asked: Asked, text: str | None, of: str) -> "Order":
        """Read ``column`` (least first) or ``-column`` (greatest first).

        Raises:
            OrderQueryError: there is no such column.
        """
        text = text or DEFAULT
        try:
            field = asked.field(text.removeprefix("-"))
        except OrderQueryError as error:
            raise OrderQueryError(str(error), "sort") from None
        return cls(of, text, field, text.startswith("-") != (field.instant_at is not None))

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """What to sort by."""
        keys = [self.field.sorted_by, node_visit.c.order_id, node_visit.c.number]
        return [key.desc() if self.descending else key.asc() for key in keys]

    def cursor(self, value: object, order_id: str, number: int) -> str:
        """The text that says: after this row."""
        told = value.isoformat() if isinstance(value, datetime) else str(value)
        return urlsafe_b64encode(json.dumps([self.of, self.text, told, order_id, number]).encode()).decode().rstrip("=")

    def after(self, cursor: str) -> ColumnElement[bool]:
        """What a row must fulfil to come after the cursor.

        Raises:
            OrderQueryError: the cursor is not one of this list and sorting.
        """
        try:
            of, text, told, order_id, number = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            value = self.field.parse(told)
        except (TypeError, ValueError, ArithmeticError):
            raise OrderQueryError(_FOREIGN, "cursor") from None
        aware = not isinstance(value, datetime) or value.tzinfo is not None
        known = (
            (of, text) == (self.of, self.text)
            and isinstance(order_id, str)
            and type(number) is int
            and 0 < number < 2**31
        )
        if not (known and aware) or not is_whole(f"{value}{order_id}"):
            raise OrderQueryError(_FOREIGN, "cursor")
        here = tuple_(self.field.sorted_by, node_visit.c.order_id, node_visit.c.number)
        there = tuple_(literal(value), literal(order_id), literal(number))
        return here < there if self.descending else here > there
