"""The lifeline itself: what is found in it, and where an order waits next."""

from dataclasses import replace
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


def days(*allowances: float, optional: int | None = None, throughput: str = "") -> Lifeline:
    """A lifeline whose nodes ``n0`` and so on may take so many days."""
    nodes = [
        replace(node(f"n{place}", place, optional=place == optional), allowance=timedelta(days=allowance))
        for place, allowance in enumerate(allowances)
    ]
    return Lifeline("small", "UTC", "EUR", tuple(nodes), throughput=throughput)


@pytest.mark.parametrize(
    ("lifeline", "key"),
    [
        (days(0.1, 0.2, 2, 1, 7), "n1"),
        (days(0.1, 1), "n1"),
        (days(3, 0.1), "n1"),
        (days(0.1, 0.1, 5, optional=1), "n0"),
        (days(0.1, 5, 0.1, throughput="n2"), "n2"),
        (days(9), "n0"),
    ],
)
def test_a_days_work_is_seen_where_the_table_says_or_before_the_first_long_node(lifeline: Lifeline, key: str) -> None:
    """What may take longer than a day tells of other days; where the first does already, the last one must do."""
    assert lifeline.throughput_node().key == key


def test_without_nodes_there_is_no_work() -> None:
    """Nothing to count."""
    assert days().throughput_node() is None
