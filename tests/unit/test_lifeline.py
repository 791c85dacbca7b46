"""The lifeline itself: what is found in it, and where an order waits next."""

from datetime import timedelta

import pytest

from dashboard.calendar import ALWAYS, WorkingCalendar
from dashboard.lifeline import Lifeline, Node

OFFICE = WorkingCalendar("UTC", (((540, 1080),),) * 7)


def node(key: str, position: int, *, optional: bool = False, calendar: str = "always") -> Node:
    """A node of ten minutes."""
    return Node(key, position, {"en": key}, "team", timedelta(minutes=10), calendar, optional)


@pytest.fixture
def lifeline() -> Lifeline:
    """Pay, an optional check, ship; shipping runs on office hours."""
    nodes = (node("pay", 0), node("check", 1, optional=True), node("ship", 2, calendar="office"))
    return Lifeline("small", "UTC", "EUR", nodes, calendars={"office": OFFICE})


def test_nodes_are_found_by_key_and_come_in_order(lifeline: Lifeline) -> None:
    """A key that is not there is a KeyError, not another node."""
    assert [each.key for each in lifeline] == ["pay", "check", "ship"]
    assert lifeline.node("ship").position == 2
    assert "ship" in lifeline and "moon" not in lifeline
    with pytest.raises(KeyError):
        lifeline.node("moon")


@pytest.mark.parametrize(("position", "key"), [(-1, "pay"), (0, "ship"), (1, "ship"), (2, None)])
def test_an_order_never_waits_at_an_optional_node_by_itself(lifeline: Lifeline, position: int, key: str | None) -> None:
    """Optional nodes are passed over; after the last there is none."""
    waiting = lifeline.next_after(position)
    assert (waiting.key if waiting else None) == key


def test_each_node_has_its_clock(lifeline: Lifeline) -> None:
    """Round the clock unless the node names a calendar."""
    assert lifeline.calendar(lifeline.node("pay")) is ALWAYS
    assert lifeline.calendar(lifeline.node("ship")) is OFFICE
