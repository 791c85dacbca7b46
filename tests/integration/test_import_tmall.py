"""The Tmall order report from file to numbers, against pandas."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from datasource.feeds.importing import import_files
from datasource.order_details import order_detail
from datasource.snapshots import snapshot
from tests.integration.dumping import dump, fresh_store
from tests.integration.wide_reference import agrees, reference

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
INSTANTS = [
    "2020-02-05 00:00:00",
    "2020-02-14 10:17:43",
    "2020-02-21 12:00:00",
    "2020-02-29 23:59:59",
    "2020-03-05 08:00",
]


@pytest.fixture(scope="module")
def path(samples):
    """The real report in UTF-8, or the sample in GBK."""
    real = samples and samples / "cn" / "tmall_order_report.csv"
    return real if real and real.is_file() else EXAMPLES / "tmall-sample.csv"


@pytest.fixture(scope="module")
def table(path):
    """The file as it stands, under names without spaces."""
    encoding = "gbk" if path.name == "tmall-sample.csv" else "utf-8"
    return pd.read_csv(path, dtype=str, encoding=encoding).rename(columns=str.strip)


@pytest.fixture(scope="module")
def expected(table):
    """The visits that pandas makes of it."""
    stamps = pd.DataFrame(
        {
            node: pd.to_datetime(table[column]).dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
            for node, column in (("place", "订单创建时间"), ("pay", "订单付款时间"))
        }
    )
    never = pd.Series(False, index=table.index)
    return reference(stamps, {"place": timedelta(seconds=15), "pay": timedelta(minutes=30)}, never, never)


@pytest.fixture(scope="module")
def store(server_url, template):
    """One database for all tests here: the import is done once, and they only read."""
    with fresh_store(server_url, template) as store:
        yield store


@pytest.fixture(scope="module")
def report(store, path):
    """The import of the file."""
    return import_files(store, FixedClock(NOW), EXAMPLES / "tmall.toml", [path], lambda _: None)


def test_every_order_is_there(report, table, samples):
    """28,010 in the real file; none rejected, none marked, none cancelled: the report knows of no cancellation."""
    assert (report.orders, report.visits, report.rejected, report.marked) == (len(table), 2 * len(table), 0, {})
    assert not samples or report.orders == 28_010


@pytest.mark.parametrize("window", [timedelta(hours=1), timedelta(hours=24)])
def test_numbers_at_past_instants_are_those_of_pandas(report, store, expected, window):
    """Counts, mean dwell, overdue and settled timeout rate of both nodes, at several instants."""
    with store.begin() as connection:
        for instant in INSTANTS:
            at = pd.Timestamp(instant, tz="Asia/Shanghai").tz_convert("UTC")
            shown = snapshot(connection, store.lifeline(), window=window, at=at.to_pydatetime(), now=NOW)
            for node in shown.nodes:
                wanted = expected.at(node.key, at, window)
                assert agrees(node, wanted), (instant, node, wanted)


def test_amounts_provinces_and_refunds(report, store, table):
    """The total of the order, its province as written, and whether money went back."""
    with store.begin() as connection:
        rows = connection.execute(text("SELECT order_id, amount, dimensions FROM orders")).all()
        slices = set(connection.execute(text("SELECT slice FROM slice WHERE dimension = 'refund'")).scalars())
    by_id = table.set_index("订单编号")
    assert {row.order_id: row.amount for row in rows} == by_id["总金额"].map(Decimal).to_dict()
    assert {row.order_id: row.dimensions["region"] for row in rows} == by_id["收货地址"].to_dict()
    refunded = (by_id["退款金额"].astype(float) > 0).map({True: "yes", False: "no"}).to_dict()
    assert {row.order_id: row.dimensions["refund"] for row in rows} == refunded
    assert slices == {"refund=yes", "refund=no"}


def test_the_same_file_twice_changes_nothing(report, store, path):
    """Not one row of any table, and the same report."""
    before = dump(store)
    assert import_files(store, FixedClock(NOW), EXAMPLES / "tmall.toml", [path], lambda _: None) == report
    assert dump(store) == before


def test_orders_open(report, store, table):
    """Every hundredth, paid or not."""
    with store.begin() as connection:
        lifeline = store.lifeline()
        for order_id in table["订单编号"][::100]:
            detail = order_detail(connection, lifeline, order_id)
            assert detail is not None
            assert [visit.node for visit in detail.state.visits] == ["place", "pay"]
