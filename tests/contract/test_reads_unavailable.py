"""Whatever is read: a database that does not answer is a StoreUnavailable, never the driver's own error."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboard.slices import Slice
from dashboard.windows import HOUR
from datasource.baselines import baseline_due, renew_baselines, usual_at
from datasource.errors import StoreUnavailable
from datasource.node_orders import export_rows, node_orders
from datasource.order_details import order_detail
from datasource.search import find_orders
from datasource.series import dwell_distribution, in_progress_sparks, node_flow, slice_values
from datasource.snapshots import snapshot
from datasource.status_log import current_status, log_transitions
from tests.builders import NOON
from tests.contract.told_store import TABLES

ALL, BOTH = Slice(), Slice.parse("channel=jd,warehouse=HZ1")
EVERY_READ = {
    "snapshot live": lambda c, it: snapshot(c, it, now=NOON),
    "snapshot past": lambda c, it: snapshot(c, it, at=NOON, now=NOON),
    "snapshot combined": lambda c, it: snapshot(c, it, slice=BOTH, now=NOON),
    "node_orders": lambda c, it: node_orders(c, it, "pick", state="left", at=NOON),
    "export_rows": lambda c, it: list(export_rows(c, it, "pick", state="overdue", at=NOON)),
    "order_detail": lambda c, it: order_detail(c, it, "A"),
    "find_orders": lambda c, _: find_orders(c, "A"),
    "node_flow": lambda c, it: node_flow(c, it.node("pick"), ALL, NOON - HOUR, NOON, timedelta(minutes=5)),
    "sparks": lambda c, it: in_progress_sparks(c, it, ALL, NOON),
    "dwell live": lambda c, it: dwell_distribution(c, it, it.node("pick"), ALL, HOUR, now=NOON),
    "dwell past": lambda c, it: dwell_distribution(c, it, it.node("pick"), ALL, HOUR, at=NOON, now=NOON),
    "slice_values": lambda c, _: slice_values(c),
    "current_status": lambda c, _: current_status(c),
    "baseline_due": lambda c, _: baseline_due(c, NOON),
    "renew_baselines": lambda c, it: renew_baselines(c, it, NOON),
    "usual_at": lambda c, it: usual_at(c, it, it.nodes, ALL, NOON, past=True),
}


def impatiently(store, ask):
    """Ask in a transaction that waits for no lock."""
    with store.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
        ask(connection)


def cut_off(store, ask):
    """Ask in a transaction whose connection the server has ended."""
    with store.begin() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with store.own() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
        ask(connection)


@pytest.mark.parametrize("read", EVERY_READ.values(), ids=EVERY_READ)
def test_a_locked_store_is_unavailable(store, lifeline, read):
    """Somebody holds every table; the read gives up after its time and says so."""
    with store.engine.connect() as holder:
        holder.execute(text(f"LOCK TABLE {', '.join(TABLES)}, fold_state IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StoreUnavailable):
            impatiently(store, lambda connection: read(connection, lifeline))
        holder.rollback()


@pytest.mark.parametrize("read", EVERY_READ.values(), ids=EVERY_READ)
def test_a_store_that_breaks_off_is_unavailable(store, lifeline, read):
    """The server ends the connection under the read."""
    with pytest.raises(StoreUnavailable):
        cut_off(store, lambda connection: read(connection, lifeline))


def test_a_log_that_cannot_be_written_is_unavailable(store, lifeline):
    """Writing the status log is no different."""
    with store.begin() as connection:
        taken = snapshot(connection, lifeline, now=NOON)
    with store.engine.connect() as holder:
        holder.execute(text("LOCK TABLE status_change IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StoreUnavailable):
            impatiently(store, lambda connection: log_transitions(connection, taken))
        holder.rollback()
