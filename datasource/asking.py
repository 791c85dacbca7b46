"""What may be asked of the pipeline: the kind, its parameters and the reason, checked before anything is touched."""

from dataclasses import dataclass
from typing import Any

from dashboard.acting import ActionKind, Values
from dashboard.actions import kind_of, may_act
from dashboard.permissions import Caller
from dashboard.whole_text import is_whole
from datasource.acting_errors import ActionDenied, BadParams, UnknownKind

LONGEST_REASON = 500


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


def checked_reason(given: str) -> str:
    """The reason, trimmed.

    Raises:
        BadParams: there is none, or it is too long.
    """
    reason = given.strip()
    if not reason:
        raise BadParams("reason_missing", field="reason")
    if len(reason) > LONGEST_REASON or not is_whole(reason):
        raise BadParams("param_long", field="reason", most=LONGEST_REASON)
    return reason
