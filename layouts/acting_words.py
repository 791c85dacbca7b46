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
from layouts.who import actor_name

SHOWN_MARKS = ("hold", "assignee", "ticket", "settlement", "label_provider", "delivery", "pick_list")
"""Which marks a page speaks of, in this order; a note is read among what was done."""

LISTED_MARKS = ("hold", "ticket", "assignee")
"""Those that a row of a list has room for."""

NODES = frozenset({"node", "at_node", "here"})
WHO = frozenset({"by", "closed_by", "since"})
"""Parts of a mark that say who set it and when: the audit's matter, not what changes."""

VISIT = "visit"
"""Which stay at the node it is: nothing that a person asks for."""

INSTANTS = frozenset({"at", "when", "since", "until", "due_at", "left_at", "cancelled_at"})


def kind_name(context: Context, key: str) -> str:
    """The action as its button says it; the key of one that is gone from the catalogue."""
    text = f"acting.kind.{key}"
    return context.texts(text) if context.texts.has(text) else key


def counted(context: Context, kind: str, text: str, **values: object) -> str:
    """A text that counts what an action is about: of orders, or where there is one of its own, of SKUs or outlets."""
    subject = next((known.subject for known in CATALOGUE if known.key == kind), "order")
    name = text.rpartition(".")[2]
    own = f"acting_ui.of_{subject}.{name}"
    return context.texts(own if context.texts.has(own) else text, **values)


def meaning(context: Context, kind: str) -> str:
    """What an action means for orders, where the change that is shown does not say it."""
    text = f"acting.means.{kind}"
    return context.texts(text) if context.texts.has(text) else ""


def refusal_words(context: Context, text: str, values: Mapping[str, str]) -> str:
    """Why an action does not apply; where somebody did the same before, who that was and when."""
    words = _filled(context, f"acting.refused.{text}", values)
    if not values.get("who"):
        return words
    who, when = actor_name(context.texts, values["who"]), value_words(context, "when", values.get("when"))
    return context.texts("acting_ui.first", words=words.rstrip(".。"), who=who, when=when)


def error_words(context: Context, text: str, values: Mapping[str, Any]) -> str:
    """Why nothing was done at all."""
    return _filled(context, f"acting.error.{text}", values)


def mark_words(context: Context, mark: Mark, now: datetime) -> str:
    """A mark as the head of the order's page says it: ``on hold by li.wei since 14:02``."""
    since = told_at(context, mark.at, now) if mark.at else UNKNOWN
    text = f"acting_ui.mark.{mark.kind}"
    value = value_words(context, mark.kind, mark.value)
    if not context.texts.has(text):
        return mark.kind
    return context.texts(text, by=actor_name(context.texts, mark.by), since=since, value=value)


def short_mark(context: Context, mark: Mark) -> str:
    """A mark as a row of a list says it: ``on hold``."""
    value = value_words(context, mark.kind, mark.value)
    return context.texts(f"acting_ui.short_mark.{mark.kind}", value=value)


def shown_marks(marks: Sequence[Mark], kinds: Sequence[str] = SHOWN_MARKS) -> list[Mark]:
    """Those that a page speaks of, in its order; a ticket only while it is open."""
    return sorted(
        (mark for mark in marks if mark.kind in kinds and stands(mark)), key=lambda mark: kinds.index(mark.kind)
    )


def stands(mark: Mark) -> bool:
    """Whether what was set still holds: a closed ticket is history."""
    return mark.value.get("state") != "closed"


def field_name(context: Context, key: str) -> str:
    """What a changed thing is called; its key where nobody named it."""
    kind = key.partition(":")[0]
    text = f"acting_ui.field.{kind}"
    return context.texts(text) if context.texts.has(text) else key.replace("_", " ")


def value_words(context: Context, key: str, value: object) -> str:
    """A value of a mark, a parameter or a changed thing, as a person says it."""
    if value is None or value in ("", {}):
        return context.texts("acting_ui.nothing")
    if isinstance(value, bool):
        own, plain = f"acting_ui.value_of.{key}.{value}", "acting_ui.yes" if value else "acting_ui.no"
        return context.texts(own if context.texts.has(own) else plain)
    if isinstance(value, int):
        return context.formats.count(value)
    if isinstance(value, Mapping):
        return _set_words(context, key.partition(":")[0], value)
    if isinstance(value, (list, tuple)):
        comma = context.texts("audit.comma")
        return comma.join(value_words(context, key, part) for part in value) or context.texts("acting_ui.nothing")
    return _plain_words(context, key, str(value))


def _set_words(context: Context, kind: str, value: Mapping[str, Any]) -> str:
    """What is set, in words; who set it is said elsewhere."""
    if kind == "stock":
        counts = {name: context.formats.count(value.get(name) or 0) for name in ("quantity", "available")}
        return context.texts("acting_ui.stock", state=value_words(context, "state", value.get("state")), **counts)
    told = [value_words(context, name, part) for name, part in value.items() if name not in WHO and part]
    text = f"acting_ui.set_as.{kind}"
    return context.texts("audit.comma").join(told) or context.texts(
        text if context.texts.has(text) else "acting_ui.set"
    )


def _plain_words(context: Context, key: str, value: str) -> str:
    if key in INSTANTS:
        return _instant(context, value)
    if key in NODES:
        return context.node_name(value)
    if any(dimension.key == key for dimension in context.lifeline.dimensions):
        return context.value_name(key, value)
    if value in context.lifeline.teams:
        return context.team_name(value)
    known = (f"acting_ui.value_of.{key}.{value}", f"acting.choice.{value}", f"acting_ui.value.{value}")
    return next((context.texts(text) for text in known if context.texts.has(text)), value)


def _instant(context: Context, value: str) -> str:
    try:
        return context.formats.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def differences(before: Values, after: Values) -> list[tuple[str, object, object]]:
    """What differs between two states of one subject: name, before, after."""
    names = [*before, *(name for name in after if name not in before)]
    steps = ((name, before.get(name), after.get(name)) for name in names if name != VISIT)
    return [(name, was, becomes) for name, was, becomes in steps if was != becomes]


def inverse_of(key: str) -> str:
    """The key of the action that does the opposite; empty where there is none."""
    return next((kind.inverse or "" for kind in CATALOGUE if kind.key == key), "")


def is_undoable(key: str) -> bool:
    """Whether the catalogue's action of this key can be taken back."""
    return next((kind.undoable for kind in CATALOGUE if kind.key == key), False)


def _filled(context: Context, text: str, values: Mapping[str, Any]) -> str:
    said = {name: value_words(context, name, value) for name, value in values.items()}
    return context.texts(text, **said) if context.texts.has(text) else text.rpartition(".")[2]
