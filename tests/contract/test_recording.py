"""The write path: what is written, what is not, and what two writers do to each other."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from dashboard.events import OWN, Event
from dashboard.lifeline import Lifeline, read_lifeline
from datasource.fold import fold
from datasource.recording import Recorded, record
from datasource.source_history import events_between
from datasource.store import Store
from datasource.watermarks import watermarks
from tests.builders import NOON, cancelled, facts, hours, left, minutes, status, trouble, void
from tests.contract.order_histories import contents, fold_all, rollups_and_recount


@pytest.fixture
def tell(store: Store, lifeline: Lifeline):
    """Record events in a transaction of their own, at noon."""

    def told(*events: Event, by: Lifeline = lifeline, now=NOON) -> Recorded:
        with store.begin() as connection:
            return record(connection, events, by, now)

    return told


def rows(store: Store, query: str) -> list[tuple]:
    """The rows that a query answers."""
    with store.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_nothing_told_nothing_done(store: Store, tell) -> None:
    """No events: nothing is recorded."""
    assert tell() == Recorded(0, 0, 0, 0)


def test_an_order_appears_with_its_facts_and_visits(store: Store, tell) -> None:
    """Created at noon, placed a minute later: two visits, the second open with 30 minutes to pay."""
    told = facts(
        "A", NOON, created_at=NOON, amount="12.345", outer="X-1", currency="CNY", channel="douyin", warehouse="HZ1"
    )
    assert tell(told, left("place", minutes(1), operator="Li", source="channel", document="D1")) == Recorded(2, 0, 1, 2)
    assert rows(store, "SELECT * FROM orders") == [
        ("A", "X-1", NOON, None, Decimal("12.35"), "CNY", {"channel": "douyin", "warehouse": "HZ1"}, 1, NOON)
    ]
    visits = rows(
        store,
        "SELECT node, number, entered_at, left_at, due_at, exit, dwell_seconds FROM node_visit ORDER BY entered_at",
    )
    assert visits == [
        ("place", 1, NOON, minutes(1), NOON + timedelta(seconds=15), "next", 60.0),
        ("pay", 1, minutes(1), None, minutes(31), None, None),
    ]
    assert rows(store, "SELECT operator, source, document FROM node_visit WHERE node = 'place'") == [
        ("Li", "channel", "D1")
    ]


def test_known_events_change_nothing(store: Store, tell) -> None:
    """The same events again, and twice in one call: the store is as it was, versions and changes included."""
    events = [facts("A", created_at=NOON), left("place", minutes(1)), status("paid", minutes(2))]
    tell(*events)
    before = (
        contents(store),
        rows(store, "SELECT version FROM orders"),
        rows(store, "SELECT count(*) FROM visit_change"),
    )
    assert tell(*events, *events) == Recorded(0, 6, 0, 0)
    after = contents(store), rows(store, "SELECT version FROM orders"), rows(store, "SELECT count(*) FROM visit_change")
    assert after == before
    assert tell(left("pay", minutes(3)), left("pay", minutes(3))) == Recorded(1, 1, 1, 2)
    assert rows(store, "SELECT version FROM orders") == [(2,)]


def test_only_differences_are_written(store: Store, tell) -> None:
    """Paying closes one visit and opens another: two rows written, one visit to take back and two to add."""
    tell(facts("A", created_at=NOON), left("place", minutes(1)))
    with store.begin() as connection:
        connection.execute(text("TRUNCATE visit_change"))
    assert tell(left("pay", minutes(9), source="payment")).visits == 2
    found = rows(
        store,
        "SELECT sign, nodes, left_at, exits, sources, heard_at FROM visit_change ORDER BY change_id",
    )
    assert found == [
        (-1, ["pay"], [None], [None], ["payment"], [minutes(9)]),
        (1, ["pay", "review"], [minutes(9), None], ["next", None], None, None),
    ]


def test_a_word_that_moves_nothing_is_still_heard_of(store: Store, tell) -> None:
    """A status, or a note of an exception, moves no number: one change of sign 0 tells of it, source and all."""
    tell(facts("A", created_at=NOON), left("place", minutes(1)))
    with store.begin() as connection:
        connection.execute(text("TRUNCATE visit_change"))
    tell(status("paid", minutes(2), source="erp"))
    tell(trouble("payment_callback_missed", "pay", minutes(3), source="payment"))
    found = rows(store, "SELECT sign, nodes, sources, heard_at FROM visit_change ORDER BY change_id")
    assert found == [(0, None, ["erp"], [minutes(2)]), (0, None, ["payment"], [minutes(3)])]
    assert rows(store, "SELECT exception FROM node_visit WHERE node = 'pay'") == [("payment_callback_missed",)]
    assert rows(store, "SELECT system, status FROM system_status") == [("erp", "paid")]


def test_each_source_is_told_of_once(store: Store, tell) -> None:
    """Three sources of one order, two of them without a visit of their own: each has its newest instant in a change."""
    tell(
        facts("A", created_at=NOON),
        left("place", minutes(1), source="channel"),
        status("paid", minutes(2), source="erp"),
        status("awaiting_payment", minutes(1), source="erp"),
        status("paid", minutes(3), source="payment"),
    )
    found = rows(
        store,
        "SELECT source, at FROM visit_change, unnest(sources, heard_at) AS heard(source, at) ORDER BY at, source",
    )
    assert found == [("", NOON), ("channel", minutes(1)), ("erp", minutes(2)), ("payment", minutes(3))]


def test_a_withdrawn_stamp_takes_its_visits_away(store: Store, tell) -> None:
    """Placed and paid; the payment is withdrawn: the visit after it goes, the one before is open again."""
    payment = left("pay", minutes(5))
    tell(facts("A", created_at=NOON), left("place", minutes(1)), payment)
    assert [node for (node,) in rows(store, "SELECT node FROM node_visit ORDER BY entered_at")] == [
        "place",
        "pay",
        "review",
    ]
    tell(void(payment.event_id, minutes(6)))
    assert rows(store, "SELECT node, exit FROM node_visit ORDER BY entered_at") == [("place", "next"), ("pay", None)]


def test_a_withdrawn_word_is_unsaid(store: Store, tell) -> None:
    """Of two systems' words one is withdrawn: only the other's is left."""
    said = status("paid", minutes(2), source="erp")
    tell(said, status("paid", minutes(2), source="wms"))
    tell(void(said.event_id, minutes(3)))
    assert rows(store, "SELECT system FROM system_status") == [("wms",)]


def test_cancelling_sets_the_orders_own_stamp(store: Store, tell) -> None:
    """A cancelled order has cancelled_at, and its open visit ends there."""
    tell(facts("A", created_at=NOON), left("place", minutes(1)))
    tell(cancelled(minutes(8)))
    assert rows(store, "SELECT cancelled_at FROM orders") == [(minutes(8),)]
    assert rows(store, "SELECT exit, left_at FROM node_visit WHERE node = 'pay'") == [("cancelled", minutes(8))]


@pytest.mark.parametrize("odd", ["a\tb", "a\nb\r", "back\\slash", "\\N", "", "\x02", '{"a",b}', "quo'te \"", "单号 №1"])
def test_any_text_comes_back_as_it_was_told(store: Store, lifeline: Lifeline, tell, odd: str) -> None:
    """Tabs, line ends, backslashes, quotes and the empty text survive the bulk path and the single path alike."""
    for order in ("A", f"order {odd}"):
        tell(
            facts(order, created_at=NOON, outer=f"x{odd}", channel=f"c{odd}"),
            left("place", minutes(1), order, operator=odd, document=odd, source=odd),
        )
        tell(left("pay", minutes(2), order, operator=odd, document=odd))
    assert set(rows(store, "SELECT order_id FROM orders")) == {("A",), (f"order {odd}",)}
    found = set(rows(store, "SELECT operator, document FROM node_visit WHERE exit IS NOT NULL"))
    assert found == {(odd, odd)}
    assert set(rows(store, "SELECT dimensions ->> 'channel', outer_order_id FROM orders")) == {(f"c{odd}", f"x{odd}")}
    fold_all(store, lifeline)
    folded, counted = rollups_and_recount(store, lifeline)
    assert folded == counted


def test_a_changed_allowance_does_not_corrupt_history(store: Store, lifeline: Lifeline, tell) -> None:
    """Recorded under 30 minutes to pay, then under 3 hours: the old due time is taken back, the sums stay right."""
    tell(facts("A", created_at=NOON), left("place", minutes(1)))
    fold_all(store, lifeline)
    table = dict(lifeline.table)
    table["nodes"] = [{**node, "allowance": "3 h"} if node["key"] == "pay" else node for node in table["nodes"]]
    slower = read_lifeline(table)
    tell(status("paid", minutes(2)), by=slower)
    assert rows(store, "SELECT due_at FROM node_visit WHERE node = 'pay'") == [(minutes(181),)]
    fold_all(store, slower)
    folded, counted = rollups_and_recount(store, slower)
    assert folded == counted
    assert rows(store, "SELECT start FROM rollup_open_due WHERE node = 'pay' AND slice = 'all'") == [(minutes(181),)]


def test_a_failed_call_leaves_nothing(store: Store, lifeline: Lifeline) -> None:
    """An event that the database refuses undoes the whole call: the store is byte for byte what it was."""
    before = contents(store)
    with pytest.raises((DataError, ValueError)), store.begin() as connection:
        record(connection, [left("place"), left("place", order="B\0")], lifeline, NOON)
    assert contents(store) == before


def test_two_writers_of_one_new_order(store: Store, lifeline: Lifeline) -> None:
    """Both believe that the order is new; the second waits, finds it made, and adds its own event."""
    told = threading.Event()

    def second() -> None:
        with store.begin() as connection:
            told.set()
            record(connection, [left("pay", minutes(2)), left("place", minutes(1), "B")], lifeline, NOON)

    with store.begin() as connection:
        record(connection, [facts("A", created_at=NOON), left("place", minutes(1))], lifeline, NOON)
        thread = threading.Thread(target=second)
        thread.start()
        told.wait(5)
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert rows(store, "SELECT node, exit FROM node_visit WHERE order_id = 'A' ORDER BY entered_at") == [
        ("place", "next"),
        ("pay", "next"),
        ("review", None),
    ]
    assert rows(store, "SELECT order_id, version FROM orders ORDER BY 1") == [("A", 2), ("B", 1)]


def test_many_orders_at_once(store: Store, lifeline: Lifeline, tell) -> None:
    """Two thousand orders in one call, then half of them again with one more event each: all of it adds up."""
    first = [e for n in range(2000) for e in (facts(f"O{n}", created_at=NOON), left("place", minutes(1), f"O{n}"))]
    assert tell(*first) == Recorded(4000, 0, 2000, 4000)
    more = [left("pay", minutes(2), f"O{n}") for n in range(0, 2000, 2)]
    assert tell(*first, *more) == Recorded(1000, 4000, 1000, 2000)
    fold_all(store, lifeline, hours(1))
    found = rows(store, "SELECT node, sum(n) FROM rollup_open_entry WHERE slice = 'all' GROUP BY node ORDER BY node")
    assert found == [("pay", 1000), ("review", 1000)]


def test_what_people_do_is_no_source_that_anybody_waits_to_hear(store: Store, lifeline: Lifeline) -> None:
    """An event of our own moves the order and leaves no watermark: else its silence would make nodes grey."""
    with store.begin() as connection:
        record(
            connection,
            [left("place", minutes(1), source="channel"), left("pay", minutes(2), source=OWN)],
            lifeline,
            NOON,
        )
        fold(connection, NOON, lifeline)
        assert set(watermarks(connection)) == {"channel"}
        assert events_between(connection, NOON, minutes(9)) == {"channel": 1}
