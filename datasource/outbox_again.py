"""A message that was given up, sent again by a person: it waits once more, and the audit says who wanted that."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from dashboard.permissions import Caller
from datasource.acting_tables import outbox
from datasource.audit import Entry, append

KIND = "message.sent_again"


def send_again(connection: Connection, message_id: str, caller: Caller, now: datetime) -> bool:
    """Let a dead message wait again, its attempts forgotten; whether that was done: it was dead, and nobody was faster.

    Later messages on the same subject may have passed it. The audit is appended last: the caller commits at once.
    """
    column = outbox.c
    this = column.message_id == message_id
    found = connection.execute(select(outbox).where(this).with_for_update()).one_or_none()
    if found is None or found.state != "dead":
        return False
    connection.execute(update(outbox).where(this).values(state="waiting", attempts=0, next_at=now))
    told = {"message": found.kind, "target": found.target}
    entry = Entry(
        actor=caller.name,
        origin=caller.origin,
        kind=KIND,
        subject=found.subject,
        action_id=found.action_id,
        before={**told, "state": "dead", "attempts": found.attempts},
        after={**told, "state": "waiting", "attempts": 0},
    )
    append(connection, [entry], now)
    return True
