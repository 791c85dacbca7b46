"""One order whole."""

from decimal import Decimal

from dashboard.order_detail import Contradiction
from dashboard.visits import SystemStatus, derive
from datasource.order_details import order_detail
from tests.builders import facts, left, minutes, status, trouble
from tests.contract.told_store import tell


def asked(store, lifeline, order_id):
    """The order's detail."""
    with store.begin() as connection:
        return order_detail(connection, lifeline, order_id)


def test_an_order_is_told_whole(store, lifeline):
    """Facts, visits and statuses as derived; events by time, whatever order they came in; what does not fit."""
    told = [
        status("packed", minutes(30), source="wms"),
        left("pay", minutes(20), operator="bot", document="P-1"),
        facts(at=minutes(0), created_at=minutes(0), amount="99.90", outer="T1", currency="CNY", channel="jd"),
        left("place", minutes(1), source="channel"),
        trouble("invoice_incomplete", "review", minutes(25)),
    ]
    tell(store, lifeline, told, minutes(40))
    found = asked(store, lifeline, "A")
    state = derive(told, lifeline)
    assert (found.order_id, found.state) == ("A", state)
    assert found.state.facts.amount == Decimal("99.90")
    assert [visit.node for visit in found.state.visits] == ["place", "pay", "review"]
    assert found.state.statuses == (SystemStatus("wms", "packed", minutes(30)),)
    assert list(found.events) == sorted(told, key=lambda event: event.at)
    assert found.contradictions == (Contradiction("wms", "packed", "pack", claims=True),)


def test_an_order_that_is_not_there_is_none(store, lifeline):
    """Neither an unknown id nor one that no text can hold."""
    assert asked(store, lifeline, "nobody") is None
    assert asked(store, lifeline, "a\0b") is None
