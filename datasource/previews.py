"""Previews: what an action would do, by doing it and rolling it back; and the frozen list that it may be applied to."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, insert

from dashboard.acting import ActionKind, Ask, Change, Message, OrderSubject, Refusal, Values
from dashboard.actions.effects import apart_from, at_one_instant, freed_by, moved_by, seen, shared_moves
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from datasource.acting_errors import BadParams, NobodyWaits, TooMany
from datasource.acting_tables import preview as preview_table
from datasource.asking import Asked, checked_kind, checked_params, who_there_is
from datasource.store import Store
from datasource.subject_acts import attempt, refused_as, unique_of
from datasource.subjects import ORDER, locked_orders, reference, write_orders

MOST_SUBJECTS = 1_000
PREVIEW_LASTS = timedelta(minutes=30)
AT_ONCE = 100
"""Orders that are tried in one transaction."""


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
    store: Store,
    asked: Asked,
    caller: Caller,
    now: datetime,
    lifeline: Lifeline,
    most: int = MOST_SUBJECTS,
    waited_for: Callable[[], bool] = lambda: True,
) -> Preview:
    """What the action would do to each subject, and to which it does not apply. Nothing is changed.

    ``waited_for``: asked while the work goes on, whether anybody still waits for the answer.

    Raises:
        UnknownKind, ActionDenied, BadParams, TooMany: it cannot be asked so.
        NobodyWaits: it was left half worked out.
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
    tried = _tried(store, _Trial(preview_id, kind, params, caller.name, now, lifeline), names, waited_for)
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


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is tried, for whom, when, and the lifeline by which orders move."""

    preview_id: str
    kind: ActionKind
    params: Values
    actor: str
    now: datetime
    lifeline: Lifeline

    def ask(self, name: str) -> Ask:
        """Of one subject."""
        return Ask(self.params, self.actor, self.now, unique_of(self.preview_id, self.subject(name)))

    def subject(self, name: str) -> str:
        """``order:DB-1``."""
        return reference(self.kind.subject, name)


_Told = PreviewedChange | Refused


def _tried(
    store: Store, trial: _Trial, names: Sequence[str], waited_for: Callable[[], bool]
) -> tuple[tuple[PreviewedChange, ...], tuple[Refused, ...]]:
    """Do it and roll it back, in the order in which an action works; told in the order asked."""
    told, moves, ordered = dict[str, _Told](), Counter[str](), sorted(names)
    for start in range(0, len(ordered), AT_ONCE):
        if not waited_for():
            raise NobodyWaits
        block = ordered[start : start + AT_ONCE]
        # Few at a time: whatever is locked here, others wait for.
        with store.begin() as connection, _only_tried(connection):
            tried = _tried_together(connection, trial, block)
        for name in block:
            told[name] = one = tried[name]
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


def _tried_together(connection: Connection, trial: _Trial, names: Sequence[str]) -> dict[str, _Told]:
    """Each as if it were the only one. One that is refused only as it is written takes the others along: then apart."""
    if trial.kind.subject == ORDER:
        with suppress(Refusal), connection.begin_nested():
            return _tried_orders(connection, trial, names)
    told = dict[str, _Told]()
    for name in names:
        with _only_tried(connection):
            told[name] = _tried_one(connection, trial, name)
    return told


def _tried_orders(connection: Connection, trial: _Trial, names: Sequence[str]) -> dict[str, _Told]:
    """Raises ``Refusal`` where one of them is refused as it is written."""
    before, planned, told = locked_orders(connection, names), dict[str, Change](), dict[str, _Told]()
    for name in names:
        try:
            planned[name] = _planned(trial, before.get(name), name)
        except Refusal as refusal:
            told[name] = _refused(connection, trial, name, refusal)
    steps = [(before[name], change) for name, change in planned.items()]
    write_orders(connection, steps, trial.lifeline, trial.actor, trial.now)
    after = locked_orders(connection, list(planned))
    own = {name: freed_by(before[name], after[name]) for name in planned}
    moved = Counter[str]()
    for pieces in own.values():
        moved.update(pieces)
    for name, change in planned.items():
        others = {sku: moved[sku] - own[name].get(sku, 0) for sku in moved}
        alone = apart_from(after[name], others)
        told[name] = PreviewedChange(name, seen(at_one_instant(before[name], alone)), seen(alone), change.messages)
    return told


def _planned(trial: _Trial, found: OrderSubject | None, name: str) -> Change:
    if found is None:
        raise Refusal("missing")
    return trial.kind.plan(found, trial.ask(name))


def _tried_one(connection: Connection, trial: _Trial, name: str) -> _Told:
    ask = trial.ask(name)
    try:
        with connection.begin_nested():
            done = attempt(
                connection, trial.subject(name), lambda found: trial.kind.plan(found, ask), trial.lifeline, ask
            )
    except Refusal as refusal:
        return _refused(connection, trial, name, refusal)
    return PreviewedChange(name, done.before, done.after, done.change.messages)


def _refused(connection: Connection, trial: _Trial, name: str, refusal: Refusal) -> Refused:
    told = refused_as(connection, trial.subject(name), trial.kind.key, refusal)
    return Refused(name, told["text"], told["values"])


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
