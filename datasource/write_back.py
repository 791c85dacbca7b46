"""The write-back pipeline, for people and rules alike: preview, apply, cancel, undo. This is its one door.

Each subject has a transaction of its own: lock, check again, write, message, audit, outcome. A preview does the very
same and rolls it back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select, update

from dashboard.acting import ActionStatus
from dashboard.actions import kind_of
from dashboard.audited import ACTION, STOP
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
    Undone,
    UnknownKind,
)
from datasource.acting_tables import action
from datasource.action_rows import Action, Item, actions_on, counted, read_action, unfinished
from datasource.action_work import work
from datasource.asking import Asked, checked_kind, checked_reason
from datasource.audit import Entry, append
from datasource.beginnings import Order, again, begun, hash_of, stored
from datasource.previews import MOST_SUBJECTS, Preview, PreviewedChange, Refused, preview, taken, told_of
from datasource.store import Store
from datasource.subjects import reference
from datasource.undoing import left_to_undo

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
    "Undone",
    "UnknownKind",
    "actions_on",
    "begin",
    "cancel",
    "preview",
    "read_action",
    "undo",
    "undoable",
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

    What an earlier undo took back already is left out; what it was refused is tried again.

    Raises:
        NoAction, Undone, KeyReused, BadParams, ActionDenied: it cannot begin.
    """
    reason = checked_reason(reason)
    asked = hash_of("undo", action_id, reason)
    with store.begin() as connection:
        # Of two who undo it at once the second waits here, and then finds what the first began.
        connection.execute(select(action.c.action_id).where(action.c.action_id == action_id).with_for_update())
        if known := stored(connection, key, asked, caller):
            return known, False
        undone, subjects = undoable(connection, action_id, caller)
        rows: list[dict[str, Any]] = [{"subject": subject, "reason": None, "before": None} for subject in subjects]
        order = Order(uuid4().hex, undone.kind, undone.params, reason, key, asked, undoes=action_id)
        made = begun(connection, order, rows, caller, now)
    return (made, True) if made else (again(store, key, asked, caller), False)


def undoable(connection: Connection, action_id: str, caller: Caller) -> tuple[Action, Sequence[str]]:
    """An action that the caller may take back, without its items, and the subjects that are left to be taken back.

    Raises:
        NoAction, Undone, ActionDenied: it cannot be taken back, or not any more.
    """
    found = read_action(connection, action_id, items=False)
    if found is None:
        raise NoAction("no_action")
    checked_kind(found.kind, caller)
    if found.undone_by:
        raise Undone("undone", found.undone_by)
    if found.being_undone_by:
        raise Undone("being_undone", found.being_undone_by)
    if not found.undoable:
        raise NoAction(_why_not(found), 409)
    return found, left_to_undo(connection, action_id)


def _why_not(found: Action) -> str:
    if found.status is ActionStatus.RUNNING:
        return "not_over"
    could = found.undoes is None and kind_of(found.kind).undoable
    return "nothing_done" if could and not found.done else "not_undoable"


def cancel(store: Store, action_id: str, caller: Caller, now: datetime) -> Action:
    """Stop an action: what is done stays, what waits is left. Answers it without its items.

    The audit is told once, whoever else stops it at the same time, and not of one that is over. It counts what is done
    and what is left at this instant; the subject in hand may still be done.

    Raises:
        NoAction, ActionDenied: there is nothing that the caller may stop.
    """
    of = action.c
    with store.begin() as connection:
        found = read_action(connection, action_id, items=False)
        if found is None:
            raise NoAction("no_action")
        checked_kind(found.kind, caller)
        unstopped = (of.action_id == action_id, of.cancel_at.is_(None), of.finished_at.is_(None))
        if connection.execute(update(action).where(*unstopped).values(cancel_at=now)).rowcount:
            append(connection, [_stopped(connection, found, caller)], now)
    return found


def _stopped(connection: Connection, found: Action, caller: Caller) -> Entry:
    """What the audit is told of an action that was stopped just now."""
    done, failed = counted(connection, [found.action_id])[found.action_id]
    left = found.total - done - failed
    before = {"status": ActionStatus.RUNNING.value}
    after = {"status": ActionStatus.CANCELLED.value, "done": done, "failed": failed, "left": left}
    kind, subject = f"{STOP}:{found.kind}", reference(ACTION, found.action_id)
    return Entry(caller.name, caller.origin, kind, subject, found.action_id, before=before, after=after)
