"""Random order histories, and what must hold of a store once it was told them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy import text

from dashboard.events import Event, Kind
from dashboard.lifeline import Lifeline
from datasource.fold import fold
from datasource.recount import Cells, recount, stored
from datasource.store import Store
from tests.builders import NOON, cancelled, entered, event, facts, hours, left, status, trouble, void

NODES = ("place", "pay", "review", "pick", "pack")
ORDERS = ("A", "B", "C")

_instants = st.integers(0, 40 * 3600).map(lambda n: NOON + timedelta(seconds=n))
_orders = st.sampled_from(ORDERS)
_nodes = st.sampled_from(NODES)
_warehouses = st.sampled_from(["HZ1", "SZ2"])
_amounts = st.sampled_from(["0.10", "19.99", "1000.005"])


def _facts(order: str, at: datetime, warehouse: str, amount: str) -> Event:
    return facts(order, at, created_at=NOON, amount=amount, warehouse=warehouse, channel="douyin")


_plain = st.one_of(
    st.builds(left, _nodes, _instants, _orders, source=st.sampled_from(["wms", None])),
    st.builds(left, _nodes, _instants, _orders),
    st.builds(entered, _nodes, _instants, _orders),
    st.builds(trouble, st.just("stock_short"), _nodes, _instants, _orders),
    st.builds(cancelled, _instants, _orders),
    st.builds(status, st.sampled_from(["paid", "packed"]), _instants, _orders, st.sampled_from(["erp", "wms"])),
    st.builds(_facts, _orders, _instants, _warehouses, _amounts),
    st.builds(lambda order, node, at: event(order, node, at, Kind.FINISHED), _orders, _nodes, _instants),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events of a few orders: visits, rework, troubles, moved warehouses, changed amounts, corrections, withdrawals."""
    events = [
        *draw(st.lists(_plain, min_size=1, max_size=25)),
        *(_facts(order, NOON, "HZ1", "5.00") for order in ORDERS),
    ]
    for number, told in enumerate(draw(st.lists(st.sampled_from(events), max_size=8, unique_by=lambda e: e.event_id))):
        corrected = st.builds(
            left,
            _nodes,
            _instants,
            st.just(told.order_id),
            corrects=st.just(told.event_id),
            event_id=st.just(f"c{number}"),
        )
        withdrawn = st.just(void(told.event_id, hours(41), told.order_id))
        events.append(draw(st.one_of(corrected, withdrawn)))
    return list({(told.order_id, told.event_id): told for told in events}.values())


@st.composite
def batches(draw: st.DrawFn, events: Sequence[Event]) -> list[list[Event]]:
    """The events in another order, some twice, cut into batches."""
    told = draw(st.permutations(list(events)))
    told = [*told, *draw(st.lists(st.sampled_from(list(events)), max_size=5))]
    cuts = sorted(draw(st.lists(st.integers(0, len(told)), max_size=4)))
    return [list(told[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(told)], strict=True)]


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the events determine: orders, visits, statuses and the events themselves."""
    queries = {
        "orders": "SELECT order_id, outer_order_id, created_at, cancelled_at, amount, dimensions::text FROM orders",
        "visits": "SELECT * FROM node_visit",
        "statuses": "SELECT * FROM system_status",
        "events": "SELECT order_id, event_id, kind, at, node, source, exception, corrects, facts::text FROM node_event",
    }
    with store.begin() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(text(query))), key=repr)
            for name, query in queries.items()
        }


def fold_all(store: Store, lifeline: Lifeline, now: datetime = NOON, limit: int = 50_000) -> int:
    """Fold until nothing is left; answers the number of changes."""
    total = 0
    while True:
        with store.begin() as connection:
            folded = fold(connection, now, lifeline, limit).changes
        total += folded
        if not folded:
            return total


def rollups_and_recount(store: Store, lifeline: Lifeline) -> tuple[Cells, Cells]:
    """The rollups as stored, and as the visits say that they must be."""
    with store.begin() as connection:
        return stored(connection), recount(connection, lifeline)


def empty(store: Store) -> None:
    """Forget every order and every sum, so that a property's next example begins anew."""
    tables = "node_event, orders, node_visit, system_status, visit_change, rollup_minute, rollup_hour"
    with store.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables}, rollup_open_entry, rollup_open_due, slice, source_watermark"))
        connection.execute(text("UPDATE fold_state SET generation = 0, folded_at = NULL, minute_from = NULL"))
