"""An order whose channel sent an empty id gets one, is marked, and keeps the true one once that comes."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from dashboard.events import Event, Facts, Kind
from dashboard.lifeline import Lifeline
from dashboard.visits import derive
from datasource.order_rows import facts_told, read_facts

CREATED = datetime(2026, 2, 22, 1, 30, 15, 123_456, tzinfo=UTC)
PLACED = Event(
    "DB-1",
    "1",
    Kind.LEFT,
    CREATED,
    "place",
    source="channel",
    facts=Facts("", CREATED, dimensions={"channel": "douyin"}),
)


def test_empty_id_is_made_up_and_marked(lifeline: Lifeline) -> None:
    """01:30:15.123 UTC is 09:30:15.123 in Shanghai: 34,215,123 ms of 22 February; Douyin's prefix is DY."""
    state = derive([PLACED], lifeline)
    assert state.facts.outer_order_id == "DY20260222-34215123"
    assert [(visit.node, visit.exception) for visit in state.visits] == [("place", "outer_id_missing"), ("pay", None)]


def test_unknown_channel_and_no_creation(lifeline: Lifeline) -> None:
    """A channel without a prefix, and an order whose creation nobody told, get one all the same."""
    state = derive([replace(PLACED, facts=Facts(""))], lifeline)
    assert state.facts.outer_order_id == "ID20260222-34215123"


def test_true_id_takes_its_place(lifeline: Lifeline) -> None:
    """Whichever comes first, the id that the channel sent stays, and nothing is marked."""
    sent = Event("DB-1", "2", Kind.FACTS, CREATED, facts=Facts("6921"))
    for events in ([PLACED, sent], [replace(sent, event_id="0"), PLACED]):
        state = derive(events, lifeline)
        assert state.facts.outer_order_id == "6921"
        assert {visit.exception for visit in state.visits} == {None}


def test_no_id_is_no_fault(lifeline: Lifeline) -> None:
    """Where no id was sent at all, none is made up."""
    assert derive([replace(PLACED, facts=Facts())], lifeline).facts.outer_order_id is None


def test_empty_id_is_kept_in_the_store() -> None:
    """It is told as it came: else the order would lose its mark when it is derived again."""
    assert read_facts(json.loads(json.dumps(facts_told(Facts(""))))).outer_order_id == ""
    assert read_facts(json.loads(json.dumps(facts_told(Facts())))).outer_order_id is None
