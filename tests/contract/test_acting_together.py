"""Several who act at once, and a process that is killed in the middle of a batch."""

import subprocess
import sys
from collections.abc import Callable
from time import monotonic, sleep

from sqlalchemy import text

from dashboard.acting import ActionStatus, Outcome
from dashboard.clock import FixedClock
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.action_work import work
from datasource.audit import entries
from datasource.store import Store
from datasource.write_back import Action, Asked, Undone, begin, cancel, preview, undo
from tests.builders import days
from tests.contract.acting_shop import LI, WANG, check_whole, open_shop, pieces
from tests.contract.at_once import at_once

REFUNDS = tuple(f"REFUND{number:04}" for number in range(1000))
PATIENCE_SECONDS = 60.0


def begun(store: Store, lifeline: Lifeline, who: Caller, kind: str, *names: str) -> Action:
    """An action that waits for somebody to work on it."""
    made = preview(store, Asked(kind, names, {}), who, days(1), lifeline)
    return begin(store, made.preview_id, "refunded, stock still locked", f"{who.name}:{kind}", who, days(1))[0]


def milk(store: Store) -> tuple[int, int]:
    """Pieces of milk for sale, and locked."""
    with store.begin() as connection:
        row = connection.execute(text("SELECT available, locked FROM sku WHERE sku = 'MILK'")).one()
    return row.available, row.locked


def test_two_release_the_same_refund(store: Store, lifeline: Lifeline) -> None:
    """One wins; the other is told who was faster, and when; the stock moves once."""
    open_shop(store, lifeline, ["REFUND"])
    assert milk(store) == (10, 2)
    both = [begun(store, lifeline, who, "release_stock", "REFUND") for who in (LI, WANG)]
    done = at_once(*(lambda this=this: work(store, this.action_id, FixedClock(days(1))) for this in both))
    won, lost = sorted(done, key=lambda one: one.failed)
    assert (won.status, lost.status) == (ActionStatus.DONE, ActionStatus.FAILED)
    (item,) = lost.items
    assert item.outcome is Outcome.REFUSED
    assert item.reason == {"text": "released", "values": {"who": won.actor, "when": days(1).isoformat()}}
    assert milk(store) == (12, 0)
    check_whole(store, lifeline)


def test_two_undo_one_action(store: Store, lifeline: Lifeline) -> None:
    """At one instant: one begins, the other is told which action takes it back; the stock is locked once."""
    open_shop(store, lifeline, ["REFUND"])
    done = work(store, begun(store, lifeline, LI, "release_stock", "REFUND").action_id, FixedClock(days(1)))

    def take_back(who: Caller) -> Action | Undone:
        try:
            return undo(store, done.action_id, "a mistake", f"undo-{who.name}", who, days(1))[0]
        except Undone as error:
            return error

    one, other = at_once(lambda: take_back(LI), lambda: take_back(WANG))
    won, told = (other, one) if isinstance(one, Undone) else (one, other)
    assert isinstance(won, Action) and isinstance(told, Undone)
    assert (told.text, told.by) == ("being_undone", won.action_id)
    assert work(store, won.action_id, FixedClock(days(1))).done == 1
    assert milk(store) == (10, 2)
    check_whole(store, lifeline)


def test_one_key_undoes_once(store: Store, lifeline: Lifeline) -> None:
    """The same undo twice at one instant: one action, and both are answered with it."""
    open_shop(store, lifeline, ["REFUND"])
    done = work(store, begun(store, lifeline, LI, "release_stock", "REFUND").action_id, FixedClock(days(1)))
    acts = [lambda: undo(store, done.action_id, "a mistake", "one-key-for-both", LI, days(1)) for _ in range(2)]
    both = at_once(*acts)
    assert len({action.action_id for action, _ in both}) == 1
    assert sorted(fresh for _, fresh in both) == [False, True]


def test_two_stop_one_action(store: Store, lifeline: Lifeline) -> None:
    """At one instant: it is stopped once, and the audit is told once, by whoever was first."""
    open_shop(store, lifeline, ["REFUND", "REFUND2"])
    action_id = begun(store, lifeline, LI, "release_stock", "REFUND", "REFUND2").action_id
    at_once(*(lambda who=who: cancel(store, action_id, who, days(1)) for who in (LI, WANG)))
    assert work(store, action_id, FixedClock(days(1))).status is ActionStatus.CANCELLED
    with store.begin() as connection:
        (noted,) = entries(connection, kinds=["stop:release_stock"])
    assert noted.entry.actor in {"li.wei", "wang.fang"}
    assert (noted.entry.subject, noted.entry.action_id) == (f"action:{action_id}", action_id)
    assert noted.entry.after == {"status": "cancelled", "done": 0, "failed": 0, "left": 2}
    check_whole(store, lifeline)


def test_two_begin_under_one_key(store: Store, lifeline: Lifeline) -> None:
    """The same request twice at one instant, as by an impatient finger: one action, and both are answered with it."""
    open_shop(store, lifeline, ["PICK"])
    made = preview(store, Asked("note", ("PICK",), {"text": "rang"}), LI, days(1), lifeline)
    fresh: list[bool] = []

    def apply() -> Action:
        action, new = begin(store, made.preview_id, "because", "one-key-for-both", LI, days(1))
        fresh.append(new)
        return work(store, action.action_id, FixedClock(days(1)))

    first, second = at_once(apply, apply)
    assert first.action_id == second.action_id
    assert sorted(fresh) == [False, True]
    with store.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM order_mark")).scalar_one() == 1


def test_batches_that_meet_do_not_block_each_other(store: Store, lifeline: Lifeline) -> None:
    """Two batches over the same orders, named in opposite turns: each order is done once, and both come to an end."""
    names = [f"REFUND{number:02}" for number in range(30)]
    open_shop(store, lifeline, names)
    asked = (("release_stock", LI, names), ("release_stock", WANG, names[::-1]))
    actions = [begun(store, lifeline, who, kind, *those) for kind, who, those in asked]
    done = at_once(*(lambda this=this: work(store, this.action_id, FixedClock(days(1))) for this in actions))
    assert sum(one.done for one in done) == len(names)
    assert milk(store) == (10 + 2 * len(names), 0)
    check_whole(store, lifeline)


def test_killed_in_the_middle_of_a_thousand(store: Store, lifeline: Lifeline) -> None:
    """A process is killed at work: what it did is whole, the next one does the rest, and nothing is done twice."""
    open_shop(store, lifeline, REFUNDS)
    had, (free, locked) = pieces(store), milk(store)
    action_id = begun(store, lifeline, LI, "release_stock", *REFUNDS).action_id
    url = store.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen([sys.executable, "-m", "tests.contract.acting_worker", url, action_id])
    try:
        _wait(lambda: _done(store, action_id) >= 100)
    finally:
        worker.kill()
        worker.wait()
    left_behind = _done(store, action_id)
    assert 100 <= left_behind < 1000
    assert milk(store) == (free + 2 * left_behind, locked - 2 * left_behind)
    check_whole(store, lifeline)
    _wait(lambda: work(store, action_id, FixedClock(days(2))).status is ActionStatus.DONE)
    assert milk(store) == (free + 2 * len(REFUNDS), 0)
    assert pieces(store) == had
    check_whole(store, lifeline)
    with store.begin() as connection:
        rows = connection.execute(text("SELECT count(*), count(DISTINCT subject) FROM audit")).one()
    assert tuple(rows) == (1000, 1000)


def _done(store: Store, action_id: str) -> int:
    query = text("SELECT count(*) FROM action_item WHERE action_id = :id AND outcome = 'done'")
    with store.begin() as connection:
        return int(connection.execute(query, {"id": action_id}).scalar_one())


def _wait(ready: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    while not ready():
        assert monotonic() < deadline
        sleep(0.05)
