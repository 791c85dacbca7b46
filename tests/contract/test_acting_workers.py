"""Two workers on one action, as when the lock of the first is lost with its connection while its process lives on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import Connection, text

from dashboard.acting import ActionStatus, Outcome
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from datasource.action_work import work
from datasource.errors import StoreUnavailable
from datasource.store import Store
from datasource.write_back import Action, Asked, begin, preview, read_action
from tests.builders import days
from tests.contract.acting_shop import LI, check_whole, dying, interrupted, open_shop

NOW = days(1)
PATIENCE_SECONDS = 20.0
REFUNDS = tuple(f"REFUND{number:02}" for number in range(40))


class Worker:
    """A process that outlives what breaks in it, and counts what came out."""

    def __init__(self) -> None:
        self.came: list[Outcome] = []

    def goes_on(self) -> bool:
        """Always."""
        return True

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """Count it."""
        assert kind == "release_stock"
        self.came.append(outcome)

    def broke(self, action_id: str, error: Exception) -> None:
        """Only what is broken on purpose."""
        if str(error) != "broken":
            raise AssertionError(action_id) from error


class Overtaken(Worker):
    """A worker that loses its lock when something breaks; another is done with everything before this one goes on."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store, self.other = store, Worker()

    def broke(self, action_id: str, error: Exception) -> None:
        """The other takes it up."""
        super().broke(action_id, error)
        lose_the_lock(self.store)
        work(self.store, action_id, FixedClock(NOW), self.other)


class Joined(Worker):
    """A worker that loses its lock after some subjects, so that a second one works beside it."""

    def __init__(self, store: Store, action_id: str) -> None:
        super().__init__()
        self.store, self.second = store, Worker()
        self.beside = Thread(target=lambda: work(store, action_id, FixedClock(NOW), self.second))

    def goes_on(self) -> bool:
        """Always; but after the fifth it is not alone any more."""
        if len(self.came) == 5 and not self.beside.ident:
            lose_the_lock(self.store)
            self.beside.start()
        return True


class BreaksAfter(Store):
    """A store of which one transaction, by its number, breaks once it is committed."""

    def __init__(self, store: Store, number: int) -> None:
        super().__init__(store.engine)
        self.left = number

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """As ever, but for that one."""
        with super().begin() as connection:
            yield connection
        self.left -= 1
        if not self.left:
            raise RuntimeError("broken")


def begun(store: Store, lifeline: Lifeline, *names: str) -> str:
    """A release of stock that waits for somebody to work on it."""
    open_shop(store, lifeline, names)
    made = preview(store, Asked("release_stock", names, {}), LI, NOW, lifeline)
    return begin(store, made.preview_id, "because", "a-key-of-mine", LI, NOW)[0].action_id


def lose_the_lock(store: Store) -> None:
    """End the connection that holds the lock of an action, as a server that fails over does."""
    ends = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7142010"
    with store.own() as connection:
        connection.execute(text(ends)).all()


def wait_until_blocked(store: Store, thread: Thread) -> None:
    """Until the thread is over, or its statement waits for a lock of somebody else."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND pid <> pg_backend_pid()"
    )
    deadline = monotonic() + PATIENCE_SECONDS
    while thread.is_alive():
        assert monotonic() < deadline
        with store.own() as connection:
            if connection.execute(text(waiting)).scalar_one():
                return
        sleep(0.01)


def stands(store: Store, action_id: str) -> Action:
    """The action as it stands."""
    with store.begin() as connection:
        found = read_action(connection, action_id)
    assert found is not None
    return found


def check_once(store: Store, lifeline: Lifeline, action_id: str, orders: int) -> None:
    """Each order is done and audited once, and its two pieces of milk moved once."""
    done = stands(store, action_id)
    assert (done.status, done.done, done.failed) == (ActionStatus.DONE, orders, 0)
    with store.begin() as connection:
        audited = connection.execute(text("SELECT count(*), count(DISTINCT subject) FROM audit")).one()
        milk = connection.execute(text("SELECT available, locked FROM sku WHERE sku = 'MILK'")).one()
    assert (tuple(audited), tuple(milk)) == ((orders, orders), (10 + 2 * orders, 0))
    check_whole(store, lifeline)


def test_what_another_did_is_not_noted_as_failed(store: Store, lifeline: Lifeline) -> None:
    """Something breaks in the first; before it can say so the second has done it, and done it stays."""
    action_id = begun(store, lifeline, "REFUND")
    first = Overtaken(store)
    with suppress(StoreUnavailable), dying(store, 12, RuntimeError("broken")):
        work(store, action_id, FixedClock(NOW), first)
    check_once(store, lifeline, action_id, 1)
    assert (first.came, first.other.came) == ([], [Outcome.DONE])


def test_what_was_committed_before_it_broke_is_not_noted_as_failed(store: Store, lifeline: Lifeline) -> None:
    """The commit got through, and then something broke on the way back: it is done, and said once."""
    action_id = begun(store, lifeline, "REFUND")
    first = Worker()
    third = BreaksAfter(store, 3)  # after the lifeline and the list of what waits
    assert work(third, action_id, FixedClock(NOW), first).status is ActionStatus.DONE
    check_once(store, lifeline, action_id, 1)


def test_two_work_beside_each_other(store: Store, lifeline: Lifeline) -> None:
    """Forty orders, two workers from the sixth on: each order is one's work and not the other's."""
    action_id = begun(store, lifeline, *REFUNDS)
    first = Joined(store, action_id)
    with suppress(StoreUnavailable):
        work(store, action_id, FixedClock(NOW), first)
    first.beside.join(PATIENCE_SECONDS)
    check_once(store, lifeline, action_id, len(REFUNDS))
    assert first.came + first.second.came == [Outcome.DONE] * len(REFUNDS)


@pytest.mark.parametrize("statement", range(3, 33, 3))
def test_wherever_a_second_worker_comes_in(store: Store, lifeline: Lifeline, statement: int) -> None:
    """Before any statement of the first: it goes as far as it gets, then the first goes on."""
    action_id = begun(store, lifeline, "REFUND")
    first, second = Worker(), Worker()
    beside = Thread(target=lambda: work(store, action_id, FixedClock(NOW), second))

    def come_in() -> None:
        lose_the_lock(store)
        beside.start()
        wait_until_blocked(store, beside)

    with suppress(StoreUnavailable), interrupted(store, statement, come_in):
        work(store, action_id, FixedClock(NOW), first)
    beside.join(PATIENCE_SECONDS)
    check_once(store, lifeline, action_id, 1)
    assert first.came + second.came == [Outcome.DONE]
