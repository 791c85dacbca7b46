"""The write path: events in, and with them in one transaction the orders, visits and changes that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.contributions import changes
from dashboard.events import OWN, Event
from dashboard.lifeline import Lifeline
from dashboard.visits import OrderState, derive
from datasource.copying import arrays, copy_in, unnested
from datasource.order_rows import (
    CHANGE_COLUMNS,
    EVENT_COLUMNS,
    ORDER_COLUMNS,
    STATUS_COLUMNS,
    VISIT_COLUMNS,
    change_rows,
    event_row,
    order_row,
    storable,
    visit_row,
)
from datasource.schema import node_event, node_visit, orders, system_status, visit_change
from datasource.stored_orders import Update, events_of, lock, states_of, write_differences

Told = dict[str, dict[str, Event]]
"""Events by order and event id."""

UNNAMED = ""
"""The source of an event that names none, in the watermarks."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one call changed.

    ``events`` are new, ``known`` were known before or came twice; ``orders`` learned something; ``visits`` is the
    number of visit rows written.
    """

    events: int
    known: int
    orders: int
    visits: int


def record(connection: Connection, events: Sequence[Event], lifeline: Lifeline, recorded_at: datetime) -> Recorded:
    """Record events, of any number of orders, in the caller's transaction.

    An event whose ``(order_id, event_id)`` is known changes nothing. The result does not depend on the order in which
    events come, nor on how they are cut into calls.

    Args:
        connection: in a transaction; on an error the caller must roll it back.
        events: validated; in any order.
        lifeline: by which the visits are derived.
        recorded_at: the instant to note, aware.
    """
    told = _by_order(events)
    new = _record_new(connection, told, lifeline, recorded_at)
    grown = _record_known(connection, {key: told[key] for key in told if key not in new.orders}, lifeline, recorded_at)
    added = new.events + grown.events
    return Recorded(added, len(events) - added, len(new.orders) + len(grown.orders), new.visits + grown.visits)


@dataclass(frozen=True, slots=True)
class _Part:
    orders: frozenset[str] = frozenset()
    events: int = 0
    visits: int = 0


def _by_order(events: Iterable[Event]) -> Told:
    told: Told = defaultdict(dict)
    for event in events:
        told[event.order_id].setdefault(event.event_id, event)
    return {order_id: told[order_id] for order_id in sorted(told)}


def _record_new(connection: Connection, told: Told, lifeline: Lifeline, recorded_at: datetime) -> _Part:
    """Record the orders that the store does not have: nothing of them needs to be read."""
    known = set(connection.execute(_KNOWN, {"ids": list(told)}).scalars())
    states = {key: storable(derive(told[key].values(), lifeline)) for key in told if key not in known}
    if not states:
        return _Part()
    rows = arrays(ORDER_COLUMNS, [order_row(key, state, recorded_at) for key, state in states.items()])
    made = frozenset(connection.execute(_ADD_ORDERS, rows).scalars())
    # Another transaction may have made some of them since: these are known now, and locked and read like the others.
    updates = [Update(key, _NOTHING, state) for key, state in states.items() if key in made]
    fresh = [event for update in updates for event in told[update.order_id].values()]
    _append_events(connection, fresh, recorded_at)
    visits = (visit_row(update.order_id, visit) for update in updates for visit in update.after.visits)
    copy_in(connection, node_visit, VISIT_COLUMNS, visits)
    said = [
        (update.order_id, this.system, this.status, this.at) for update in updates for this in update.after.statuses
    ]
    if said:
        copy_in(connection, system_status, STATUS_COLUMNS, said)
    _append_changes(connection, updates, fresh)
    return _Part(made, len(fresh), sum(len(update.after.visits) for update in updates))


def _record_known(connection: Connection, told: Told, lifeline: Lifeline, recorded_at: datetime) -> _Part:
    """Record events of orders that the store has: only the rows that differ afterwards are written."""
    if not told:
        return _Part()
    known = lock(connection, list(told))
    fresh = [event for key in told for event in told[key].values() if (key, event.event_id) not in known]
    touched = list(dict.fromkeys(event.order_id for event in fresh))
    if not touched:
        return _Part()
    before = states_of(connection, touched)
    _append_events(connection, fresh, recorded_at)
    history = events_of(connection, touched)
    updates = [Update(key, before[key], storable(derive(history[key], lifeline))) for key in touched]
    visits = write_differences(connection, updates, recorded_at)
    _append_changes(connection, updates, fresh)
    return _Part(frozenset(touched), len(fresh), visits)


def _append_events(connection: Connection, fresh: Iterable[Event], recorded_at: datetime) -> None:
    rows = (event_row(event, recorded_at) for event in fresh)
    copy_in(connection, node_event, EVENT_COLUMNS, rows)


def _append_changes(connection: Connection, updates: Sequence[Update], fresh: Iterable[Event]) -> None:
    heard: dict[str, datetime] = {}
    for event in (one for one in fresh if one.source != OWN):
        source = event.source or UNNAMED
        heard[source] = max(heard.get(source, event.at), event.at)
    rows = (
        row
        for place, update in enumerate(updates)
        for row in change_rows(update.order_id, changes(update.before, update.after), {} if place else heard)
    )
    copy_in(connection, visit_change, CHANGE_COLUMNS, rows)


_NOTHING = OrderState()
_KNOWN = text("SELECT order_id FROM orders WHERE order_id = ANY(CAST(:ids AS text[]))")
_ADD_ORDERS = text(
    f"INSERT INTO orders ({', '.join(ORDER_COLUMNS)}, version) "  # noqa: S608 - names of our own columns
    f"SELECT *, 1 FROM {unnested([orders.c[name] for name in ORDER_COLUMNS])} "
    "ON CONFLICT (order_id) DO NOTHING RETURNING order_id"
)
