"""The self-check: silent while all is well, loud about a rollup that went wrong."""

from sqlalchemy import text

from datasource.fold import fold
from datasource.recording import record
from datasource.self_checking import check_hour, hour_in_turn
from tests.builders import NOON, facts, hours, left, minutes


def told(store, lifeline, *, folded=True):
    """One order that passed two nodes just after noon."""
    events = [facts("A", NOON, NOON, channel="douyin"), left("place", minutes(1)), left("pay", minutes(5))]
    with store.begin() as connection:
        record(connection, events, lifeline, hours(1))
    if folded:
        with store.begin() as connection:
            fold(connection, hours(1), lifeline)


def test_a_sound_hour_has_no_differences(store, lifeline):
    """Neither an hour with visits nor an empty one."""
    told(store, lifeline)
    assert check_hour(store, lifeline, NOON) == []
    assert check_hour(store, lifeline, hours(-5)) == []


def test_a_departure_before_the_arrival_is_no_difference(store, lifeline):
    """Paid an hour before it was placed: the visit ends in an hour before the one in which it began; both are sound."""
    events = [facts("A", NOON, hours(1.5)), left("place", hours(1.6)), left("pay", minutes(5))]
    with store.begin() as connection:
        record(connection, events, lifeline, hours(2))
    with store.begin() as connection:
        fold(connection, hours(2), lifeline)
    assert check_hour(store, lifeline, NOON) == []
    assert check_hour(store, lifeline, hours(1)) == []


def test_a_changed_rollup_is_found(store, lifeline):
    """One departure too many at one node in all orders: exactly that row, with both counts."""
    told(store, lifeline)
    with store.begin() as connection:
        connection.execute(text("UPDATE rollup_hour SET entered = entered + 1 WHERE node = 'pay' AND slice = 'all'"))
    (difference,) = check_hour(store, lifeline, NOON)
    assert difference.key == ("pay", "all", NOON)
    assert (difference.stored["entered"], difference.counted["entered"]) == (2, 1)


def test_nothing_is_said_while_changes_wait(store, lifeline):
    """What is not folded yet is no fault."""
    told(store, lifeline, folded=False)
    assert check_hour(store, lifeline, NOON) is None


def test_the_hours_of_a_week_take_turns():
    """At 15:40 the first is 13:00; a week of turns later it is its turn again."""
    now = minutes(220)
    assert hour_in_turn(now, 0) == hours(1)
    assert hour_in_turn(now, 3) == hours(-2)
    assert hour_in_turn(now, 7 * 24) == hours(1)
