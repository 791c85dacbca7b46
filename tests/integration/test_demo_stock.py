"""The stock and the money of the demo's orders: conserved, and with orders whose refund left the stock locked."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from dashboard.clock import FixedClock
from datasource.demo.goods import articles, lines_of, stock_forgotten
from datasource.store import Store
from tests.integration.test_demo import OPENED, fill, running, small, told_until, wait_for

_LOCKED = "SELECT sku, sum(quantity) AS pieces FROM stock_hold WHERE state = 'locked' GROUP BY sku"
_COUNTED = "SELECT sku, locked FROM sku WHERE locked <> 0"
_DANGEROUS = """
SELECT DISTINCT stock_hold.order_id FROM stock_hold JOIN fund_flow USING (order_id)
 WHERE state = 'locked' AND fee_type = 'refund'
"""
_STATES = """
SELECT stock_hold.order_id, stock_hold.state, orders.cancelled_at IS NOT NULL AS cancelled,
       EXISTS (SELECT FROM node_visit AS visit
                WHERE visit.order_id = orders.order_id AND node = 'dispatch' AND exit = 'next') AS sent
  FROM stock_hold JOIN orders USING (order_id)
"""
_BALANCE = "SELECT order_id, sum(amount) AS left_over FROM fund_flow GROUP BY order_id"


def pairs(store: Store, query: str) -> dict[str, object]:
    """The two columns of a query as a mapping."""
    with store.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query))}


def check(store: Store) -> None:
    """What holds at every instant."""
    assert pairs(store, _LOCKED) == pairs(store, _COUNTED)
    with store.begin() as connection:
        for row in connection.execute(text(_STATES)):
            expected = "released" if row.cancelled and not stock_forgotten(row.order_id) else "locked"
            assert row.state == ("shipped" if row.sent else expected)
        cancelled = set(
            connection.execute(text("SELECT order_id FROM orders WHERE cancelled_at IS NOT NULL")).scalars()
        )
    balance = pairs(store, _BALANCE)
    assert balance
    assert all((amount == 0) == (order_id in cancelled) for order_id, amount in balance.items())


def test_every_paid_order_of_late_holds_stock_and_paid(store: Store) -> None:
    """After the back-fill, and as the shop lives on; what an order holds follows from its id."""
    clock = FixedClock(OPENED)
    with running(store, clock) as progress:
        wait_for(lambda: progress.done)
        check(store)
        for hours in (1, 5, 9):
            clock.instant = OPENED + timedelta(hours=hours)
            wait_for(lambda: told_until(store) == clock.instant)
            check(store)
    with store.begin() as connection:
        held = connection.execute(text("SELECT order_id, sku, quantity FROM stock_hold")).all()
        paid = connection.execute(text("SELECT count(*) FROM node_visit WHERE node = 'pay' AND exit = 'next'")).scalar()
    assert len({row.order_id for row in held}) == paid
    assert all(lines_of(row.order_id)[row.sku] == row.quantity for row in held)
    assert len(pairs(store, "SELECT sku, available FROM sku")) == len(articles())
    assert set(pairs(store, "SELECT carrier, outlet FROM outlet")) == {"zto", "yunda", "sf", "yto", "sto", "jdl"}


def test_some_refunds_left_the_stock_locked(store: Store) -> None:
    """Paid back, and still locked: there is something to release; the shop itself never does."""
    busy = replace(small(), orders_per_day=1500)
    fill(store, parameters=busy)
    before = set(pairs(store, f"SELECT order_id, 1 FROM ({_DANGEROUS}) AS found"))
    assert before
    fill(store, OPENED + timedelta(hours=6), parameters=busy)
    assert before <= set(pairs(store, f"SELECT order_id, 1 FROM ({_DANGEROUS}) AS found"))


def test_released_by_a_person_stays_released(store: Store) -> None:
    """What the shop tells later does not take the pieces out again."""
    fill(store)
    with store.begin() as connection:
        connection.execute(text("UPDATE stock_hold SET state = 'released' WHERE state = 'locked'"))
        connection.execute(text("UPDATE sku SET available = available + locked, locked = 0"))
    fill(store, OPENED + timedelta(hours=1))
    assert pairs(store, _LOCKED) == pairs(store, _COUNTED)
