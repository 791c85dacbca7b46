"""Acting in words: kinds of actions, refusals, marks on an order, and what changes from what to what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.acting import Values
from dashboard.actions import CATALOGUE
from dashboard.marks import Mark
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.order_voices import told_at

SHOWN_MARKS = ("hold", "assignee", "ticket", "settlement", "label_provider", "delivery", "pick_list")
"""Which marks a page speaks of, in this order; a note is read among what was done."""

LISTED_MARKS = ("hold", "ticket", "assignee")
"""Those that a row of a list has room for."""

NODES = frozenset({"node", "at_node", "here"})
INSTANTS = frozenset({"at", "since", "until", "due_at", "left_at", "cancelled_at"})


def kind_name(context: Context, key: str) -> str:
    """The action as its button says it; the key of one that is gone from the catalogue."""
    text = f"acting.kind.{key}"
    return context.texts(text) if context.texts.has(text) else key


def refusal_words(context: Context, text: str, values: Mapping[str, str]) -> str:
    """Why an action does not apply."""
    return _filled(context, f"acting.refused.{text}", values)


def error_words(context: Context, text: str, values: Mapping[str, Any]) -> str:
    """Why nothing was done at all."""
    return _filled(context, f"acting.error.{text}", values)


def mark_words(context: Context, mark: Mark, now: datetime) -> str:
    """A mark as the head of the order's page says it: ``on hold by li.wei since 14:02``."""
    since = told_at(context, mark.at, now) if mark.at else UNKNOWN
    text = f"acting_ui.mark.{mark.kind}"
    value = value_words(context, mark.kind, mark.value)
    return context.texts(text, by=mark.by, since=since, value=value) if context.texts.has(text) else mark.kind


def short_mark(context: Context, mark: Mark) -> str:
    """A mark as a row of a list says it: ``on hold``."""
    value = value_words(context, mark.kind, mark.value)
    return context.texts(f"acting_ui.short_mark.{mark.kind}", value=value)


def shown_marks(marks: Sequence[Mark], kinds: Sequence[str] = SHOWN_MARKS) -> list[Mark]:
    """Those that a page speaks of, in its order."""
    return sorted((mark for mark in marks if mark.kind in kinds), key=lambda mark: kinds.index(mark.kind))


def field_name(context: Context, key: str) -> str:
    """What a changed thing is called; its key where nobody named it."""
    text = f"acting_ui.field.{key.partition(':')[0]}"
    return context.texts(text) if context.texts.has(text) else key.replace("_", " ")


def value_words(context: Context, key: str, value: object) -> str:
    """A value of a mark, a parameter or a changed thing, as a person says it."""
    if value is None or value in ("", {}):
        return context.texts("acting_ui.nothing")
    if isinstance(value, bool):
        return context.texts("acting_ui.yes" if value else "acting_ui.no")
    if isinstance(value, Mapping):
        said = [value_words(context, name, part) for name, part in value.items() if part not in (None, "", {})]
        return ", ".join(said) or context.texts("acting_ui.set")
    if isinstance(value, (list, tuple)):
        return ", ".join(value_words(context, key, part) for part in value) or context.texts("acting_ui.nothing")
    return _plain_words(context, key, str(value))


def _plain_words(context: Context, key: str, value: str) -> str:
    if key in INSTANTS:
        return _instant(context, value)
    if key in NODES:
        return context.node_name(value)
    if any(dimension.key == key for dimension in context.lifeline.dimensions):
        return context.value_name(key, value)
    if value in context.lifeline.teams:
        return context.team_name(value)
    text = f"acting.choice.{value}"
    return context.texts(text) if context.texts.has(text) else value


def _instant(context: Context, value: str) -> str:
    try:
        return context.formats.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def differences(before: Values, after: Values) -> list[tuple[str, object, object]]:
    """What differs between two states of one subject: name, before, after; mappings are told part by part."""
    found: list[tuple[str, object, object]] = []
    for key in [*before, *(key for key in after if key not in before)]:
        was, becomes = before.get(key), after.get(key)
        if was == becomes:
            continue
        if isinstance(was or {}, Mapping) and isinstance(becomes or {}, Mapping) and key in {"marks", "row", "holds"}:
            found += differences(was or {}, becomes or {})
        else:
            found.append((key, was, becomes))
    return found


def is_undoable(key: str) -> bool:
    """Whether the catalogue's action of this key can be taken back."""
    return next((kind.undoable for kind in CATALOGUE if kind.key == key), False)


def _filled(context: Context, text: str, values: Mapping[str, Any]) -> str:
    said = {name: value_words(context, name, value) for name, value in values.items()}
    return context.texts(text, **said) if context.texts.has(text) else text.rpartition(".")[2]
