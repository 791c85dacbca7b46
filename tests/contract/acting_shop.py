"""A small shop to act on: orders at every node, stock, money, an outlet; and what must hold whatever is done to it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import current_thread
from typing import Any

from sqlalchemy import event as listening
from sqlalchemy import text

from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller, CallerKind, Role
from dashboard.visits import derive
from datasource.audit import verify_all
from datasource.order_rows import storable
from datasource.recording import record
from datasource.store import Store
from datasource.stored_orders import events_of, states_of
from tests.builders import NOON, cancelled, minutes, order_events

LI = Caller("li.wei", CallerKind.PERSON, Role.ADMIN, origin="127.0.0.1")
WANG = Caller("wang.fang", CallerKind.PERSON, Role.ADMIN, origin="10.0.0.9")

REACHED = {
    "REVIEW": 2,
    "PICK": 5,
    "PICK2": 5,
    "DISPATCH": 7,
    "PICKUP": 8,
    "SIGN": 10,
    "REFUND": 5,
    "REFUND2": 6,
    "DONE": 12,
}
"""Orders by name, each with how many nodes of the lifeline it has left; the refunded ones are cancelled there.

A shop may have more of those, by any other name that begins with ``REFUND``.
"""

_INSTANT = re.compile(r'"\d{4}-\d\d-\d\dT[^"]*"')
OF_ORDER = ("orders", "node_event", "node_visit", "system_status", "order_mark", "stock_hold", "fund_flow")
WHOLE = ("sku", "outlet", "outbox", "audit", "audit_head", "visit_change")


def open_shop(store: Store, lifeline: Lifeline, names: Iterable[str] = REACHED) -> None:
    """Fill an empty store."""
    nodes = [node.key for node in lifeline]
    events = []
    for name in names:
        reached = REACHED.get(name, REACHED["REFUND"])
        stamps = [(node, 5.0 * (number + 1)) for number, node in enumerate(nodes[:reached])]
        events += order_events(name, NOON, *stamps, warehouse="HZ1", carrier="zto")
        if name.startswith("REFUND"):
            events.append(cancelled(minutes(90), name))
    with store.begin() as connection:
        record(connection, events, lifeline, NOON)
        for sku, available in (("MILK", 10), ("TEA", 0)):
            connection.execute(
                text("INSERT INTO sku (sku, available, at) VALUES (:sku, :available, :at)"),
                {"sku": sku, "available": available, "at": NOON},
            )
        for name in names:
            _hold(connection, name, "MILK", 2, "shipped" if name in {"PICKUP", "SIGN", "DONE"} else "locked")
            if name in {"PICK", "REFUND"}:
                _hold(connection, name, "TEA", 1, "locked")
            _pay(connection, name, "paid", "payment", "100.00")
            if name.startswith("REFUND"):
                _pay(connection, name, "refunded", "refund", "-100.00")
        connection.execute(
            text(
                "UPDATE sku SET locked = (SELECT coalesce(sum(quantity), 0) FROM stock_hold h "
                "WHERE h.sku = sku.sku AND state = 'locked')"
            )
        )
        connection.execute(
            text("INSERT INTO outlet (outlet, carrier, region, at) VALUES ('ZTO-440305', 'zto', '440300', :at)"),
            {"at": NOON},
        )


def _hold(connection, order: str, sku: str, quantity: int, state: str) -> None:
    row = {"order": order, "sku": sku, "quantity": quantity, "state": state, "at": NOON}
    connection.execute(text("INSERT INTO stock_hold VALUES (:order, :sku, :quantity, :state, :at)"), row)


def _pay(connection, order: str, flow: str, fee: str, amount: str) -> None:
    row = {"order": order, "flow": flow, "fee": fee, "amount": amount, "at": NOON}
    connection.execute(text("INSERT INTO fund_flow VALUES (:order, :flow, :fee, :amount, 'CNY', 'payment', :at)"), row)


def contents(store: Store, order: str | None = None) -> dict[str, list[str]]:
    """Every row, as the database writes it, that acting may touch; of one order only, or of all and all else."""
    where = "" if order is None else " WHERE order_id = :order"
    queries = {name: f"SELECT t::text FROM {name} t{where} ORDER BY 1" for name in OF_ORDER}
    if order is None:
        queries |= {name: f"SELECT t::text FROM {name} t ORDER BY 1" for name in WHOLE}
    with store.begin() as connection:
        return {
            name: list(connection.execute(text(query), {"order": order}).scalars()) for name, query in queries.items()
        }


def pieces(store: Store) -> dict[str, int]:
    """Of each SKU, every piece that there is: for sale, locked and shipped."""
    query = text(
        "SELECT s.sku, s.available + coalesce(sum(h.quantity) FILTER (WHERE h.state IN ('locked', 'shipped')), 0) "
        "FROM sku s LEFT JOIN stock_hold h USING (sku) GROUP BY s.sku, s.available"
    )
    with store.begin() as connection:
        return {row.sku: int(row[1]) for row in connection.execute(query)}


def money(store: Store) -> list[str]:
    """Every movement of money, and what each order is worth."""
    query = "SELECT f::text FROM fund_flow f UNION ALL SELECT order_id || ' ' || amount::text FROM orders ORDER BY 1"
    with store.begin() as connection:
        return list(connection.execute(text(query)).scalars())


def check_whole(store: Store, lifeline: Lifeline) -> None:
    """What holds after every step: stock adds up, orders follow from their events, the audit tells what was done."""
    with store.begin() as connection:
        ids = list(connection.execute(text("SELECT order_id FROM orders ORDER BY 1")).scalars())
        states, told = states_of(connection, ids), events_of(connection, ids)
        for order in ids:
            derived = storable(derive(told[order], lifeline))
            assert set(states[order].visits) == set(derived.visits)
            assert states[order].cancelled_at == derived.cancelled_at
        wrong = connection.execute(
            text(
                "SELECT s.sku FROM sku s LEFT JOIN stock_hold h ON h.sku = s.sku AND h.state = 'locked' "
                "GROUP BY s.sku, s.locked, s.available "
                "HAVING s.locked <> coalesce(sum(h.quantity), 0) OR s.available < 0"
            )
        ).all()
        assert wrong == []
        assert verify_all(connection).broken is None
        acted = connection.execute(
            text(
                "SELECT action_id, subject, count(*) FROM action_item WHERE outcome = 'done' "
                "GROUP BY 1, 2 ORDER BY 1, 2"
            )
        ).all()
        audited = connection.execute(
            text(
                "SELECT action_id, subject, count(*) FROM audit WHERE kind NOT LIKE 'stop:%' "
                "AND action_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
            )
        ).all()
        assert [tuple(row) for row in acted] == [tuple(row) for row in audited]
        stopped = "SELECT action_id FROM action WHERE cancel_at IS NOT NULL ORDER BY 1"
        told = "SELECT action_id FROM audit WHERE kind LIKE 'stop:%' ORDER BY 1"
        assert connection.execute(text(told)).all() == connection.execute(text(stopped)).all()


def plain(values: Mapping[str, Any], *, alone: bool) -> str:
    """What is shown of a subject; ``alone``: nobody else acted, and no time went by, between preview and deed.

    Else without the stock that others share, and without instants, which are those of the deed.
    """
    if alone:
        return json.dumps(dict(values), sort_keys=True)
    return _INSTANT.sub('"then"', json.dumps(_unshared(values), sort_keys=True))


def _unshared(values: Mapping[str, Any]) -> dict[str, Any]:
    """An order tells of stock within each of its holds, a SKU of its own."""
    own = {name: value for name, value in values.items() if name not in {"available", "locked"}}
    return {name: _unshared(value) if isinstance(value, dict) else value for name, value in own.items()}


@contextmanager
def dying(store: Store, at: int, with_: BaseException) -> Iterator[None]:
    """Let the statement of that number fail, counted from here."""

    def die() -> None:
        raise with_

    with interrupted(store, at, die):
        yield


@contextmanager
def interrupted(store: Store, at: int, then: Callable[[], None]) -> Iterator[None]:
    """Before this thread's statement of that number, counted from here, something else happens."""
    count, mine = 0, current_thread()

    def before(*_: object) -> None:
        nonlocal count
        count += current_thread() is mine
        if count == at and current_thread() is mine:
            then()

    listening.listen(store.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        listening.remove(store.engine, "before_cursor_execute", before)
