"""Orders that the store knows already: locked, read as they stand, and written where they differ."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, TextClause, select, text

from dashboard.events import Event, Facts
from dashboard.visits import OrderState, SystemStatus, Visit
from datasource.copying import arrays, unnested
from datasource.order_rows import (
    ORDER_COLUMNS,
    STATUS_COLUMNS,
    VISIT_COLUMNS,
    Values,
    order_row,
    read_event,
    read_visit,
    visit_row,
)
from datasource.schema import node_event, node_visit, orders, system_status


@dataclass(frozen=True, slots=True)
class Update:
    """One order as it stood and as it stands once its new events are told."""

    order_id: str
    before: OrderState
    after: OrderState


def lock(connection: Connection, order_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Lock these orders, one after the other by id; answers the ids of their events, by order."""
    ids = {"ids": list(order_ids)}
    connection.execute(_LOCK, ids)
    return {(row.order_id, row.event_id) for row in connection.execute(_EVENT_IDS, ids)}


def states_of(connection: Connection, order_ids: Sequence[str]) -> dict[str, OrderState]:
    """The states of these orders as stored, under whatever lifeline they were derived."""
    found = connection.execute(select(orders).where(_among(orders)), {"ids": list(order_ids)})
    visits, statuses = _visits(connection, order_ids), _statuses(connection, order_ids)
    return {
        row.order_id: OrderState(
            Facts(row.outer_order_id, row.created_at, row.amount, row.currency, row.dimensions),
            row.cancelled_at,
            tuple(visits[row.order_id]),
            tuple(statuses[row.order_id]),
        )
        for row in found
    }


def events_of(connection: Connection, order_ids: Sequence[str]) -> dict[str, list[Event]]:
    """All events of these orders."""
    events: dict[str, list[Event]] = defaultdict(list)
    for row in connection.execute(select(node_event).where(_among(node_event)), {"ids": list(order_ids)}):
        events[row.order_id].append(read_event(row))
    return events


def write_differences(connection: Connection, updates: Sequence[Update], recorded_at: datetime) -> int:
    """Write the rows that differ and count up the orders' versions; answers how many visits were written."""
    _update_orders(connection, updates, recorded_at)
    _write_statuses(connection, updates)
    gone, told = _visit_differences(updates)
    if gone:
        connection.execute(_DELETE_VISITS, arrays(("order_id", "node", "number"), gone))
    if told:
        connection.execute(_UPSERT_VISITS, arrays(VISIT_COLUMNS, told))
    return len(gone) + len(told)


def _update_orders(connection: Connection, updates: Sequence[Update], recorded_at: datetime) -> None:
    rows = [order_row(update.order_id, update.after, recorded_at) for update in updates]
    connection.execute(_UPDATE_ORDERS, arrays(ORDER_COLUMNS, rows))


def _visit_differences(updates: Sequence[Update]) -> tuple[list[Values], list[Values]]:
    gone: list[Values] = []
    told: list[Values] = []
    for update in updates:
        old = {(visit.node, visit.number): visit for visit in update.before.visits}
        new = {(visit.node, visit.number): visit for visit in update.after.visits}
        gone += [(update.order_id, *key) for key in old if key not in new]
        told += [visit_row(update.order_id, visit) for key, visit in new.items() if old.get(key) != visit]
    return gone, told


def _write_statuses(connection: Connection, updates: Sequence[Update]) -> None:
    gone: list[Values] = []
    told: list[Values] = []
    for update in updates:
        old = {status.system: status for status in update.before.statuses}
        new = {status.system: status for status in update.after.statuses}
        gone += [(update.order_id, system) for system in old if system not in new]
        told += [
            (update.order_id, system, status.status, status.at)
            for system, status in new.items()
            if old.get(system) != status
        ]
    if gone:
        connection.execute(_DELETE_STATUSES, arrays(("order_id", "system"), gone))
    if told:
        connection.execute(_UPSERT_STATUSES, arrays(STATUS_COLUMNS, told))


def _visits(connection: Connection, order_ids: Sequence[str]) -> dict[str, list[Visit]]:
    visits: dict[str, list[Visit]] = defaultdict(list)
    for row in connection.execute(select(node_visit).where(_among(node_visit)), {"ids": list(order_ids)}):
        visits[row.order_id].append(read_visit(row))
    return visits


def _statuses(connection: Connection, order_ids: Sequence[str]) -> dict[str, list[SystemStatus]]:
    statuses: dict[str, list[SystemStatus]] = defaultdict(list)
    for row in connection.execute(select(system_status).where(_among(system_status)), {"ids": list(order_ids)}):
        statuses[row.order_id].append(SystemStatus(row.system, row.status, row.at))
    return statuses


def _among(table: Table) -> TextClause:
    return text(f"{table.name}.order_id = ANY(CAST(:ids AS text[]))")


def _insert(table: Table, columns: Sequence[str], conflict: str) -> TextClause:
    names = ", ".join(f'"{name}"' for name in columns)
    source = unnested([table.c[name] for name in columns])
    return text(f"INSERT INTO {table.name} ({names}) SELECT * FROM {source} ON CONFLICT {conflict}")  # noqa: S608


def _upsert(table: Table, columns: Sequence[str], keys: int) -> TextClause:
    sets = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns[keys:])
    return _insert(table, columns, f"({', '.join(columns[:keys])}) DO UPDATE SET {sets}")


def _delete(table: Table, keys: Sequence[str]) -> TextClause:
    same = " AND ".join(f"{table.name}.{name} = gone.{name}" for name in keys)
    source = unnested([table.c[name] for name in keys])
    return text(f"DELETE FROM {table.name} USING {source} AS gone({', '.join(keys)}) WHERE {same}")  # noqa: S608


def _update(table: Table, columns: Sequence[str]) -> TextClause:
    sets = ", ".join(f"{name} = told.{name}" for name in columns[1:])
    source = unnested([table.c[name] for name in columns])
    return text(
        f"UPDATE {table.name} SET {sets}, version = version + 1 "  # noqa: S608
        f"FROM {source} AS told({', '.join(columns)}) WHERE {table.name}.order_id = told.order_id"
    )


# Sorted as bytes, as Python sorts: all transactions lock in one order, so that no two ever wait for each other.
_LOCK = text('SELECT 1 FROM orders WHERE order_id = ANY(CAST(:ids AS text[])) ORDER BY order_id COLLATE "C" FOR UPDATE')
_EVENT_IDS = text("SELECT order_id, event_id FROM node_event WHERE order_id = ANY(CAST(:ids AS text[]))")
_UPDATE_ORDERS = _update(orders, ORDER_COLUMNS)
_UPSERT_VISITS = _upsert(node_visit, VISIT_COLUMNS, 3)
_DELETE_VISITS = _delete(node_visit, ("order_id", "node", "number"))
_UPSERT_STATUSES = _upsert(system_status, STATUS_COLUMNS, 2)
_DELETE_STATUSES = _delete(system_status, ("order_id", "system"))
