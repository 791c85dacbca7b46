"""The stock and the money of the demo's orders: what was sold lately, and what follows from each thing that is told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, text

from dashboard.events import Event, Kind
from datasource.acting_tables import outlet, sku, stock_hold
from datasource.copying import arrays, copy_in, unnested
from datasource.demo.goods import articles, lines_of, outlets, stock_forgotten

SINCE = timedelta(days=3)
"""Orders of the last days have stock and money: older ones are long gone, and would only cost time."""

_LOW, _INBOUND = 150, 1000
_HOLDS = ("order_id", "sku", "quantity", "state", "at")
_STOCKED = text("SELECT EXISTS (SELECT FROM sku)")
_SOLD = text("""
    SELECT orders.order_id, orders.cancelled_at, pay.left_at AS paid_at, dispatch.left_at AS dispatched_at
      FROM orders
      JOIN node_visit AS pay ON pay.order_id = orders.order_id AND pay.node = 'pay' AND pay.exit = 'next'
      LEFT JOIN node_visit AS dispatch
        ON dispatch.order_id = orders.order_id AND dispatch.node = 'dispatch' AND dispatch.exit = 'next'
     WHERE orders.created_at >= :since AND pay.left_at IS NOT NULL
""")
_SUM_UP = text("""
    UPDATE sku SET locked = held.pieces
      FROM (SELECT sku, sum(quantity) AS pieces FROM stock_hold WHERE state = 'locked' GROUP BY sku) AS held
     WHERE held.sku = sku.sku
""")
_PAID = text("""
    INSERT INTO fund_flow (order_id, flow_id, fee_type, amount, currency, source, at)
    SELECT orders.order_id, 'payment', 'payment', amount, currency, 'payment', node_visit.left_at
      FROM orders JOIN node_visit ON node_visit.order_id = orders.order_id AND node = 'pay' AND exit = 'next'
     WHERE orders.order_id = ANY(CAST(:ids AS text[])) AND node_visit.left_at IS NOT NULL
       AND amount IS NOT NULL AND currency IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_REFUNDED = text("""
    INSERT INTO fund_flow (order_id, flow_id, fee_type, amount, currency, source, at)
    SELECT order_id, 'refund', 'refund', -amount, currency, 'payment', told.at
      FROM fund_flow JOIN unnest(CAST(:ids AS text[]), CAST(:at AS timestamptz[])) AS told(id, at) ON told.id = order_id
     WHERE flow_id = 'payment'
    ON CONFLICT DO NOTHING
""")
_LOCK = text(f"""
    INSERT INTO stock_hold ({", ".join(_HOLDS)})
    SELECT * FROM {unnested([stock_hold.c[name] for name in _HOLDS])} ON CONFLICT DO NOTHING RETURNING sku, quantity
""")  # noqa: S608 - names of our own columns
_LET_GO = text("""
    UPDATE stock_hold SET state = :state, at = :now
     WHERE order_id = ANY(CAST(:ids AS text[])) AND state = 'locked' RETURNING sku, quantity
""")
# Sorted, as everybody does who counts stock: no two ever wait for each other.
_SKUS = text('SELECT FROM sku WHERE sku = ANY(CAST(:skus AS text[])) ORDER BY sku COLLATE "C" FOR UPDATE')
_COUNT = text("""
    UPDATE sku SET available = sku.available + moved.available, locked = sku.locked + moved.locked, at = :now
      FROM unnest(CAST(:skus AS text[]), CAST(:available AS int[]), CAST(:locked AS int[]))
           AS moved(key, available, locked)
     WHERE sku.sku = moved.key
""")
_INBOUND_COMES = text("UPDATE sku SET available = available + :pieces, at = :now WHERE available < :low")


def stock_up(connection: Connection, now: datetime) -> None:
    """Fill the shelves, and write down what the orders of the last days hold and paid; once in a store's life."""
    if connection.execute(_STOCKED).scalar_one():
        return
    named = [{"sku": a.sku, "name": {"zh": a.zh, "en": a.en}, "available": a.stock, "at": now} for a in articles()]
    connection.execute(insert(sku), named)
    known = [
        {"outlet": o.outlet, "carrier": o.carrier, "region": o.region, "name": {"zh": o.zh, "en": o.en}, "at": now}
        for o in outlets()
    ]
    connection.execute(insert(outlet), known)
    sold = connection.execute(_SOLD, {"since": now - SINCE}).all()
    holds = list[tuple[str, str, int, str, datetime]]()
    for row in sold:
        released = row.cancelled_at is not None and not stock_forgotten(row.order_id)
        state = "shipped" if row.dispatched_at else "released" if released else "locked"
        at = row.dispatched_at or (row.cancelled_at if released else None) or row.paid_at
        holds += [(row.order_id, key, pieces, state, at) for key, pieces in lines_of(row.order_id).items()]
    copy_in(connection, stock_hold, _HOLDS, holds)
    connection.execute(_SUM_UP)
    connection.execute(_PAID, {"ids": [row.order_id for row in sold]})
    back = [(row.order_id, row.cancelled_at) for row in sold if row.cancelled_at and not row.dispatched_at]
    connection.execute(_REFUNDED, {"ids": [key for key, _ in back], "at": [at for _, at in back]})


def follow(connection: Connection, events: Sequence[Event], now: datetime) -> None:
    """Let stock and money follow events that were recorded in this transaction; hearing one twice changes nothing.

    A hold that a person released stays released.
    """
    paid = [event.order_id for event in events if event.kind is Kind.LEFT and event.node == "pay"]
    shipped = [event.order_id for event in events if event.kind is Kind.LEFT and event.node == "dispatch"]
    ended = {event.order_id: event.at for event in events if event.kind is Kind.CANCELLED}
    refunded = ended | {event.order_id: event.at for event in events if event.status == "refunded"}
    settled = {event.order_id for event in events if event.status == "refund_settled"}
    released = [key for key in ended if key in settled or not stock_forgotten(key)]
    available, locked = Counter[str](), Counter[str]()
    if paid:
        rows = [(key, article, pieces, "locked", now) for key in paid for article, pieces in lines_of(key).items()]
        for article, pieces in connection.execute(_LOCK, arrays(_HOLDS, rows)):
            available[article] -= pieces
            locked[article] += pieces
        connection.execute(_PAID, {"ids": paid})
    if refunded:
        connection.execute(_REFUNDED, {"ids": list(refunded), "at": list(refunded.values())})
    for article, pieces in _let_go(connection, shipped, "shipped", now):
        locked[article] -= pieces
    for article, pieces in _let_go(connection, released, "released", now):
        locked[article] -= pieces
        available[article] += pieces
    _count(connection, available, locked, now)


def _let_go(connection: Connection, order_ids: list[str], state: str, now: datetime) -> Iterable[tuple[str, int]]:
    if not order_ids:
        return ()
    gone = connection.execute(_LET_GO, {"ids": order_ids, "state": state, "now": now})
    return [(row.sku, row.quantity) for row in gone]


def _count(connection: Connection, available: Counter[str], locked: Counter[str], now: datetime) -> None:
    touched = sorted({*available, *locked})
    if not touched:
        return
    connection.execute(_SKUS, {"skus": touched})
    moved = {"available": [available[key] for key in touched], "locked": [locked[key] for key in touched]}
    connection.execute(_COUNT, {"skus": touched, **moved, "now": now})
    connection.execute(_INBOUND_COMES, {"pieces": _INBOUND, "low": _LOW, "now": now})
