"""The columns that a node's list of orders may be sorted and filtered by, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func, select

from dashboard.calendar import Calendar
from dashboard.lifeline import Lifeline, Node
from datasource.schema import node_event, node_visit, orders

STATES = ("in_progress", "overdue", "left", "cancelled")

_V, _O = node_visit.c, orders.c
_SENSIBLE = 1e10


class OrderQueryError(ValueError):
    """What was asked of a list of orders is not understood: an unknown column, state, filter or a broken cursor.

    ``parameter``: which of what was asked is wrong: ``state``, ``sort``, ``cursor``, ``filters``, or a column by name.
    """

    def __init__(self, message: str, parameter: str = "filters") -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``parse`` reads a value back from its text; ``kind`` is ``text``, ``number`` or ``instant``.

    A column of seconds that count down from an instant is kept as that instant: ``instant_at`` turns the seconds into
    it, and what is greater in seconds is earlier as an instant. ``of_order``: it stands in the order, not the visit.
    """

    expression: ColumnElement[Any]
    sorted_by: ColumnElement[Any]
    kind: str
    parse: Callable[[str], Any] = str
    instant_at: Callable[[float], datetime] | None = None
    of_order: bool = False

    def read(self, value: str) -> object:
        """What a filter compares this column with: its own value, or the instant that seconds count down from.

        Raises:
            ValueError, ArithmeticError: the text is no such value, or no sensible number.
        """
        if self.kind == "number" and not abs(float(value)) < _SENSIBLE:
            raise ValueError(value)
        found = self.instant_at(float(value)) if self.instant_at else self.parse(value)
        if isinstance(found, datetime) and found.tzinfo is None:
            raise ValueError(value)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list: the visits of one node in one state at an instant. ``settled``: nothing has left it since."""

    lifeline: Lifeline
    node: Node
    state: str
    at: datetime
    settled: bool

    @property
    def gone(self) -> bool:
        """Whether the visits of this state have ended."""
        return self.state in ("left", "cancelled")

    @property
    def exception(self) -> ColumnElement[Any]:
        """What went wrong at the node, as far as it was known at the instant."""
        if self.gone:
            return _V.exception
        told = select(node_event.c.exception).where(
            node_event.c.order_id == _V.order_id,
            node_event.c.node == _V.node,
            node_event.c.exception == _V.exception,
            node_event.c.at <= self.at,
        )
        known = told.limit(1).correlate(node_visit).scalar_subquery()
        return case((_V.exception.is_not(None), known))

    def field(self, name: str) -> Field:
        """The column of this name.

        Raises:
            OrderQueryError: there is none.
        """
        name = name.removesuffix("_seconds").removesuffix("_at")
        if name in ("elapsed", "overdue", "entered", "left", "due"):
            return self._timed(name)
        if name == "amount":
            return Field(_O.amount, func.coalesce(_O.amount, Decimal("-Infinity")), "number", Decimal, of_order=True)
        if name in (dimension.key for dimension in self.lifeline.dimensions):
            return _text(_O.dimensions[name].astext, of_order=True)
        if name == "outer_order_id":
            return _text(_O.outer_order_id, of_order=True)
        texts = {
            "order_id": _V.order_id,
            "exception": self.exception,
            "operator": _V.operator,
        }
        if name not in texts:
            raise OrderQueryError(f"there is no column {name!r} to sort or filter by", name)
        return _text(texts[name])

    def _timed(self, name: str) -> Field:
        if name in ("entered", "left", "due"):
            column = {"entered": _V.entered_at, "left": func.coalesce(_V.left_at, self.at), "due": _V.due_at}[name]
            return Field(column, column, "instant", datetime.fromisoformat)
        if self.gone:
            late = cast(func.extract("epoch", _V.left_at - _V.due_at), Double)
            seconds = _V.dwell_seconds if name == "elapsed" else late
            return Field(seconds, func.coalesce(seconds, -1.0), "number", float)
        if name == "elapsed":
            calendar = self.lifeline.calendar(self.node)
            return _since(_V.entered_at, lambda seconds: _before(calendar, self.at, seconds))
        return _since(_V.due_at, lambda seconds: self.at - timedelta(seconds=seconds))


def _since(column: ColumnElement[Any], instant_at: Callable[[float], datetime]) -> Field:
    return Field(column, column, "number", datetime.fromisoformat, instant_at)


def _text(column: ColumnElement[Any], *, of_order: bool = False) -> Field:
    return Field(column, func.coalesce(column, ""), "text", of_order=of_order)


def _before(calendar: Calendar, at: datetime, seconds: float) -> datetime:
    """The instant from which the clock runs ``seconds`` to ``at``; the latest, where it stands still for a while."""
    step = timedelta(seconds=max(seconds, 1.0))
    earliest = at - step
    while calendar.between(earliest, at) < seconds:
        step *= 2
        earliest = at - step
    latest = at
    while latest - earliest > timedelta(microseconds=1):
        middle = earliest + (latest - earliest) / 2
        if calendar.between(middle, at) >= seconds:
            earliest = middle
        else:
            latest = middle
    return earliest
