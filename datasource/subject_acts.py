"""One subject in one transaction: locked, checked, changed, told to the outside and to the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dashboard.acting import Ask, Change, Refusal, Subject, Values
from dashboard.actions.effects import inverse_of, seen
from dashboard.lifeline import Lifeline
from datasource import audit
from datasource.subjects import locked, write


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed. ``version``: of the subject afterwards; ``inverse`` undoes it while that version stands."""

    before: Values
    after: Values
    change: Change
    inverse: Values
    version: int


def unique_of(action_id: str) -> str:
    """The word of an action in what it makes: event ids, numbers of pick lists and tickets."""
    return action_id[:12]


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
    return Done(seen(before), seen(after), change, inverse_of(before, change), after.version)


def refused_as(connection: Connection, subject: str, kind: str, refusal: Refusal) -> dict[str, Any]:
    """The refusal, with who did the same before and when, where the audit knows of somebody."""
    values = dict(refusal.values)
    for last in audit.entries(connection, subject=subject, kind=kind, limit=1):
        values |= {"who": last.entry.actor, "when": last.at.isoformat()}
    return {"text": refusal.text, "values": values}
