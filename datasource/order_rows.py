"""Orders, events, visits and changes as rows of their tables, and back."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Row

from dashboard.contributions import Change
from dashboard.events import Event, Facts, Kind
from dashboard.visits import Exit, OrderState, Visit
from datasource.copying import array_literal

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
    "node",
    "slices",
    "entered_at",
    "left_at",
    "due_at",
    "exit",
    "dwell_us",
    "measured",
    "amount",
    "source",
    "at",
)

_CENT = Decimal("0.01")


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
    return (
        event.order_id,
        event.event_id,
        event.kind,
        event.at,
        event.node,
        event.operator,
        event.source,
        event.exception,
        event.document,
        event.status,
        event.corrects,
        None if event.facts is None else facts_json(event.facts),
        recorded_at,
    )


def visit_row(order_id: str, visit: Visit) -> Values:
    """A row of ``node_visit``, in the order of ``VISIT_COLUMNS``."""
    return (
        order_id,
        visit.node,
        visit.number,
        visit.entered_at,
        visit.left_at,
        visit.due_at,
        visit.exit,
        visit.dwell_seconds,
        visit.exception,
        visit.measured,
        visit.operator,
        visit.source,
        visit.document,
    )


def change_rows(order_id: str, changes: list[Change], heard: Mapping[str, datetime]) -> Iterator[Values]:
    """Rows of ``visit_change``, for COPY: one per change, and at least one, so that the fold hears of everything.

    What each source was newly heard to tell rides along, one source a row.
    """
    told = iter(heard.items())
    slices: tuple[str, ...] = ()
    literal = "{}"
    for change in changes:
        this = change.contribution
        if this.slices is not slices:  # all visits of a state share them
            slices, literal = this.slices, array_literal(this.slices)
        yield (
            order_id,
            change.sign,
            this.node,
            literal,
            this.entered_at,
            this.left_at,
            this.due_at,
            this.exit,
            this.dwell_us,
            this.measured,
            this.amount,
            *next(told, (None, None)),
        )
    nothing = (None,) * 9
    if not changes and not heard:
        yield (order_id, 0, *nothing, None, None)
    for source, at in told:
        yield (order_id, 0, *nothing, source, at)


def facts_json(facts: Facts) -> str:
    """What an event tells of its order, as JSON: only what it tells. An empty outer id is told: it is a fault."""
    told = {
        "outer_order_id": facts.outer_order_id,
        "created_at": facts.created_at and facts.created_at.isoformat(),
        "amount": None if facts.amount is None else str(facts.amount),
        "currency": facts.currency,
        "dimensions": dict(facts.dimensions),
    }
    kept = {name: value for name, value in told.items() if value or (name, value) == ("outer_order_id", "")}
    return json.dumps(kept, ensure_ascii=False)


def read_facts(told: Mapping[str, Any]) -> Facts:
    """The facts that ``facts_json`` wrote."""
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
