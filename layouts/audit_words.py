"""The words of the audit: what was done, on what, and the values that it changed."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.audited import SUBJECTS, Audited, ChainState
from layouts.context import Context
from layouts.formats import UNKNOWN

LONGEST_VALUE = 120
MARKS = "marks"
"""Holds the marks of an order by name; itself it needs no word."""

_NODES = frozenset({"node", "here"})


def kind_name(context: Context, kind: str) -> str:
    """What was done, in words; its key where nobody named it."""
    texts, name = context.texts, kind.replace(".", "_")
    return next((texts(key) for key in (f"acting.kind.{name}", f"audit.kind.{name}") if texts.has(key)), kind)


def subject_words(context: Context, entry: Audited) -> tuple[str, str]:
    """What it was done to: its kind in a word (empty where it says itself), and its key."""
    kind, _, key = entry.subject.partition(":")
    name = f"audit.subject.{kind}"
    if kind in SUBJECTS or (key and context.texts.has(name)):
        return context.texts(name), key
    return "", entry.subject


def field_name(context: Context, path: Sequence[str]) -> str:
    """The name of a value: each step in words where there are some, else as it is written."""
    steps = [_step(context, step) for step in path if step != MARKS or len(path) == 1]
    return " · ".join(steps)


def _step(context: Context, step: str) -> str:
    """``stock:MILK`` is ``Stock MILK``."""
    texts, (bare, _, key) = context.texts, step.partition(":")
    named = next((texts(text) for text in (f"acting_ui.field.{bare}", f"audit.field.{bare}") if texts.has(text)), None)
    return f"{named or bare.replace('_', ' ')} {key}".rstrip()


def value_words(context: Context, name: str, value: object) -> str:
    """One value as a person reads it: truth, nodes, teams and instants in words, all else as it is.

    ``name``: of what it is the value.
    """
    if value is None or value in ("", [], {}):
        return UNKNOWN
    if isinstance(value, bool):
        return context.texts("audit.yes" if value else "audit.no")
    if isinstance(value, list):
        return context.texts("audit.comma").join(value_words(context, name, one) for one in value)
    return _text_words(context, name, value) if isinstance(value, str) else str(value)


def _text_words(context: Context, name: str, text: str) -> str:
    texts = context.texts
    if name in _NODES:
        return context.node_name(text)
    if name == "team":
        return context.team_name(text)
    if (instant := _instant(text)) is not None:
        return context.formats.moment(instant, seconds=True)
    word = f"audit.value.{name}.{text}"
    return texts(word) if texts.has(word) else _shortened(text)


def chain_words(context: Context, chain: ChainState) -> str:
    """How far the chain holds, in one sentence; empty while nothing was written."""
    texts, formats = context.texts, context.formats
    if chain.broken is not None:
        return texts("audit.chain.broken", seq=formats.count(chain.broken))
    time = formats.since(chain.at, context.at or chain.at)
    return texts("audit.chain.whole", seq=formats.count(chain.rows), time=time) if chain.rows else ""


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _instant(text: str) -> datetime | None:
    if len(text) < 19 or text[10:11] != "T":
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
