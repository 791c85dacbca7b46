"""When nodes changed their colour."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from dashboard.slices import Slice
from dashboard.snapshot import Reason, Status
from dashboard.status_runs import Change
from dashboard.trends import Step, Trend
from datasource.snapshots import snapshot
from datasource.status_log import Logged, changes_between, current_status, log_judged, log_transitions
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
        assert current_status(connection) == {
            "n1": Logged("grey", NOON, None),
            "n2": Logged("red", minutes(2), minutes(2)),
        }
        last = connection.execute(text("SELECT * FROM status_change ORDER BY at DESC LIMIT 1")).one()
    assert (last.previous, last.rule, last.figures) == ("grey", "index", {"index": 2.5})


def test_a_snapshot_says_since_when(store):
    """Nothing of a colour that was there when the log began; as logged while it holds; else from now on."""
    with store.begin() as connection:
        assert {node.since for node in snapshot(connection, TWO, now=NOON).nodes} == {None}
    log(store, shown(store, NOON))
    log(store, shown(store, minutes(1), n2=Status.RED))
    with store.begin() as connection:
        first, second = snapshot(connection, TWO, now=minutes(5)).nodes
    assert (first.since, second.since) == (None, minutes(5))
    log(store, shown(store, minutes(6)))
    with store.begin() as connection:
        assert snapshot(connection, TWO, now=minutes(9)).nodes[1].since == minutes(6)


def test_red_and_deep_red_are_one_colour(store):
    """Red at 2, deep red at 4, red again at 6: red since 2."""
    for minute, colour in enumerate((Status.GREEN, Status.RED, Status.DEEP_RED, Status.RED)):
        log(store, shown(store, minutes(2 * minute), n2=colour))
    with store.begin() as connection:
        assert current_status(connection)["n2"] == Logged("red", minutes(6), minutes(2))


def test_neither_a_slice_nor_what_is_older_is_logged(store):
    """The log is that of all orders, and only grows forward."""
    log(store, shown(store, minutes(2)))
    assert log(store, shown(store, minutes(1), n1=Status.RED)) == []
    assert log(store, replace(shown(store, minutes(3), n1=Status.RED), slice=Slice.parse("channel=x"))) == []


def judged(node: str, *colours: Status) -> Trend:
    """A trend of these colours, a step of five minutes each, that ends at noon."""
    ends = [minutes(5 * (place - len(colours) + 1)) for place in range(len(colours))]
    steps = tuple(Step(end - timedelta(minutes=5), end, end - timedelta(hours=1)) for end in ends)
    return Trend(node, steps, {}, (0,) * len(steps), colours)


def test_what_was_before_the_first_look_is_judged(store):
    """Red for the last two of four steps: since five minutes before noon, and not logged as seen when it happened."""
    with store.begin() as connection:
        log_judged(connection, [judged("n2", Status.GREEN, Status.GREEN, Status.RED, Status.DEEP_RED)])
        assert current_status(connection) == {"n2": Logged("deep_red", NOON, minutes(-5))}
        assert changes_between(connection, ["n2"], minutes(-7), NOON)["n2"] == [
            Change(minutes(-15), Status.GREEN, seen=False),
            Change(minutes(-5), Status.RED, seen=False),
            Change(NOON, Status.DEEP_RED, seen=False),
        ]
    assert log(store, shown(store, minutes(1), n2=Status.RED)) == ["n1", "n2"]
    with store.begin() as connection:
        assert current_status(connection)["n2"] == Logged("red", minutes(1), minutes(-5))
