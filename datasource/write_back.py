"""The write-back pipeline, for people and rules alike: preview, apply, cancel, undo. This is its one door.

Each subject has a transaction of its own: lock, check again, write, message, audit, outcome. A preview does the very
same and rolls it back.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from dashboard.acting import Outcome
from dashboard.permissions import Caller
from datasource.acting_errors import (
    ActingError,
    ActionDenied,
    BadParams,
    KeyReused,
    NoAction,
    NobodyWaits,
    PreviewGone,
    TooMany,
    UnknownKind,
)
from datasource.acting_tables import action
from datasource.action_rows import Action, Item, actions_on, read_action, unfinished
from datasource.action_work import work
from datasource.asking import Asked, checked_kind, checked_params, checked_reason
from datasource.beginnings import Order, again, begun, hash_of, stored
from datasource.previews import MOST_SUBJECTS, Preview, PreviewedChange, Refused, preview, taken, told_of
from datasource.store import Store

__all__ = [
    "MOST_SUBJECTS",
    "ActingError",
    "Action",
    "ActionDenied",
    "Asked",
    "BadParams",
    "Item",
    "KeyReused",
    "NoAction",
    "NobodyWaits",
    "Preview",
    "PreviewGone",
    "PreviewedChange",
    "Refused",
    "TooMany",
    "UnknownKind",
    "actions_on",
    "begin",
    "cancel",
    "checked_params",
    "preview",
    "read_action",
    "undo",
    "unfinished",
    "work",
]


def begin(store: Store, preview_id: str, reason: str, key: str, caller: Caller, now: datetime) -> tuple[Action, bool]:
    """Begin the action of a preview; answers it and whether it was begun by this call (else by an earlier one).

    Raises:
        PreviewGone, KeyReused, BadParams, ActionDenied: it cannot begin.
    """
    reason = checked_reason(reason)
    asked = hash_of("apply", preview_id, reason)
    with store.begin() as connection:
        if known := stored(connection, key, asked, caller):
            return known, False
        found = taken(connection, preview_id, caller, now)
        if found is None:
            # Whoever took it meanwhile may have come with this very key.
            if known := stored(connection, key, asked, caller):
                return known, False
            raise PreviewGone("preview_gone")
        kind = checked_kind(found.kind, caller)
        order = Order(preview_id, kind.key, found.params, reason, key, asked)
        made = begun(connection, order, told_of(found, kind.subject), caller, now)
    return (made, True) if made else (again(store, key, asked, caller), False)


def undo(store: Store, action_id: str, reason: str, key: str, caller: Caller, now: datetime) -> tuple[Action, bool]:
    """Begin a new action that takes back what an action did, subject by subject, where it has not moved on since.

    Raises:
        NoAction, KeyReused, BadParams, ActionDenied: it cannot begin.
    """
    reason = checked_reason(reason)
    asked = hash_of("undo", action_id, reason)
    with store.begin() as connection:
        if known := stored(connection, key, asked, caller):
            return known, False
        undone = read_action(connection, action_id)
        if undone is None:
            raise NoAction("no_action")
        checked_kind(undone.kind, caller)
        if not undone.undoable:
            raise NoAction("not_undoable", 409)
        rows: list[dict[str, Any]] = [
            {"subject": item.subject, "reason": None, "before": None}
            for item in undone.items
            if item.outcome is Outcome.DONE
        ]
        order = Order(uuid4().hex, undone.kind, undone.params, reason, key, asked, undoes=action_id)
        made = begun(connection, order, rows, caller, now)
    return (made, True) if made else (again(store, key, asked, caller), False)


def cancel(store: Store, action_id: str, caller: Caller, now: datetime) -> Action:
    """Stop an action: what is done stays, what waits is left.

    Raises:
        NoAction, ActionDenied: there is nothing that the caller may stop.
    """
    with store.begin() as connection:
        found = read_action(connection, action_id)
        if found is None:
            raise NoAction("no_action")
        checked_kind(found.kind, caller)
        unstopped = (action.c.action_id == action_id, action.c.cancel_at.is_(None), action.c.finished_at.is_(None))
        connection.execute(update(action).where(*unstopped).values(cancel_at=now))
        return found
