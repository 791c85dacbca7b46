"""One subject in one transaction: locked, checked, changed, told to the outside and to the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from dashboard.acting import Ask, Change, Refusal, Subject, Values
from dashboard.actions import CATALOGUE
from dashboard.actions.effects import at_one_instant, inverse_of, seen
from dashboard.audited import UNDO
from dashboard.lifeline import Lifeline
from datasource import audit
from datasource.subjects import locked, write

MOVED_ON = "moved_on"
FASTER = frozenset(
    {
        *("held", "not_held", "pick_list", "provider", "assigned", "ticket_open", "no_ticket", "rejected", "released"),
        *("frozen", "not_frozen", "suspended", "not_suspended", "cancelled"),
    }
)
"""Refusals that mean: it is so already. Whoever did the same before is named."""

_ACTS = tuple(name for kind in CATALOGUE for name in (kind.key, f"{UNDO}:{kind.key}"))
"""What moves a subject on: not, for one, that somebody had a message about it sent again."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed. ``version``: of the subject afterwards; ``inverse`` undoes it while that version stands."""

    before: Values
    after: Values
    change: Change
    inverse: Values
    version: int


def unique_of(action_id: str, subject: str) -> str:
    """The word of an action at one subject in what it makes: event ids, numbers of pick lists and tickets."""
    return sha256(f"{action_id}:{subject}".encode()).hexdigest()[:12]


def attempt(
    connection: Connection, subject: str, plan: Callable[[Subject], Change], lifeline: Lifeline, ask: Ask
) -> Done:
    """Change one subject in the caller's transaction, which must end if this raises.

    Raises:
        Refusal: the action does not apply to it as it stands.
    """
    before = locked(connection, subject)
    if before is None:
        raise Refusal("missing")
    change = plan(before)
    write(connection, before, change, lifeline, ask.actor, ask.at)
    after = locked(connection, subject)
    assert after is not None
    return Done(seen(at_one_instant(before, after)), seen(after), change, inverse_of(before, change), after.version)


def refused_as(
    connection: Connection, subject: str, kind: str, refusal: Refusal, undoes: str | None = None
) -> dict[str, Any]:
    """The refusal; where somebody was faster, also who and when, as the audit knows it."""
    values = dict(refusal.values)
    if refusal.text in FASTER or refusal.text == MOVED_ON:
        wanted = (kind,) if refusal.text in FASTER else _ACTS
        for last in audit.entries(connection, subject=subject, kinds=wanted, limit=1):
            if last.entry.action_id != undoes:
                values |= {"who": last.entry.actor, "when": last.at.isoformat()}
    return {"text": refusal.text, "values": values}
