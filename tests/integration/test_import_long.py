"""An event log from file to visits: the shipped example, and its rows in any order and cut."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from datasource.feeds.importing import import_files
from datasource.order_details import order_detail
from tests.integration.dumping import dump

EXAMPLES = Path(__file__).parents[2] / "examples"
MAPPING = EXAMPLES / "long-events.toml"
CLOCK = FixedClock(datetime(2026, 3, 3, 4, tzinfo=UTC))
NODES = {"下单": "place", "支付成功": "pay", "财务审核": "review", "质检": "quality", "配货": "allocate"}


def rows():
    """The example's rows."""
    with (EXAMPLES / "long-events.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def load(store, path):
    """Import a file by the example's mapping."""
    return import_files(store, CLOCK, MAPPING, [path], lambda _: None)


def visits(store):
    """All visits as (order, node, entered, left, exit, exception)."""
    query = text("SELECT order_id, node, entered_at, left_at, exit, exception FROM node_visit")
    with store.begin() as connection:
        return {tuple(row) for row in connection.execute(query)}


def expected():
    """The visits that the rows tell of, worked out from the sorted stamps of each order."""
    found = set()
    for order_id in {row["订单号"] for row in rows()}:
        own = sorted((row for row in rows() if row["订单号"] == order_id), key=lambda row: row["时间"])
        cancelled = next((row["时间"] for row in own if row["环节"] == "取消"), None)
        trouble = any(row["环节"] == "打印机离线" for row in own)
        arrived = datetime.fromisoformat(own[0]["下单时间"])
        done = [row for row in own if row["环节"] in NODES]
        for row in done:
            left = datetime.fromisoformat(row["时间"])
            found.add((order_id, NODES[row["环节"]], arrived, left, "next", None))
            arrived = left
        at = ["pay", "review", "quality", "allocate", "pick"][len(done) - 1]
        left = datetime.fromisoformat(cancelled) if cancelled else None
        exception = "label_printer_offline" if trouble and at == "pick" else "customer_cancelled" if cancelled else None
        found.add((order_id, at, arrived, left, "cancelled" if cancelled else None, exception))
    return found


def test_the_example_becomes_its_visits(store):
    """Every order of the log, each visit with its stamps; facts, operators and dimensions too."""
    report = load(store, EXAMPLES / "long-events.csv")
    assert (report.orders, report.rejected, report.marked) == (30, 0, {})
    assert report.visits == len(expected())
    assert visits(store) == expected()
    first = rows()[0]
    with store.begin() as connection:
        detail = order_detail(connection, store.lifeline(), first["订单号"])
    assert detail.state.facts.amount == Decimal(first["金额"])
    assert detail.state.facts.dimensions == {"channel": first["渠道"]}
    assert detail.state.facts.created_at == datetime.fromisoformat(first["下单时间"])


def test_the_same_log_twice_changes_nothing(store):
    """Not one row of any table."""
    report, before = load(store, EXAMPLES / "long-events.csv"), dump(store)
    assert load(store, EXAMPLES / "long-events.csv") == report
    assert dump(store) == before


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_log_may_come_in_pieces_and_backwards(store, tmp_path, encoding):
    """The last rows first, in another encoding: the same visits."""
    for name, part in (("a", rows()[60:]), ("b", rows()[:60])):
        path = tmp_path / f"{name}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, rows()[0].keys())
            writer.writeheader()
            writer.writerows(reversed(part))
        load(store, path)
    assert visits(store) == expected()


def test_a_row_with_another_time_is_a_correction(store, tmp_path):
    """The event's id stays, the order's visit moves; both words are kept."""
    load(store, EXAMPLES / "long-events.csv")
    row = next(row for row in rows() if row["环节"] == "支付成功")
    path = tmp_path / "later.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row.keys())
        writer.writeheader()
        writer.writerow({**row, "时间": "2026-03-02T21:00:00+08:00"})
    load(store, path)
    with store.begin() as connection:
        detail = order_detail(connection, store.lifeline(), row["订单号"])
    paid = [visit.left_at for visit in detail.state.visits if visit.node == "pay"]
    assert paid == [datetime(2026, 3, 2, 13, tzinfo=UTC)]
    assert len([event for event in detail.events if event.node == "pay"]) == 2
