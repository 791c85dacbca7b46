"""The write-back pipeline, for people and rules alike: preview, apply, cancel, undo. This is its one door.

Each subject has a transaction of its own: lock, check again, write, message, audit, outcome. A preview does the very
same and rolls it back.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dashboard.acting import ActionKind, ActionStatus, Ask, Message, Outcome, Refusal, Values
from dashboard.actions import kind_of, may_act
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.acting_errors import (
    ActingError,
    ActionDenied,
    BadParams,
    KeyReused,
    NoAction,
    PreviewGone,
    TooMany,
    UnknownKind,
)
from datasource.acting_tables import action, action_item
from datasource.acting_tables import preview as preview_table
from datasource.action_rows import Action, Item, actions_on, read_action, unfinished
from datasource.action_work import work
from datasource.store import Store
from datasource.subject_acts import attempt, refused_as, unique_of
from datasource.subjects import reference

__all__ = [
    "ActingError",
    "Action",
    "ActionDenied",
    "Asked",
    "BadParams",
    "Item",
    "KeyReused",
    "NoAction",
    "Preview",
    "PreviewGone",
    "PreviewedChange",
    "Refused",
    "TooMany",
    "UnknownKind",
    "actions_on",
    "begin",
    "cancel",
    "preview",
    "read_action",
    "undo",
    "unfinished",
    "work",
]

MOST_SUBJECTS = 1_000
PREVIEW_LASTS = timedelta(minutes=30)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an action and its subjects by name (order ids, SKUs or outlets), each once."""

    kind: str
    subjects: tuple[str, ...]
    params: Values


@dataclass(frozen=True, slots=True)
class PreviewedChange:
    """What would change of one subject, and what outside systems would be told."""

    subject: str
    before: Values
    after: Values
    outside: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an action does not apply to a subject; a key under ``acting.refused`` and what fills it."""

    subject: str
    text: str
    values: Values


@dataclass(frozen=True, slots=True)
class Preview:
    """A frozen list, and what would come of it. Its id becomes that of the action."""

    preview_id: str
    kind: str
    params: Values
    changes: tuple[PreviewedChange, ...]
    refused: tuple[Refused, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Order:
    """What an action is begun with. ``asked``: the hash of the request that the key stands for."""

    action_id: str
    kind: str
    params: Values
    reason: str
    key: str
    asked: bytes
    undoes: str | None = None


def preview(
    store: Store, asked: Asked, caller: Caller, now: datetime, lifeline: Lifeline, most: int = MOST_SUBJECTS
) -> Preview:
    """What the action would do to each subject, and to which it does not apply. Nothing is changed.

    Raises:
        UnknownKind, ActionDenied, BadParams, TooMany: it cannot be asked so.
    """
    kind = _checked(asked.kind, caller)
    params = checked_params(kind, asked.params)
    names = tuple(dict.fromkeys(asked.subjects))
    if not names:
        raise BadParams("no_subjects", field="orders")
    if len(names) > most:
        raise TooMany("too_many", count=len(names), most=most)
    preview_id = uuid4().hex
    tried = _tried(store, preview_id, kind, names, params, caller, now, lifeline)
    made = Preview(preview_id, kind.key, params, *tried, now + PREVIEW_LASTS)
    _keep(store, made, caller, now)
    return made


def begin(store: Store, preview_id: str, reason: str, key: str, caller: Caller, now: datetime) -> tuple[Action, bool]:
    """Begin the action of a preview; answers it and whether it was begun by this call (else by an earlier one).

    Raises:
        PreviewGone, KeyReused, BadParams, ActionDenied: it cannot begin.
    """
    reason = _reason(reason)
    asked = _hash("apply", preview_id, reason)
    with store.begin() as connection:
        if stored := _stored(connection, key, asked, caller):
            return stored, False
        taken = preview_table.c
        found = connection.execute(
            delete(preview_table)
            .where(taken.preview_id == preview_id, taken.actor == caller.name, taken.expires_at > now)
            .returning(preview_table)
        ).first()
        if found is None:
            # Whoever took it meanwhile may have come with this very key.
            if stored := _stored(connection, key, asked, caller):
                return stored, False
            raise PreviewGone("preview_gone")
        kind = _checked(found.kind, caller)
        refused = {one["subject"]: one for one in found.answer["refused"]}
        rows: list[dict[str, Any]] = [
            {"subject": reference(kind.subject, name), "reason": _told(refused.get(name))} for name in found.subjects
        ]
        begun = _begun(connection, _Order(preview_id, kind.key, found.params, reason, key, asked), rows, caller, now)
    return (begun, True) if begun else (_again(store, key, asked, caller), False)


def undo(store: Store, action_id: str, reason: str, key: str, caller: Caller, now: datetime) -> tuple[Action, bool]:
    """Begin a new action that takes back what an action did, subject by subject, where it has not moved on since.

    Raises:
        NoAction, KeyReused, BadParams, ActionDenied: it cannot begin.
    """
    reason = _reason(reason)
    asked = _hash("undo", action_id, reason)
    with store.begin() as connection:
        if stored := _stored(connection, key, asked, caller):
            return stored, False
        undone = read_action(connection, action_id)
        if undone is None:
            raise NoAction("no_action")
        _checked(undone.kind, caller)
        if not undone.undoable:
            raise NoAction("not_undoable", 409)
        rows: list[dict[str, Any]] = [
            {"subject": item.subject, "reason": None} for item in undone.items if item.outcome is Outcome.DONE
        ]
        order = _Order(uuid4().hex, undone.kind, undone.params, reason, key, asked, undoes=action_id)
        begun = _begun(connection, order, rows, caller, now)
    return (begun, True) if begun else (_again(store, key, asked, caller), False)


def cancel(store: Store, action_id: str, caller: Caller, now: datetime) -> Action:
    """Stop an action: what is done stays, what waits is left.

    Raises:
        NoAction, ActionDenied: there is nothing that the caller may stop.
    """
    with store.begin() as connection:
        found = read_action(connection, action_id)
        if found is None:
            raise NoAction("no_action")
        _checked(found.kind, caller)
        unstopped = (action.c.action_id == action_id, action.c.cancel_at.is_(None), action.c.finished_at.is_(None))
        connection.execute(update(action).where(*unstopped).values(cancel_at=now))
        return found


def checked_params(kind: ActionKind, given: Values) -> dict[str, Any]:
    """The parameters that the action takes, trimmed.

    Raises:
        BadParams: one is missing, too long, unknown or not among the choices.
    """
    known = {one.key: one for one in kind.params}
    if stray := sorted(set(given) - set(known)):
        raise BadParams("param_unknown", field=stray[0])
    taken: dict[str, Any] = {}
    for name, one in known.items():
        value = given.get(name)
        text = value.strip() if isinstance(value, str) else value
        if text in (None, "") and one.required:
            raise BadParams("param_missing", field=name)
        if text in (None, ""):
            continue
        if not isinstance(text, str) or not text.isprintable():
            raise BadParams("param_text", field=name)
        if len(text) > one.longest:
            raise BadParams("param_long", field=name, most=one.longest)
        if one.choices and text not in one.choices:
            raise BadParams("param_choice", field=name, known=", ".join(one.choices))
        taken[name] = text
    return taken


def _checked(key: str, caller: Caller) -> ActionKind:
    try:
        kind = kind_of(key)
    except KeyError:
        raise UnknownKind("unknown_kind", kind=key[:80]) from None
    if not may_act(caller, kind):
        raise ActionDenied("denied")
    return kind


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason:
        raise BadParams("reason_missing", field="reason")
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise BadParams("param_long", field="reason", most=LONGEST_REASON)
    return reason


def _hash(*parts: str) -> bytes:
    return sha256(json.dumps(parts).encode()).digest()


def _tried(
    store: Store,
    made_id: str,
    kind: ActionKind,
    names: Sequence[str],
    params: Values,
    caller: Caller,
    now: datetime,
    lifeline: Lifeline,
) -> tuple[tuple[PreviewedChange, ...], tuple[Refused, ...]]:
    """Do it and roll it back, subject by subject."""
    told: list[PreviewedChange | Refused] = []
    for name in names:
        ask = Ask(params, caller.name, now, unique_of(made_id, reference(kind.subject, name)))
        # Each by itself: a preview that held many locks could wait for an action that waits for it.
        with store.begin() as connection, _only_tried(connection):
            told.append(_tried_one(connection, kind, name, ask, lifeline))
    changes = tuple(one for one in told if isinstance(one, PreviewedChange))
    return changes, tuple(one for one in told if isinstance(one, Refused))


@contextmanager
def _only_tried(connection: Connection) -> Iterator[None]:
    """What the block writes is gone afterwards."""
    tried = connection.begin_nested()
    try:
        yield
    finally:
        tried.rollback()


def _tried_one(
    connection: Connection, kind: ActionKind, name: str, ask: Ask, lifeline: Lifeline
) -> PreviewedChange | Refused:
    subject = reference(kind.subject, name)
    try:
        with connection.begin_nested():
            done = attempt(connection, subject, lambda found: kind.plan(found, ask), lifeline, ask)
    except Refusal as refusal:
        told = refused_as(connection, subject, kind.key, refusal)
        return Refused(name, told["text"], told["values"])
    return PreviewedChange(name, done.before, done.after, done.change.messages)


def _keep(store: Store, made: Preview, caller: Caller, now: datetime) -> None:
    refused = [{"subject": one.subject, "text": one.text, "values": dict(one.values)} for one in made.refused]
    names = [*(one.subject for one in made.changes), *(one.subject for one in made.refused)]
    row = {
        "preview_id": made.preview_id,
        "kind": made.kind,
        "params": dict(made.params),
        "subjects": names,
        "actor": caller.name,
        "answer": {"refused": refused},
        "made_at": now,
        "expires_at": made.expires_at,
    }
    with store.begin() as connection:
        connection.execute(delete(preview_table).where(preview_table.c.expires_at <= now))
        connection.execute(insert(preview_table), row)


def _told(refused: Values | None) -> Values | None:
    return None if refused is None else {"text": refused["text"], "values": refused["values"]}


def _stored(connection: Connection, key: str, asked: bytes, caller: Caller) -> Action | None:
    """What the key stands for already."""
    if not 8 <= len(key) <= 200 or not key.isprintable():
        raise BadParams("key", 400, field="Idempotency-Key")
    where = (action.c.actor == caller.name, action.c.idempotency_key == key)
    row = connection.execute(select(action.c.action_id, action.c.request_hash).where(*where)).first()
    if row is None:
        return None
    if bytes(row.request_hash) != asked:
        raise KeyReused("key_reused")
    return read_action(connection, row.action_id)


def _again(store: Store, key: str, asked: bytes, caller: Caller) -> Action:
    """Another call with the same key was faster by the blink of an eye."""
    with store.begin() as connection:
        stored = _stored(connection, key, asked, caller)
    if stored is None:
        raise NoAction("no_action")
    return stored


def _begun(
    connection: Connection, order: "_Order", rows: Sequence[Values], caller: Caller, now: datetime
) -> Action | None:
    """Write the action and its subjects; ``None`` where the key was taken meanwhile."""
    row = {
        "action_id": order.action_id,
        "kind": order.kind,
        "params": dict(order.params),
        "actor": caller.name,
        "origin": caller.origin,
        "reason": order.reason,
        "status": ActionStatus.RUNNING.value,
        "total": len(rows),
        "undoes": order.undoes,
        "idempotency_key": order.key,
        "request_hash": order.asked,
        "made_at": now,
    }
    made = connection.execute(upsert(action).values(row).on_conflict_do_nothing().returning(action.c.action_id)).first()
    if made is None:
        return None
    items = [
        {
            "action_id": order.action_id,
            "subject": one["subject"],
            "place": place,
            "outcome": (Outcome.WAITING if one["reason"] is None else Outcome.REFUSED).value,
            "reason": one["reason"],
            "at": None if one["reason"] is None else now,
        }
        for place, one in enumerate(rows)
    ]
    connection.execute(insert(action_item), items)
    return read_action(connection, order.action_id)
