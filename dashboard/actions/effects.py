"""What an action shows of its subject, and what takes it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dashboard.acting import (
    Change,
    HoldChange,
    MarkChange,
    Message,
    OrderSubject,
    RowSubject,
    StockHold,
    Subject,
    Values,
)
from dashboard.events import OWN, Event, Kind

TAKEN_BACK = {
    "pick_list.created": "pick_list.cancelled",
    "label.requested": "label.cancelled",
    "delivery.rejected": "delivery.rejection_withdrawn",
    "order.assigned": "order.assignment_withdrawn",
    "ticket.opened": "ticket.withdrawn",
    "ticket.closed": "ticket.reopened",
    "sku.suspended": "sku.resumed",
    "sku.resumed": "sku.suspended",
    "outlet.frozen": "outlet.unfrozen",
    "outlet.unfrozen": "outlet.frozen",
}
"""What an outside system is told when a message to it holds no longer."""

SHARED = frozenset({"available", "locked"})
"""Counts that change with every other order of the same SKU."""


def seen(subject: Subject) -> dict[str, Any]:
    """The subject as preview and audit tell it: only what actions can change, each under a name of its own."""
    return dict(subject.row) if isinstance(subject, RowSubject) else _order_seen(subject)


def own(told: Values) -> dict[str, Any]:
    """What ``seen`` tells, without the pieces for sale, which many orders share and change."""
    return {
        name: {part: value[part] for part in value if part not in SHARED} if isinstance(value, dict) else value
        for name, value in told.items()
        if name not in SHARED
    }


def _order_seen(order: OrderSubject) -> dict[str, Any]:
    here, cancelled = order.here, order.state.cancelled_at
    told: dict[str, Any] = {
        "node": None if here is None else here.node,
        "visit": None if here is None else here.number,
        "cancelled_at": None if cancelled is None else cancelled.isoformat(),
    }
    for (kind, key), value in sorted(order.marks.items()):
        told[f"{kind}:{key}" if key else kind] = dict(value)
    for hold in order.holds:
        told[f"stock:{hold.sku}"] = {
            "state": hold.state,
            "quantity": hold.quantity,
            "available": order.available.get(hold.sku),
        }
    return told


def shared_moves(before: Values, after: Values) -> dict[str, int]:
    """By how much each count moved that other orders share; by the names of ``seen``, of which both are."""
    told = {name: value for name, value in before.items() if isinstance(value, dict)}
    counted = {name: value["available"] for name, value in told.items() if value.get("available") is not None}
    return {name: after[name]["available"] - available for name, available in counted.items()}


def moved_by(told: Values, moves: Mapping[str, int]) -> dict[str, Any]:
    """What ``seen`` tells, once other orders have moved the counts that they share."""
    return {
        name: {**value, "available": value["available"] + moves[name]}
        if moves.get(name) and isinstance(value, dict)
        else value
        for name, value in told.items()
    }


def freed(before: StockHold, state: str) -> int:
    """By how many pieces the stock for sale grows when a hold takes this state."""
    return before.quantity * ((before.state == "locked") - (state == "locked"))


def at_one_instant(before: Subject, after: Subject) -> Subject:
    """The subject before, with the stock for sale as it was at the instant of the change.

    Until then others may move it: what they did is not to be told as this action's doing.
    """
    if not isinstance(before, OrderSubject) or not isinstance(after, OrderSubject):
        return before
    pieces = freed_by(before, after)
    return replace(before, available={name: n - pieces.get(name, 0) for name, n in after.available.items()})


def freed_by(before: OrderSubject, after: OrderSubject) -> dict[str, int]:
    """By how many pieces the stock for sale of each SKU grew, by what became of an order's own holds."""
    states = {hold.sku: hold.state for hold in after.holds}
    return {hold.sku: freed(hold, states[hold.sku]) for hold in before.holds}


def apart_from(after: OrderSubject, others: Mapping[str, int]) -> OrderSubject:
    """An order that was changed together with others, as if they had not moved so many pieces of what they share."""
    return replace(after, available={name: n - others.get(name, 0) for name, n in after.available.items()})


def inverse_of(before: Subject, change: Change) -> dict[str, Any]:
    """What undoes a change of a subject that stood so before, as JSON; see ``undoing``."""
    told = [[one.target, TAKEN_BACK[one.kind], dict(one.body)] for one in change.messages if one.kind in TAKEN_BACK]
    if isinstance(before, RowSubject):
        return {"row": {name: before.row[name] for name in change.row}, "messages": told}
    holds = {hold.sku: hold.state for hold in before.holds}
    return {
        "void": [event.event_id for event in change.events],
        "marks": [[one.kind, one.key, before.mark(one.kind, one.key)] for one in reversed(change.marks)],
        "holds": [[one.sku, holds[one.sku]] for one in reversed(change.holds)],
        "messages": told,
    }


def undoing(subject: Subject, inverse: Values, unique: str, actor: str, at: datetime) -> Change:
    """The change that an inverse stands for: events are withdrawn by new ones, and everything is as it was."""
    # What was done by an earlier version to a SKU or an outlet had told nobody.
    messages = tuple(Message(*one) for one in inverse.get("messages", ()))
    if isinstance(subject, RowSubject):
        return Change(row=inverse["row"], messages=messages)
    events = tuple(
        Event(
            subject.order_id,
            f"{OWN}:{unique}:void:{number}",
            Kind.VOID,
            at,
            operator=actor,
            source=OWN,
            corrects=event_id,
        )
        for number, event_id in enumerate(inverse["void"])
    )
    return Change(
        events,
        tuple(MarkChange(*one) for one in inverse["marks"]),
        tuple(HoldChange(*one) for one in inverse["holds"]),
        messages=messages,
    )
