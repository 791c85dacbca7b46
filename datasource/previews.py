"""Previews: what an action would do, by doing it and rolling it back; and the frozen list that it may be applied to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, insert

from dashboard.acting import ActionKind, Ask, Message, Refusal, Values
from dashboard.actions.effects import moved_by, shared_moves
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.acting_errors import BadParams, TooMany
from datasource.acting_tables import preview as preview_table
from datasource.asking import Asked, checked_kind, checked_params, who_there_is
from datasource.store import Store
from datasource.subject_acts import attempt, refused_as, unique_of
from datasource.subjects import reference

MOST_SUBJECTS = 1_000
PREVIEW_LASTS = timedelta(minutes=30)


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


def preview(
    store: Store, asked: Asked, caller: Caller, now: datetime, lifeline: Lifeline, most: int = MOST_SUBJECTS
) -> Preview:
    """What the action would do to each subject, and to which it does not apply. Nothing is changed.

    Raises:
        UnknownKind, ActionDenied, BadParams, TooMany: it cannot be asked so.
    """
    kind = checked_kind(asked.kind, caller)
    with store.begin() as connection:
        who = who_there_is(connection, kind, lifeline)
    params = checked_params(kind, asked.params, who)
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


def taken(connection: Connection, preview_id: str, caller: Caller, now: datetime) -> Row[Any] | None:
    """The preview, which nobody can take again; ``None`` where there is none of this caller that still holds."""
    of = preview_table.c
    mine = (of.preview_id == preview_id, of.actor == caller.name, of.expires_at > now)
    return connection.execute(delete(preview_table).where(*mine).returning(preview_table)).first()


def told_of(found: Row[Any], subject_kind: str) -> list[dict[str, Any]]:
    """Each subject of a preview, as it was shown: why it is refused, or how it stood before."""
    refused = {one["subject"]: {"text": one["text"], "values": one["values"]} for one in found.answer["refused"]}
    return [
        {
            "subject": reference(subject_kind, name),
            "reason": refused.get(name),
            "before": found.answer["before"].get(name),
        }
        for name in found.subjects
    ]


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
    """Do it and roll it back, subject by subject, in the order in which an action works; told in the order asked."""
    told, moves = dict[str, PreviewedChange | Refused](), Counter[str]()
    for name in sorted(names):
        ask = Ask(params, caller.name, now, unique_of(made_id, reference(kind.subject, name)))
        # Each by itself: a preview that held many locks could wait for an action that waits for it.
        with store.begin() as connection, _only_tried(connection):
            one = _tried_one(connection, kind, name, ask, lifeline)
        told[name] = one
        if isinstance(one, PreviewedChange):
            told[name] = replace(one, before=moved_by(one.before, moves), after=moved_by(one.after, moves))
            moves.update(shared_moves(one.before, one.after))
    asked = [told[name] for name in names]
    changes = tuple(one for one in asked if isinstance(one, PreviewedChange))
    return changes, tuple(one for one in asked if isinstance(one, Refused))


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
        "answer": {"refused": refused, "before": {one.subject: dict(one.before) for one in made.changes}},
        "made_at": now,
        "expires_at": made.expires_at,
    }
    with store.begin() as connection:
        connection.execute(delete(preview_table).where(preview_table.c.expires_at <= now))
        connection.execute(insert(preview_table), row)
