"""A store of an earlier version: what waits in it is not lost on the way to this one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from datasource.lifelines import shipped
from datasource.store import Store
from datasource.watermarks import watermarks
from tests.builders import NOON, minutes
from tests.conftest import copy_of
from tests.contract.order_histories import fold_all, rollups_and_recount

_ORDERS = text("""
INSERT INTO orders (order_id, created_at, amount, dimensions, version, recorded_at) VALUES
  ('A', :noon, 20, '{"channel": "douyin"}', 1, :noon),
  ('B', :noon, NULL, '{}', 1, :noon)
""")
_VISITS = text("""
INSERT INTO node_visit (order_id, node, number, entered_at, left_at, due_at, exit, dwell_seconds, measured) VALUES
  ('A', 'place', 1, :noon, :one, :one, 'next', 60, true),
  ('A', 'pay', 1, :one, NULL, :nine, NULL, NULL, true),
  ('B', 'place', 1, :noon, NULL, :one, 'next', NULL, false)
""")
_WAITING = text("""
INSERT INTO visit_change (order_id, sign, node, slices, entered_at, left_at, due_at, exit, dwell_us, measured, amount,
                          source, at) VALUES
  ('A', 1, 'place', '{all,channel=douyin}', :noon, NULL, :one, NULL, NULL, true, 20, 'channel', :noon),
  ('A', -1, 'place', '{all,channel=douyin}', :noon, NULL, :one, NULL, NULL, true, 20, NULL, NULL),
  ('A', 1, 'place', '{all,channel=douyin}', :noon, :one, :one, 'next', 60000000, true, 20, NULL, NULL),
  ('A', 1, 'pay', '{all,channel=douyin}', :one, NULL, :nine, NULL, NULL, true, 20, NULL, NULL),
  ('B', 1, 'place', '{all}', :noon, NULL, :one, 'next', NULL, false, 0, NULL, NULL),
  ('B', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'erp', :one)
""")


@pytest.fixture
def earlier(server_url: str) -> Iterator[Store]:
    """A store as version 0005 left it."""
    with copy_of(server_url, "template0") as url:
        store = Store.open(url)
        config = Config()
        config.set_main_option("script_location", "datasource/migrations")
        with store.own() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0005")
        yield store
        store.close()


def test_changes_that_wait_for_the_fold_are_still_summed(earlier: Store) -> None:
    """Six old rows of two orders, one of them taken back: after the upgrade the rollups are what the visits say."""
    told = {"noon": NOON, "one": minutes(1), "nine": minutes(9)}
    with earlier.own() as connection:
        for statement in (_ORDERS, _VISITS, _WAITING):
            connection.execute(statement, told)
    earlier.migrate()
    lifeline = shipped("distributor")
    assert fold_all(earlier, lifeline, minutes(5)) == 6
    folded, counted = rollups_and_recount(earlier, lifeline)
    assert folded == counted
    place = folded.hour["place", "all", NOON]
    sums = {name: number for name, number in place.items() if not name.startswith("cell")}
    assert sums == {"entered": 2, "left": 1, "due": 1, "measured": 1, "dwell_us": 60_000_000}
    with earlier.begin() as connection:
        assert watermarks(connection) == {"channel": NOON, "erp": minutes(1)}


def test_a_fold_of_the_earlier_version_is_waited_for(earlier: Store) -> None:
    """It has taken the queue away and not committed yet when the upgrade begins: nothing is put back to count twice."""
    told = {"noon": NOON, "one": minutes(1), "nine": minutes(9)}
    with earlier.own() as connection:
        for statement in (_ORDERS, _VISITS, _WAITING):
            connection.execute(statement, told)
    with ThreadPoolExecutor(1) as beside:
        with earlier.own() as folding:
            folding.execute(text("DELETE FROM visit_change"))
            upgrade = beside.submit(earlier.migrate)
            assert not wait([upgrade], 1).done
        upgrade.result(30)
    with earlier.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM visit_change")).scalar_one() == 0
