"""What may be asked of the pipeline: the kind, its parameters and the reason, checked before anything is touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dashboard.acting import ActionKind, Values
from dashboard.actions import kind_of, may_act
from dashboard.lifeline import Lifeline
from dashboard.permissions import Caller
from dashboard.whole_text import is_readable
from datasource.acting_errors import ActionDenied, BadParams, UnknownKind
from datasource.people import people

LONGEST_REASON = 500
TEAM, PERSON = "team", "person"
"""Kinds of parameters that name somebody; a person may be a whole team."""
MOST_TOLD = 30
"""Names in the words of an error."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an action and its subjects by name (order ids, SKUs or outlets), each once."""

    kind: str
    subjects: tuple[str, ...]
    params: Values


def checked_kind(key: str, caller: Caller) -> ActionKind:
    """The action of that key.

    Raises:
        UnknownKind, ActionDenied: there is none, or the caller may not do it.
    """
    try:
        kind = kind_of(key)
    except KeyError:
        raise UnknownKind("unknown_kind", kind=key[:80]) from None
    if not may_act(caller, kind):
        raise ActionDenied("denied")
    return kind


def who_there_is(connection: Connection, kind: ActionKind, lifeline: Lifeline) -> Mapping[str, Sequence[str]]:
    """Whom the parameters of an action may name, by their kinds: teams by key, people who may still sign in."""
    if not any(one.kind in {TEAM, PERSON} for one in kind.params):
        return {}
    teams = tuple(lifeline.teams)
    names = (one.name for one in people(connection) if one.disabled_at is None)
    return {TEAM: teams, PERSON: (*teams, *names)}


def checked_params(kind: ActionKind, given: Values, who: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The parameters that the action takes, trimmed. ``who``: whom they may name, see ``who_there_is``.

    Raises:
        BadParams: one is missing, too long, unknown, or not among the choices or those who may be named.
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
        if not isinstance(text, str) or not is_readable(text):
            raise BadParams("param_text", field=name)
        if len(text) > one.longest:
            raise BadParams("param_long", field=name, most=one.longest)
        if one.choices and text not in one.choices:
            raise BadParams("param_choice", field=name, known=", ".join(one.choices))
        if one.kind in {TEAM, PERSON} and text not in who[one.kind]:
            raise BadParams("param_nobody", field=name, given=text, known=_told(who[one.kind]))
        taken[name] = text
    return taken


def _told(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_TOLD]) + (" …" if len(names) > MOST_TOLD else "")


def checked_reason(given: str) -> str:
    """The reason, trimmed.

    Raises:
        BadParams: there is none, it is too long, or nobody could read it.
    """
    reason = given.strip()
    if not reason:
        raise BadParams("reason_missing", field="reason")
    if len(reason) > LONGEST_REASON:
        raise BadParams("param_long", field="reason", most=LONGEST_REASON)
    if not is_readable(reason, lines=True):
        raise BadParams("reason_unreadable", field="reason")
    return reason
