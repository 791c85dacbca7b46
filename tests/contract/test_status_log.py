"""When nodes changed their colour."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from dashboard.slices import Slice
from dashboard.snapshot import Reason, Status
from datasource.snapshots import snapshot
from datasource.status_log import current_status, log_transitions
from tests.builders import NOON, minutes
from tests.contract.told_store import short_lifeline

TWO = short_lifeline(timedelta(minutes=30), timedelta(hours=2))


def shown(store, at, **colours):
    """The snapshot of an empty store with other colours."""
    with store.begin() as connection:
        taken = snapshot(connection, TWO, now=at)
    nodes = [
        replace(node, status=colours.get(node.key, node.status), reason=Reason("index", {"index": 2.5}))
        for node in taken.nodes
    ]
    return replace(taken, nodes=tuple(nodes))


def log(store, taken):
    """Log a snapshot; the keys of the nodes that changed."""
    with store.begin() as connection:
        return [node.key for node in log_transitions(connection, taken)]


def test_only_changes_are_logged(store):
    """Each node once at first, then only the one that turned red, with the rule and its figures."""
    assert log(store, shown(store, NOON)) == ["n1", "n2"]
    assert log(store, shown(store, minutes(1))) == []
    assert log(store, shown(store, minutes(2), n2=Status.RED)) == ["n2"]
    assert log(store, shown(store, minutes(3), n2=Status.RED)) == []
    with store.begin() as connection:
        assert current_status(connection) == {"n1": ("grey", NOON), "n2": ("red", minutes(2))}
        last = connection.execute(text("SELECT * FROM status_change ORDER BY at DESC LIMIT 1")).one()
    assert (last.previous, last.rule, last.figures) == ("grey", "index", {"index": 2.5})


def test_a_snapshot_says_since_when(store):
    """As logged while the status holds; from now on where it has just changed; nothing before anything is logged."""
    with store.begin() as connection:
        assert {node.since for node in snapshot(connection, TWO, now=NOON).nodes} == {None}
    log(store, shown(store, NOON, n2=Status.RED))
    with store.begin() as connection:
        first, second = snapshot(connection, TWO, now=minutes(5)).nodes
    assert (first.since, second.since) == (NOON, minutes(5))


def test_neither_a_slice_nor_what_is_older_is_logged(store):
    """The log is that of all orders, and only grows forward."""
    log(store, shown(store, minutes(2)))
    assert log(store, shown(store, minutes(1), n1=Status.RED)) == []
    assert log(store, replace(shown(store, minutes(3), n1=Status.RED), slice=Slice.parse("channel=x"))) == []
