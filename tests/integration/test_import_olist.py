"""Olist from file to numbers, every order, against pandas; the shipped sample where the real files are not at hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from dashboard.slices import Slice
from datasource.feeds.importing import import_files
from datasource.order_details import order_detail
from datasource.snapshots import snapshot
from tests.integration.dumping import dump, fresh_store
from tests.integration.wide_reference import agrees, reference

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
STAMPS = {
    "purchase": "order_purchase_timestamp",
    "approve": "order_approved_at",
    "carrier": "order_delivered_carrier_date",
    "deliver": "order_delivered_customer_date",
}
ALLOWANCES = dict(zip(STAMPS, (timedelta(seconds=15), *map(timedelta, (1, 3, 21))), strict=True))
INSTANTS = [
    "2017-08-15 12:00:00-03:00",
    "2018-02-17 23:59:30-02:00",
    "2018-03-01 09:30:17-03:00",
    "2018-08-20 00:00:00-03:00",
    "2018-12-31 00:00:00+00:00",
]


@pytest.fixture(scope="module")
def folder(samples):
    """The real files, or the sample."""
    real = samples and samples / "olist"
    return real if real and real.is_dir() else EXAMPLES / "olist-sample"


@pytest.fixture(scope="module")
def orders(folder):
    """The file as it stands."""
    return pd.read_csv(folder / "orders.csv", dtype=str)


@pytest.fixture(scope="module")
def expected(orders):
    """The visits that pandas makes of it. A time that clocks show twice is the first: summer time."""
    zone = "America/Sao_Paulo"
    summer = [True] * len(orders)
    stamps = pd.DataFrame(
        {
            node: pd.to_datetime(orders[column]).dt.tz_localize(zone, ambiguous=summer).dt.tz_convert("UTC")
            for node, column in STAMPS.items()
        }
    )
    status = orders.order_status
    return reference(stamps, ALLOWANCES, status.isin(["canceled", "unavailable"]), status == "delivered")


@pytest.fixture(scope="module")
def store(server_url, template):
    """One database for all tests here: the import is done once, and they only read."""
    with fresh_store(server_url, template) as store:
        yield store


@pytest.fixture(scope="module")
def report(store, folder):
    """The import of the folder."""
    steps = []
    found = import_files(store, FixedClock(NOW), EXAMPLES / "olist.toml", [folder], steps.append)
    assert [step.fraction for step in steps if step.phase == "reading"][-1] == 1.0
    return found


def test_every_order_is_there_and_what_contradicts_itself_is_marked(report, store, orders, expected, samples):
    """Nothing is rejected.

    Of the real file: 12,751 orders; 150 scans before approval and 3 deliveries before the scan are out of order, 8
    deliveries have no date.
    """
    marks = expected.visits.mark.value_counts().to_dict()
    assert (report.orders, report.visits, report.rejected) == (len(orders), len(expected.visits), 0)
    assert report.marked == marks
    if samples:
        assert report.orders == 12_751
        assert (marks["out_of_order"], marks["missing_time"]) == (150 + 3, 8)
    per_node = text("SELECT node, exception, count(*) FROM node_visit WHERE NOT measured GROUP BY 1, 2")
    with store.begin() as connection:
        found = {(node, mark): number for node, mark, number in connection.execute(per_node)}
    grouped = expected.visits[~expected.visits.measured].groupby(["node", "mark"]).size()
    assert found == {key: int(number) for key, number in grouped.items()}


@pytest.mark.parametrize("window", [timedelta(hours=24), timedelta(days=7)])
def test_numbers_at_past_instants_are_those_of_pandas(report, store, expected, window):
    """Counts, mean dwell, overdue and settled timeout rate of every node, at several instants."""
    with store.begin() as connection:
        for instant in INSTANTS:
            at = pd.Timestamp(instant).tz_convert("UTC")
            shown = snapshot(connection, store.lifeline(), window=window, at=at.to_pydatetime(), now=NOW)
            for node in shown.nodes:
                wanted = expected.at(node.key, at, window)
                assert agrees(node, wanted), (instant, node, wanted)


def test_the_rollups_hold_the_same_visits(report, store, expected):
    """Summed over all hours: entered, left, due and missed per node; and the visits that are still open."""
    sums = text(
        "SELECT node, sum(entered), sum(rollup_hour.left), sum(due), sum(missed) FROM rollup_hour"
        " WHERE slice = 'all' GROUP BY node"
    )
    visits = expected.visits
    with store.begin() as connection:
        found = {node: tuple(map(int, numbers)) for node, *numbers in connection.execute(sums)}
        now = snapshot(connection, store.lifeline(), window=timedelta(hours=1), now=NOW)
        assert connection.execute(text("SELECT count(*) FROM visit_change")).scalar_one() == 0
    for node in STAMPS:
        v = visits[visits.node == node]
        measured = v[v.measured]
        missed = ~(measured.left <= measured.due)
        left = int(((v.exit == "next") & v.left.notna()).sum())
        assert found[node] == (len(v), left, len(measured), int(missed.sum())), node
    open_visits = {node: int((visits[visits.node == node].exit.isna()).sum()) for node in STAMPS}
    assert {node.key: node.in_progress for node in now.nodes} == open_visits
    assert {node.key: node.overdue for node in now.nodes} == open_visits


def test_amounts_and_dimensions_come_from_the_side_files(report, store, folder, orders):
    """The amount of an order is the sum of its payments, its region the state of its customer."""
    payments = pd.read_csv(folder / "order_payments.csv", dtype={"payment_value": str})
    sums = payments.assign(value=payments.payment_value.map(Decimal)).groupby("order_id").value.sum().to_dict()
    customers = pd.read_csv(folder / "customers.csv", dtype=str).set_index("customer_id").customer_state
    states = orders.set_index("order_id").customer_id.map(customers).to_dict()
    first = payments.groupby("order_id").payment_type.first().to_dict()
    with store.begin() as connection:
        rows = connection.execute(text("SELECT order_id, amount, currency, dimensions FROM orders")).all()
    assert {row.order_id: row.amount for row in rows} == sums
    assert {row.order_id: row.dimensions["region"] for row in rows} == states
    assert {row.order_id: row.dimensions["payment"] for row in rows} == first
    assert {row.currency for row in rows} == {"BRL"}


def test_a_slice_has_its_own_numbers(report, store, orders, expected, folder):
    """The orders of one state, at an instant of the past."""
    customers = pd.read_csv(folder / "customers.csv", dtype=str).set_index("customer_id").customer_state
    at = pd.Timestamp("2018-03-01 12:00", tz="UTC")
    with store.begin() as connection:
        asked = {"slice": Slice.parse("region=SP"), "window": timedelta(days=7), "at": at.to_pydatetime(), "now": NOW}
        shown = snapshot(connection, store.lifeline(), **asked)
        ids = connection.execute(
            text(
                "SELECT v.node, count(*) FROM node_visit v JOIN orders USING (order_id)"
                " WHERE dimensions->>'region' = 'SP'"
                " AND entered_at <= :at AND (left_at > :at OR exit IS NULL) AND measured GROUP BY 1"
            ),
            {"at": at.to_pydatetime()},
        )
        open_visits = dict(ids.all())
    assert (orders.customer_id.map(customers) == "SP").any()
    assert {node.key: node.in_progress for node in shown.nodes} == {key: open_visits.get(key, 0) for key in STAMPS}


def test_the_same_file_twice_changes_nothing(report, store, folder):
    """Not one row of any table, and the same report."""
    before = dump(store)
    again = import_files(store, FixedClock(NOW), EXAMPLES / "olist.toml", [folder / "orders.csv"], lambda _: None)
    assert again == report
    assert dump(store) == before


def test_orders_open(report, store, orders, expected):
    """With the system's own word on it: every contradictory one, and every twentieth of the others."""
    marked = set(orders.order_id[expected.visits[~expected.visits.measured].order])
    contradictory = expected.visits[expected.visits.mark.isin(["out_of_order", "missing_time"])].order
    asked = orders[orders.index.isin(contradictory) | (orders.index % 20 == 0)]
    with store.begin() as connection:
        lifeline = store.lifeline()
        for order_id, status in zip(asked.order_id, asked.order_status, strict=True):
            detail = order_detail(connection, lifeline, order_id)
            assert detail is not None
            assert detail.state.visits
            assert [said.status for said in detail.state.statuses] == [status]
            assert any(visit.exception for visit in detail.state.visits) == (order_id in marked)
