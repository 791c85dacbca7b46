"""The record of incidents, and what may be ordered of the demo shop."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.incidents import Incident
from dashboard.lifeline import Lifeline
from datasource.demo.commanding import IncidentRefused, Order, start_incident, stop_incidents
from datasource.demo.memory import DemoMemory, remember
from datasource.demo.parameters import demo_parameters
from datasource.demo.shop import Opening
from datasource.incidents import incidents_between, newest_incidents, note_incidents
from datasource.store import Store
from tests.builders import NOON, hours

HELD = Incident("a-1", "a", "pickup", {"warehouse": "HZ1"}, NOON, hours(2))


@pytest.fixture
def demo(store: Store) -> Store:
    """A store that remembers a demo shop, told until one o'clock."""
    with store.begin() as connection:
        remember(connection, DemoMemory(Opening(1, NOON), hours(1)), NOON)
    return store


def start(store: Store, lifeline: Lifeline, order: Order, at: float = 2.0) -> Incident:
    """Order an incident at an hour after noon."""
    with store.begin() as connection:
        return start_incident(connection, order, demo_parameters(), lifeline, hours(at))


def refusal(store: Store, lifeline: Lifeline, order: Order) -> IncidentRefused:
    """Why an order is refused."""
    with pytest.raises(IncidentRefused) as refused:
        start(store, lifeline, order)
    return refused.value


def test_what_is_noted_is_read(store: Store) -> None:
    """Each as it was written last; of a time, those that went on in it; the newest first where so many are asked."""
    other = replace(HELD, incident_id="b-1", node=None, place={"source": "wms"}, began_at=hours(3), until=None)
    with store.begin() as connection:
        note_incidents(connection, [HELD, other], NOON)
        note_incidents(connection, [ended := replace(HELD, ended_at=hours(1))], hours(1))
        assert incidents_between(connection, NOON) == (ended, other)
        assert incidents_between(connection, hours(1.5)) == (other,)
        assert incidents_between(connection, NOON, hours(2)) == (ended,)
        assert newest_incidents(connection, 1) == (other,)


def test_order_begins_now_with_the_tables_defaults(demo: Store, lifeline: Lifeline) -> None:
    """Nothing named: node, place and length are the table's; it is noted so."""
    begun = start(demo, lifeline, Order("printer-offline"))
    assert (begun.node, begun.place, begun.began_at, begun.until) == (
        "pickup",
        {"warehouse": "HZ1"},
        hours(2),
        hours(7.5),
    )
    with demo.read() as connection:
        assert incidents_between(connection, NOON) == (begun,)


def test_order_begins_not_before_what_was_told(demo: Store, lifeline: Lifeline) -> None:
    """A clock that is behind changes nothing of what was told already."""
    assert start(demo, lifeline, Order("printer-offline"), 0.5).began_at == hours(1)


def test_same_incident_does_not_begin_twice(demo: Store, lifeline: Lifeline) -> None:
    """Elsewhere it may, and again once it was stopped, even in the same second."""
    first = start(demo, lifeline, Order("printer-offline"))
    assert refusal(demo, lifeline, Order("printer-offline")).text == "already"
    elsewhere = start(demo, lifeline, Order("printer-offline", place={"warehouse": "SZ2"}))
    with demo.begin() as connection:
        assert {one.incident_id for one in stop_incidents(connection, "printer-offline", hours(2))} == {
            first.incident_id,
            elsewhere.incident_id,
        }
    again = start(demo, lifeline, Order("printer-offline"))
    assert len({first.incident_id, elsewhere.incident_id, again.incident_id}) == 3


def test_stop_by_id_ends_that_one(demo: Store, lifeline: Lifeline) -> None:
    """Only what goes on can be stopped."""
    begun = start(demo, lifeline, Order("duplicate-batch"))
    with demo.begin() as connection:
        (ended,) = stop_incidents(connection, begun.incident_id, hours(3))
        assert ended == replace(begun, ended_at=hours(3))
        with pytest.raises(IncidentRefused, match="none"):
            stop_incidents(connection, begun.incident_id, hours(3))


@pytest.mark.parametrize(
    ("order", "text", "value"),
    [
        (Order("earthquake"), "kind", "earthquake"),
        (Order("printer-offline", node="review"), "node", "review"),
        (Order("source-silent", node="pick"), "no_node", "pick"),
        (Order("review-understaffed", place={"carrier": "zto"}), "place", "carrier"),
        (Order("printer-offline", place={"warehouse": "XX"}), "value", "XX"),
        (Order("printer-offline", lasts=timedelta(days=8)), "lasts", ""),
    ],
)
def test_wrong_order_is_refused(demo: Store, lifeline: Lifeline, order: Order, text: str, value: str) -> None:
    """It is said what is wrong, and nothing is noted."""
    refused = refusal(demo, lifeline, order)
    assert refused.text == text
    assert not value or value in refused.values.values()
    with demo.read() as connection:
        assert newest_incidents(connection, 9) == ()


def test_store_without_a_demo_takes_no_order(store: Store, lifeline: Lifeline) -> None:
    """Real orders have real incidents."""
    assert refusal(store, lifeline, Order("printer-offline")).text == "no_demo"
