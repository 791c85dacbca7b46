"""Actions as they stand: what was asked, how far it is, and what came of it for each subject."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dashboard.acting import ActionStatus, Outcome, Values
from dashboard.actions import kind_of
from datasource.acting_tables import action, action_item

SETTLED = timedelta(seconds=10)

_OF_ITEM: tuple[Any, ...] = (
    *(action_item.c[name] for name in ("subject", "outcome", "before", "after", "at")),
    action_item.c.reason.label("why"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """What came of an action for one subject. ``reason``: ``{"text", "values"}`` where it was not done."""

    subject: str
    outcome: Outcome
    reason: Values | None
    before: Values | None
    after: Values | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Action:
    """One action. ``done`` and ``failed`` count subjects; refused and cancelled ones are among the failed.

    ``undoes``: the action that this one takes back. ``undoable``: whether it can be taken back itself. ``stopping``: it
    was stopped, and is not over yet.
    """

    action_id: str
    kind: str
    params: Values
    actor: str
    origin: str
    reason: str
    status: ActionStatus
    total: int
    done: int
    failed: int
    made_at: datetime
    finished_at: datetime | None
    undoes: str | None
    undoable: bool
    undone: bool
    items: tuple[Item, ...] = ()
    stopping: bool = False


def read_action(connection: Connection, action_id: str) -> Action | None:
    """The action with all its subjects, in the order of the preview; ``None`` if there is none of this id."""
    row = connection.execute(select(action).where(action.c.action_id == action_id)).first()
    if row is None:
        return None
    asked = select(*_OF_ITEM)
    asked = asked.where(action_item.c.action_id == action_id).order_by(action_item.c.place)
    items = tuple(_item(one) for one in connection.execute(asked))
    return _action(connection, row, items)


def actions_on(connection: Connection, subject: str, limit: int = 50) -> list[Action]:
    """The actions that were asked for a subject, the newest first, each with what came of it for this subject only."""
    asked = (
        select(action, *_OF_ITEM)
        .join(action_item, action_item.c.action_id == action.c.action_id)
        .where(action_item.c.subject == subject)
        .order_by(action.c.made_at.desc(), action.c.action_id)
        .limit(limit)
    )
    return [_action(connection, row, (_item(row),)) for row in connection.execute(asked).all()]


def unfinished(connection: Connection, now: datetime) -> list[str]:
    """The actions that are not over though they began a while ago, the oldest first: whoever began them may be gone."""
    left = (action.c.finished_at.is_(None), action.c.made_at <= now - SETTLED)
    asked = select(action.c.action_id).where(*left).order_by(action.c.made_at)
    return list(connection.execute(asked).scalars())


def _action(connection: Connection, row: Row[Any], items: tuple[Item, ...]) -> Action:
    outcome = action_item.c.outcome
    counted = select(outcome, func.count()).where(action_item.c.action_id == row.action_id).group_by(outcome)
    counts = {Outcome(key): number for key, number in connection.execute(counted)}
    done = counts.get(Outcome.DONE, 0)
    undone = connection.execute(select(action.c.action_id).where(action.c.undoes == row.action_id).limit(1)).first()
    over = row.finished_at is not None
    return Action(
        row.action_id,
        row.kind,
        row.params,
        row.actor,
        row.origin,
        row.reason,
        ActionStatus(row.status),
        row.total,
        done,
        sum(counts.values()) - done - counts.get(Outcome.WAITING, 0),
        row.made_at,
        row.finished_at,
        row.undoes,
        over and done > 0 and row.undoes is None and kind_of(row.kind).undoable,
        undone is not None,
        items,
        row.cancel_at is not None and not over,
    )


def _item(row: Row[Any]) -> Item:
    return Item(row.subject, Outcome(row.outcome), row.why, row.before, row.after, row.at)
