"""The work of an action: its waiting subjects, one transaction each. Any process may take it up where another fell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, collate, select, text, update

from dashboard.acting import ActionKind, ActionStatus, Ask, Change, OrderSubject, Outcome, Refusal, Subject, Values
from dashboard.actions import kind_of
from dashboard.actions.effects import own, seen, undoing
from dashboard.audited import UNDO
from dashboard.clock import Clock
from dashboard.lifeline import Lifeline
from datasource import audit
from datasource.acting_errors import NoAction
from datasource.acting_tables import action, action_item
from datasource.action_rows import Action, counted, read_action
from datasource.errors import StoreError
from datasource.outbox import enqueue
from datasource.store import Store
from datasource.subject_acts import MOVED_ON, attempt, refused_as, unique_of


class Watcher(Protocol):
    """Who is told of the work while it goes on."""

    def goes_on(self) -> bool:
        """Whether to take the next subject; what waits then goes on waiting."""
        ...

    def came_out(self, kind: str, outcome: Outcome) -> None:
        """One subject is done with."""
        ...

    def broke(self, action_id: str, error: Exception) -> None:
        """Something broke at one of its subjects."""
        ...


def work(store: Store, action_id: str, clock: Clock, watcher: Watcher | None = None) -> Action:
    """Do what waits of an action, and answer it as it stands then.

    One process at a time works on an action; if another does, nothing is done here. What a killed one left is taken up
    by the next call: a subject is done and noted in one transaction, so none is done twice.

    Raises:
        NoAction: there is none of this id.
        StoreUnavailable: the database is away; what waits goes on waiting.
    """
    with _alone(store, action_id) as mine:
        if mine:
            lifeline = store.lifeline()
            for subject in _waiting(store, action_id):
                if watcher and not watcher.goes_on():
                    break
                if not _step(store, action_id, subject, lifeline, clock, watcher):
                    _finish(store, action_id, clock.now())
                    break
            else:
                _finish(store, action_id, clock.now())
    with store.begin() as connection:
        found = read_action(connection, action_id)
    if found is None:
        raise NoAction("no_action")
    return found


@contextmanager
def _alone(store: Store, action_id: str) -> Iterator[bool]:
    """Whether nobody else works on it. The lock belongs to a connection, so that it dies with its process."""
    with store.begin() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield bool(connection.execute(_TAKE, {"name": action_id}).scalar_one())


def _waiting(store: Store, action_id: str) -> list[str]:
    """In the order of their names, as a preview tells them: batches that meet lock in one order."""
    of = action_item.c
    waits = (of.action_id == action_id, of.outcome == Outcome.WAITING.value)
    asked = select(of.subject).where(*waits).order_by(collate(of.subject, "C"))
    with store.begin() as connection:
        return list(connection.execute(asked).scalars())


def _step(
    store: Store, action_id: str, subject: str, lifeline: Lifeline, clock: Clock, watcher: Watcher | None
) -> bool:
    """One subject; false once the action was cancelled."""
    now = clock.now()
    try:
        with store.begin() as connection:
            came = _act(connection, action_id, subject, lifeline, now)
    except StoreError:
        raise
    except Exception as error:
        if watcher is None:
            raise
        watcher.broke(action_id, error)
        with store.begin() as connection:
            came = _broken(connection, action_id, subject, now)
    if came is None:
        return False
    kind, outcome = came
    if watcher and outcome is not None:
        watcher.came_out(kind, outcome)
    return True


def _broken(connection: Connection, action_id: str, subject: str, now: datetime) -> tuple[str, Outcome | None]:
    """It failed, unless it is done with: our own commit may have got through, or somebody else was at it meanwhile."""
    kind = connection.execute(select(action.c.kind).where(action.c.action_id == action_id)).scalar_one()
    noted = _note(connection, action_id, subject, Outcome.FAILED, now, reason={"text": "failed", "values": {}})
    return kind, Outcome.FAILED if noted else None


def _act(
    connection: Connection, action_id: str, subject: str, lifeline: Lifeline, now: datetime
) -> tuple[str, Outcome | None] | None:
    """The kind of the action and what came of it here for the subject; ``None`` once it was cancelled.

    No outcome where somebody else was done with it before. The lock on the item is what keeps two workers from one
    subject: the advisory lock may be lost with its connection while its process lives on.
    """
    of = action.c
    told = connection.execute(select(action).where(of.action_id == action_id)).one()
    if told.cancel_at is not None:
        return None
    this = (action_item.c.action_id == action_id, action_item.c.subject == subject)
    item = connection.execute(select(action_item).where(*this).with_for_update()).one()
    if item.outcome != Outcome.WAITING.value:
        return told.kind, None
    ask = Ask(told.params, told.actor, now, unique_of(action_id, subject))
    kind = kind_of(told.kind)
    plan = _plan(kind, ask, item.before) if told.undoes is None else _undo_plan(connection, told.undoes, subject, ask)
    try:
        with connection.begin_nested():
            done = attempt(connection, subject, plan, lifeline, ask)
            enqueue(connection, subject, done.change.messages, action_id, now)
    except Refusal as refusal:
        reason = refused_as(connection, subject, kind.key, refusal, told.undoes)
        _note(connection, action_id, subject, Outcome.REFUSED, now, reason=reason)
        return told.kind, Outcome.REFUSED
    values: dict[str, Values | int | None] = {
        "before": done.before,
        "after": done.after,
        "inverse": done.inverse,
        "version": done.version,
    }
    _note(connection, action_id, subject, Outcome.DONE, now, **values)
    name = kind.key if told.undoes is None else f"{UNDO}:{kind.key}"
    entry = audit.Entry(told.actor, told.origin, name, subject, action_id, told.reason, done.before, done.after)
    audit.append(connection, [entry], now)
    return told.kind, Outcome.DONE


def _plan(kind: ActionKind, ask: Ask, previewed: Values | None) -> Callable[[Subject], Change]:
    """What is not as its preview showed it is left alone: somebody agreed to that, and to nothing else."""

    def plan(found: Subject) -> Change:
        change = kind.plan(found, ask)
        if previewed is not None and own(seen(found)) != own(previewed):
            raise Refusal(MOVED_ON)
        return change

    return plan


def _undo_plan(connection: Connection, undoes: str, subject: str, ask: Ask) -> Callable[[Subject], Change]:
    this = (action_item.c.action_id == undoes, action_item.c.subject == subject)
    item = connection.execute(select(action_item.c.inverse, action_item.c.version).where(*this)).one()

    def plan(found: Subject) -> Change:
        if found.version != item.version:
            raise Refusal(MOVED_ON)
        return undoing(found, item.inverse, ask.unique, ask.actor, _after_all(found, ask.at))

    return plan


def _after_all(subject: Subject, at: datetime) -> datetime:
    """A withdrawal is told now; an order that is ahead of the clock gets no stamp from before its own."""
    if not isinstance(subject, OrderSubject):
        return at
    return max([at, *(visit.entered_at for visit in subject.state.visits)])


def _note(
    connection: Connection, action_id: str, subject: str, outcome: Outcome, at: datetime, **values: Values | int | None
) -> bool:
    """Note what came of it; an outcome that stands is never written over, and then this answers false."""
    of = action_item.c
    this = (of.action_id == action_id, of.subject == subject, of.outcome == Outcome.WAITING.value)
    noted = connection.execute(update(action_item).where(*this).values(outcome=outcome.value, at=at, **values))
    return noted.rowcount == 1


def _finish(store: Store, action_id: str, now: datetime) -> None:
    """What still waits was cancelled; and the action is over."""
    of = action_item.c
    with store.begin() as connection:
        unfinished = (action.c.action_id == action_id, action.c.finished_at.is_(None))
        cancelled = connection.execute(select(action.c.cancel_at).where(*unfinished).with_for_update()).first()
        if cancelled is None:
            return
        waits = (of.action_id == action_id, of.outcome == Outcome.WAITING.value)
        left = connection.execute(update(action_item).where(*waits).values(outcome=Outcome.CANCELLED.value, at=now))
        done, failed = counted(connection, [action_id]).get(action_id, (0, 0))
        status = (
            ActionStatus.CANCELLED
            if left.rowcount
            else ActionStatus.DONE
            if not failed
            else ActionStatus.PARTIAL
            if done
            else ActionStatus.FAILED
        )
        over = {"status": status.value, "finished_at": now, "done": done, "failed": failed}
        connection.execute(update(action).where(*unfinished).values(over))


_TAKE = text("SELECT pg_try_advisory_xact_lock(7142010, hashtext(:name))")
