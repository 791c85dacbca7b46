"""Orders, events, visits and changes as rows of their tables, and back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from dashboard.contributions import Change, dwell_us
from dashboard.events import Event, Facts, Kind
from dashboard.visits import Exit, OrderState, Visit

Values = tuple[object, ...]

ORDER_COLUMNS = (
    "order_id",
    "outer_order_id",
    "created_at",
    "cancelled_at",
    "amount",
    "currency",
    "dimensions",
    "recorded_at",
)
EVENT_COLUMNS = (
    "order_id",
    "event_id",
    "kind",
    "at",
    "node",
    "operator",
    "source",
    "exception",
    "document",
    "status",
    "corrects",
    "facts",
    "recorded_at",
)
VISIT_COLUMNS = (
    "order_id",
    "node",
    "number",
    "entered_at",
    "left_at",
    "due_at",
    "exit",
    "dwell_seconds",
    "exception",
    "measured",
    "operator",
    "source",
    "document",
)
STATUS_COLUMNS = ("order_id", "system", "status", "at")
CHANGE_COLUMNS = (
    "order_id",
    "sign",
    "slices",
    "amount",
    "nodes",
    "entered_at",
    "left_at",
    "due_at",
    "exits",
    "dwell_us",
    "measured",
    "sources",
    "heard_at",
)

_CENT = Decimal("0.01")
_OF_EVENT = attrgetter(*EVENT_COLUMNS[:-2])
_OF_VISIT = attrgetter(*VISIT_COLUMNS[1:])
_NO_VISITS = (None,) * 9
_NOT_HEARD = (None, None)


def order_row(order_id: str, state: OrderState, recorded_at: datetime) -> Values:
    """A row of ``orders``, in the order of ``ORDER_COLUMNS``."""
    facts = state.facts
    dimensions = json.dumps(dict(facts.dimensions), ensure_ascii=False)
    return (
        order_id,
        facts.outer_order_id,
        facts.created_at,
        state.cancelled_at,
        facts.amount,
        facts.currency,
        dimensions,
        recorded_at,
    )


def event_row(event: Event, recorded_at: datetime) -> Values:
    """A row of ``node_event``, in the order of ``EVENT_COLUMNS``."""
    return (*_OF_EVENT(event), None if event.facts is None else facts_told(event.facts), recorded_at)


def visit_row(order_id: str, visit: Visit) -> Values:
    """A row of ``node_visit``, in the order of ``VISIT_COLUMNS``."""
    return (order_id, *_OF_VISIT(visit))


def change_rows(order_id: str, changes: Sequence[Change], heard: Mapping[str, datetime]) -> Iterator[Values]:
    """Rows of ``visit_change``: one per change, and at least one, so that the fold hears of everything.

    ``heard``: up to when sources were heard, which rides along with the first; whichever order they told of.
    """
    told: Values = (list(heard), list(heard.values())) if heard else _NOT_HEARD
    for change in changes:
        visits = change.visits
        yield (
            order_id,
            change.sign,
            list(change.slices),
            change.amount,
            [visit.node for visit in visits],
            [visit.entered_at for visit in visits],
            [visit.left_at for visit in visits],
            [visit.due_at for visit in visits],
            [visit.exit for visit in visits],
            [dwell_us(visit) for visit in visits],
            [visit.measured for visit in visits],
            *told,
        )
        told = _NOT_HEARD
    if not changes:
        yield (order_id, 0, *_NO_VISITS, *told)


def facts_told(facts: Facts) -> dict[str, object]:
    """What an event tells of its order, for JSON: only what it tells. An empty outer id is told: it is a fault."""
    told = {
        "outer_order_id": facts.outer_order_id,
        "created_at": facts.created_at and facts.created_at.isoformat(),
        "amount": None if facts.amount is None else str(facts.amount),
        "currency": facts.currency,
        "dimensions": dict(facts.dimensions),
    }
    return {name: value for name, value in told.items() if value or (name, value) == ("outer_order_id", "")}


def read_facts(told: Mapping[str, Any]) -> Facts:
    """The facts that ``facts_told`` told."""
    created_at, amount = told.get("created_at"), told.get("amount")
    return Facts(
        told.get("outer_order_id"),
        datetime.fromisoformat(created_at) if created_at else None,
        None if amount is None else Decimal(amount),
        told.get("currency"),
        told.get("dimensions", {}),
    )


def read_event(row: Row[Any]) -> Event:
    """The event of a row of ``node_event``."""
    return Event(
        row.order_id,
        row.event_id,
        Kind(row.kind),
        row.at,
        row.node,
        row.operator,
        row.source,
        row.exception,
        row.document,
        row.status,
        row.corrects,
        None if row.facts is None else read_facts(row.facts),
    )


def read_visit(row: Row[Any]) -> Visit:
    """The visit of a row of ``node_visit``."""
    return Visit(
        row.node,
        row.number,
        row.entered_at,
        row.left_at,
        row.due_at,
        None if row.exit is None else Exit(row.exit),
        row.dwell_seconds,
        row.exception,
        row.measured,
        row.operator,
        row.source,
        row.document,
    )


def storable(state: OrderState) -> OrderState:
    """The state as it is read back from the store: with the amount in whole hundredths."""
    facts = state.facts
    if facts.amount is None or facts.amount == (cents := facts.amount.quantize(_CENT, ROUND_HALF_UP)):
        return state
    rounded = Facts(facts.outer_order_id, facts.created_at, cents, facts.currency, facts.dimensions)
    return OrderState(rounded, state.cancelled_at, state.visits, state.statuses)
