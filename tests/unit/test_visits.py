"""Visits as a pure function of the set of an order's events."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.events import Event, Facts, Kind
from dashboard.lifeline import Lifeline, Node
from dashboard.visits import CANCELLED_UNDATED, MISSING_TIME, OUT_OF_ORDER, Exit, OrderState, derive

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS = ("place", "pay", "review", "extra", "ship")
LIFELINE = Lifeline(
    name="five",
    time_zone="UTC",
    currency="",
    nodes=tuple(
        Node(key, position, {"en": key}, "team", timedelta(minutes=10), optional=key == "extra")
        for position, key in enumerate(KEYS)
    ),
)
_ids = count()


def at(minutes: float) -> datetime:
    """So many minutes past noon."""
    return NOON + timedelta(minutes=minutes)


def event(kind: Kind, minutes: float, node: str | None = None, **more) -> Event:
    """An event of order A with an id of its own."""
    return Event("A", more.pop("event_id", f"e{next(_ids)}"), kind, at(minutes), node, **more)


def left(node: str, minutes: float, **more) -> Event:
    """The order was done at the node."""
    return event(Kind.LEFT, minutes, node, **more)


def entered(node: str, minutes: float, **more) -> Event:
    """The order came to the node."""
    return event(Kind.ENTERED, minutes, node, **more)


def stays(state: OrderState) -> list[tuple[str, int, float, float | None, str | None]]:
    """Node, number, entered and left in minutes past noon, exit."""
    return [
        (
            v.node,
            v.number,
            (v.entered_at - NOON) / timedelta(minutes=1),
            v.left_at and (v.left_at - NOON) / timedelta(minutes=1),
            v.exit,
        )
        for v in state.visits
    ]


def test_each_visit_starts_when_the_order_left_the_node_before():
    """Stamps at 0, 2 and 7 give dwells of 0, 2 and 5 minutes, and the order waits at the next node."""
    state = derive([left("place", 0), left("pay", 2), left("review", 7)], LIFELINE)
    assert stays(state) == [
        ("place", 1, 0, 0, "next"),
        ("pay", 1, 0, 2, "next"),
        ("review", 1, 2, 7, "next"),
        ("ship", 1, 7, None, None),
    ]
    assert [v.dwell_seconds for v in state.visits] == [0, 120, 300, None]
    assert state.visits[-1].due_at == at(17)


def test_the_first_visit_starts_at_the_creation_of_the_order():
    """Created at noon and received a minute later: one minute at the first node."""
    state = derive([left("place", 1, facts=Facts(created_at=at(0)))], LIFELINE)
    assert stays(state)[0] == ("place", 1, 0, 1, "next")


def test_an_order_that_is_only_created_waits_at_the_first_node():
    """A creation time alone opens the first visit; nothing at all opens none."""
    assert stays(derive([event(Kind.FACTS, 3, facts=Facts(created_at=at(0)))], LIFELINE)) == [
        ("place", 1, 0, None, None)
    ]
    assert stays(derive([event(Kind.FACTS, 3)], LIFELINE)) == []


def test_a_skipped_node_has_no_visit():
    """From place straight to review: review starts at place's stamp, pay has no visit."""
    assert stays(derive([left("place", 0), left("review", 5)], LIFELINE)) == [
        ("place", 1, 0, 0, "next"),
        ("review", 1, 0, 5, "next"),
        ("ship", 1, 5, None, None),
    ]


def test_an_optional_node_is_opened_only_by_an_explicit_event():
    """After review the order waits at ship, unless it was seen entering the optional node."""
    past_review = [left("place", 0), left("pay", 1), left("review", 2)]
    assert stays(derive(past_review, LIFELINE))[-1] == ("ship", 1, 2, None, None)
    assert stays(derive([*past_review, entered("extra", 4)], LIFELINE))[-1] == ("extra", 1, 4, None, None)


def test_an_explicit_entry_wins_over_the_stamp_before():
    """Left pay at 2 but entered review at 5: review starts at 5."""
    state = derive([left("place", 0), left("pay", 2), entered("review", 5), left("review", 9)], LIFELINE)
    assert ("review", 1, 5, 9, "next") in stays(state)


def test_a_finished_order_is_nowhere():
    """Once the last node is left nothing is in progress."""
    state = derive([left(key, minute) for minute, key in enumerate(("place", "pay", "review", "ship"))], LIFELINE)
    assert all(visit.exit is Exit.NEXT for visit in state.visits)


def test_stamps_that_contradict_each_other_are_kept_and_marked():
    """Review stamped before pay: the visit stays, marked and unmeasured; the visits beside it are measured."""
    state = derive([left("place", 0), left("review", 4), left("pay", 6), left("ship", 9)], LIFELINE)
    review = state.visits[2]
    assert (review.entered_at, review.left_at, review.exception, review.measured) == (at(6), at(4), OUT_OF_ORDER, False)
    assert review.dwell_seconds is None
    assert [v.dwell_seconds for v in state.visits if v.measured] == [0, 360, 300]


def test_a_node_left_at_an_unknown_time_is_closed_without_a_stamp():
    """Delivered without a date: not in progress, marked, no dwell."""
    state = derive([left("place", 0), left("pay", 1), left("review", 2), event(Kind.FINISHED, 2, "ship")], LIFELINE)
    ship = state.visits[-1]
    assert (ship.node, ship.left_at, ship.exit, ship.exception, ship.measured) == (
        "ship",
        None,
        Exit.NEXT,
        MISSING_TIME,
        False,
    )


def test_a_node_that_was_entered_and_passed_without_a_stamp_is_marked():
    """Seen entering pay, next seen leaving review: pay was left at a time that nobody recorded."""
    state = derive([left("place", 0), entered("pay", 1), left("review", 5)], LIFELINE)
    assert stays(state)[1:] == [("pay", 1, 1, None, "next"), ("review", 1, 1, 5, "next"), ("ship", 1, 5, None, None)]
    assert state.visits[1].exception == MISSING_TIME


def test_cancelling_closes_the_visit_in_progress():
    """Cancelled at 8 while waiting at review since 1: seven minutes, censored."""
    state = derive(
        [left("place", 0), left("pay", 1), event(Kind.CANCELLED, 8, exception="customer_cancelled")], LIFELINE
    )
    assert stays(state)[-1] == ("review", 1, 1, 8, "cancelled")
    assert (state.visits[-1].dwell_seconds, state.visits[-1].exception) == (420, "customer_cancelled")
    assert state.cancelled_at == at(8)


def test_a_cancellation_without_a_time_is_marked():
    """Known to be cancelled, not when: closed, no stamp, kept out of durations."""
    state = derive([left("place", 0), event(Kind.ABANDONED, 0)], LIFELINE)
    visit = state.visits[-1]
    assert (visit.left_at, visit.exit, visit.exception, visit.measured) == (
        None,
        Exit.CANCELLED,
        CANCELLED_UNDATED,
        False,
    )
    assert state.cancelled_at is None


def test_rework_makes_a_second_visit():
    """Sent back to review at 6 while waiting to ship: ship is returned, review gets visit 2, ship visit 2."""
    state = derive(
        [left("place", 0), left("pay", 1), left("review", 3), entered("review", 6), left("review", 9)], LIFELINE
    )
    assert stays(state)[2:] == [
        ("review", 1, 1, 3, "next"),
        ("ship", 1, 3, 6, "returned"),
        ("review", 2, 6, 9, "next"),
        ("ship", 2, 9, None, None),
    ]


def test_leaving_a_node_again_counts_from_the_last_stamp():
    """Review left at 3 and again at 8, with no word in between: visit 2 lasts from 3 to 8."""
    state = derive([left("place", 0), left("pay", 1), left("review", 3), left("review", 8)], LIFELINE)
    assert stays(state)[2:] == [("review", 1, 1, 3, "next"), ("review", 2, 3, 8, "next"), ("ship", 1, 8, None, None)]


def test_an_exception_stays_with_its_visit():
    """The exception of the first review is not that of the second."""
    state = derive(
        [
            left("place", 0),
            left("pay", 1),
            event(Kind.EXCEPTION, 2, "review", exception="invoice_incomplete"),
            left("review", 3),
            entered("review", 6),
        ],
        LIFELINE,
    )
    assert [(v.number, v.exception) for v in state.visits if v.node == "review"] == [
        (1, "invoice_incomplete"),
        (2, None),
    ]


def test_a_correction_takes_the_place_of_its_event():
    """Pay was stamped 5, then corrected to 2, then to 3: only the last counts."""
    first = left("pay", 5, event_id="p")
    second = left("pay", 2, event_id="p2", corrects="p")
    third = left("pay", 3, event_id="p3", corrects="p2")
    for told in permutations([left("place", 0), first, second, third]):
        assert stays(derive(told, LIFELINE))[1] == ("pay", 1, 0, 3, "next")


def test_a_void_withdraws_its_event():
    """With its stamp withdrawn the order is back at pay."""
    told = [left("place", 0), left("pay", 5, event_id="p"), event(Kind.VOID, 6, corrects="p")]
    assert stays(derive(told, LIFELINE))[-1] == ("pay", 1, 0, None, None)


def test_events_that_correct_each_other_do_not_hang():
    """A circle of corrections ends and gives one answer."""
    told = [left("pay", 1, event_id="a", corrects="b"), left("pay", 2, event_id="b", corrects="a")]
    assert derive(told, LIFELINE) == derive(told[::-1], LIFELINE)


def test_the_latest_word_of_each_system_is_kept():
    """By time, not by arrival."""
    told = [
        event(Kind.STATUS, 5, source="wms", status="packed"),
        event(Kind.STATUS, 2, source="wms", status="allocated"),
        event(Kind.STATUS, 1, source="erp", status="paid"),
    ]
    assert [(s.system, s.status, s.at) for s in derive(told, LIFELINE).statuses] == [
        ("erp", "paid", at(1)),
        ("wms", "packed", at(5)),
    ]


def test_facts_add_up():
    """A later event adds a dimension, overwrites another and leaves the rest."""
    told = [
        event(Kind.FACTS, 1, facts=Facts(outer_order_id="X1", dimensions={"channel": "douyin", "warehouse": "HZ1"})),
        event(Kind.FACTS, 2, facts=Facts(dimensions={"warehouse": "SZ2", "carrier": "zto"})),
    ]
    facts = derive(told, LIFELINE).facts
    assert facts.outer_order_id == "X1"
    assert facts.dimensions == {"channel": "douyin", "warehouse": "SZ2", "carrier": "zto"}


def test_a_node_of_another_lifeline_is_left_aside():
    """An event at an unknown node changes nothing of the visits."""
    assert derive([left("place", 0), left("moon", 3)], LIFELINE) == derive([left("place", 0, event_id="x")], LIFELINE)


EVENTS = st.lists(
    st.builds(
        lambda kind, minutes, node, number, corrects: Event(
            "A",
            f"e{number}",
            kind,
            at(minutes),
            node,
            corrects=corrects,
            exception="late" if kind is Kind.EXCEPTION else None,
        ),
        st.sampled_from(Kind),
        st.integers(0, 30),
        st.sampled_from(KEYS),
        st.integers(0, 12),
        st.one_of(st.none(), st.integers(0, 12).map(lambda n: f"e{n}")),
    ),
    max_size=12,
    unique_by=lambda event: event.event_id,
)


@given(EVENTS, st.randoms())
def test_arrival_does_not_matter(events, random):
    """Shuffled and doubled events give the same state."""
    shuffled = [*events, *events]
    random.shuffle(shuffled)
    assert derive(shuffled, LIFELINE) == derive(events, LIFELINE)


@given(EVENTS)
def test_an_order_is_at_one_place_at_most(events):
    """Never two open visits; visit numbers of a node count from 1; a measured visit has a dwell once it ended."""
    visits = derive(events, LIFELINE).visits
    assert sum(visit.exit is None for visit in visits) <= 1
    for key in KEYS:
        numbers = [visit.number for visit in visits if visit.node == key]
        assert numbers == list(range(1, len(numbers) + 1))
    for visit in visits:
        assert (visit.dwell_seconds is not None) == (visit.measured and visit.exit is not None)


@given(EVENTS)
def test_a_cancelled_order_is_not_in_progress(events):
    """Whatever else is known of it."""
    state = derive([*events, Event("A", "last", Kind.CANCELLED, at(40))], LIFELINE)
    assert all(visit.exit is not None for visit in state.visits)


def test_nothing_known_is_an_empty_state():
    """No events, no visits."""
    assert derive([], LIFELINE) == OrderState()


@pytest.mark.parametrize("kind", [Kind.ENTERED, Kind.LEFT])
def test_an_open_visit_is_due_after_its_allowance(kind):
    """Ten minutes on a clock that never stops."""
    state = derive([left("place", 0), event(kind, 4, "pay")], LIFELINE)
    assert state.visits[-1].due_at == at(14)
