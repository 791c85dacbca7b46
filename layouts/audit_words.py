"""The words of the audit: what was done, on what, and the values that it changed."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.audited import STOP, SUBJECTS, UNDO, Audited, ChainState
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.texts import Texts

LONGEST_VALUE = 120
MARKS = "marks"
"""Holds the marks of an order by name; itself it needs no word."""

_NODES = frozenset({"node", "here"})
_KEYLESS = frozenset({"note"})
_OTHERWISE = {
    "error": ("outbox.fault",),
    "kind": ("acting_ui.message", "outgoing.kind"),
    "provider": ("acting.choice",),
    "role": ("identity.role",),
    "state": ("acting_ui.value",),
    "target": ("outbox.target",),
}
"""Where else the words of a value may stand, by its name."""


def kind_name(context: Context, kind: str) -> str:
    """What was done, in words; its key where nobody named it."""
    return kind_words(context.texts, kind)


def kind_words(texts: Texts, kind: str) -> str:
    """The same where there is no page around it."""
    verb, colon, of = kind.partition(":")
    if colon and verb in {UNDO, STOP}:
        return texts(f"audit.of.{verb}", action=kind_words(texts, of))
    name = kind.replace(".", "_")
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
    """``stock:MILK`` is ``Stock MILK``. The key of a note is nothing that a person asks for."""
    texts, (bare, _, key) = context.texts, step.partition(":")
    key = "" if bare in _KEYLESS else key
    named = next((texts(text) for text in (f"acting_ui.field.{bare}", f"audit.field.{bare}") if texts.has(text)), None)
    return f"{named or bare.replace('_', ' ')} {key}".rstrip()


def value_words(context: Context, name: str, value: object) -> str:
    """One value as a person reads it: truth, nodes, teams and instants in words, all else as it is.

    ``name``: of what it is the value.
    """
    if value is None or value in ("", [], {}):
        return UNKNOWN
    if isinstance(value, bool):
        own = f"acting_ui.value_of.{name}.{value}"
        return context.texts(own if context.texts.has(own) else "audit.yes" if value else "audit.no")
    if isinstance(value, list):
        return context.texts("audit.comma").join(value_words(context, name, one) for one in value)
    return _text_words(context, name, value) if isinstance(value, str) else str(value)


def _text_words(context: Context, name: str, text: str) -> str:
    if name in _NODES:
        return context.node_name(text)
    if name in {"team", "to"}:
        return context.team_name(text)
    if (instant := _instant(text)) is not None:
        return context.formats.moment(instant, seconds=True)
    texts, key = context.texts, text.replace(".", "_")
    named = (
        f"audit.value.{name}.{key}",
        f"acting_ui.value_of.{name}.{key}",
        *(".".join((group, key)) for group in _OTHERWISE.get(name, ())),
    )
    return next((texts(one, status=UNKNOWN) for one in named if texts.has(one)), _shortened(text))


def chain_words(context: Context, chain: ChainState | None) -> str:
    """How far the chain holds, in one sentence; empty while nothing was written. ``None``: it was not followed yet."""
    texts, formats = context.texts, context.formats
    if chain is None:
        return texts("audit.chain.unknown")
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
