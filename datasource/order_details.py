"""One order whole: its facts and visits, what each system last said of it, and the events behind them."""

from sqlalchemy import Connection, select

from dashboard.contradictions import contradictions
from dashboard.events import Event, Facts
from dashboard.lifeline import Lifeline
from dashboard.order_detail import OrderDetail
from dashboard.visits import OrderState, SystemStatus, Visit
from datasource.order_rows import read_event, read_visit
from datasource.schema import node_event, node_visit, orders, system_status


def order_detail(connection: Connection, lifeline: Lifeline, order_id: str) -> OrderDetail | None:
    """The order as it is stored, its visits and events in the order of time; ``None`` if there is none of this id."""
    if "\0" in order_id:
        return None
    found = connection.execute(select(orders).where(orders.c.order_id == order_id)).first()
    if found is None:
        return None
    state = OrderState(
        Facts(found.outer_order_id, found.created_at, found.amount, found.currency, found.dimensions),
        found.cancelled_at,
        _visits(connection, lifeline, order_id),
        _statuses(connection, order_id),
    )
    return OrderDetail(order_id, state, _events(connection, order_id), contradictions(state, lifeline))


def _visits(connection: Connection, lifeline: Lifeline, order_id: str) -> tuple[Visit, ...]:
    found = connection.execute(select(node_visit).where(node_visit.c.order_id == order_id)).all()
    places = {node.key: node.position for node in lifeline}
    found = sorted(found, key=lambda row: (row.entered_at, places.get(row.node, len(places)), row.number))
    return tuple(read_visit(row) for row in found)


def _statuses(connection: Connection, order_id: str) -> tuple[SystemStatus, ...]:
    said = select(system_status).where(system_status.c.order_id == order_id).order_by(system_status.c.system)
    return tuple(SystemStatus(row.system, row.status, row.at) for row in connection.execute(said))


def _events(connection: Connection, order_id: str) -> tuple[Event, ...]:
    event = node_event.c
    told = select(node_event).where(event.order_id == order_id).order_by(event.at, event.recorded_at, event.event_id)
    return tuple(read_event(row) for row in connection.execute(told))
