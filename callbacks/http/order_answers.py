"""Orders as plain values for JSON: instants in UTC, money as decimal text, durations in seconds on the node's clock."""

from datetime import datetime
from typing import Any

from dashboard.events import Event, Facts
from dashboard.order_detail import OrderDetail, OrderRow
from dashboard.visits import Visit


def row_answer(row: OrderRow) -> dict[str, Any]:
    """One row of a node's list."""
    return {
        "order_id": row.order_id,
        "outer_order_id": row.outer_order_id,
        "dimensions": dict(row.dimensions),
        "amount": None if row.amount is None else str(row.amount),
        "currency": row.currency,
        "visit": row.visit,
        "entered_at": row.entered_at,
        "left_at": row.left_at,
        "due_at": row.due_at,
        "exit": row.exit,
        "elapsed_seconds": row.elapsed_seconds,
        "overdue_seconds": row.overdue_seconds,
        "exception": row.exception,
        "operator": row.operator,
    }


def detail_answer(detail: OrderDetail, now: datetime) -> dict[str, Any]:
    """One order whole."""
    facts, state = detail.state.facts, detail.state
    return {
        "order_id": detail.order_id,
        "as_of": now,
        "outer_order_id": facts.outer_order_id,
        "created_at": facts.created_at,
        "cancelled_at": state.cancelled_at,
        "amount": None if facts.amount is None else str(facts.amount),
        "currency": facts.currency,
        "dimensions": dict(facts.dimensions),
        "visits": [_visit(visit, now) for visit in state.visits],
        "statuses": [{"system": one.system, "status": one.status, "at": one.at} for one in state.statuses],
        "contradictions": [
            {"system": one.system, "status": one.status, "node": one.node, "claims": one.claims}
            for one in detail.contradictions
        ],
        "events": [_event(event) for event in detail.events],
    }


def _visit(visit: Visit, now: datetime) -> dict[str, Any]:
    return {
        "node": visit.node,
        "visit": visit.number,
        "entered_at": visit.entered_at,
        "left_at": visit.left_at,
        "due_at": visit.due_at,
        "exit": visit.exit,
        "overdue": visit.exit is None and visit.due_at <= now,
        "dwell_seconds": visit.dwell_seconds,
        "exception": visit.exception,
        "measured": visit.measured,
        "operator": visit.operator,
        "source": visit.source,
        "document": visit.document,
    }


def _event(event: Event) -> dict[str, Any]:
    names = ("event_id", "kind", "at", "node", "operator", "source", "exception", "document", "status", "corrects")
    told = {name: getattr(event, name) for name in names}
    facts = _facts(event.facts) if isinstance(event.facts, Facts) else None
    return {name: value for name, value in {**told, "facts": facts}.items() if value is not None}


def _facts(facts: Facts) -> dict[str, Any]:
    told: dict[str, Any] = {
        "outer_order_id": facts.outer_order_id,
        "created_at": facts.created_at,
        "amount": None if facts.amount is None else str(facts.amount),
        "currency": facts.currency,
        "dimensions": dict(facts.dimensions) or None,
    }
    return {name: value for name, value in told.items() if value is not None}
