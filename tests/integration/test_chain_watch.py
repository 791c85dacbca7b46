"""The audit's chain as it is followed behind the pages: in steps, from where it was left, and whole once an hour."""

from threading import Event

import pytest
from sqlalchemy import text

from callbacks.chain_watch import STEP_ROWS, ChainFound, ChainWatch
from dashboard.audited import ChainState
from dashboard.clock import FixedClock
from datasource.audit import Entry, append
from datasource.store import Store
from tests.builders import NOON, minutes

MANY = 2 * STEP_ROWS + 10


class Followed:
    """A watch over the store's audit, and what it finds."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.found = store, FixedClock(NOON), ChainFound()
        self.watch = ChainWatch(store, self.clock, self.found)

    def at(self, minute: float, stop: Event | None = None) -> ChainState | None:
        """What is known after a look at that minute."""
        self.clock.instant = minutes(minute)
        self.watch.follow(stop or Event())
        return self.found.last

    def tamper(self, statement: str) -> None:
        """Do what only the owner of the tables can."""
        with self.store.own() as connection:
            connection.execute(text(statement))


@pytest.fixture
def followed(store: Store) -> Followed:
    """Some more entries than two steps take."""
    many = [Entry("li.wei", "::1", "note", f"order:{number}") for number in range(MANY)]
    with store.begin() as connection:
        append(connection, many, NOON)
    return Followed(store)


def test_a_long_chain_is_followed_to_its_end(followed: Followed):
    """Over several steps; nothing is known before."""
    assert followed.found.last is None
    assert followed.at(1) == ChainState(minutes(1), MANY)


@pytest.mark.parametrize("row", [1, STEP_ROWS, STEP_ROWS + 1, 2 * STEP_ROWS, MANY])
def test_a_changed_entry_is_named_wherever_a_step_ends(followed: Followed, row: int):
    """The first, the last, and those where one step hands over to the next."""
    followed.tamper(f"UPDATE audit SET reason = 'other' WHERE seq = {row}")
    assert followed.at(1) == ChainState(minutes(1), row - 1, row, "content")


@pytest.mark.parametrize(("row", "fault"), [(STEP_ROWS, "gap"), (STEP_ROWS + 1, "gap"), (MANY, "end")])
def test_a_missing_entry_is_named_wherever_a_step_ends(followed: Followed, row: int, fault: str):
    """In the middle, and at the end, where only the head tells."""
    followed.tamper(f"DELETE FROM audit WHERE seq = {row}")
    assert followed.at(1) == ChainState(minutes(1), row - 1, row, fault)


def test_within_the_hour_only_what_is_new_is_read(followed: Followed):
    """An old entry that is changed shows with the next whole look; a new one at once."""
    followed.at(0)
    followed.tamper("UPDATE audit SET actor = 'other' WHERE seq = 3")
    assert followed.at(59) == ChainState(minutes(59), MANY)
    assert followed.at(60) == ChainState(minutes(60), 2, 3, "content")


def test_what_comes_new_is_checked_at_each_look(followed: Followed):
    """Two more, the second changed after it was written."""
    followed.at(0)
    with followed.store.begin() as connection:
        append(connection, [Entry("li.wei", "::1", "hold", f"order:{name}") for name in "CD"], minutes(1))
    followed.tamper(f"UPDATE audit SET actor = 'other' WHERE seq = {MANY + 2}")
    assert followed.at(2) == ChainState(minutes(2), MANY + 1, MANY + 2, "content")


def test_a_deed_that_the_audit_does_not_know_of_is_found(followed: Followed):
    """Something was done, and nothing was written of it."""
    followed.tamper(
        "INSERT INTO action_item (action_id, subject, place, outcome) VALUES ('act-1', 'order:A', 0, 'done')"
    )
    assert followed.at(1) == ChainState(minutes(1), MANY, MANY + 1, "end")


def test_a_process_that_ends_does_not_wait_for_the_whole_chain(followed: Followed):
    """After the step in hand it stops, and what was found before stands."""
    stop = Event()
    stop.set()
    assert followed.at(1, stop) is None
    before = followed.at(2)
    assert followed.at(120, stop) == before
