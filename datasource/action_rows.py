"""Actions as they stand: what was asked, how far it is, and what came of it for each subject."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dashboard.acting import ActionStatus, Outcome, Values
from dashboard.actions import kind_of
from datasource.acting_tables import action, action_item
from datasource.undoing import NOTHING, TakenBack, taken_back

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

    ``undoes``: the action that this one takes back. ``undoable``: whether something of it can be taken back now;
    ``undone_by``: the action that took back the last of it, once nothing is left to take back; ``being_undone_by``: one
    that is at it. ``stopping``: it was stopped, and is not over yet.
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
    undone_by: str | None
    being_undone_by: str | None
    items: tuple[Item, ...] = ()
    stopping: bool = False


def read_action(connection: Connection, action_id: str, *, items: bool = True) -> Action | None:
    """The action with all its subjects, in the order of the preview; ``None`` if there is none of this id.

    ``items=False``: how far it is, without its subjects, of which there may be thousands.
    """
    row = connection.execute(select(action).where(action.c.action_id == action_id)).first()
    if row is None:
        return None
    asked = select(*_OF_ITEM).where(action_item.c.action_id == action_id).order_by(action_item.c.place)
    found = tuple(_item(one) for one in connection.execute(asked)) if items else ()
    return _actions(connection, [(row, found)])[0]


def actions_on(connection: Connection, subject: str, limit: int = 50) -> list[Action]:
    """The actions that were asked for a subject, the newest first, each with what came of it for this subject only."""
    asked = (
        select(action, *_OF_ITEM)
        .join(action_item, action_item.c.action_id == action.c.action_id)
        .where(action_item.c.subject == subject)
        .order_by(action.c.made_at.desc(), action.c.action_id)
        .limit(limit)
    )
    return _actions(connection, [(row, (_item(row),)) for row in connection.execute(asked).all()])


def unfinished(connection: Connection, now: datetime) -> list[str]:
    """The actions that are not over though they began a while ago, the oldest first: whoever began them may be gone."""
    left = (action.c.finished_at.is_(None), action.c.made_at <= now - SETTLED)
    asked = select(action.c.action_id).where(*left).order_by(action.c.made_at)
    return list(connection.execute(asked).scalars())


def counted(connection: Connection, action_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many subjects of each action are done, and how many came out otherwise."""
    of = action_item.c
    asked = (
        select(
            of.action_id,
            func.count().filter(of.outcome == Outcome.DONE.value).label("done"),
            func.count().filter(of.outcome.not_in([Outcome.DONE.value, Outcome.WAITING.value])).label("failed"),
        )
        .where(of.action_id.in_(action_ids))
        .group_by(of.action_id)
    )
    return {row.action_id: (row.done, row.failed) for row in connection.execute(asked)}


def _actions(connection: Connection, found: Sequence[tuple[Row[Any], tuple[Item, ...]]]) -> list[Action]:
    """In two statements, however many there are. Those that are over bring their counts with them."""
    going_on = counted(connection, [row.action_id for row, _ in found if row.done is None])
    back = taken_back(connection, [row.action_id for row, _ in found])
    made = list[Action]()
    for row, items in found:
        counts = going_on.get(row.action_id, (row.done or 0, row.failed or 0))
        made.append(_action(row, items, counts, back.get(row.action_id, NOTHING)))
    return made


def _action(row: Row[Any], items: tuple[Item, ...], counts: tuple[int, int], back: TakenBack) -> Action:
    done, failed = counts
    over, left = row.finished_at is not None, done - back.subjects
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
        failed,
        row.made_at,
        row.finished_at,
        row.undoes,
        over and left > 0 and back.under_way is None and row.undoes is None and kind_of(row.kind).undoable,
        back.by if over and left <= 0 else None,
        back.under_way,
        items,
        row.cancel_at is not None and not over,
    )


def _item(row: Row[Any]) -> Item:
    return Item(row.subject, Outcome(row.outcome), row.why, row.before, row.after, row.at)
